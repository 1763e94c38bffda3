"""The dashboard counts what the lists hold, over the officer's region."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from fieldsvc.accounts.regions import load_regions
from fieldsvc.alerts.models import Alert
from fieldsvc.kit import clock
from tests.support.desk import app, screen, town  # noqa: F401
from tests.support.jiaozhou import INPATIENT, medical_visit
from tests.support.river import COUNTY, VILLAGE, uid


@pytest.fixture
def seen(town, screen):
    with town.db.write() as session:
        load_regions(session, COUNTY, {COUNTY: "胶州市", "370281001": "样例镇", VILLAGE: "东村"})
    medical_visit(town, "a", INPATIENT, at=clock.now())
    screen()
    return town


@pytest.mark.requirement("ROL-05")
def test_the_county_sees_where_it_hangs_in_every_township_and_department(seen, officer, bearer, client):
    county = officer("county_officer", "370281")
    sent = {"household_id": uid("a"), "duty": "medical_insurance", "summary": "住院"}
    assert client.post("/api/v1/referrals", json=sent, headers=bearer(county.account.username)).status_code == 201
    page = county.open("/console/dashboard")
    for words in ("未办结预警", "东村", "用户1", "市医疗保障局", "最低生活保障对象"):
        assert words in page.text, words
    charts = page.html.count('<svg class="chart"')
    assert charts >= 5 and page.html.count("<table") >= charts
    with seen.db.read() as session:
        going_on = session.scalar(select(func.count()).select_from(Alert).where(Alert.status != "closed"))
    assert _row(page, "样例镇") == [str(going_on), "0"]


def test_a_number_leads_to_the_list_it_counts(seen, officer):
    liu = officer()
    page = liu.open("/console/dashboard")
    assert f"共 {sum(int(n) for n in _row(page, '按规定落实'))} 条" in liu.open(page.links["按规定落实"]).text
    assert "共 2" in liu.open(page.links["东村"]).text


def test_alerts_move_to_the_next_age_with_time(seen, officer, db):
    liu = officer()
    page = liu.open("/console/dashboard")
    fresh = sum(int(n) for n in _row(page, "按规定落实")[:1])
    assert fresh >= 1
    with db.write() as session:
        session.execute(update(Alert).values(opened_at=clock.now() - timedelta(days=10)))
    row = _row(liu.open("/console/dashboard"), "按规定落实")
    assert row[0] == "0" and int(row[2]) == fresh


def test_another_township_counts_its_own(seen, officer):
    page = officer("township_officer", "370281002").open("/console/dashboard")
    assert "东村" not in page.text and "用户1" not in page.text and "没有数据" in page.text


def _row(page, label):
    """Numbers of the table's row that begins with the label."""
    found = re.search(rf"<tr><td[^>]*>(?:<a [^>]*>)?{label}(?:</a>)?</td>(.*?)</tr>", page.html)
    return re.findall(r">(\d+)</td>", found[1])
