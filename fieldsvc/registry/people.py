"""Two registered persons become one and two again (并人); a person moves to another household (迁移)."""

from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from fieldsvc.alerts.collapse import collapse, reopen
from fieldsvc.feed.rules import UPDATE
from fieldsvc.households.caseload import announce_record
from fieldsvc.households.models import Household, Person, Redirect
from fieldsvc.households.service import stamp_fields
from fieldsvc.kit import clock
from fieldsvc.kit.errors import Problem

from . import facts, followers, rows, special
from .ground import (
    MERGED,
    MOVE,
    PERSON,
    SURVIVOR,
    Care,
    changed_meanwhile,
    distinct,
    give_back,
    home_of,
    keep_tiers,
    lead_on,
    lock,
    new,
    person_of,
    restore_tiers,
    returning,
    set_fields,
    settle,
    take_over,
    write_down,
)
from .models import Merge


def merge_persons(
    session: Session, care: Care, survivor: str, merged: str, reason: str, take: tuple[str, ...] = (), identity: str = ""
) -> Merge:
    """Make two registered persons one; the merged one comes to the survivor's household first if it lives elsewhere.
    ``identity``: whose number is right (survivor | merged), where both have one.

    Problems: 404; 409 ``same-record``, ``identities-differ``.
    """
    distinct(survivor, merged)
    home = person_of(session, care, survivor).household_id
    before = person_of(session, care, merged).household_id
    lock(session, care, [home, before])
    person, other = person_of(session, care, survivor), person_of(session, care, merged)
    if {person.household_id, other.household_id} != {home, before}:
        raise changed_meanwhile()
    _refuse_identities(person, other, identity)
    came = _relocate(session, care, other, home) if before != home else {}
    moved, own = (followers.of_person(session, care.county, one, moving=False) for one in (merged, survivor))
    done = new(care, PERSON, survivor, merged, home, reason, rows.packed(other), moved, own)
    done.undo = {"from": before, "came": came, "collapsed": collapse(session, care.actor, merged, survivor)}
    visits = facts.visits_about(session, care.county, merged, home)
    followers.reassign(session, care.county, moved, merged, survivor)
    facts.derive_again(session, care.county, visits)
    special.set_aside_verdict(session, care.county, merged)
    done.undo |= {
        "facts": facts.copy(session, care.county, merged, survivor, home, care.declared, visits=before != home),
        "questions": special.one_question(session, care.county, moved["tasks"], home), "visits": visits,
    }  # fmt: skip
    session.delete(other)
    session.flush()
    done.undo["taken"] = take_over(session, person, done.row, "persons", take) | _take_identity(session, person, done.row, identity)
    done.undo["head"] = _head(session, care.county, home, merged, survivor)
    lead_on(session, done, "persons")
    write_down(session, care, home, "merged", done, {"person": merged, "into": survivor, "name": done.row["name"]}, survivor)
    followers.tell(session, care.county, moved | {"persons": [], "visits": sorted({*moved["visits"], *visits})}, {home, before})
    _tell_persons(session, care.county, [survivor, merged], {home, before})
    settle(session, care.county, "", {home, before})
    session.add(done)
    return done


def split_persons(session: Session, care: Care, done: Merge, later: str) -> None:
    county, survivor, merged, home = care.county, done.survivor_id, done.merged_id, done.household_id
    person = person_of(session, care, survivor)
    if person.household_id != home:
        raise changed_meanwhile()
    now = followers.of_person(session, county, survivor, moving=False)
    back = returning(now, done, later)
    give_back(session, person, done)
    session.execute(delete(Redirect).where(Redirect.county_code == county, Redirect.old_id == merged))
    session.add(rows.unpacked(Person, done.row))
    session.flush()
    followers.reassign(session, county, back, survivor, merged)
    visits = sorted({*done.undo["visits"], *back["visits"], *facts.visits_about(session, county, survivor, home)})
    facts.derive_again(session, county, visits)
    special.restore_verdict(session, county, merged)
    facts.take_back(session, county, survivor, home, done.undo["facts"], care.declared)
    reopen(session, care.actor, done.undo["collapsed"])
    special.ask_again(session, county, done.undo["questions"])
    if done.undo["head"]:
        _head(session, county, home, survivor, merged)
    write_down(session, care, home, "split", done, {"from": survivor, "person": merged, "later": later}, survivor)
    if done.undo["from"] != home:
        _bring_back(session, care, session.get_one(Person, (county, merged)), done)
    followers.tell(session, county, back | {"visits": visits}, {home, done.undo["from"]})
    _tell_persons(session, county, [survivor, merged], {home, done.undo["from"]})
    settle(session, county, "", {home, done.undo["from"]})


