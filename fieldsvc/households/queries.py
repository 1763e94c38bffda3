"""Every SELECT of the registry."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, exists, false, func, or_, select
from sqlalchemy.orm import Session

from fieldsvc.accounts.models import Account, Region
from fieldsvc.accounts.queries import caseload_accounts
from fieldsvc.accounts.rules import CLASSES, DEPARTMENT, GENERAL, WORKERS, Actor, Item, may_see
from fieldsvc.kit.crypto import Vault, normalise
from fieldsvc.kit.errors import not_found
from fieldsvc.kit.rows import within

from .models import Assignment, Household, Person, Redirect, Task
from .redirects import survivors


def household(session: Session, county: str, household_id: str) -> Household:
    """The household of that id, whoever asks. Problem 404."""
    found = session.get(Household, (county, household_id))
    if found is None:
        raise not_found()
    return found


def hold(session: Session, county: str, household_id: str) -> None:
    """Lock the household's row: who asks the same of it at the same time comes after."""
    session.execute(
        select(Household.id).where(Household.county_code == county, Household.id == household_id).with_for_update()
    )


def visible_household(session: Session, actor: Actor, household_id: str) -> Household:
    """The household, when the actor may see it; one that was merged away is found under its survivor. Foreign and missing
    give the same 404."""
    found = session.get(Household, (actor.county, household_id)) or _survivor(session, actor.county, household_id)
    if found is None or not may_see(actor, item_of(session, actor, found)):
        raise not_found()
    return found


def _survivor(session: Session, county: str, household_id: str) -> Household | None:
    led = survivors(session, county, [household_id]).get(household_id)
    return session.get(Household, (county, led)) if led else None


def item_of(session: Session, actor: Actor, found: Household) -> Item:
    return Item(found.village_code, GENERAL, assigned=bool(in_caseload(session, actor, [found.id])))


def in_caseload(session: Session, actor: Actor, household_ids: Iterable[str]) -> set[str]:
    """Those of the households that stand in the actor's caseload, or in that of a worker the actor supervises."""
    ids = sorted(set(household_ids))
    if actor.role not in WORKERS or not ids:
        return set()
    found = select(Assignment.household_id).where(
        Assignment.county_code == actor.county, Assignment.household_id.in_(ids),
        Assignment.account_id.in_(caseload_accounts(session, actor)), Assignment.active,
    )  # fmt: skip
    return set(session.scalars(found))


def by_identity(session: Session, county: str, index: bytes | None) -> Person | None:
    found = select(Person).where(Person.county_code == county, Person.identity_index == index)
    return session.scalar(found) if index else None


def members(session: Session, county: str, household_ids: Iterable[str]) -> list[Person]:
    """Persons of the households, the head first, then by birth."""
    found = _in_parts(
        session, select(Person).where(Person.county_code == county), Person.household_id, set(household_ids)
    )
    return sorted(found, key=lambda p: (p.relation != "户主", str(p.birth_date or "9"), p.id))


def birth_dates(session: Session, county: str, person_ids: Iterable[str]) -> list[date | None]:
    return list(
        session.scalars(
            select(Person.birth_date).where(Person.county_code == county, Person.id.in_(sorted(person_ids)))
        )
    )


def workers_of(session: Session, county: str, household_id: str) -> list[Account]:
    """Active accounts that answer for the household (责任人)."""
    joined = (Account.county_code == Assignment.county_code) & (Account.id == Assignment.account_id)
    return list(session.scalars(
        select(Account).join(Assignment, joined)
        .where(Assignment.county_code == county, Assignment.household_id == household_id, Assignment.active)
        .order_by(Account.role, Account.id)
    ))  # fmt: skip


def workers_of_homes(session: Session, county: str, household_ids: Iterable[str]) -> dict[str, list[Account]]:
    """``workers_of`` for several households, with one statement."""
    ids = sorted(set(household_ids))
    joined = (Account.county_code == Assignment.county_code) & (Account.id == Assignment.account_id)
    rows = session.execute(
        select(Assignment.household_id, Account).join(Account, joined)
        .where(Assignment.county_code == county, Assignment.household_id.in_(ids), Assignment.active)
        .order_by(Account.role, Account.id)
    )  # fmt: skip
    found: dict[str, list[Account]] = {home: [] for home in ids}
    for home, account in rows:
        found[home].append(account)
    return found


def tasks_of(session: Session, county: str, household_ids: list[str]) -> list[tuple[str, str, str, str]]:
    """``("tasks", id, household id, class)`` of every task of the households."""
    found = select(Task.id, Task.household_id, Task.klass).where(
        Task.county_code == county, Task.household_id.in_(household_ids)
    )
    return [("tasks", task, str(home), klass) for task, home, klass in session.execute(found)]


@dataclass(frozen=True, slots=True)
class Page:
    rows: list[Household]
    total: int


def page(
    session: Session, vault: Vault, actor: Actor, village: str | None, q: str | None, first: int, size: int,
    tier: str | None = None,
) -> Page:  # fmt: skip
    """Households the actor may see, by village and then name. ``village``: a prefix of village codes; ``q``: part of a
    name, a roster number, or a whole identity number (through its blind index); ``tier``: of the household or a member
    (单人户)."""
    where = [Household.county_code == actor.county, scope(session, actor)]
    if tier:
        where.append(_of_tier(actor.county, tier))
    if village:
        where.append(within(Household.village_code, village))
    if q:
        where.append(_matching(vault, actor.county, q))
    rows = session.scalars(
        select(Household).where(*where).order_by(Household.village_code, Household.name, Household.id)
        .offset(first).limit(size)
    )  # fmt: skip
    total = session.scalar(select(func.count()).select_from(Household).where(*where)) or 0
    return Page(list(rows), total)


