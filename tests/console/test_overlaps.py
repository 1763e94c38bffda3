"""Who is left out and who has too much, with the clause; a justified line goes away."""

from datetime import date

import pytest
from sqlalchemy import select

from fieldsvc.aidchain.aids import Grant, grant
from fieldsvc.aidchain.models import Link
from fieldsvc.households.models import Person
from tests.support.desk import app, screen, town  # noqa: F401
from tests.support.river import COUNTY, uid

LIU = ("township_officer", "370281001")


@pytest.fixture
def twice(town):
    """Person a/p1 was granted the same subsidy by two offices."""
    with town.db.write() as session:
        session.get(Person, (COUNTY, uid("b/p1"))).name = "李四"
        for office, source in (("市医疗保障局", "r1"), ("市财政局", "r2")):
            grant(
                session,
                COUNTY,
                Grant(uid("a"), uid("a/p1"), "medical.insurance_subsidy", office, "referral", source, date(2026, 1, 1)),
            )
    return town


@pytest.mark.requirement("CHN-03")
def test_the_same_aid_twice_is_listed_with_its_clause_and_justified(twice, officer, db):
    liu = officer(*LIU)
    page = liu.open("/console/overlaps?kind=twice")
    assert "共 1 条" in page.text and "参保资助" in page.text and "胶民政发〔2024〕61号" in page.text
    refused = liu.press(page, "登记理由", reason="")
    assert refused.status == 422
    page = liu.press(page, "登记理由", reason="一笔为财政代发")
    assert "理由已登记" in page.text and "没有符合条件的记录" in page.text
    assert "一笔为财政代发" in liu.open("/console/overlaps?kind=twice&overridden=true").text
    with db.read() as session:
        assert "overlap_justified" in session.scalars(select(Link.kind).where(Link.household_id == uid("a"))).all()


def test_another_township_sees_no_line_of_it(twice, officer):
    assert "没有符合条件的记录" in officer("township_officer", "370281002").open("/console/overlaps?kind=twice").text


def test_every_kind_has_its_list_and_can_be_taken_away(twice, officer):
    liu = officer(*LIU)
    for kind in ("twice", "exclusive", "ended", "omission"):
        assert liu.open(f"/console/overlaps?kind={kind}").status == 200
    taken = liu.press(liu.open("/console/overlaps?kind=twice"), "导出 CSV", purpose="audit")
    assert "参保资助" in taken.html
