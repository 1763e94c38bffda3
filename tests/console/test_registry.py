"""Somebody registered twice: found, compared side by side, merged, split again; or told apart."""

import pytest
from sqlalchemy import select

from fieldsvc.households.models import Household, Person
from fieldsvc.registry.models import Merge
from tests.support.desk import app, screen, town  # noqa: F401
from tests.support.river import COUNTY, household, uid


@pytest.fixture
def liu(town, officer):
    """The persons of households c and d have one name and one birth date; the others' names differ."""
    with town.db.write() as session:
        for home in ("c", "d"):
            household(session, home)
        session.flush()
        for home, name in (("a", "甲"), ("b", "乙"), ("c", "孙大山"), ("d", "孙大山")):
            session.get(Person, (COUNTY, uid(f"{home}/p1"))).name = name
            session.get(Household, (COUNTY, uid(home))).name = name
    return officer()


def persons(db, *homes):
    with db.read() as session:
        return {one.household_id for one in session.scalars(select(Person).where(Person.name == "孙大山"))}


def test_two_records_of_one_person_are_merged_and_split_again(liu, db):
    page = liu.open("/console/registry")
    assert "共 1 条" in page.text and "姓名、出生日期相同" in page.text
    page = liu.open(page.links["孙大山"])
    assert "甲" in page.text and "1960-05-01" in page.text
    refused = liu.press(page, "合并", reason="")
    assert refused.status == 422
    page = liu.press(page, "合并", reason="同一人，两次登记")
    assert page.status == 200 and "已合并" in page.text and "同一人，两次登记" in page.text
    assert len(persons(db)) == 1
    page = liu.press(page, "拆分", reason="核实为两人")
    assert page.status == 200 and "已拆分" in page.text
    assert len(persons(db)) == 2


def test_told_apart_they_are_not_listed_again(liu, db):
    page = liu.open(liu.open("/console/registry").links["孙大山"])
    page = liu.press(page, "登记为不同", reason="同名同日出生，住址不同")
    assert "已登记为不同" in page.text and "共 0 条" in page.text
    assert len(persons(db)) == 2


def test_two_households_are_merged(liu, db):
    page = liu.open("/console/registry?kind=household")
    assert "成员疑似重复" in page.text
    page = liu.press(liu.open(page.links["孙大山"]), "合并", reason="重复建户")
    assert "已合并" in page.text
    with db.read() as session:
        assert [merge.kind for merge in session.scalars(select(Merge))] == ["household"]


def test_nobody_merges_what_lies_elsewhere(liu, officer, db):
    elsewhere = officer("township_officer", "370281002")
    assert "共 0 条" in elsewhere.open("/console/registry").text
    address = f"/console/registry/compare?kind=person&one={uid('c/p1')}&other={uid('d/p1')}"
    assert elsewhere.open(address).status == 404
