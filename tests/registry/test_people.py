"""Two registered persons made one and two again; a person who moves; who is registered twice is found."""

from datetime import date

import pytest
from sqlalchemy import select

from fieldsvc.households import records
from fieldsvc.households.models import Household, Person
from fieldsvc.households.rules import check_character
from fieldsvc.kit.errors import Problem
from fieldsvc.registry import duplicates
from fieldsvc.registry.homes import merge_households
from fieldsvc.registry.people import merge_persons, move_person
from fieldsvc.registry.service import split, tell_apart
from fieldsvc.visits.models import Visit
from tests.registry.conftest import OFFICER
from tests.registry.test_households import all_of, documents
from tests.support.jiaozhou import medical_visit
from tests.support.river import COUNTY, uid

A, B, P1, P2 = uid("a"), uid("b"), uid("a/p1"), uid("b/p1")


def number(serial, born="19600501"):
    body = f"370281{born}{serial:03d}"
    return body + check_character(body)


def identify(site, name, serial=2):
    with site.db.write() as session:
        records.apply_person(site.vault, session.get(Person, (COUNTY, uid(name))), {"id_number": number(serial)})


def make_one(site, care, one=P1, other=P2, **more):
    with site.db.write() as session:
        return merge_persons(session, care, one, other, "同一人", **more)


def undone(site, care, done, **more):
    with site.db.write() as session:
        return split(session, care, done.id, "核实为两人", **more)


def insured(site):
    return {s: d["insured"][0] for s, d in documents(site).items() if "insured" in d}


def test_a_person_of_two_households_becomes_one_and_two_again(visited, care, screen):
    facts, people = documents(visited), all_of(visited, Person.id, Person.household_id, Person.tier, Person.identity_kind)
    identify(visited, "b/p1")
    numbered = all_of(visited, Person.id, Person.household_id, Person.tier, Person.identity_kind)
    done = make_one(visited, care)
    screen()
    with visited.db.read() as session:
        one = session.scalars(select(Person)).one()
        assert (one.id, one.household_id, one.identity_kind) == (P1, A, "identity")
        assert records.identity_of(visited.vault, one) == number(2)
    assert documents(visited)[P1]["insured"][0] in (True, False)
    undone(visited, care, done)
    screen()
    assert sorted(all_of(visited, Person.id, Person.household_id, Person.tier, Person.identity_kind)) == sorted(numbered)
    assert len(people) == 2 and {s: d["insured"] for s, d in documents(visited).items() if "insured" in d} == {
        s: d["insured"] for s, d in facts.items() if "insured" in d
    }


def test_visits_that_name_the_old_id_tell_of_the_survivor(visited, care, screen):
    with visited.db.write() as session:
        merge_households(session, care, A, B, "同一户")
    screen()
    done = make_one(visited, care)
    screen()
    with visited.db.read() as session:
        assert {v.person_id for v in session.scalars(select(Visit))} == {P1}
    with visited.db.write() as session:  # as a phone wrote it before it heard
        from tests.support.river import visit

        visit(visited, session, A, "late", {"insured": "yes", "inpatient_year": "yes", "hospital_designated": "yes",
                                            "cost_within_policy": "yes", "insurance_settled": "yes", "self_paid_year": 900,
                                            "medical_aid_received": "no", "emergency_treatment": "no"}, person=P2,
              form="medical_visit")  # fmt: skip
    screen()
    assert documents(visited)[P1]["self_paid_year"][0] == "900"
    undone(visited, care, done, later="merged")
    screen()
    assert documents(visited)[P2]["self_paid_year"][0] == "900" and "self_paid_year" not in documents(visited)[P1]


def test_two_numbers_need_the_officers_word(visited, care):
    identify(visited, "a/p1", 4)
    identify(visited, "b/p1", 6)
    with pytest.raises(Problem) as refused:
        make_one(visited, care)
    assert refused.value.code == "identities-differ"
    make_one(visited, care, identity="merged")
    with visited.db.read() as session:
        assert records.identity_of(visited.vault, session.get(Person, (COUNTY, P1))) == number(6)


