"""The dirty mark: one a household, its generation raised while a worker has it, the worker woken after the commit only."""

import pytest
from sqlalchemy import select

from fieldsvc.facts.models import DirtyHousehold
from fieldsvc.facts.service import mark_dirty
from fieldsvc.kit import wake as wakes
from fieldsvc.screening.claims import claim

COUNTY = "370281"


def generations(db):
    with db.read() as session:
        return dict(session.execute(select(DirtyHousehold.household_id, DirtyHousehold.generation)).all())


def test_each_write_raises_the_generation_of_what_a_worker_has(db):
    for ids in (["b", "a", "b"], ["a"], []):
        with db.write() as session:
            mark_dirty(session, COUNTY, ids)
    assert generations(db) == {"a": 1, "b": 1}
    with db.write() as session:
        assert claim(session, COUNTY, 1).generations == {"a": 1}
    for ids in (["b", "a"], ["a"]):
        with db.write() as session:
            mark_dirty(session, COUNTY, ids)
    assert generations(db) == {"a": 3, "b": 1}


def test_a_mark_that_is_left_as_it_is_is_locked_all_the_same(db):
    """Or a worker would claim it, read what is known, and never hear of what is written here."""
    with db.write() as session:
        mark_dirty(session, COUNTY, ["a"])
    with db.write() as session:
        mark_dirty(session, COUNTY, ["a"])
        if db.dialect == "postgresql":
            with db.write() as other:
                assert claim(other, COUNTY, 1).generations == {}
    with db.write() as session:
        assert claim(session, COUNTY, 1).generations == {"a": 1}


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
