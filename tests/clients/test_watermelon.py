"""A client nobody here wrote: stock WatermelonDB 0.28 does the whole job with its own ``synchronize()``."""

import json

import pytest

from tests.clients.agreement import agrees, pulled, verdicts
from tests.clients.phones import PhoneError
from tests.clients.world import GOOD, OTHER

HOLDER = "37028119500501001X"


def test_first_sync_brings_the_caseload_and_nothing_else(world):
    phone = world.phone("ann")
    held = phone.dump()
    assert {row["id"] for row in held["households"]} == world.caseload("ann")
    assert {row["household_id"] for row in held["persons"]} == world.caseload("ann")
    assert held["forms"] and phone.pending()["count"] == 0
    assert phone.diagnostics() == []


def test_numbers_arrive_masked(world):
    phone = world.phone("ann")
    numbers = [row["id_number"] for row in phone.dump("persons")["persons"] if row["id_number"]]
    assert numbers and all("*" in number for number in numbers)


def test_second_sync_brings_nothing(world):
    phone = world.phone("ann")
    assert pulled(phone.sync()) == 0


def test_incremental_sync_brings_only_what_changed(world):
    phone, other = world.phone("ann"), world.phone("ann")
    household = world.one("ann")
    other.edit("households", household, address="新址一号")
    other.sync()
    answer = phone.sync()
    assert answer["rounds"][0]["pulled"] == {"households": [0, 1, 0]}
    assert phone.rows("households")[household]["address"] == "新址一号"


def test_offline_work_goes_in_and_comes_back_with_its_revision(world):
    phone = world.phone("ann")
    household = world.one("ann")
    phone.options(offline=True)
    visit = phone.visit(household, world.form(phone), GOOD)
    phone.edit("households", household, address="村西头")
    assert phone.try_sync() == "Offline" and phone.pending()["count"] == 2
    phone.options(offline=False)
    given = verdicts(phone.sync())
    assert given == {visit: "applied", household: "applied"}
    phone.sync()
    row = phone.rows("visits")[visit]
    assert (row["revision"], row["author_id"]) == (1, phone.user["id"])
    assert json.loads(row["answers"]) == GOOD
    agrees(world, phone)


def test_changed_visit_becomes_a_revision(world):
    phone = world.phone("ann")
    visit = phone.visit(world.one("ann"), world.form(phone), GOOD)
    phone.settle()
    phone.edit("visits", visit, answers=json.dumps(OTHER))
    phone.settle()
    assert phone.rows("visits")[visit]["revision"] == 2
    assert world.visits(visit) == [1, 2]


def test_new_household_with_its_people_and_visit_in_one_push(world):
    phone = world.phone("ann")
    like = phone.rows("households")[world.one("ann")]
    household = phone.create("households", name="新户", village_code=like["village_code"], address="村口")
    person = phone.create("persons", household_id=household, name="来人", relation="户主")
    visit = phone.visit(household, world.form(phone), GOOD, person_id=person)
    assert set(verdicts(phone.sync()).values()) == {"applied"}
    phone.settle()
    assert {household, person, visit} <= {row["id"] for rows in phone.dump().values() for row in rows}
    agrees(world, phone)


def test_bad_record_is_named_and_its_neighbours_go_in(world):
    phone = world.phone("ann")
    household, form = world.one("ann"), world.form(phone)
    good = phone.visit(household, form, GOOD)
    bad = phone.visit(household, {**form, "form_id": "no_such_form"}, GOOD)
    answer = phone.sync()
    assert verdicts(answer) == {good: "applied", bad: "quarantined"}
    named = next(verdict for verdict in answer["verdicts"] if verdict["id"] == bad)
    assert named["code"]
    assert phone.pending()["count"] == 0 and world.set_aside() == {bad: "quarantined"}


def test_change_back_to_an_earlier_answer_counts(world):
    """甲, then 乙, then 甲 again: the third is a decision of the worker's, not a late copy of the first."""
    phone = world.phone("ann")
    household = world.one("ann")
    visit = phone.visit(household, world.form(phone), GOOD)
    for answers, address in ((GOOD, "东"), (OTHER, "西"), (GOOD, "东")):
        phone.edit("visits", visit, answers=json.dumps(answers))
        phone.edit("households", household, address=address)
        phone.settle()
    assert json.loads(phone.rows("visits")[visit]["answers"]) == GOOD
    assert phone.rows("households")[household]["address"] == "东"
    agrees(world, phone)


@pytest.mark.parametrize("luck", ["heard", "lost"])
def test_masked_answer_comes_back_without_harm(world, luck):
    """The phone holds the masked number after its own visit came back; what it sends then must not replace the number."""
    phone = world.phone("ann")
    visit = phone.visit(world.one("ann"), world.form(phone), {**GOOD, "holder": HOLDER})
    if luck == "lost":
        phone.options(drop_push=1)
        assert phone.try_sync() == "LostResponse"
    phone.settle()
    answers = json.loads(phone.rows("visits")[visit]["answers"])
    assert "*" in answers["holder"] and len(world.visits(visit)) == 1
    phone.edit("visits", visit, answers=json.dumps({**answers, "note": "乙"}))
    phone.settle()
    assert world.answers(visit) == {"note": "乙", "holder": HOLDER}
    agrees(world, phone)


def test_task_done_on_the_phone(world):
    phone = world.phone("ann")
    task = next(row for row in phone.dump("tasks")["tasks"] if row["status"] == "open")
    phone.edit("tasks", task["id"], status="done", done_at="2025-03-01T10:00:00+08:00")
    assert verdicts(phone.sync()) == {task["id"]: "applied"}
    phone.settle()
    assert phone.rows("tasks")[task["id"]]["status"] == "done"
    agrees(world, phone)


def test_same_field_changed_on_two_phones_ends_the_same_on_both(world):
    one, two = world.phone("ann"), world.phone("ann")
    household = world.one("ann")
    one.edit("households", household, address="东")
    two.edit("households", household, address="西")
    one.sync()
    two.sync()
    one.settle()
    two.settle()
    agrees(world, one)
    agrees(world, two)


def test_wrong_password_is_a_clear_refusal(world):
    phone = world.bare_phone()
    with pytest.raises(PhoneError) as refused:
        phone.login(world.url, world.username("ann"), "a wrong password")
    assert refused.value.status == 401 and refused.value.body["code"]


def test_what_a_phone_may_not_delete_comes_back(world):
    phone = world.phone("ann")
    household = world.one("ann")
    visit = phone.visit(household, world.form(phone), GOOD)
    phone.settle()
    phone.remove("visits", visit)
    assert verdicts(phone.sync()) == {visit: "quarantined"}
    phone.settle()
    assert visit in phone.rows("visits")
    agrees(world, phone)


def test_refused_edit_of_a_household_gives_way_to_what_stands(world):
    phone = world.phone("ann")
    household = world.one("ann")
    phone.edit("households", household, area="moon")
    assert verdicts(phone.sync()) == {household: "quarantined"}
    phone.settle()
    assert phone.rows("households")[household]["area"] == "rural"
    agrees(world, phone)
