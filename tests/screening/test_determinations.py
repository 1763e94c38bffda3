"""Every determination with its reasons: the stored one, one for another place, and a replay after everything moved on."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select, text

from fieldsvc.accounts.models import AccessEntry
from fieldsvc.screening import determinations as reasons
from fieldsvc.screening.models import DeterminationRow
from tests.support.jiaozhou import INPATIENT, departments, medical_visit
from tests.support.river import COUNTY, DAY, uid


@pytest.fixture
def visited(town, screen):
    medical_visit(town, "a", INPATIENT)
    screen()
    return town


@pytest.fixture
def ask(client, signed, visited):
    def ask(name="a", role="township_officer", region="370281001", **query):
        address = f"/api/v1/households/{uid(name)}/determinations"
        got = client.get(address, query_string=query, headers=signed(role, region))
        return got.status_code, got.get_json()

    return ask


def rule(body, rule_id):
    return next(r for s in body["subjects"] for r in s["rules"] if r["id"] == rule_id)


def test_the_stored_determination_names_input_source_parameter_and_clause(ask, visited):
    status, body = ask()
    assert (status, body["stored"], body["jurisdiction"]) == (200, True, "jiaozhou")
    aid = rule(body, "medical.aid")
    assert aid["verdict"] == "e"
    inputs = [i for c in aid["conditions"] for i in c["inputs"]]
    assert uid("a-visit") in {i["source_id"] for i in inputs}
    for condition in aid["conditions"]:
        assert condition["authority"]["clause"] and condition["authority"]["quote"] and condition["authority"]["starts"]
    with visited.db.read() as session:
        (entry,) = session.scalars(select(AccessEntry).where(AccessEntry.purpose == "determinations"))
    assert entry.households == [uid("a")]


def test_the_same_facts_under_huining_are_computed_and_not_stored(ask, visited):
    with visited.db.read() as session:
        before = len(list(session.scalars(select(DeterminationRow.n))))
    status, body = ask(jurisdiction="huining", date="2023-06-01")
    aid = rule(body, "medical.aid")
    assert (status, body["stored"], body["screened_at"]) == (200, False, None)
    assert {c["authority"]["document"] for c in aid["conditions"]} == {"huining-2022"}
    with visited.db.read() as session:
        assert len(list(session.scalars(select(DeterminationRow.n)))) == before


def test_a_silent_text_is_said_to_be_silent_and_a_late_one_to_be_late(ask, visited):
    silent = ask(jurisdiction="zibo")[1]
    assert rule(silent, "medical.aid")["verdict_label"] == "此文件未规定"
    late = ask(jurisdiction="huining", date="2026-01-01")[1]
    assert rule(late, "medical.aid")["verdict_label"] == "不在施行期"


def test_what_is_not_known_is_named(ask, visited):
    body = ask("b")[1]
    aid = rule(body, "medical.aid")
    assert aid["verdict_label"] == "尚不能确定"
    assert "self_paid_year" in {missing["fact"] for missing in aid["missing_facts"]}


def test_an_unknown_place_and_a_foreign_household_are_refused(ask, visited):
    assert ask(jurisdiction="nowhere")[0] == 404
    assert ask(region="370281999")[0] == 404
    assert ask(date="not a day")[0] == 422


@pytest.mark.parametrize("rules", ["same rules", "rules changed since"])
def test_a_stored_determination_replays_to_the_same_bytes(visited, screen, rules):
    book = departments().rulebook
    with visited.db.read() as session:
        row = session.scalar(select(DeterminationRow).where(DeterminationRow.subject_id == uid("a/p1")))
        first = reasons.replay(session, COUNTY, row, book).to_json()
    medical_visit(visited, "a", INPATIENT | {"self_paid_year": 99}, "later", at=DAY + timedelta(days=1))
    screen()
    if rules != "same rules":
        other = type(book)(book.vocabulary, book.programmes[:1], (), book.policy)
        assert other.hash != book.hash
        book = other
    with visited.db.read() as session:
        assert reasons.replay(session, COUNTY, row, book).to_json() == first
        now = session.scalar(select(DeterminationRow).where(DeterminationRow.subject_id == uid("a/p1"), DeterminationRow.current))
        assert reasons.replay(session, COUNTY, now, book).to_json() != first


def test_the_packed_verdicts_are_those_of_the_replay(visited):
    book = departments().rulebook
    with visited.db.read() as session:
        for row in session.scalars(select(DeterminationRow)):
            replayed = reasons.replay(session, COUNTY, row, book)
            rules = next(s for s in replayed.subjects if s.id == row.subject_id).rules
            assert "".join(r.verdict for r in rules) == row.verdicts.replace("|", "")


def test_a_replay_without_its_rules_says_so(visited):
    with visited.db.write() as session:
        session.execute(text("UPDATE rule_sets SET hash = 'gone'"))
        row = session.scalar(select(DeterminationRow).limit(1))
        book = departments().rulebook
        with pytest.raises(Exception, match="规则没有保存"):
            reasons.replay(session, COUNTY, row, type(book)(book.vocabulary, (), (), book.policy))


def test_sources_that_contradict_are_shown(ask, visited):
    from fieldsvc.facts.service import record

    with visited.db.write() as session:
        record(session, COUNTY, uid("a"), uid("a/p1"), {"insured": False}, as_of=DAY, source_kind="department", source_id="list-1",
               declared=departments().vocabulary.facts)  # fmt: skip
    (differ,) = ask()[1]["contradictions"]
    assert (differ["fact"], [s["source_kind"] for s in differ["said"]]) == ("insured", ["department", "visit"])
    assert date.fromisoformat(differ["said"][0]["as_of"][:10])


def test_a_refusal_names_its_nearest_miss_and_what_fits_now(ask, visited, screen):
    medical_visit(visited, "b", INPATIENT | {"hospital_designated": "no"})
    screen()
    person = next(s for s in ask("b", misses="true")[1]["subjects"] if s["subject"] == "person")
    aid = next(r for r in person["rules"] if r["id"] == "medical.aid")
    assert aid["verdict_label"] == "不符合"
    miss = aid["nearest_miss"]
    assert (miss["fact"], miss["now"], miss["value"], miss["becomes"]) == ("hospital_designated", False, True, "符合")
    assert "medical.insurance_subsidy" in {each["id"] for each in person["fits_now"]}
