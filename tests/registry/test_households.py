"""Two households made one and two again: nothing lost, both histories kept, phones corrected."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from fieldsvc.aidchain.models import Head, Link
from fieldsvc.aidchain.service import append, verify
from fieldsvc.alerts.models import Alert, Disposal
from fieldsvc.facts.models import DirtyHousehold, FactDocument
from fieldsvc.facts.service import record
from fieldsvc.households.models import Household, Person, Redirect
from fieldsvc.households.redirects import survivors
from fieldsvc.kit.errors import Problem
from fieldsvc.registry.homes import merge_households
from fieldsvc.registry.service import split
from fieldsvc.screening.models import DeterminationRow
from fieldsvc.visits.models import Visit
from tests.registry.conftest import OFFICER
from tests.support.jiaozhou import departments, medical_visit
from tests.support.river import COUNTY, uid, visit

A, B = uid("a"), uid("b")


def merged(site, care, **more):
    with site.db.write() as session:
        return merge_households(session, care, A, B, "同一户登记了两次", **more)


def undone(site, care, done, **more):
    with site.db.write() as session:
        return split(session, care, done.id, "核实为两户", **more)


def all_of(site, *what):
    with site.db.read() as session:
        return session.execute(select(*what)).all()


def documents(site):
    """``{subject: {fact: (value, as-of, source)}}`` of subjects that are there."""
    there = {row.id for row in all_of(site, Household.id)} | {row.id for row in all_of(site, Person.id)}
    rows = all_of(site, FactDocument.subject_id, FactDocument.document)
    return {r.subject_id: {k: tuple(v[:4]) for k, v in r.document.items()} for r in rows if r.subject_id in there}


def test_everything_of_the_merged_household_is_the_survivors(visited, care, screen):
    before = documents(visited)
    with visited.db.write() as session:
        record(session, COUNTY, B, None, {"hardship_complex": True}, as_of=datetime(2026, 1, 5, tzinfo=UTC), source_kind="officer",
               source_id="desk", declared=departments().vocabulary.facts)  # fmt: skip
    done = merged(visited, care)
    assert all(done.moved[table] for table in ("persons", "visits", "alerts", "tasks"))
    screen()
    assert {row.id for row in all_of(visited, Household.id)} == {A}
    assert {row.household_id for row in all_of(visited, Person.household_id)} == {A}
    assert {row.household_id for row in all_of(visited, Visit.household_id)} == {A}
    assert {row.household_id for row in all_of(visited, Alert.household_id)} == {A}
    now = documents(visited)
    assert now[uid("b/p1")].items() >= before[uid("b/p1")].items()
    assert now[A]["hardship_complex"] == (True, "2026-01-05T00:00:00.000000+00:00", "officer", "desk")
    rows = all_of(visited, DeterminationRow.subject_id, DeterminationRow.household_id, DeterminationRow.current)
    current = [row for row in rows if row.current]
    assert {r.subject_id for r in current} == {A, uid("a/p1"), uid("b/p1")} and {r.household_id for r in current} == {A}
    assert all_of(visited, DirtyHousehold.household_id) == []


def test_both_chains_stay_readable_and_linked(visited, care):
    merged(visited, care)
    with visited.db.read() as session:
        assert verify(session, COUNTY) == []
        last = session.scalars(select(Link).where(Link.household_id == A).order_by(Link.n.desc())).first()
        other = session.get(Head, (COUNTY, B))
        assert (last.kind, last.content["household"], last.content["hash"]) == ("merged", B, bytes(other.hash).hex())
        end = session.scalars(select(Link).where(Link.household_id == B).order_by(Link.n.desc())).first()
        assert (end.kind, end.n, end.content["into"], end.actor) == ("merged_away", other.n, A, "李经办")


def household_visit(site, screen):
    """A visit to b that tells something of the household itself."""
    form = next(f.form for f in departments().form_files if f.form.id == "civil_household_visit")
    with site.db.write() as session:
        visit(site, session, B, "hv", {"policy_not_delivered": "yes"}, form=form.id, version=form.version)
    screen()


def test_merge_then_split_restores(visited, care, screen):
    household_visit(visited, screen)
    facts, homes = documents(visited), all_of(visited, Household.id, Household.tier, Household.name)
    people = all_of(visited, Person.id, Person.household_id, Person.tier)
    visits = all_of(visited, Visit.id, Visit.household_id, Visit.person_id)
    alerts = all_of(visited, Alert.id, Alert.household_id, Alert.subject_id, Alert.status, Alert.person_id)
    done = merged(visited, care)
    screen()
    undone(visited, care, done)
    screen()
    assert sorted(all_of(visited, Household.id, Household.tier, Household.name)) == sorted(homes)
    assert sorted(all_of(visited, Person.id, Person.household_id, Person.tier)) == sorted(people)
    assert sorted(all_of(visited, Visit.id, Visit.household_id, Visit.person_id)) == sorted(visits)
    assert sorted(all_of(visited, Alert.id, Alert.household_id, Alert.subject_id, Alert.status, Alert.person_id)) == sorted(alerts)
    assert documents(visited) == facts
    assert all_of(visited, Redirect.old_id) == []
    with visited.db.read() as session:
        assert verify(session, COUNTY) == []
    again = merged(visited, care)  # and once more: what a split took back counts again, also when documents are rebuilt
    screen()
    medical_visit(visited, "a", {"insured": "yes", "inpatient_year": "no", "emergency_treatment": "no"}, revision=2)
    screen()
    assert documents(visited)[uid("b/p1")] == facts[uid("b/p1")]
    assert documents(visited)[A]["policy_not_delivered"] == facts[B]["policy_not_delivered"]
    undone(visited, care, again)
    screen()
    assert documents(visited) == facts


@pytest.mark.parametrize(("later", "home"), [("survivor", A), ("merged", B)])
def test_what_came_since_stays_with_the_one_named(visited, care, screen, later, home):
    done = merged(visited, care)
    since = medical_visit(visited, "a", {"insured": "yes"}, "since")
    undone(visited, care, done, later=later)
    with visited.db.read() as session:
        assert session.get(Visit, (COUNTY, since)).household_id == home
        assert session.get(Visit, (COUNTY, uid("b-visit"))).household_id == B


def test_alerts_of_one_rule_collapse_and_keep_both_reasons(visited, care):
    with visited.db.write() as session:
        one = session.scalars(select(Alert)).one()
        common = {c.name: getattr(one, c.name) for c in Alert.__table__.c} | {"subject": "household", "person_id": None}
        for name, home, status, source in (("x", A, "open", "visit"), ("y", B, "verified", "matching")):
            session.add(Alert(**common | {"id": uid(name), "rule_id": "civil.hardship_complex", "subject_id": home, "household_id": home,
                                          "status": status, "reasons": {"conditions": [], "from": name},
                                          "channels": [{"channel": source}]}))  # fmt: skip
    done = merged(visited, care)
    with visited.db.read() as session:
        kept, closed = session.get(Alert, (COUNTY, uid("y"))), session.get(Alert, (COUNTY, uid("x")))
        assert (kept.status, kept.subject_id, kept.household_id) == ("verified", A, A)
        assert closed.status == "closed" and closed.reasons["from"] == "x"
        assert {c["channel"] for c in kept.channels} == {"visit", "matching"}
        told = session.scalars(select(Disposal).where(Disposal.alert_id == uid("y"))).one()
        assert told.detail["reasons"]["from"] == "x"
    undone(visited, care, done)
    with visited.db.read() as session:
        kept, again = session.get(Alert, (COUNTY, uid("y"))), session.get(Alert, (COUNTY, uid("x")))
        assert (kept.subject_id, kept.status, again.subject_id, again.status) == (B, "verified", A, "open")


def test_old_ids_lead_on_also_through_two_merges(visited, care):
    from tests.support import river

    with visited.db.write() as session:
        river.household(session, "c")
    first = merged(visited, care)
    with visited.db.write() as session:
        second = merge_households(session, care, uid("c"), A, "又一次")
    with visited.db.read() as session:
        assert survivors(session, COUNTY, [B, A, uid("c")]) == {B: uid("c"), A: uid("c")}
    with pytest.raises(Problem) as refused:
        undone(visited, care, first)
    assert refused.value.code in ("split-later-first", "not-found")
    undone(visited, care, second)
    undone(visited, care, first)
    assert {row.id for row in all_of(visited, Household.id)} == {A, B, uid("c")}


def test_fields_the_survivor_lacks_are_taken_and_given_back(visited, care):
    with visited.db.write() as session:
        session.get(Household, (COUNTY, B)).address = "东街 5 号"
        session.get(Household, (COUNTY, B)).tier = "tekun"
    done = merged(visited, care, take=("tier",))
    with visited.db.read() as session:
        home, person = session.get(Household, (COUNTY, A)), session.get(Person, (COUNTY, uid("b/p1")))
        assert (home.address, home.tier, person.tier) == ("东街 5 号", "tekun", "tekun")
    undone(visited, care, done)
    with visited.db.read() as session:
        home, other, person = (session.get(m, (COUNTY, i)) for m, i in ((Household, A), (Household, B), (Person, uid("b/p1"))))
        assert (home.address, home.tier, other.tier, person.tier) == (None, "dibao", "tekun", None)


def test_an_officer_related_to_the_merged_household_is_related_to_the_survivor(visited, care):
    from fieldsvc.households.models import Kin

    with visited.db.write() as session:
        session.add(Kin(county_code=COUNTY, account_id=2, household_id=B, relation="堂兄", at=datetime(2026, 1, 5, tzinfo=UTC)))
    done = merged(visited, care)
    assert sorted(all_of(visited, Kin.household_id)) == sorted([(A,), (B,)])
    undone(visited, care, done)
    assert all_of(visited, Kin.household_id) == [(B,)]


def test_nobody_merges_what_is_not_theirs(visited, care):
    from dataclasses import replace

    foreign = replace(care, actor=replace(OFFICER, region="370281002"))
    for one, other in ((A, B), (A, uid("nothing"))):
        with pytest.raises(Problem) as refused, visited.db.write() as session:
            merge_households(session, foreign, one, other, "x")
        assert refused.value.status == 404
    assert len(all_of(visited, Household.id)) == 2


def test_a_chain_written_after_the_merge_is_the_survivors(visited, care):
    merged(visited, care)
    with visited.db.write() as session:
        append(session, COUNTY, A, "aid", "民政", {"次": 1})
    with visited.db.read() as session:
        assert verify(session, COUNTY) == []
