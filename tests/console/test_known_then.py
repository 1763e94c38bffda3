"""For a past decision one sees the data as they stood, with their age (容错免责)."""

from datetime import UTC, datetime, timedelta

import pytest

from fieldsvc.facts.service import record
from tests.support.desk import app, screen, town  # noqa: F401
from tests.support.jiaozhou import departments
from tests.support.river import COUNTY, uid


@pytest.mark.requirement("TOL-01")
def test_what_was_known_at_the_decision_stays_readable_with_its_age(town, officer, bearer, client, screen):
    def tell(income, days_ago, source):
        with town.db.write() as session:
            record(session, COUNTY, uid("a"), uid("a/p1"), {"income_month": income}, as_of=datetime.now(UTC) - timedelta(days=days_ago),
                   source_kind="visit", source_id=source, declared=departments().vocabulary.facts)  # fmt: skip

    tell("400", 40, "v1")
    liu = officer()
    headers = bearer(liu.account.username)
    asked = {"household_id": uid("a"), "tier": "dibao", "consent": {"scope": ["classification"]}}
    application = client.post("/api/v1/applications", json=asked, headers=headers).json["id"]
    decided = client.post(f"/api/v1/applications/{application}/decision", headers=headers,
                          json={"kind": "override", "tier": "dibao", "reason": "集体研究"})  # fmt: skip
    assert decided.status_code == 200, decided.text
    tell("5200", 0, "v2")
    screen()
    page = liu.open(f"/console/applications/{application}")
    page = liu.open(page.links["审核时所知的情况"])
    assert "400 元" in page.text and "40 天" in page.text and "走访" in page.text
    assert "5200" not in page.text
