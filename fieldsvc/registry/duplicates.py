"""Finding who is registered twice: by name and birth date, by a temporary identity beside a number, by telephone, by address.
Equal numbers cannot be: the index forbids them. Two statements read the region; the pairs are made in memory."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from fieldsvc.accounts.rules import Actor
from fieldsvc.households.models import Household, Person
from fieldsvc.households.queries import in_range
from fieldsvc.households.rules import IDENTITY

from .models import Merge

SAME_BIRTH, SAME_PHONE, CONVERTED, SLIP, SAME_ADDRESS, SHARED = (
    "same_birth", "same_phone", "converted", "slip", "same_address", "shared",
)  # fmt: skip
WHY = {
    SAME_BIRTH: "姓名、出生日期相同", SAME_PHONE: "姓名、联系电话相同", CONVERTED: "临时身份的人与已有身份证号的人同名同村，出生日期不矛盾",
    SLIP: "姓名、村（社区）相同，出生日期只差一处", SAME_ADDRESS: "户主姓名、住址相同", SHARED: "成员疑似重复",
}  # fmt: skip
CERTAIN = {SAME_BIRTH: 3, SAME_PHONE: 3, CONVERTED: 2, SLIP: 1, SAME_ADDRESS: 3, SHARED: 2}


@dataclass(frozen=True, slots=True)
class Someone:
    """A person as far as duplicates go."""

    id: str
    household_id: str
    village_code: str
    name: str
    birth_date: date | None
    sex: str | None
    identified: bool
    phone: bytes | None


@dataclass(frozen=True, slots=True)
class Pair:
    """Two records that may be one. ``why``: keys of ``WHY``; ``survivor`` is the one to keep by default."""

    kind: str
    survivor: str
    merged: str
    name: str
    village_code: str
    homes: tuple[str, str]
    why: tuple[str, ...]
    persons: tuple[tuple[str, str], ...] = ()

    @property
    def people(self) -> set[str]:
        return {self.survivor, self.merged} if self.kind == "person" else {p for two in self.persons for p in two}

    @property
    def weight(self) -> int:
        return sum(CERTAIN[each] for each in self.why) + len(self.persons)


def persons(session: Session, actor: Actor, village: str | None = None) -> list[Pair]:
    """Pairs of persons of the actor's region, the likeliest first."""
    found = _pairs(_people(session, actor, village))
    told = _told_apart(session, actor.county)
    kept = [pair for pair in found if frozenset((pair.survivor, pair.merged)) not in told]
    return sorted(kept, key=lambda p: (-p.weight, p.village_code, p.name, p.merged))


def households(session: Session, actor: Actor, village: str | None = None) -> list[Pair]:
    """Pairs of households: the same head at the same address, or members who seem to be the same."""
    homes = {row.id: row for row in session.execute(_homes(actor, village))}
    shared: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for pair in persons(session, actor, village):
        one, other = pair.homes
        if one != other and SLIP not in pair.why:
            shared[(one, other) if one < other else (other, one)].append((pair.survivor, pair.merged))
    same = set(_same_address(homes.values()))
    told = _told_apart(session, actor.county)
    keys = [key for key in {*shared, *same} if frozenset(key) not in told]
    made = [_pair(homes, key, shared.get(key, []), key in same) for key in keys if key[0] in homes and key[1] in homes]
    return sorted(made, key=lambda p: (-p.weight, p.village_code, p.name, p.merged))


def _people(session: Session, actor: Actor, village: str | None) -> list[Someone]:
    """Only who shares a name and something else with somebody: whoever is alone in that is nobody's duplicate."""
    joined = (Household.county_code == Person.county_code) & (Household.id == Person.household_id)
    columns = (Person.id, Person.household_id, Household.village_code, Person.name, Person.birth_date, Person.sex, Person.identity_kind,
               Person.phone_index)  # fmt: skip
    rows = session.connection().execute(select(*columns).join(Household, joined).where(*_within(actor, village))).all()
    counts = Counter(key for row in rows for key in _keys(*row[2:5], row[7]))
    kept = (row for row in rows if any(counts[key] > 1 for key in _keys(*row[2:5], row[7])))
    return [Someone(*row[:6], row[6] == IDENTITY, bytes(row[7]) if row[7] else None) for row in kept]


