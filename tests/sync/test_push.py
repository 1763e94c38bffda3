"""The push: a verdict a record, nothing lost, the same bytes once, late and early records."""

from datetime import UTC, datetime, timedelta
from threading import Thread
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from fieldsvc.facts.models import DirtyHousehold
from fieldsvc.feed.models import Change
from fieldsvc.feed.rules import NUMBER
from fieldsvc.households.models import Household, Person, Task
from fieldsvc.kit import clock
from fieldsvc.visits.models import SetAside, Visit, VisitRevision
from tests.support.river import COUNTY, VILLAGE, uid


def rows(db, model, *where):
    with db.read() as session:
        return list(session.scalars(select(model).where(*where)))


def changes(db, table):
    with db.read() as session:
        wanted = select(func.count()).select_from(Change).where(Change.tbl == NUMBER[table])
        return session.execute(wanted).scalar_one()


def test_a_visit_is_stored_announced_and_marks_its_household(field, phone, db):
    visit = field.visit(age=61)
    assert phone.verdict("visits", visit)["verdict"] == "applied"
    stored = rows(db, Visit)
    assert [(v.id, v.household_id, v.revision, v.author_id) for v in stored] == [(visit["id"], uid("h1"), 1, 1)]
    assert [mark.household_id for mark in rows(db, DirtyHousehold)] == [uid("h1")]
    scopes = {change.scope for change in rows(db, Change, Change.tbl == NUMBER["visits"])}
    assert scopes == {1, 3}


def test_the_same_bytes_give_one_row_and_the_first_verdict(field, phone, db):
    good, bad = field.visit(), field.visit(age=200)
    first = phone.verdicts({"visits": {"created": [good, bad]}})
    for _ in range(3):
        again = phone.verdicts({"visits": {"updated": [good | {"_status": "updated", "_changed": "answers"}, bad]}})
        assert [v["verdict"] for v in again] == ["duplicate", "duplicate"]
        assert [v["first"] for v in again] == [v["verdict"] for v in first] == ["applied", "quarantined"]
    assert (len(rows(db, Visit)), len(rows(db, SetAside))) == (1, 1)
    assert changes(db, "visits") == 3


def test_the_same_bytes_in_parallel_give_one_row(field, db):
    visit, answers = field.visit(), []
    phones = [field.phone(1, f"d{n}") for n in range(6)]
    threads = [Thread(target=lambda p=p: answers.append(p.verdict("visits", visit)["verdict"])) for p in phones]
    [t.start() for t in threads], [t.join() for t in threads]
    assert sorted(answers) == ["applied"] + ["duplicate"] * 5
    assert len(rows(db, Visit)) == 1
    assert changes(db, "visits") == 2


def test_other_content_under_the_same_id_is_a_new_revision(field, phone, db):
    visit = field.visit(age=60)
    phone.verdict("visits", visit)
    edited = phone.verdict("visits", visit | {"answers": '{"age":61}'})
    assert (edited["verdict"], edited["revision"]) == ("applied", 2)
    assert [r.revision for r in rows(db, VisitRevision)] == [1]
    late_copy = phone.verdict("visits", visit)
    assert (late_copy["verdict"], rows(db, Visit)[0].revision) == ("duplicate", 2)


def test_one_bad_of_a_hundred_leaves_ninety_nine(field, phone, db):
    many = [field.visit(age=n) for n in range(99)] + [field.visit(age=999)]
    verdicts = phone.verdicts({"visits": {"created": many}})
    assert [v["verdict"] for v in verdicts] == ["applied"] * 99 + ["quarantined"]
    problem = verdicts[-1]["problems"][0]
    assert (problem["question"], problem["message"]) == ("age", "年龄应在 0 到 149 之间")
    assert len(rows(db, Visit)) == 99


UNFIT = {
    "unknown-form": {"form_id": "nobody"},
    "invalid-answers": {"answers": "{}"},
    "answers-not-json": {"answers": "{"},
    "answers-not-object": {"answers": "[]"},
    "answers-duplicate-key": {"answers": '{"age":1,"age":2}'},
    "bad-reference": {"household_id": "h1"},
    "out-of-scope": {"household_id": uid("h4")},
    "class-not-permitted": {"form_id": "child"},
    "person-elsewhere": {"person_id": uid("h2/p1")},
    "bad-id": {"id": "1"},
}


@pytest.mark.parametrize("code", UNFIT)
def test_what_is_unfit_is_kept_in_quarantine_with_its_reason(field, phone, db, site, code):
    visit = field.visit() | UNFIT[code]
    verdict = phone.verdict("visits", visit)
    assert (verdict["verdict"], verdict["code"]) == ("quarantined", code)
    kept = rows(db, SetAside)
    assert [row.code for row in kept] == [code]
    assert site.vault.open(kept[0].content_sealed, "quarantine.content").count(visit["form_id"].encode()) == 1
    assert rows(db, Visit) == []


def test_a_visit_held_for_its_household_is_applied_when_it_comes(field, phone, db):
    home = str(uuid4())
    visit = field.visit() | {"household_id": home}
    assert phone.verdict("visits", visit)["verdict"] == "held"
    assert phone.verdict("households", {"id": home, "name": "新户", "village_code": VILLAGE})["verdict"] == "applied"
    assert [v.household_id for v in rows(db, Visit)] == [home]
    assert [row.state for row in rows(db, SetAside)] == ["released"]
    assert phone.verdict("visits", visit)["verdict"] == "duplicate"


