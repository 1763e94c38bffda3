"""What happens to one record is its own affair: pushes that cross, records that fail late, held records that break."""

from contextlib import suppress
from threading import BrokenBarrierError
from uuid import uuid4

import pytest
from sqlalchemy import func, select, update

from fieldsvc.feed.models import Change
from fieldsvc.households.models import Household
from fieldsvc.sync import push, records
from fieldsvc.visits.models import SetAside, Visit
from tests.faults.test_races import Barrier, at_once
from tests.support.river import COUNTY, VILLAGE, assign, uid


def new_home(name=None):
    return {"id": name or str(uuid4()), "name": "新户", "village_code": VILLAGE}


def rows(db, column):
    with db.read() as session:
        return session.scalars(select(column)).all()


@pytest.mark.parametrize("crossed", ["households", "persons"])
def test_two_pushes_that_name_the_same_households_crosswise_do_not_block_each_other(field, db, monkeypatch, crossed):
    with db.write() as session:
        assign(session, uid("h2"), 3)
    here, done = Barrier(2), records.apply

    def meet(*arguments):
        verdict = done(*arguments)
        with suppress(BrokenBarrierError):
            here.wait(1.5)
        return verdict

    monkeypatch.setitem(push.apply_or_set_aside.__globals__["APPLIERS"], crossed, meet)
    ids = {"households": (uid("h1"), uid("h2")), "persons": (uid("h1/p1"), uid("h2/p1"))}[crossed]
    phones = field.phone(1), field.phone(3)
    edits = [[{"id": i, "name": f"改{n}"} for i in order] for n, order in enumerate((ids, ids[::-1]))]
    told = at_once(*(lambda p=p, e=e: p.push({crossed: {"updated": e}}) for p, e in zip(phones, edits, strict=True)))
    assert [answer.status_code for answer in told] == [200, 200], [answer.text for answer in told]
    assert {v["verdict"] for answer in told for v in answer.json["verdicts"]} <= {"applied", "merged"}


def test_a_record_that_fails_late_takes_back_what_it_announced(field, phone, db, monkeypatch):
    bad, finish = str(uuid4()), records._finish

    def breaks(*arguments):
        verdict = finish(*arguments)
        return verdict if verdict.id != bad else 1 / 0

    monkeypatch.setattr(records, "_finish", breaks)
    verdicts = phone.verdicts({"households": {"created": [new_home(), new_home(bad), new_home()]}})
    assert sorted(v["verdict"] for v in verdicts) == ["applied", "applied", "retry"]
    with db.read() as session:
        assert session.scalar(select(func.count()).select_from(Change).where(Change.record_id == bad)) == 0
    monkeypatch.undo()
    assert phone.verdict("households", new_home(bad))["verdict"] == "applied"


def test_a_held_record_that_breaks_does_not_cost_the_one_it_waits_for(field, phone, db):
    home = new_home()
    visits = [field.visit() | {"household_id": home["id"]} for _ in range(3)]
    assert {v["verdict"] for v in phone.verdicts({"visits": {"created": visits}})} == {"held"}
    with db.write() as session:
        session.execute(update(SetAside).where(SetAside.record_id == visits[1]["id"]).values(content_sealed=b"\x01" + bytes(40)))
    assert phone.verdict("households", home)["verdict"] == "applied"
    assert set(rows(db, Visit.id)) == {visits[0]["id"], visits[2]["id"]}
    assert sorted(rows(db, SetAside.state)) == ["held", "released", "released"]
    with db.read() as session:
        assert session.get(Household, (COUNTY, home["id"])) is not None


def test_held_records_that_were_left_are_taken_in_with_the_next_push(field, phone, db, monkeypatch):
    monkeypatch.setattr("fieldsvc.sync.apply.MOST_RELEASED", 2)
    home = new_home()
    visits = [field.visit() | {"household_id": home["id"]} for _ in range(3)]
    phone.verdicts({"visits": {"created": visits}})
    phone.verdict("households", home)
    assert sorted(rows(db, SetAside.state)) == ["held", "released", "released"]
    phone.verdict("visits", field.visit())
    assert set(rows(db, SetAside.state)) == {"released"}
    assert {v["id"] for v in visits} < set(rows(db, Visit.id))


def test_a_push_that_takes_too_long_keeps_its_rest_for_later(field, phone, db, monkeypatch):
    monkeypatch.setattr(push, "MOST_SECONDS", 0)
    homes = [new_home() for _ in range(3)]
    changes, done = {"households": {"created": homes}, "visits": {"created": [field.visit()]}}, []
    for _ in range(3):
        answer = phone.push(changes).json
        done.append(sorted(v["code"] or v["verdict"] for v in answer["verdicts"] if v["table"] == "households"))
        left = set(answer["experimentalRejectedIds"].get("households", ()))
        changes = {"households": {"created": [home for home in homes if home["id"] in left]}}
    assert done == [["applied", "later", "later"], ["applied", "later"], ["applied"]]
    assert len(rows(db, Visit.id)) == 1