def scope(session: Session, actor: Actor) -> ColumnElement[bool]:
    """``may_see`` as a condition on households, so that a page need not read the county; a test holds the two together."""
    if GENERAL not in CLASSES[actor.role]:
        return false()
    if actor.role in WORKERS:
        return exists().where(
            Assignment.county_code == Household.county_code, Assignment.household_id == Household.id,
            Assignment.account_id.in_(caseload_accounts(session, actor)), Assignment.active,
        )  # fmt: skip
    if actor.role == DEPARTMENT:
        return false()
    return within(Household.village_code, actor.region)


def _of_tier(county: str, tier: str) -> ColumnElement[bool]:
    if tier == "none":
        return or_(Household.tier.is_(None), Household.tier == "none")
    mine = (Person.county_code == county) & (Person.household_id == Household.id)
    return or_(Household.tier == tier, exists().where(mine, Person.tier == tier))


def in_range(region: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Households whose village code begins with the region's, as a range: the index of villages serves it on both databases."""
    return Household.village_code >= region.ljust(12, "0"), Household.village_code <= region.ljust(12, "9")


def _matching(vault: Vault, county: str, q: str) -> ColumnElement[bool]:
    mine = (Person.county_code == county) & (Person.household_id == Household.id)
    if len(normalise(q)) == 18:
        return exists().where(mine, Person.identity_index == vault.index("identity", q))
    named = exists().where(mine, Person.name.contains(q, autoescape=True))
    return or_(Household.name.contains(q, autoescape=True), Household.ref == q, named)


def sizes(session: Session, county: str, household_ids: list[str]) -> dict[str, int]:
    """``{household id: number of persons}``."""
    found = select(Person.household_id, func.count()).where(
        Person.county_code == county, Person.household_id.in_(household_ids)
    )
    return {home: number for home, number in session.execute(found.group_by(Person.household_id))}


def by_refs(session: Session, county: str, refs: list[str]) -> list[Household]:
    return _in_parts(session, select(Household).where(Household.county_code == county), Household.ref, set(refs))


def merged_refs(session: Session, county: str, refs: list[str]) -> dict[str, str]:
    """``{roster number: roster number of the survivor, or its head's name}`` of households that were merged away."""
    rows = _in_parts(session, select(Redirect).where(Redirect.county_code == county), Redirect.ref, {ref for ref in refs if ref})
    led = survivors(session, county, [row.old_id for row in rows])
    homes = _in_parts(session, select(Household).where(Household.county_code == county), Household.id, set(led.values()))
    names = {home.id: home.ref or home.name for home in homes}
    return {row.ref: names.get(led[row.old_id], "") for row in rows if row.old_id in led}


def by_identities(session: Session, county: str, indexes: list[bytes]) -> list[Person]:
    return _in_parts(session, select(Person).where(Person.county_code == county), Person.identity_index, set(indexes))


def refs_of(session: Session, county: str, persons: list[Person]) -> dict[str, str | None]:
    """``{household id: roster number}`` of the persons' households."""
    base = select(Household).where(Household.county_code == county)
    return {home.id: home.ref for home in _in_parts(session, base, Household.id, {p.household_id for p in persons})}


def workers(session: Session, county: str) -> list[Account]:
    found = select(Account).where(Account.county_code == county, Account.active, Account.role.in_(sorted(WORKERS)))
    return list(session.scalars(found))


def serving(session: Session, county: str, household_ids: list[str]) -> dict[str, set[int]]:
    """``{household id: account ids}`` of the assignments in force."""
    base = select(Assignment).where(Assignment.county_code == county, Assignment.active)
    found: dict[str, set[int]] = {}
    for duty in _in_parts(session, base, Assignment.household_id, set(household_ids)):
        found.setdefault(duty.household_id, set()).add(duty.account_id)
    return found


def villages(session: Session, county: str) -> set[str]:
    """Codes of the villages this county has loaded; empty when it has loaded none."""
    found = select(Region.code).where(Region.county_code == county, func.length(Region.code) == 12)
    return set(session.scalars(found))


def _in_parts(session: Session, base: Any, column: Any, values: set[Any], size: int = 2_000) -> list[Any]:
    """Rows whose ``column`` is among ``values``, asked for in parts a database accepts."""
    wanted = sorted(values)
    parts = (wanted[start : start + size] for start in range(0, len(wanted), size))
    return [row for part in parts for row in session.scalars(base.where(column.in_(part)))]


def household_names(session: Session, county: str, ids: Iterable[str | None]) -> dict[str, str]:
    return _names(session, Household, county, ids)


def person_names(session: Session, county: str, ids: Iterable[str | None]) -> dict[str, str]:
    return _names(session, Person, county, ids)


def _names(session: Session, model: type[Household] | type[Person], county: str, ids: Iterable[str | None]) -> dict[str, str]:
    """In parts: an export may hold more ids than a statement takes."""
    wanted, found = sorted({each for each in ids if each}), {}
    for start in range(0, len(wanted), 2_000):
        part = model.county_code == county, model.id.in_(wanted[start : start + 2_000])
        found |= {own: name for own, name in session.execute(select(model.id, model.name).where(*part))}
    return found