def move_person(session: Session, care: Care, person_id: str, household_id: str, reason: str) -> Merge:
    """A person lives in another household now (迁移). What is about the person goes along; visits stay where they were paid.

    Problems: 404 unless both households lie in the officer's region; 409 ``same-household``.
    """
    before = person_of(session, care, person_id).household_id
    if before == household_id:
        raise Problem(409, "same-household", "此人已在这一户，不需要迁移。")
    lock(session, care, [before, household_id])
    person = person_of(session, care, person_id)
    home_of(session, care, household_id)
    if person.household_id != before:
        raise changed_meanwhile()
    row = rows.packed(person)
    came = _relocate(session, care, person, household_id)
    done = new(care, MOVE, household_id, person_id, household_id, reason, row, came["moved"], {})
    done.undo = {"from": before, "came": came}
    for home in sorted({before, household_id}):
        write_down(session, care, home, "person_moved", done, {"from": before, "to": household_id}, person_id)
    settle(session, care.county, "", {before, household_id})
    session.add(done)
    return done


def move_back(session: Session, care: Care, done: Merge, later: str) -> None:
    person = person_of(session, care, done.merged_id)
    if person.household_id != done.survivor_id:
        raise changed_meanwhile()
    _bring_back(session, care, person, done)
    for home in sorted({done.survivor_id, done.undo["from"]}):
        write_down(session, care, home, "split", done, {"from": done.survivor_id, "to": done.undo["from"]}, person.id)
    settle(session, care.county, "", {done.survivor_id, done.undo["from"]})


def _relocate(session: Session, care: Care, person: Person, household_id: str) -> dict[str, Any]:
    before, county = person.household_id, care.county
    source = session.get_one(Household, (county, before))
    tiers = keep_tiers(session, county, [person.id], source.tier)
    moved = followers.of_person(session, county, person.id, moving=True)
    followers.rehome(session, county, moved, household_id)
    session.refresh(person)
    was_head = source.head_person_id == person.id
    if was_head:
        source.head_person_id = None
    facts.rehome(session, county, [person.id], household_id)
    special.rehome_verdicts(session, county, [person.id], household_id)
    stamp_fields(session, person, {"household_id"})
    person.updated_at = clock.now()
    followers.tell(session, county, moved, {before, household_id})
    return {"moved": moved, "tiers": tiers, "head": was_head}


def _bring_back(session: Session, care: Care, person: Person, done: Merge) -> None:
    """The person returns with all that is about them, also what came since: it is theirs wherever they live."""
    came = done.undo["came"]
    _relocate(session, care, person, done.undo["from"])
    restore_tiers(session, care.county, came["tiers"])
    source = session.get_one(Household, (care.county, done.undo["from"]))
    if came["head"] and source.head_person_id is None:
        source.head_person_id = person.id


def _refuse_identities(person: Person, other: Person, identity: str) -> None:
    numbered = person.identity_kind == other.identity_kind == "identity"
    if numbered and person.identity_index != other.identity_index and identity not in (SURVIVOR, MERGED):
        raise Problem(409, "identities-differ", "两人的身份证号不同，请核对后写明以哪一个为准。", {"errors": {"identity": "必填"}})


def _take_identity(session: Session, person: Person, row: dict[str, Any], identity: str) -> dict[str, Any]:
    """A number takes the place of a temporary identity; of two numbers the officer's choice stands."""
    from_other = row["identity_kind"] == "identity" and (person.identity_kind != "identity" or identity == MERGED)
    return set_fields(session, person, {c: row[c] for c in rows.IDENTITY}, rows.packed(person)) if from_other else {}


def _head(session: Session, county: str, home: str, old: str, new: str) -> bool:
    found = session.get_one(Household, (county, home))
    was = found.head_person_id == old
    if was:
        found.head_person_id = new
        stamp_fields(session, found, {"head_person_id"})
    return was


def _tell_persons(session: Session, county: str, persons: list[str], homes: set[str]) -> None:
    for home in sorted(homes):
        for person in persons:
            announce_record(session, county, "persons", person, home, op=UPDATE)
