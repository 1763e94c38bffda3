"""Two households become one, and two again (并户、拆分).

The marks of both are taken first and in the order of their keys: whoever writes about either of them at the same moment comes
before the merge and is moved with the rest, or after it and is led on.
"""

from sqlalchemy import delete
from sqlalchemy.orm import Session

from fieldsvc.aidchain.service import hold
from fieldsvc.alerts.collapse import collapse, reopen
from fieldsvc.facts.service import mark_dirty
from fieldsvc.households.caseload import announce_record
from fieldsvc.households.models import Household, Redirect
from fieldsvc.households.redirects import survivors

from . import facts, followers, rows, special
from .ground import (
    HOUSEHOLD,
    Care,
    distinct,
    give_back,
    home_of,
    keep_tiers,
    lead_on,
    lock,
    new,
    restore_tiers,
    returning,
    settle,
    take_over,
    write_down,
)
from .models import Merge


def merge_households(session: Session, care: Care, survivor: str, merged: str, reason: str, take: tuple[str, ...] = ()) -> Merge:
    """Make ``merged`` part of ``survivor``. ``take``: fields in which the merged household is right (``rows.TAKEN``); what the
    survivor lacks it takes anyway, but never a tier.

    Problems: 404 unless both lie in the officer's region; 409 ``same-record``.
    """
    distinct(survivor, merged)
    lock(session, care, [survivor, merged])
    home, other = home_of(session, care, survivor), home_of(session, care, merged)
    moved, own = (followers.of_household(session, care.county, one) for one in (merged, survivor))
    done = new(care, HOUSEHOLD, survivor, merged, survivor, reason, rows.packed(other), moved, own)
    done.undo = {"tiers": keep_tiers(session, care.county, moved["persons"], other.tier)}
    done.undo["collapsed"] = collapse(session, care.actor, merged, survivor)
    followers.rehome(session, care.county, moved, survivor, (merged, survivor))
    facts.rehome(session, care.county, moved["persons"], survivor)
    special.rehome_verdicts(session, care.county, moved["persons"], survivor)
    special.set_aside_verdict(session, care.county, merged)
    done.undo |= {
        "facts": facts.copy(session, care.county, merged, survivor, survivor, care.declared),
        "questions": special.one_question(session, care.county, moved["tasks"], survivor),
        "schedules": special.end_schedules(session, care.county, merged),
        "kin": special.keep_kin(session, care.county, merged, survivor),
    }
    _chain_merge(session, care, done, survivor, merged, other.name)
    session.delete(other)
    session.flush()
    done.undo["taken"] = take_over(session, home, done.row, "households", take)
    lead_on(session, done, "households")
    done.undo |= special.hand_over(session, care.county, merged, survivor)
    followers.tell(session, care.county, moved, [survivor])
    announce_record(session, care.county, "households", survivor, survivor)
    settle(session, care.county, merged, {survivor})
    session.add(done)
    return done


def split_households(session: Session, care: Care, done: Merge, later: str) -> None:
    county, survivor, merged = care.county, done.survivor_id, done.merged_id
    home = home_of(session, care, survivor)
    back = returning(followers.of_household(session, county, survivor), done, later)
    give_back(session, home, done)
    session.execute(delete(Redirect).where(Redirect.county_code == county, Redirect.old_id == merged))
    session.add(rows.unpacked(Household, done.row))
    session.flush()
    followers.rehome(session, county, back, merged, (survivor, merged))
    facts.rehome(session, county, back["persons"], merged)
    special.rehome_verdicts(session, county, back["persons"], merged)
    special.restore_verdict(session, county, merged)
    facts.take_back(session, county, survivor, survivor, done.undo["facts"], care.declared)
    restore_tiers(session, county, done.undo["tiers"])
    reopen(session, care.actor, done.undo["collapsed"])
    special.ask_again(session, county, done.undo["questions"])
    special.restore_schedules(session, county, done.undo["schedules"])
    special.drop_kin(session, county, survivor, done.undo["kin"])
    for each in (survivor, merged):
        write_down(session, care, each, "split", done, {"from": survivor, "household": merged, "later": later}, None)
    special.hand_back(session, county, merged, survivor, done.undo)
    followers.tell(session, county, back, [survivor, merged])
    announce_record(session, county, "households", survivor, survivor)
    settle(session, county, "", {survivor, merged})


def _chain_merge(session: Session, care: Care, done: Merge, survivor: str, merged: str, name: str) -> None:
    """The merged-away chain ends with where it went; the survivor's names that end by number and hash, so that both stay
    readable, and neither can be touched unseen."""
    hold(session, care.county, [survivor, merged])
    write_down(session, care, merged, "merged_away", done, {"into": survivor}, None)
    n, hashed = hold(session, care.county, [merged])[merged]
    write_down(session, care, survivor, "merged", done, {"household": merged, "name": name, "n": n, "hash": hashed.hex()}, None)


def adopt(session: Session, county: str, household_ids: set[str]) -> None:
    """What a push stored under a household while it was merged away follows (``kit.notify.on_strays``)."""
    led = survivors(session, county, household_ids)
    if not led:
        return
    mark_dirty(session, county, [*led, *led.values()])
    for old, now in sorted(survivors(session, county, led).items()):
        if session.get(Household, (county, old)) is not None or session.get(Household, (county, now)) is None:
            continue
        late = followers.of_household(session, county, old)
        followers.rehome(session, county, late, now, (old, now))
        followers.tell(session, county, late, [now])
        settle(session, county, old, {now})
