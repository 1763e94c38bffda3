"""Undoing an act of registry care, and telling two records apart."""

from sqlalchemy.orm import Session

from fieldsvc.facts.service import mark_dirty
from fieldsvc.households.models import Household
from fieldsvc.kit import clock
from fieldsvc.kit.errors import Problem

from . import queries
from .ground import DISTINCT, HOUSEHOLD, MOVE, PERSON, SPLIT, STANDS, SURVIVOR, Care, distinct, home_of, new, person_of
from .homes import split_households
from .models import Merge
from .people import move_back, split_persons

UNDO = {HOUSEHOLD: split_households, PERSON: split_persons, MOVE: move_back}


def split(session: Session, care: Care, merge_id: str, reason: str, later: str = SURVIVOR) -> Merge:
    """Undo a merge or a move: all that came from the merged record returns to it. What came since stays with the one named by
    ``later`` (survivor | merged).

    Problems: 404; 409 ``already-split``, ``split-later-first`` with the merge that stands in the way.
    """
    done = queries.merge(session, care.actor, merge_id)
    involved = [done.household_id, done.undo.get("from") or (done.merged_id if done.kind == HOUSEHOLD else done.household_id)]
    mark_dirty(session, care.county, involved)
    session.refresh(done, with_for_update=True)
    if done.state != STANDS:
        raise Problem(409, "already-split", "这次合并已经拆分。")
    if standing := queries.in_the_way(session, done):
        raise Problem(409, "split-later-first", "此后还有别的合并或迁移涉及同样的记录，请先拆分那一次。", {"merge": standing.id})
    if done.kind in UNDO:
        UNDO[done.kind](session, care, done, later)
    done.state, done.later, done.split_reason = SPLIT, later, reason
    done.split_by, done.split_at = care.actor.id, clock.now()
    return done


def tell_apart(session: Session, care: Care, kind: str, one: str, other: str, reason: str) -> Merge:
    """Two records that look alike are two: they are listed as duplicates no more, until a split takes this back."""
    distinct(one, other)
    read = home_of if kind == HOUSEHOLD else person_of
    first, second = (read(session, care, each) for each in (one, other))
    home, away = (x.id if isinstance(x, Household) else x.household_id for x in (first, second))
    done = new(care, DISTINCT, one, other, home, reason, {"kind": kind}, {}, {})
    done.undo = {"from": away}
    session.add(done)
    return done
