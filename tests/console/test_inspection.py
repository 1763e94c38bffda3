"""Supervision in the browser: samples and visits back, performance over a period, and the auditor who reads and changes nothing."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from fieldsvc.accounts.models import AccessEntry
from fieldsvc.accounts.regions import load_regions
from fieldsvc.deadlines.models import Deadline
from fieldsvc.kit import clock
from fieldsvc.supervision.models import Draw, DrawnCase
from fieldsvc.supervision.service import drawn
from tests.support.desk import app, bearer, client, login, screen, signed, town  # noqa: F401
from tests.support.jiaozhou import UNINSURED, medical_visit
from tests.support.river import COUNTY, household, uid

WHERE = "/console/inspection"


@pytest.fixture
def places(town):
    """Six households on 低保 and one that is not aided, in two townships."""
    with town.db.write() as session:
        load_regions(session, COUNTY, {COUNTY: "胶州市", "370281001": "甲街道", "370281002": "乙镇", "370281001001": "东村"})
        for name in ("c", "d", "e"):
            household(session, name, tier="dibao")
        household(session, "f", tier="dibao", village="370281002001")
        household(session, "rich")
    return town


@pytest.fixture
def county(places, officer):
    return officer("county_officer", COUNTY)


@pytest.mark.requirement("FUN-05")
def test_a_sample_is_drawn_and_its_visits_back_are_recorded(county, places, officer):
    page = county.press(county.open(WHERE), "抽取", region="370281001", size="3", seed="20260317")
    assert "已从 5 户中抽出 3 户" in page.text and "抽取号 20260317" in page.text and page.text.count("未回访") == 3
    with places.db.read() as session:
        rows = session.scalars(select(DrawnCase).order_by(DrawnCase.place)).all()
        homes = [row.household_id for row in rows]
    pool = sorted((uid(name), "") for name in "abcde")
    assert homes == [home for home, _village in drawn(pool, "20260317", 3)] and uid("rich") not in homes
    assert [home for home, _v in drawn(pool, "20260318", 3)] != homes or len(pool) == 3
    refused = county.press(page, "登记结果", household_id=homes[0], result="wrong", found="")
    assert refused.status == 422 and "须写明是什么问题" in refused.text
    page = county.open(f"{WHERE}?draw={draw_id(places)}")
    page = county.press(page, "登记结果", household_id=homes[0], result="wrong", found="上月补助未到账")
    page = county.press(page, "登记结果", household_id=homes[1], result="right")
    assert "上月补助未到账" in page.text and "属实" in page.text and page.text.count("未回访") == 1
    assert "2 户" in county.open(WHERE).text and "3 / 5 户" in county.open(WHERE).text
    file = county.client.get(f"{WHERE}?draw={draw_id(places)}&export=csv&purpose=audit").get_data(as_text=True)
    assert "发现问题" in file and "上月补助未到账" in file
    assert "2 户" in officer("township_officer", "370281001").open(WHERE).text
    assert officer("township_officer", "370281002").open(f"{WHERE}?draw={draw_id(places)}").status == 404


def draw_id(places):
    with places.db.read() as session:
        return session.scalars(select(Draw.id)).one()


def deadline(session, name, kind, subject, due, met, village="370281001001"):
    began = clock.now() - timedelta(days=20)
    session.add(Deadline(county_code=COUNTY, id=uid(name), subject=subject, subject_id=uid(name), household_id=uid("a"),
                         village_code=village, klass="general", kind=kind, variant="", started_at=began, due_at=due, provisional=False,
                         computed_on=clock.today(), met_at=met))  # fmt: skip


@pytest.mark.requirement("FUN-06")
def test_the_report_names_each_township_and_department_over_a_period(county, places, officer):
    liu, now = officer("township_officer", "370281001"), clock.now()
    medical_visit(places, "a", UNINSURED, at=now - timedelta(days=2))
    medical_visit(places, "b", UNINSURED, at=now - timedelta(days=200))
    page = liu.press(liu.open(f"/console/households/{uid('a')}/refer"), "转办", duty="medical_insurance", summary="核实参保")
    referral = page.response.request.path.rsplit("/", 1)[-1]
    with places.db.write() as session:
        for name, due, met in (("t1", 3, 4), ("t2", 3, 2), ("t3", 3, None), ("t4", 300, 301)):
            deadline(session, name, "verify", "alert", now - timedelta(days=due), None if met is None else now - timedelta(days=met))
        deadline(session, "soon", "verify", "alert", now + timedelta(days=3), None)
        sent = update(Deadline).where(Deadline.subject_id == referral, Deadline.kind == "answer")
        session.execute(sent.values(due_at=now - timedelta(days=1)))
    page = county.open("/console/performance")
    rows = page.html.split("<tbody>")
    town, other = rows[1].split("</tr>")[:2]
    assert cells(town) == ["甲街道", "1", "1", "1", "33.3%", "1", "1"]
    assert cells(other) == ["乙镇", "0", "0", "0", "—", "0", "0"]
    assert cells(rows[2].split("</tr>")[0]) == ["市医疗保障局", "1", "0", "0", "0", "1", "0.0%"]
    earlier = county.open(f"/console/performance?since={clock.today() - timedelta(days=400)}&until={clock.today() - timedelta(days=100)}")
    assert cells(earlier.html.split("<tbody>")[1].split("</tr>")[0])[1:6] == ["1", "0", "0", "100.0%", "1"]
    file = county.client.get("/console/performance?list=office&export=csv&purpose=report").get_data(as_text=True)
    assert "市医疗保障局,1,0,0,0,1,0.0%" in file


def cells(row):
    return [part.split("<")[0].strip() for part in row.split('">')[1:]]


@pytest.mark.requirement("FUN-04")
def test_an_auditor_reads_and_takes_away_everything_leaves_a_trace_and_changes_nothing(places, officer, county, screen):
    medical_visit(places, "a", UNINSURED)
    screen()
    wu = officer("auditor", COUNTY)
    assert "监督检查" in wu.open("/console/").text
    for page in ("desk", "households", f"households/{uid('a')}", f"households/{uid('a')}/visits", f"households/{uid('f')}/chain",
                 "applications", "referrals", "payments", "funds", "access", "performance", "organisation"):  # fmt: skip
        assert wu.open(f"/console/{page}").status == 200, page
    file = wu.client.get("/console/households?export=csv&purpose=audit").get_data(as_text=True)
    assert "a户" in file and "f户" in file
    with places.db.read() as session:
        mine = session.scalars(select(AccessEntry).where(AccessEntry.account_id == wu.account.id)).all()
    assert {"export-audit", "desk"} <= {row.purpose for row in mine}
    assert wu.account.name in county.open("/console/access").text
    page = county.open(f"/console/households/{uid('a')}/refer")
    token = wu.open("/console/desk").form("退出").fields["csrf_token"][0]
    given = page.form("转办").fields | {"csrf_token": token, "duty": "medical_insurance", "summary": "x"}
    assert wu.client.post(f"/console/households/{uid('a')}/refer/send", data=given).status_code == 403
    assert wu.client.post("/console/inspection/draws", data={"csrf_token": token, "region": COUNTY, "size": "1"}).status_code == 403
