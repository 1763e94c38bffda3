"""Visits become facts: once each, in any order, by revision, with nothing lost that cannot be used yet."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from fieldsvc.eligibility.vocabulary import Fact
from fieldsvc.facts import queries
from fieldsvc.facts.gather import gather
from fieldsvc.facts.learn import FormMissing, learn
from fieldsvc.facts.models import FactRow
from fieldsvc.facts.rules import contradictions
from fieldsvc.facts.service import record, store
from tests.support.river import COUNTY, DAY, household, publish_form, uid, visit


def fact(name, kind, subject="person", sources=("department", "visit", "registry")):
    return Fact(name, name, subject, kind, {}, sources)


DECLARED = {f.name: f for f in (
    fact("income_month", "money"), fact("owns_vehicle", "bool", "household"), fact("disability_grade", "integer"),
    fact("birth_date", "date"), fact("sex", "choice"), fact("area", "choice", "household"), fact("recognised_tier", "choice"),
)}  # fmt: skip
HOME, P1, P2 = uid("h"), uid("h/p1"), uid("h/p2")


def derive(site, declared=DECLARED):
    with site.db.read() as session:
        homes = gather(session, COUNTY, [HOME], declared)
    learned = [learn(site.vault, home, declared) for home in homes]
    with site.db.write() as session:
        return store(session, COUNTY, learned)


def values(site, subject):
    with site.db.read() as session:
        known = queries.known(session, COUNTY, [subject])[subject]
    return {name: entry[0] for name, entry in known.document.items()}


def rows(site):
    with site.db.read() as session:
        return session.scalar(select(func.count()).select_from(FactRow).where(FactRow.source_kind == "visit"))


@pytest.fixture
def home(site):
    with site.db.write() as session:
        publish_form(session)
        household(session, "h", ("p1", "p2"), tier="dibao")
    return site


def push(site, *visits):
    with site.db.write() as session:
        for name, answers, options in visits:
            visit(site, session, HOME, name, answers, **options)


def test_answers_become_facts_of_the_person_the_household_and_the_member_named(home):
    members = [{"person_id": P2, "member_income": 35.5}, {"person_id": uid("stranger"), "member_income": 1}]
    push(home, ("v", {"income": 0.1, "car": "no", "grade": 2, "members": members}, {"person": P1}))
    assert derive(home) == {HOME}
    assert values(home, P1) == {"income_month": "0.1", "disability_grade": 2, "birth_date": "1960-05-01", "sex": "female",
                                "recognised_tier": "dibao"}  # fmt: skip
    assert values(home, P2)["income_month"] == "35.5"
    assert values(home, HOME) == {"area": "rural", "owns_vehicle": False}


def test_unknown_and_unanswered_are_not_no(home):
    push(home, ("v", {"car": "unknown"}, {"person": P1}))
    derive(home)
    assert "owns_vehicle" not in values(home, HOME) and "income_month" not in values(home, P1)


def test_deriving_again_adds_nothing(home):
    push(home, ("v", {"income": 100}, {"person": P1}))
    derive(home)
    before = rows(home)
    derive(home)
    assert (before, rows(home)) == (1, 1)


def test_a_late_visit_goes_into_the_history_only(home):
    push(home, ("v2", {"income": 100}, {"person": P1}))
    derive(home)
    push(home, ("v1", {"income": 900}, {"person": P1, "at": DAY - timedelta(days=30)}))
    derive(home)
    assert (values(home, P1)["income_month"], rows(home)) == ("100", 2)


def test_a_revision_replaces_what_the_visit_said_and_takes_back_what_it_no_longer_says(home):
    push(home, ("old", {"income": 5}, {"person": P1, "at": DAY - timedelta(days=30)}), ("v", {"income": 100, "car": "yes"}, {"person": P1}))
    derive(home)
    push(home, ("v", {"car": "no"}, {"person": P1, "revision": 2}))
    derive(home)
    assert (values(home, P1)["income_month"], values(home, HOME)["owns_vehicle"]) == ("5", False)


def test_a_visit_moved_to_another_household_no_longer_speaks_here(home):
    push(home, ("v", {"car": "yes"}, {"person": P1}))
    derive(home)
    with home.db.write() as session:
        other = household(session, "other")
        visit(home, session, other, "v", {"car": "yes"}, revision=2)
    derive(home)
    assert "owns_vehicle" not in values(home, HOME)


def test_a_fact_nobody_declares_yet_is_derived_when_a_department_brings_it(home):
    push(home, ("v", {"later": "是的", "income": 100}, {"person": P1}))
    derive(home)
    assert "not_yet_declared" not in values(home, P1)
    derive(home, DECLARED | {"not_yet_declared": fact("not_yet_declared", "text")})
    assert (values(home, P1)["not_yet_declared"], rows(home)) == ("是的", 2)


def test_a_visit_whose_form_was_never_published_is_named(home):
    push(home, ("v", {}, {"form": "gone"}))
    with home.db.read() as session:
        (read,) = gather(session, COUNTY, [HOME], DECLARED)
    with pytest.raises(FormMissing, match="gone"):
        learn(home.vault, read, DECLARED)


def test_what_was_read_before_another_writer_is_not_stored(home):
    push(home, ("v", {"income": 100}, {"person": P1}))
    with home.db.read() as session:
        learned = [learn(home.vault, h, DECLARED) for h in gather(session, COUNTY, [HOME], DECLARED)]
    with home.db.write() as session:
        record(session, COUNTY, HOME, P1, {"income_month": "80"}, as_of=DAY, source_kind="department", source_id="list", declared=DECLARED)
    with home.db.write() as session:
        assert store(session, COUNTY, learned) == set()
    assert derive(home) == {HOME}
    assert values(home, P1)["income_month"] == "80"


def test_sources_that_differ_are_both_kept_and_listed(home):
    push(home, ("v", {"income": 100}, {"person": P1}))
    derive(home)
    with home.db.write() as session:
        record(session, COUNTY, HOME, P1, {"income_month": "80"}, as_of=DAY, source_kind="department", source_id="list", declared=DECLARED)
    with home.db.read() as session:
        found = contradictions(queries.history(session, COUNTY, [P1])[P1], DECLARED)
    assert [(e[0], e[2]) for e in found["income_month"]] == [("80", "department"), ("100", "visit")]


def test_a_registry_that_changes_its_mind_is_followed(home):
    from fieldsvc.households.models import Person

    derive(home)
    for tier, expected in (("tekun", "tekun"), (None, "dibao")):
        with home.db.write() as session:
            person = session.get(Person, (COUNTY, P1))
            person.tier, person.updated_at = tier, person.updated_at + timedelta(days=1)
        derive(home)
        assert values(home, P1)["recognised_tier"] == expected
