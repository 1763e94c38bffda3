"""Who of the registry a list's rows are about: by number exactly, else by name and birth date for somebody to look at."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from fieldsvc.households.rules import IDENTITY
from fieldsvc.kit.crypto import Vault

from . import queries
from .names import PART, likeness, name_key, near
from .reading import Entry
from .rules import DOUBTFUL, INVALID, MATCHED, MOST_CANDIDATES, UNKNOWN, Candidate

IDENTITY_COLUMN = "persons.identity"


@dataclass(slots=True)
class Placed:
    """An entry and where it belongs. ``who`` is the blind index by which an answer about it is known again."""

    entry: Entry
    state: str
    index: bytes | None
    who: bytes | None
    person: Candidate | None = None
    candidates: list[Candidate] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)


def who(vault: Vault, feed_id: str, entry: Entry) -> bytes | None:
    """By what somebody without a sound number is known again. A number is one person's everywhere; a name and birth date are so
    only within one kind of list."""
    if entry.name and entry.birth.day:
        return vault.index("match", f"{feed_id}|{name_key(entry.name)}|{entry.birth.day}")
    return None


def place(session: Session, vault: Vault, county: str, feed_id: str, entries: list[Entry]) -> list[Placed]:
    """Each entry's state, in their order, with a handful of statements."""
    placed = [_start(vault, feed_id, entry) for entry in entries]
    _by_number(session, county, placed)
    open_ = [each for each in placed if each.state == ""]
    _by_birth(session, vault, county, [each for each in open_ if each.entry.name and each.entry.birth])
    _by_name(session, county, [e for e in open_ if e.entry.name and not e.entry.birth and not e.entry.number])
    _as_answered(session, county, placed)
    for each in placed:
        _settle(each)
    return placed


def _start(vault: Vault, feed_id: str, entry: Entry) -> Placed:
    index = vault.index("identity", entry.number)
    known = index or who(vault, feed_id, entry)
    return Placed(entry, INVALID if entry.problem else "", index, known, reasons=list(entry.remarks))


def _by_number(session: Session, county: str, placed: list[Placed]) -> None:
    found = queries.by_numbers(session, county, [each.index for each in placed if each.index and each.state == ""])
    for each in placed:
        row = found.get(each.index) if each.index and each.state == "" else None
        if row is None:
            continue
        if not each.entry.name or likeness(each.entry.name, row.name):
            each.state, each.person = MATCHED, _candidate(row)
        else:
            each.candidates = [_candidate(row, "name_differs")]
            each.state = DOUBTFUL


def _by_birth(session: Session, vault: Vault, county: str, placed: list[Placed]) -> None:
    """Persons born on the day (or the days it may have been) and of the same name."""
    by_day: dict[date, list[Any]] = defaultdict(list)
    for row in queries.by_births(session, county, {day for each in placed for day in each.entry.birth.days()}):
        by_day[row.birth_date].append(row)
    for each in placed:
        each.candidates = [
            c for day in each.entry.birth.days() for row in by_day.get(day, ()) if (c := _likely(each.entry, row, day))
        ]
    _by_sound_numbers(session, vault, county, [each for each in placed if each.candidates])


def _likely(entry: Entry, row: Any, day: date) -> Candidate | None:
    like = likeness(entry.name, row.name)
    exact = entry.birth.day == day
    if like is None or (like == PART and not exact):
        return None
    reason = (
        "name_part"
        if like == PART
        else "name_birth"
        if exact
        else "birth_swapped"
        if entry.birth.day
        else "birth_month"
    )
    return _candidate(row, reason, *(() if row.identity_kind == IDENTITY else ("unregistered_number",)))


def _by_sound_numbers(session: Session, vault: Vault, county: str, placed: list[Placed]) -> None:
    """Two sound numbers that are not alike are two persons, however alike the names."""
    telling = [each for each in placed if each.entry.told_number and "mangled" not in each.reasons]
    sealed = queries.sealed_numbers(session, county, {c.person_id for each in telling for c in each.candidates})
    for each in telling:
        kept = []
        for candidate in each.candidates:
            registered = vault.open_text(sealed.get(candidate.person_id), IDENTITY_COLUMN)
            alike = registered is not None and near(each.entry.number or each.entry.told_number, registered)
            candidate.reasons[0] = "number_near" if alike else candidate.reasons[0]
            kept += [candidate] if alike or registered is None or not each.entry.number else []
        each.candidates = kept


def _by_name(session: Session, county: str, placed: list[Placed]) -> None:
    """Nothing but a name: worth asking only where few bear it."""
    by_name: dict[str, list[Any]] = defaultdict(list)
    for row in queries.by_names(
        session, county, {name for e in placed for name in (e.entry.name, name_key(e.entry.name))}
    ):
        by_name[name_key(row.name)].append(row)
    for each in placed:
        each.candidates = [_candidate(row, "name_only") for row in by_name.get(name_key(each.entry.name), ())]


def _as_answered(session: Session, county: str, placed: list[Placed]) -> None:
    """What somebody has found out before is not asked again."""
    known = queries.answers(session, county, [each.who for each in placed if each.who and each.candidates])
    for each in placed:
        said = known.get(each.who, {}) if each.who else {}
        same = [c for c in each.candidates if said.get(c.person_id)]
        each.candidates = [c for c in each.candidates if said.get(c.person_id) is not False]
        if len(same) == 1:
            each.state, each.person, each.candidates = MATCHED, same[0], []
            each.reasons.append("answered")
        elif each.state == DOUBTFUL and not each.candidates:
            each.state = ""


def _settle(each: Placed) -> None:
    if each.state in (MATCHED, INVALID):
        return
    each.candidates = _distinct(each.candidates)
    if each.candidates and len(each.candidates) <= MOST_CANDIDATES:
        each.state = DOUBTFUL
        each.reasons += [] if each.entry.told_number else ["no_number"]
    elif each.candidates or {"mangled", "bad_number"} & set(each.reasons) or not each.entry.name:
        each.state = INVALID
        each.entry.problem = each.entry.problem or _why(each)
        each.candidates = []
    else:
        each.state = UNKNOWN


def _why(each: Placed) -> str:
    if each.candidates:
        return "只有姓名，登记中同名的人太多，请补充身份证号或出生日期。"
    return each.entry.notes[0] if each.entry.notes else "身份证号无法使用，也没有姓名可核对。"


def _distinct(candidates: Iterable[Candidate]) -> list[Candidate]:
    found: dict[str, Candidate] = {}
    for each in candidates:
        found.setdefault(each.person_id, each)
    return list(found.values())


def _candidate(row: Any, *reasons: str) -> Candidate:
    return Candidate(row.id, row.household_id, row.village_code, list(reasons))
