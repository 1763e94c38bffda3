"""Whose a record is: ids that stand already, visits that move, households taken and given and taken again."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import delete, select, update

from fieldsvc.accounts.models import AccessEntry
from fieldsvc.facts.models import DirtyHousehold
from fieldsvc.facts.service import mark_dirty
from fieldsvc.households import assignments
from fieldsvc.households.models import Household, Person, Task
from fieldsvc.kit import clock
from fieldsvc.kit.notify import on_collect_belongings, on_household_changed
from fieldsvc.visits.models import SetAside, Visit
from fieldsvc.visits.queries import belongings
from tests.support.river import COUNTY, assign, uid


@pytest.fixture(autouse=True)
def connected():
    on_household_changed(mark_dirty)
    on_collect_belongings(belongings)


def row(db, model, name):
    with db.read() as session:
        return session.get(model, (COUNTY, name))


def moved(db, verb, account, home):
    with db.write() as session:
        verb(session, COUNTY, account, [uid(home)])


def test_nobody_takes_a_strangers_visit_by_its_id(field, phone, db):
    visit = field.visit("h1", age=60)
    phone.verdict("visits", visit)
    verdict = field.phone(2).verdict("visits", visit | {"household_id": uid("h4"), "answers": '{"age":1}'})
    assert (verdict["verdict"], verdict["code"]) == ("quarantined", "out-of-scope")
    kept = row(db, Visit, visit["id"])
    assert (kept.household_id, kept.revision, kept.author_id) == (uid("h1"), 1, 1)


def test_nobody_overwrites_a_visit_of_a_class_the_role_does_not_carry(field, phone, db):
    visit = field.visit("h1", form="child", age=9)
    field.phone(3).verdict("visits", visit)
    verdict = phone.verdict("visits", visit | {"form_id": "plain", "answers": '{"age":10}'})
    assert (verdict["verdict"], verdict["code"]) == ("quarantined", "class-not-permitted")
    assert row(db, Visit, visit["id"]).klass == "child"
    assert visit["id"] not in phone.pull()["visits"]["updated"]


def test_a_visit_moved_to_another_household_leaves_those_who_do_not_hold_it(field, phone, db):
    director, visit = field.phone(3), field.visit("h1", age=60)
    phone.verdict("visits", visit)
    assert visit["id"] in director.pull()["visits"]["updated"]
    phone.pull()
    with db.write() as session:
        session.execute(delete(DirtyHousehold))
    assert phone.verdict("visits", visit | {"household_id": uid("h2")})["revision"] == 2
    with db.read() as session:
        assert set(session.scalars(select(DirtyHousehold.household_id))) == {uid("h1"), uid("h2")}
    got = director.pull()["visits"]
    assert (got["updated"], got["deleted"]) == ({}, [visit["id"]])
    assert visit["id"] not in field.phone(3, "new").pull()["visits"]["updated"]
    got = phone.pull()["visits"]
    assert (got["updated"][visit["id"]]["household_id"], got["deleted"]) == (uid("h2"), [])


def test_a_visit_that_becomes_a_childs_leaves_the_grid_workers_phone(field, phone):
    director, visit = field.phone(3), field.visit("h1", age=9)
    director.verdict("visits", visit)
    assert visit["id"] in phone.pull()["visits"]["updated"]
    director.verdict("visits", visit | {"form_id": "child"})
    got = phone.pull()["visits"]
    assert (got["updated"], got["deleted"]) == ({}, [visit["id"]])
    assert visit["id"] in director.pull()["visits"]["updated"]


def test_a_copy_of_a_visit_somebody_moved_is_a_duplicate_and_changes_nothing(field, phone, db):
    with db.write() as session:
        assign(session, uid("h1"), 2)
    visit = field.visit("h1", age=60)
    phone.verdict("visits", visit)
    assert field.phone(2).verdict("visits", visit | {"household_id": uid("h4")})["revision"] == 2
    for copy in (visit, visit | {"revision": 2}):
        verdict = phone.verdict("visits", copy)
        assert (verdict["verdict"], verdict["first"]) == ("duplicate", "applied")
    assert phone.verdict("visits", visit | {"answers": '{"age":3}'})["code"] == "out-of-scope"
    assert row(db, Visit, visit["id"]).household_id == uid("h4")


def test_what_was_dropped_before_says_nothing_of_a_second_taking(field, phone, db):
    phone.pull()
    moved(db, assignments.revoke, 1, "h1")
    phone.pull(), phone.pull()
    moved(db, assignments.grant, 1, "h1")
    phone.pull()
    moved(db, assignments.revoke, 1, "h1")
    late = field.visit("h1") | {"finished_at": (clock.now() + timedelta(minutes=1)).isoformat()}
    assert phone.verdict("visits", late)["verdict"] == "applied"
    assert row(db, Visit, late["id"]).handover is True


def test_a_household_that_was_dropped_is_no_longer_written(field, phone, db):
    edit = {"id": uid("h1"), "address": "三号"}
    phone.pull()
    moved(db, assignments.revoke, 1, "h1")
    assert phone.verdict("households", edit)["verdict"] == "applied"
    phone.pull(), phone.pull()
    for table, record in (("households", edit | {"address": "四号"}), ("persons", {"id": uid("h1/p1"), "name": "改"}),
                          ("persons", {"id": str(uuid4()), "household_id": uid("h1"), "name": "新"}),
                          ("tasks", {"id": str(uuid4()), "household_id": uid("h1"), "title": "新"})):  # fmt: skip
        for cursor in (None, 0):
            verdict = phone.verdict(table, record, cursor=cursor)
            assert verdict["code"] == "out-of-scope", (table, cursor)
    assert row(db, Household, uid("h1")).address == "三号"


def test_a_childs_task_is_not_the_grid_workers(field, phone, db):
    with db.write() as session:
        session.add(Task(county_code=COUNTY, id=uid("t"), household_id=uid("h1"), kind="visit", title="走访", status="open",
                         klass="child", versions={}, updated_at=clock.now()))  # fmt: skip
    done = {"id": uid("t"), "status": "done"}
    assert phone.verdict("tasks", done)["code"] == "class-not-permitted"
    assert field.phone(3).verdict("tasks", done)["verdict"] == "applied"


def test_a_workers_own_task_reaches_the_workers_other_phone(field, phone):
    task = {"id": str(uuid4()), "title": "买电池"}
    assert phone.verdict("tasks", task)["verdict"] == "applied"
    assert field.phone(1, "d2").pull()["tasks"]["updated"][task["id"]]["title"] == "买电池"
    assert task["id"] not in field.phone(2).pull().get("tasks", {}).get("updated", {})


def test_a_page_with_a_task_of_a_household_leaves_its_access_row(field, phone, db):
    phone.verdict("tasks", {"id": str(uuid4()), "household_id": uid("h1"), "person_id": uid("h1/p1"), "title": "看望"})
    phone.pull()
    with db.read() as session:
        assert session.execute(select(AccessEntry.persons, AccessEntry.households)).all() == [([uid("h1/p1")], [uid("h1")])]


def test_what_a_person_needed_mended_is_nobodys_care_once_it_is(field, phone, db):
    person = {"id": str(uuid4()), "household_id": uid("h1"), "name": "", "phone": "不知道", "sex": "x"}
    verdict = phone.verdict("persons", person)
    assert (verdict["code"], [p["question"] for p in verdict["problems"]]) == ("invalid-fields", ["sex", "phone"])
    assert phone.verdict("persons", person | {"name": "李四", "phone": None, "sex": "female"})["verdict"] == "applied"
    with db.read() as session:
        assert session.scalars(select(SetAside.state)).all() == ["superseded"]


def test_a_person_without_a_number_has_a_temporary_one_that_is_found_and_never_lost(field, phone, db, site):
    person = {"id": str(uuid4()), "household_id": uid("h1"), "name": "无名"}
    phone.verdict("persons", person)
    made = row(db, Person, person["id"])
    assert made.identity_index == site.vault.index("identity", made.temporary_number) is not None
    shown = phone.pull()["persons"]["updated"][person["id"]]
    assert shown["id_number"] == made.temporary_number
    assert phone.verdict("persons", shown | {"name": "有名"})["verdict"] == "applied"
    number = "11010519491231002X"
    for told in (number, made.temporary_number, "", None):
        phone.pull()
        assert phone.verdict("persons", {"id": person["id"], "id_number": told})["verdict"] == "applied"
    kept = row(db, Person, person["id"])
    assert (site.vault.open_text(kept.identity_sealed, "persons.identity"), kept.name) == (number, "有名")
    assert (kept.identity_kind, kept.sex, str(kept.birth_date)) == ("identity", "female", "1949-12-31")


def test_a_page_with_a_visit_to_a_child_is_marked_as_of_minors(field, phone, db):
    with db.write() as session:
        session.execute(update(Person).where(Person.id == uid("h1/p1")).values(birth_date=clock.today()))
    phone.verdict("visits", field.visit("h1", person=uid("h1/p1")))
    phone.pull()
    with db.read() as session:
        assert session.scalars(select(AccessEntry.minors)).all() == [True]


def test_a_cursor_from_before_a_restore_overwrites_nothing(field, phone, db):
    field.phone(3).verdict("households", {"id": uid("h1"), "address": "服务器上的"})
    verdict = phone.verdict("households", {"id": uid("h1"), "address": "手机上的"}, cursor=10**9)
    assert (verdict["verdict"], verdict["kept"]) == ("merged", ["address"])
