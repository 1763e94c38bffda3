"""The low-income database: what village, township and county say of a household stands on one record."""

import pytest
from sqlalchemy import select

from fieldsvc.alerts.models import Alert
from tests.support.desk import app, bearer, client, login, screen, signed, town  # noqa: F401
from tests.support.jiaozhou import UNINSURED, medical_visit
from tests.support.river import COUNTY, uid


@pytest.mark.requirement("DAT-06")
def test_village_entry_township_check_and_county_state_are_on_one_record(town, screen, client, signed, officer, db):
    medical_visit(town, "a", UNINSURED)
    screen()
    with db.read() as session:
        alert = session.scalar(select(Alert.id))
    county = signed("county_officer", COUNTY)
    body = {"kind": "verify", "result": "confirmed"}
    assert client.post(f"/api/v1/alerts/{alert}/disposal", json=body, headers=signed(name="镇里的刘")).status_code == 200
    opened = client.post("/api/v1/applications", json={"household_id": uid("a"), "tier": "dibao"}, headers=county)
    body = {"kind": "override", "tier": "dibao_margin", "reason": "县里审定"}
    decided = client.post(f"/api/v1/applications/{opened.json['id']}/decision", json=body, headers=county)
    assert decided.status_code == 200, decided.text
    above = officer("county_officer", COUNTY)
    record, visits = above.open(f"/console/households/{uid('a')}").text, above.open(f"/console/households/{uid('a')}/visits").text
    assert "用户1" in record and "用户1" in visits  # the village's worker, who entered it
    for text in ("预警核实", "镇里的刘", "认定", "最低生活保障边缘家庭成员", "县里审定"):
        assert text in record, text