def test_a_household_is_split_only_after_what_was_done_in_it_since(visited, care):
    with visited.db.write() as session:
        first = merge_households(session, care, A, B, "同一户")
    second = make_one(visited, care)
    with pytest.raises(Problem) as refused:
        undone(visited, care, first)
    assert refused.value.code == "split-later-first" and refused.value.extra["merge"] == second.id
    undone(visited, care, second)
    undone(visited, care, first)
    assert sorted(all_of(visited, Person.id, Person.household_id)) == sorted([(P1, A), (P2, B)])
    with pytest.raises(Problem) as again:
        undone(visited, care, first)
    assert again.value.code == "already-split"


def test_who_moves_takes_along_what_is_about_them_but_not_the_visits(visited, care, screen):
    facts = documents(visited)
    with visited.db.write() as session:
        session.get(Household, (COUNTY, B)).head_person_id = P2
    with visited.db.write() as session:
        done = move_person(session, care, P2, A, "随子女居住")
    screen()
    with visited.db.read() as session:
        person, home = session.get(Person, (COUNTY, P2)), session.get(Household, (COUNTY, B))
        assert (person.household_id, person.tier, home.head_person_id) == (A, "dibao", None)
        assert session.get(Visit, (COUNTY, uid("b-visit"))).household_id == B
    assert documents(visited)[P2]["insured"] == facts[P2]["insured"]
    undone(visited, care, done)
    screen()
    with visited.db.read() as session:
        person, home = session.get(Person, (COUNTY, P2)), session.get(Household, (COUNTY, B))
        assert (person.household_id, person.tier, home.head_person_id) == (B, None, P2)
    assert documents(visited) == facts


def test_a_visit_after_the_merge_is_told_of_the_survivor_alone(visited, care, screen):
    done = make_one(visited, care)
    medical_visit(visited, "a", {"insured": "yes", "inpatient_year": "no", "emergency_treatment": "no"}, "since")
    screen()
    undone(visited, care, done)
    screen()
    assert insured(visited) == {P1: True, P2: False}


def registered(site, *people):
    """``(name, household, birth date, number or None)`` in the village of the households."""
    with site.db.write() as session:
        for name, home, born, serial in people:
            person = records.new_person(site.vault, COUNTY, uid(home), uid(f"{home}/{name}/{born}"), "phone", 1, _now())
            values = {"name": name, "sex": "female", "birth_date": born}
            records.apply_person(site.vault, person, values | ({"id_number": number(serial, f"{born:%Y%m%d}")} if serial else {}))
            session.add(person)


def _now():
    from fieldsvc.kit import clock

    return clock.now()


def found(site, kind=duplicates.persons):
    with site.db.read() as session:
        return {(p.name, p.why) for p in kind(session, OFFICER)}


def test_likely_duplicates_are_found_with_their_reason(visited, care):
    with visited.db.write() as session:
        for person in session.scalars(select(Person)):
            person.name = person.household_id
    registered(visited, ("王芳", "a", date(1950, 3, 4), None), ("王芳", "b", date(1950, 3, 4), 2),  # temporary, and the number
               ("李娜", "a", date(1950, 3, 4), None), ("李娜", "b", date(1950, 4, 3), None),  # day and month exchanged
               ("张敏", "a", date(1950, 3, 4), 4), ("张敏", "b", date(1961, 7, 9), 6),  # two people
               ("赵静", "a", date(1950, 3, 4), None), ("赵静", "b", date(1971, 8, 21), None))  # fmt: skip
    assert found(visited) == {("王芳", ("same_birth", "converted")), ("李娜", ("slip",))}
    assert found(visited, duplicates.households) in ({("a户", ("shared",))}, {("b户", ("shared",))})
    with visited.db.write() as session:
        (pair,) = [p for p in duplicates.persons(session, OFFICER) if p.name == "李娜"]
        apart = tell_apart(session, care, "person", pair.survivor, pair.merged, "是表姐妹")
    assert found(visited) == {("王芳", ("same_birth", "converted"))}
    undone(visited, care, apart)
    assert len(found(visited)) == 2