def _keys(village: str, name: str, born: date | None, phone: bytes | None) -> list[tuple[str, Any]]:
    """What two registrations of one person have in common, beside the name: one of these."""
    return [(name, village), *([(name, born)] if born else []), *([(name, bytes(phone))] if phone else [])]


def _homes(actor: Actor, village: str | None) -> Any:
    columns = Household.id, Household.name, Household.village_code, Household.address, Household.created_at
    return select(*columns).where(*_within(actor, village))


def _within(actor: Actor, village: str | None) -> list[ColumnElement[bool]]:
    return [Household.county_code == actor.county, *in_range(actor.region), *(in_range(village) if village else ())]


def _pairs(people: Iterable[Someone]) -> Iterator[Pair]:
    groups: dict[tuple[str, Any], list[Someone]] = defaultdict(list)
    for one in people:
        for key in _keys(one.village_code, one.name, one.birth_date, one.phone):
            groups[key].append(one)
    seen: set[tuple[str, str]] = set()
    for group in groups.values():
        for one, other in combinations(group, 2):
            if (one.id, other.id) not in seen and (why := _why(one, other)):
                seen |= {(one.id, other.id), (other.id, one.id)}
                yield _of_persons(one, other, why)


def _why(one: Someone, other: Someone) -> tuple[str, ...]:
    """Two valid numbers that differ are two people, whatever else agrees: of those only a telephone in common is named."""
    if None not in (one.sex, other.sex) and one.sex != other.sex:
        return ()
    numbered = one.identified and other.identified
    same_birth = one.birth_date is not None and one.birth_date == other.birth_date
    open_birth = None in (one.birth_date, other.birth_date)
    near = one.village_code == other.village_code
    found = [SAME_BIRTH] if same_birth and not (numbered and not near) else []
    if one.phone is not None and one.phone == other.phone and (same_birth or open_birth):
        found.append(SAME_PHONE)
    if one.identified != other.identified and near and (same_birth or open_birth):
        found.append(CONVERTED)
    if near and not numbered and not found and _slip(one.birth_date, other.birth_date):
        found.append(SLIP)
    return tuple(found)


def _slip(one: date | None, other: date | None) -> bool:
    """One part of the date written wrong, or day and month exchanged."""
    if one is None or other is None or one == other:
        return False
    parts = [(one.year, other.year), (one.month, other.month), (one.day, other.day)]
    exchanged = one.year == other.year and (one.month, one.day) == (other.day, other.month)
    return exchanged or sum(a != b for a, b in parts) == 1


def _of_persons(one: Someone, other: Someone, why: tuple[str, ...]) -> Pair:
    """Who has a number is kept, then who was registered first (ids of the server grow with time)."""
    keep, drop = sorted((one, other), key=lambda p: (not p.identified, p.id))
    return Pair("person", keep.id, drop.id, keep.name, keep.village_code, (keep.household_id, drop.household_id), why)


def _same_address(homes: Iterable[Any]) -> Iterator[tuple[str, str]]:
    at: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for home in homes:
        address = "".join((home.address or "").split())
        if address:
            at[home.village_code, home.name, address].append(home.id)
    for ids in at.values():
        yield from combinations(sorted(ids), 2)


def _pair(homes: dict[str, Any], key: tuple[str, str], shared: list[tuple[str, str]], same: bool) -> Pair:
    keep, drop = sorted((homes[key[0]], homes[key[1]]), key=lambda home: (home.created_at, home.id))
    why = ((SAME_ADDRESS,) if same else ()) + ((SHARED,) if shared else ())
    return Pair("household", keep.id, drop.id, keep.name, keep.village_code, (keep.id, drop.id), why, tuple(shared))


def _told_apart(session: Session, county: str) -> set[frozenset[str]]:
    """Pairs an officer found to be two, with a reason."""
    apart = select(Merge.survivor_id, Merge.merged_id).where(Merge.county_code == county, Merge.kind == "distinct", Merge.state == "stands")
    return {frozenset(pair) for pair in session.execute(apart).tuples()}
