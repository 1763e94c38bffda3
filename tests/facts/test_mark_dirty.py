"""The dirty mark: one a household, its generation raised by every write, the worker woken after the commit only."""

import pytest
from sqlalchemy import select

from fieldsvc.facts.models import DirtyHousehold
from fieldsvc.facts.service import mark_dirty
from fieldsvc.kit import wake as wakes

COUNTY = "370281"


def generations(db):
    with db.read() as session:
        return dict(session.execute(select(DirtyHousehold.household_id, DirtyHousehold.generation)).all())


def test_each_write_raises_the_generation(db):
    for ids in (["b", "a", "b"], ["a"], []):
        with db.write() as session:
            mark_dirty(session, COUNTY, ids)
    assert generations(db) == {"a": 2, "b": 1}


def test_a_write_rolled_back_leaves_no_mark_and_wakes_nobody(db, monkeypatch):
    woken = []
    monkeypatch.setattr(wakes, "_waker", [lambda: woken.append(1)])
    with pytest.raises(ZeroDivisionError), db.write() as session:
        mark_dirty(session, COUNTY, ["a"])
        _ = 1 / 0
    assert (generations(db), woken) == ({}, [])
    with db.write() as session:
        mark_dirty(session, COUNTY, ["a"])
        assert woken == []
    assert woken == [1]


def test_new_facts_give_a_household_set_aside_another_try(db):
    with db.write() as session:
        mark_dirty(session, COUNTY, ["a"])
    with db.write() as session:
        session.get(DirtyHousehold, (COUNTY, "a")).set_aside = True
    with db.write() as session:
        mark_dirty(session, COUNTY, ["a"])
    with db.read() as session:
        mark = session.get(DirtyHousehold, (COUNTY, "a"))
        assert (mark.generation, mark.set_aside) == (2, False)


def test_a_waker_that_fails_does_not_fail_the_write(db, monkeypatch):
    monkeypatch.setattr(wakes, "_waker", [lambda: 1 / 0])
    with db.write() as session:
        mark_dirty(session, COUNTY, ["a"])
    assert generations(db) == {"a": 1}
