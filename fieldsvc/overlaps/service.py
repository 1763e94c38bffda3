"""Verbs of overlaps: the lists, without what an officer found justified; and that finding itself."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from sqlalchemy.orm import Session

from fieldsvc.accounts.rules import Actor
from fieldsvc.aidchain.service import append
from fieldsvc.departments.load import Departments
from fieldsvc.facts.service import mark_dirty
from fieldsvc.households.queries import visible_household
from fieldsvc.households.rules import TIERS
from fieldsvc.kit import clock
from fieldsvc.kit.errors import not_found
from fieldsvc.kit.ids import new_id

from . import doubles, omissions, queries
from .models import Override
from .rules import ENDED, EXCLUSIVE, KINDS, OMISSION, TWICE, Line, Place, Wanted, fingerprint

Lines = Callable[[Session, Actor, Place, Wanted], Iterator[Line]]
FINDERS: dict[str, Lines] = {TWICE: doubles.twice, EXCLUSIVE: doubles.exclusive, ENDED: doubles.ended, OMISSION: omissions.lines}


def place_of(departments: Departments, jurisdiction: str) -> Place:
    return Place(departments.rulebook, jurisdiction, clock.today(), {tier: title for tier, title in TIERS.items() if tier != "none"})


def found(session: Session, actor: Actor, place: Place, wanted: Wanted) -> list[Line]:
    """The lines asked for, in the order of villages and households; justified ones are left out, or are the only ones
    (``wanted.overridden``)."""
    lines = {line.id: line for kind in wanted.kinds for line in FINDERS[kind](session, actor, place, wanted)}
    if wanted.programme:
        lines = {key: line for key, line in lines.items() if wanted.programme in line.programmes}
    justified = _justified(session, actor.county, lines)
    kept = [line for key, line in lines.items() if (key in justified) == wanted.overridden]
    return sorted(kept, key=lambda line: (line.village_code, line.household_id, line.kind, line.subject_id, line.programmes))


def _justified(session: Session, county: str, lines: dict[str, Line]) -> dict[str, Override]:
    """Lines whose newest override was given on the facts that still stand."""
    known = queries.overridden(session, county) & lines.keys()
    if not known:
        return {}
    versions = queries.versions(session, county, {lines[key].household_id for key in known})
    given = queries.overrides(session, county, known)
    return {key: each[0] for key, each in given.items()
            if each[0].fingerprint == fingerprint(lines[key], versions.get(lines[key].household_id, {}))}  # fmt: skip


def override(session: Session, actor: Actor, place: Place, household_id: str, line_id: str, reason: str) -> Override:
    """An officer finds a line justified: it is left out until a fact of the household, or what it stands on, changes. The reason
    is kept and hangs on the aid chain. Problem 404 when the line is not there (any more) or not theirs."""
    home = visible_household(session, actor, household_id)
    mark_dirty(session, actor.county, [home.id])
    line = _line(session, actor, place, home.id, line_id)
    versions = queries.versions(session, actor.county, [home.id]).get(home.id, {})
    made = Override(county_code=actor.county, id=new_id(), line_id=line.id, kind=line.kind, household_id=home.id, person_id=line.person_id,
                    fingerprint=fingerprint(line, versions), reason=reason, actor_id=actor.id, at=clock.now())  # fmt: skip
    session.add(made)
    told = {"line": line.id, "list": line.kind, "label": KINDS[line.kind], "programmes": list(line.programmes), "why": line.why,
            "reason": reason}  # fmt: skip
    append(session, actor.county, home.id, "overlap_justified", actor.name, told, person_id=line.person_id)
    return made


def _line(session: Session, actor: Actor, place: Place, home: str, line_id: str) -> Line:
    """Looked for in the household alone; a pair of persons who seem to be one, in the whole region."""
    for wanted in (Wanted(tuple(KINDS), household=home, alerted=True, unsure=True), Wanted((TWICE,))):
        lines = (line for kind in wanted.kinds for line in FINDERS[kind](session, actor, place, wanted))
        line = next((line for line in lines if line.id == line_id and line.household_id == home), None)
        if line is not None:
            return line
    raise not_found()


def given(session: Session, actor: Actor, lines: Iterable[Line]) -> dict[str, list[dict[str, Any]]]:
    """Every override of these lines, the newest first, as shown."""
    held = queries.overrides(session, actor.county, [line.id for line in lines])
    return {key: [{"reason": o.reason, "actor_id": o.actor_id, "at": clock.show(o.at)} for o in each] for key, each in held.items()}
