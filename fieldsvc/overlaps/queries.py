"""Every SELECT of overlaps: whole regions in a handful of statements, rows as polars frames."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import polars as pl
from sqlalchemy import ColumnElement, Select, Text, and_, exists, false, func, or_, select, type_coerce
from sqlalchemy.orm import Session

from fieldsvc.accounts.rules import CLASSES, COUNTY, TOWNSHIP, Actor
from fieldsvc.aidchain.models import Aid
from fieldsvc.alerts.models import Alert
from fieldsvc.alerts.rules import CLOSED
from fieldsvc.applications.models import Application
from fieldsvc.eligibility.rulebook import RuleBook
from fieldsvc.facts.models import FactDocument
from fieldsvc.households.models import Household, Person
from fieldsvc.households.queries import in_range
from fieldsvc.referrals.models import Referral
from fieldsvc.screening.models import DeterminationRow

from .models import Override
from .rules import Wanted

PART = 5_000
SEEING = (TOWNSHIP, COUNTY)
TEXT = pl.String


def scope(actor: Actor, wanted: Wanted) -> list[ColumnElement[bool]]:
    """Households of the officer's region. A test holds this and ``may_see`` together."""
    if actor.role not in SEEING:
        return [Household.id.is_(None)]
    where = [Household.county_code == actor.county, *in_range(actor.region), *(in_range(wanted.village) if wanted.village else ())]
    return where + ([Household.id == wanted.household] if wanted.household else [])


def _joined(model: Any) -> Any:
    return and_(Household.county_code == model.county_code, Household.id == model.household_id)


def _frame(session: Session, asked: Select[Any], schema: dict[str, Any]) -> pl.DataFrame:
    rows = session.connection().execute(asked).all()
    columns = zip(*rows, strict=True) if rows else ((),) * len(schema)
    return pl.DataFrame([pl.Series(name, values, dtype=kind) for (name, kind), values in zip(schema.items(), columns, strict=True)])


def verdicts(session: Session, actor: Actor, wanted: Wanted, book: RuleBook, letters: Mapping[str, str], *more: Any) -> pl.DataFrame:
    """subject_id, household_id, village_code, subject, verdicts (packed) of who has one of ``letters`` = {programme: letter}. Only
    verdicts under the rules of now: the others are being screened again. The database looks at the letters, so that only rows
    that count travel."""
    row = DeterminationRow
    columns = row.subject_id, row.household_id, Household.village_code, row.subject, row.verdicts
    places = [and_(row.subject == subject, or_(*(func.substr(row.verdicts, at + 1, 1) == letters[one] for at, one in found)))
              for subject in ("person", "household")
              if (found := [(at, one) for at, one in enumerate(book.order(subject)) if one in letters])]  # fmt: skip
    now = row.county_code == actor.county, row.current, row.rule_set == book.hash
    asked = select(*columns).join(Household, _joined(row)).where(*scope(actor, wanted), *now, or_(false(), *places), *more)
    return _frame(session, asked, dict.fromkeys((c.key for c in columns), TEXT))


def having_aid(on: date) -> ColumnElement[bool]:
    """Only subjects with aid that runs, or with a recognised tier."""
    row, tier = DeterminationRow, func.coalesce(Person.tier, Household.tier)
    runs = or_(Aid.ends.is_(None), Aid.ends > on)
    mine = Aid.county_code == row.county_code, Aid.household_id == row.household_id, Aid.subject_id == row.subject_id
    aided = exists().where(*mine, runs)
    return or_(aided, exists().where(Person.county_code == row.county_code, Person.id == row.subject_id, tier != "none"))


def being_alerted() -> ColumnElement[bool]:
    row = DeterminationRow
    return exists().where(Alert.county_code == row.county_code, Alert.household_id == row.household_id, Alert.subject_id == row.subject_id,
                          Alert.status != CLOSED)  # fmt: skip


def tiers(session: Session, actor: Actor, wanted: Wanted) -> pl.DataFrame:
    """subject_id, tier: the recognised tier of each person, their own before the household's."""
    tier = func.coalesce(Person.tier, Household.tier).label("tier")
    asked = select(Person.id.label("subject_id"), Person.household_id, Household.village_code, tier).join(Household, _joined(Person))
    return _frame(session, asked.where(*scope(actor, wanted), tier.is_not(None)),
                  dict.fromkeys(("subject_id", "household_id", "village_code", "tier"), TEXT))  # fmt: skip