def test_a_chain_of_held_records_is_applied_in_one_go(field, phone, db):
    home, person = str(uuid4()), str(uuid4())
    visit = field.visit(person=person) | {"household_id": home}
    assert phone.verdict("visits", visit)["verdict"] == "held"
    assert phone.verdict("persons", {"id": person, "household_id": home, "name": "李四"})["verdict"] == "held"
    phone.verdict("households", {"id": home, "name": "新户", "village_code": VILLAGE})
    assert [p.household_id for p in rows(db, Person, Person.id == person)] == [home]
    assert len(rows(db, Visit)) == 1


def test_one_push_may_bring_everything_in_any_order(field, phone):
    home, person = str(uuid4()), str(uuid4())
    verdicts = phone.verdicts({
        "visits": {"created": [field.visit(person=person) | {"household_id": home}]},
        "persons": {"created": [{"id": person, "household_id": home, "name": "李四"}]},
        "households": {"created": [{"id": home, "name": "新户", "village_code": VILLAGE}]},
    })  # fmt: skip
    assert [v["verdict"] for v in verdicts] == ["applied"] * 3


def test_a_new_household_elsewhere_is_quarantined(phone):
    verdict = phone.verdict("households", {"id": str(uuid4()), "name": "外村", "village_code": "370281009009"})
    assert (verdict["verdict"], verdict["code"]) == ("quarantined", "foreign-region")


def test_unknown_tables_and_deletions_are_kept_not_obeyed(field, phone, db):
    visit = field.visit()
    phone.verdict("visits", visit)
    sent = {"visits": {"deleted": [visit["id"]]}, "alerts": {"created": [{"id": str(uuid4())}]}, "x\x01": {"created": [{}]}}
    assert [v["verdict"] for v in phone.verdicts(sent)] == ["quarantined"] * 3
    assert len(rows(db, Visit)) == 1


def test_fields_the_server_changed_since_are_kept_and_named(field, phone, db):
    before = phone.pull()["households"]["updated"]
    assert before == {}
    other = field.phone(3)
    edit = {"id": uid("h1"), "name": "新名", "address": "一号", "_status": "updated", "_changed": "name,address"}
    assert other.verdict("households", edit)["verdict"] == "applied"
    mine = {"id": uid("h1"), "name": "旧名", "area": "urban", "_status": "updated", "_changed": "name,area"}
    verdict = phone.verdict("households", mine)
    assert (verdict["verdict"], verdict["kept"]) == ("merged", ["name"])
    home = rows(db, Household, Household.id == uid("h1"))[0]
    assert (home.name, home.address, home.area) == ("新名", "一号", "urban")
    phone.pull()
    assert phone.verdict("households", mine | {"name": "再改", "_changed": "name"})["verdict"] == "applied"


def test_an_identity_number_is_sealed_unique_and_survives_its_mask(field, phone, db, site):
    number, person = "370281199001011234"[:17], uid("h1/p1")
    from fieldsvc.households.rules import check_character

    number += check_character(number)
    edit = {"id": person, "household_id": uid("h1"), "name": "p1", "id_number": number}
    assert phone.verdict("persons", edit)["verdict"] == "applied"
    shown = phone.pull()["persons"]["updated"][person]["id_number"]
    assert number not in shown and shown.startswith("370281") and shown.endswith(number[-4:])
    assert phone.verdict("persons", edit | {"id_number": shown, "name": "改名"})["verdict"] == "applied"
    kept = rows(db, Person, Person.id == person)[0]
    assert site.vault.open_text(kept.identity_sealed, "persons.identity") == number
    taken = phone.verdict("persons", {"id": str(uuid4()), "household_id": uid("h2"), "name": "x", "id_number": number})
    assert (taken["verdict"], taken["code"]) == ("quarantined", "identity-taken")


def test_a_task_is_completed(field, phone, db):
    with db.write() as session:
        session.add(Task(county_code=COUNTY, id=uid("t"), household_id=uid("h1"), kind="visit", title="走访", status="open",
                         klass="general", versions={}, updated_at=clock.now()))  # fmt: skip
    done = {"id": uid("t"), "status": "done", "done_at": "2026-01-01T09:00:00+08:00"}
    assert phone.verdict("tasks", done)["verdict"] == "applied"
    assert [(t.status, t.done_at) for t in rows(db, Task)] == [("done", datetime(2026, 1, 1, 1, tzinfo=UTC))]
    assert phone.verdict("tasks", done | {"status": "nonsense"})["code"] == "invalid-fields"


@pytest.mark.parametrize("skew", [timedelta(days=800), timedelta(days=-800), timedelta(minutes=3)])
def test_device_time_is_kept_apart_corrected_and_capped(field, phone, db, skew):
    true = clock.now() - timedelta(hours=5)
    visit = field.visit() | {"finished_at": (true + skew).isoformat()}
    phone.verdict("visits", visit, X_Device_Time=(clock.now() + skew).isoformat())
    stored = rows(db, Visit)[0]
    assert abs(stored.observed_at - true) < timedelta(seconds=5)
    assert stored.finished_at == true + skew
    assert abs(stored.offset_ms - skew.total_seconds() * 1000) < 5000
    future = field.visit() | {"finished_at": (clock.now() + timedelta(days=9)).isoformat()}
    phone.verdict("visits", future)
    assert all(v.observed_at <= v.received_at for v in rows(db, Visit))