def aids(session: Session, actor: Actor, wanted: Wanted, on: date) -> list[Any]:
    """Aid of the region that runs on the day, or later."""
    columns = (Aid.id, Aid.subject_id, Aid.household_id, Aid.person_id, Household.village_code, Aid.programme, Aid.office, Aid.amount,
               Aid.starts, Aid.ends)  # fmt: skip
    asked = select(*columns).join(Household, _joined(Aid)).where(
        *scope(actor, wanted), Aid.klass.in_(CLASSES[actor.role]), or_(Aid.ends.is_(None), Aid.ends > on))  # fmt: skip
    return list(session.execute(asked.order_by(Aid.subject_id, Aid.starts, Aid.id)))


def taken_up(session: Session, actor: Actor, wanted: Wanted, on: date) -> pl.DataFrame:
    """subject_id, programme: what runs as aid, or a department has in hand or has answered."""
    state = Referral.state.in_(("sent", "accepted", "done")), Referral.programme.is_not(None)
    subject = func.coalesce(Referral.person_id, Referral.household_id)
    sent = select(subject, Referral.programme).join(Household, _joined(Referral)).where(*scope(actor, wanted), *state)
    runs = or_(Aid.ends.is_(None), Aid.ends > on)
    given = select(Aid.subject_id, Aid.programme).join(Household, _joined(Aid)).where(*scope(actor, wanted), runs)
    return _frame(session, sent.union(given), {"subject_id": TEXT, "programme": TEXT})


def alerted(session: Session, actor: Actor, wanted: Wanted) -> pl.DataFrame:
    """subject_id, programme, alert, open: alerts whose facts still hold, or that are open."""
    holds = and_(Alert.status != CLOSED, Alert.fingerprint != "")
    asked = select(Alert.subject_id, Alert.rule_id, Alert.id, holds).join(Household, _joined(Alert)).where(
        *scope(actor, wanted), or_(Alert.status != CLOSED, Alert.fingerprint != ""))  # fmt: skip
    return _frame(session, asked, {"subject_id": TEXT, "programme": TEXT, "alert": TEXT, "open": pl.Boolean})


def applied(session: Session, actor: Actor, wanted: Wanted) -> pl.DataFrame:
    """household_id, person_id of open applications; without a person it is the whole household's."""
    asked = select(Application.household_id, Application.person_id).join(Household, _joined(Application)).where(
        *scope(actor, wanted), Application.state == "open")  # fmt: skip
    return _frame(session, asked, {"household_id": TEXT, "person_id": TEXT})


def documents(session: Session, county: str, subjects: Iterable[str]) -> dict[str, dict[str, Any]]:
    ids, found = sorted(set(subjects)), {}
    for start in range(0, len(ids), PART):
        mine = FactDocument.county_code == county, FactDocument.subject_id.in_(ids[start : start + PART])
        found |= dict(session.execute(select(FactDocument.subject_id, FactDocument.document).where(*mine)).tuples().all())
    return found


def dead(session: Session, actor: Actor, wanted: Wanted) -> set[str]:
    """Persons of whom a death is known."""
    told = type_coerce(FactDocument.document, Text).contains('"died":[true')
    asked = select(FactDocument.subject_id).join(Household, _joined(FactDocument)).where(*scope(actor, wanted), told)
    return set(session.connection().execute(asked).scalars())


def overrides(session: Session, county: str, lines: Iterable[str]) -> dict[str, list[Override]]:
    """Every override of these lines, the newest first."""
    ids, found = sorted(set(lines)), dict[str, list[Override]]()
    for start in range(0, len(ids), PART):
        mine = Override.county_code == county, Override.line_id.in_(ids[start : start + PART])
        for row in session.scalars(select(Override).where(*mine).order_by(Override.at.desc(), Override.id.desc())):
            found.setdefault(row.line_id, []).append(row)
    return found


def overridden(session: Session, county: str) -> set[str]:
    return set(session.scalars(select(Override.line_id).where(Override.county_code == county).distinct()))


def versions(session: Session, county: str, households: Iterable[str]) -> dict[str, dict[str, int]]:
    """``{household: {subject: n of its last fact}}``."""
    mine = FactDocument.county_code == county, FactDocument.household_id.in_(sorted(set(households)))
    found: dict[str, dict[str, int]] = {}
    for home, subject, n in session.execute(select(FactDocument.household_id, FactDocument.subject_id, FactDocument.n).where(*mine)):
        found.setdefault(home, {})[subject] = n
    return found


def names(session: Session, county: str, households: Iterable[str], persons: Iterable[str]) -> tuple[dict[str, Any], dict[str, str]]:
    """``{household: row}`` and ``{person: name}`` of a page."""
    homes = select(Household.id, Household.name, Household.ref, Household.village_code).where(
        Household.county_code == county, Household.id.in_(sorted(set(households))))  # fmt: skip
    people = select(Person.id, Person.name).where(Person.county_code == county, Person.id.in_(sorted(set(persons))))
    return {row.id: row for row in session.execute(homes)}, dict(session.execute(people).tuples().all())
