"""Every SELECT of matching."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Row, Text, and_, case, func, select, type_coerce
from sqlalchemy.orm import Session

from fieldsvc.accounts.rules import CLASSES, DEPARTMENT, WORKERS, Actor, Item, may_see
from fieldsvc.alerts.models import Alert
from fieldsvc.households.models import Household, Person
from fieldsvc.kit.errors import not_found
from fieldsvc.kit.rows import counted, kept, the_one, within
from fieldsvc.visits.models import Visit

from .models import MatchingAnswer, MatchingAsk, MatchingFile, MatchingRow, MatchingRun
from .rules import APPLIED, APPROVED, ASK_FORM, DOUBTFUL, MATCHED, PREVIEWED

PART = 500
REGISTERED = (
    Person.id,
    Person.household_id,
    Person.name,
    Person.birth_date,
    Person.identity_kind,
    Household.village_code,
)


def _registered(county: str, *more: Any) -> Any:
    joined = (Household.county_code == Person.county_code) & (Household.id == Person.household_id)
    return select(*REGISTERED, *more).join(Household, joined).where(Person.county_code == county)


def _in_parts(session: Session, base: Any, column: Any, values: Iterable[Any]) -> Iterator[Row[Any]]:
    wanted = sorted(set(values))
    for start in range(0, len(wanted), PART):
        yield from session.execute(base.where(column.in_(wanted[start : start + PART])))


def by_numbers(session: Session, county: str, indexes: Iterable[bytes]) -> dict[bytes, Row[Any]]:
    base = _registered(county, Person.identity_index)
    return {bytes(row.identity_index): row for row in _in_parts(session, base, Person.identity_index, indexes)}


def sealed_numbers(session: Session, county: str, ids: Iterable[str]) -> dict[str, bytes]:
    base = select(Person.id, Person.identity_sealed).where(
        Person.county_code == county, Person.identity_sealed.is_not(None)
    )
    return {row.id: bytes(row.identity_sealed) for row in _in_parts(session, base, Person.id, ids)}


def by_births(session: Session, county: str, days: Iterable[date]) -> list[Row[Any]]:
    return list(_in_parts(session, _registered(county), Person.birth_date, days))


def by_names(session: Session, county: str, names: Iterable[str]) -> list[Row[Any]]:
    return list(_in_parts(session, _registered(county), Person.name, names))


def persons(session: Session, county: str, ids: Iterable[str]) -> dict[str, Row[Any]]:
    return {row.id: row for row in _in_parts(session, _registered(county), Person.id, ids)}


def answers(session: Session, county: str, who: Iterable[bytes]) -> dict[bytes, dict[str, bool]]:
    """``{blind index: {person id: whether it is that person}}``."""
    wanted, found = sorted(set(who)), dict[bytes, dict[str, bool]]()
    for start in range(0, len(wanted), PART):
        mine = MatchingAnswer.county_code == county, MatchingAnswer.who.in_(wanted[start : start + PART])
        for row in session.execute(
            select(MatchingAnswer.who, MatchingAnswer.person_id, MatchingAnswer.same).where(*mine)
        ):
            found.setdefault(bytes(row.who), {})[row.person_id] = row.same
    return found


def of_department(actor: Actor, duty_holder: str | None) -> bool:
    """Whether a list comes from the actor's own department; ``duty_holder`` is the department that answers for its duty."""
    return actor.department is not None and duty_holder == actor.department


def run_item(actor: Actor, run: MatchingRun, holder: str | None) -> Item:
    """A run as a whole belongs to no village: the county sees it, the department that delivered it, and each township (its own
    rows only)."""
    return Item(actor.region if actor.role not in WORKERS else "", run.klass, referred=of_department(actor, holder))


def row_item(actor: Actor, row: Any, holder: str | None) -> Item:
    return Item(row.village_code, row.klass, referred=of_department(actor, holder))


def row_scope(actor: Actor, holder: str | None) -> ColumnElement[bool]:
    """``may_see`` as a condition on a run's rows; a test holds the two together."""
    seen = MatchingRow.klass.in_(CLASSES[actor.role])
    if actor.role in WORKERS:
        return and_(seen, MatchingRow.n < 0)
    if actor.role == DEPARTMENT:
        return and_(seen, MatchingRow.n >= 0 if of_department(actor, holder) else MatchingRow.n < 0)
    return and_(seen, within(MatchingRow.village_code, actor.region))


def runs(
    session: Session, actor: Actor, duties: Iterable[str] | None, feed: str | None, before: str | None, limit: int
) -> list[MatchingRun]:
    """Newest first. ``duties``: only lists of these (None: of all); ``before``: runs older than this one's id."""
    where = [MatchingRun.county_code == actor.county, MatchingRun.klass.in_(CLASSES[actor.role])]
    where += [MatchingRun.duty.in_(list(duties))] if duties is not None else []
    where += [MatchingRun.feed_id == feed] if feed else []
    where += [MatchingRun.id < before] if before else []
    return list(session.scalars(select(MatchingRun).where(*where).order_by(MatchingRun.id.desc()).limit(limit)))


def run(session: Session, county: str, run_id: str, lock: bool = False) -> MatchingRun:
    """Problem 404."""
    wanted = select(MatchingRun).where(MatchingRun.county_code == county, MatchingRun.id == run_id)
    return the_one(session, wanted, lock)


def visible_run(session: Session, actor: Actor, run_id: str, holder_of: Any) -> MatchingRun:
    """The run, when the actor may see it; foreign and missing give the same 404. ``holder_of(duty)`` names the department."""
    found = run(session, actor.county, run_id)
    if not may_see(actor, run_item(actor, found, holder_of(found.duty))):
        raise not_found()
    return found


def rows(
    session: Session, actor: Actor, run: MatchingRun, holder: str | None, *, state: str | None = None, outcome: str | None = None,
    changed: bool = False, after: int = 0, limit: int = 50,
) -> list[MatchingRow]:  # fmt: skip
    """Rows of a run in the actor's scope, in the order of the file. ``changed``: only those that would change something."""
    where = [
        MatchingRow.county_code == actor.county,
        MatchingRow.run_id == run.id,
        row_scope(actor, holder),
        MatchingRow.n > after,
    ]
    where += [MatchingRow.state == state] if state else []
    where += [MatchingRow.outcome == outcome] if outcome else []
    where += [MatchingRow.changes != []] if changed else []
    return list(session.scalars(select(MatchingRow).where(*where).order_by(MatchingRow.n).limit(limit)))


def tally(session: Session, actor: Actor, run: MatchingRun, holder: str | None) -> dict[str, dict[str, int]]:
    """In the actor's scope: rows by state and by outcome, with one statement."""
    mine = MatchingRow.county_code == actor.county, MatchingRow.run_id == run.id, row_scope(actor, holder)
    found: dict[str, dict[str, int]] = {"by_state": {}, "by_outcome": {}}
    grouped = (
        select(MatchingRow.state, MatchingRow.outcome, func.count())
        .where(*mine)
        .group_by(MatchingRow.state, MatchingRow.outcome)
    )
    for state, outcome, count in session.execute(grouped):
        found["by_state"][state] = found["by_state"].get(state, 0) + count
        if outcome:
            found["by_outcome"][outcome] = found["by_outcome"].get(outcome, 0) + count
    return found


def row(session: Session, county: str, run_id: str, n: int, lock: bool = False) -> MatchingRow:
    """Problem 404."""
    wanted = select(MatchingRow).where(
        MatchingRow.county_code == county, MatchingRow.run_id == run_id, MatchingRow.n == n
    )
    return the_one(session, wanted, lock)


def new_alerts(session: Session, county: str, run_id: str) -> int:
    """Alerts which this run found, alone or with others: one of their channels names it."""
    mine = MatchingRow.county_code == county, MatchingRow.run_id == run_id, MatchingRow.outcome.is_not(None)
    homes = select(MatchingRow.household_id).where(*mine, MatchingRow.household_id.is_not(None))
    named = type_coerce(Alert.channels, Text).contains(run_id, autoescape=True)
    found = (
        select(func.count()).select_from(Alert).where(Alert.county_code == county, Alert.household_id.in_(homes), named)
    )
    return session.scalar(found) or 0


def last_deliveries(session: Session, county: str) -> dict[str, Row[Any]]:
    """``{feed id: (last delivery, last applied, newest as-of day)}``."""
    done = case((MatchingRun.state == APPLIED, MatchingRun.asked_at))
    told = case((MatchingRun.state == APPLIED, MatchingRun.newest))
    grouped = select(MatchingRun.feed_id, func.max(MatchingRun.asked_at).label("delivered"), func.max(done).label("applied"),
                     func.max(told).label("newest"))  # fmt: skip
    mine = grouped.where(MatchingRun.county_code == county).group_by(MatchingRun.feed_id)
    return {row.feed_id: row for row in session.execute(mine)}


def waiting_run(session: Session, county: str, state: str, feeds: Iterable[str]) -> str | None:
    """The oldest run of these feeds in the state; one whose definition is gone waits until it is back."""
    mine = MatchingRun.county_code == county, MatchingRun.state == state, MatchingRun.feed_id.in_(list(feeds))
    wanted = select(MatchingRun.id).where(*mine)
    return session.scalar(wanted.order_by(MatchingRun.id).limit(1))


def pieces(session: Session, county: str, run_id: str) -> list[bytes]:
    found = select(MatchingFile.piece_sealed).where(MatchingFile.county_code == county, MatchingFile.run_id == run_id)
    return [bytes(piece) for piece in session.scalars(found.order_by(MatchingFile.n))]


def same_file(session: Session, county: str, feed: str, hashed: str, as_of: date | None) -> MatchingRun | None:
    """A run of the same bytes that still waits for somebody."""
    same = MatchingRun.feed_id == feed, MatchingRun.file_hash == hashed, MatchingRun.as_of == as_of
    open_ = MatchingRun.state.in_(("uploaded", PREVIEWED, APPROVED))
    wanted = select(MatchingRun).where(MatchingRun.county_code == county, *same, open_)
    return session.scalar(wanted.order_by(MatchingRun.id.desc()).limit(1))


def crowded(session: Session, county: str, run_id: str, by: Any) -> list[tuple[str, int]]:
    """``(person or household, row)`` where several matched rows speak of the same one (``by``: the column), those together."""
    mine = MatchingRow.county_code == county, MatchingRow.run_id == run_id, MatchingRow.state == MATCHED
    several = select(by).where(*mine).group_by(by).having(func.count() > 1)
    wanted = select(by, MatchingRow.n).where(*mine, by.in_(several)).order_by(by, MatchingRow.n)
    return [(str(one), n) for one, n in session.execute(wanted)]


def numbered(session: Session, county: str, run_id: str, numbers: list[int]) -> list[MatchingRow]:
    mine = MatchingRow.county_code == county, MatchingRow.run_id == run_id, MatchingRow.n.in_(numbers)
    return list(session.scalars(select(MatchingRow).where(*mine).order_by(MatchingRow.n)))


def totals(session: Session, county: str, run_id: str) -> dict[str, int]:
    """Rows by state, rows that change something, and the households that are to be screened again."""
    mine = MatchingRow.county_code == county, MatchingRow.run_id == run_id
    found = counted(session, MatchingRow.state, *mine)
    moving = select(func.count(), func.count(MatchingRow.household_id.distinct())).where(
        *mine, MatchingRow.changes != []
    )
    found["changes"], found["households"] = session.execute(moving).one()
    return found


def to_apply(session: Session, county: str, run_id: str, after: int, limit: int) -> list[MatchingRow]:
    """Rows of an approved run that nothing was done about yet, locked."""
    mine = MatchingRow.county_code == county, MatchingRow.run_id == run_id, MatchingRow.n > after
    todo = MatchingRow.state.in_((MATCHED, DOUBTFUL)), MatchingRow.outcome.is_(None)
    wanted = select(MatchingRow).where(*mine, *todo).order_by(MatchingRow.n).limit(limit)
    return list(session.scalars(kept(wanted)))


def asks(session: Session, county: str, run_id: str, n: int) -> list[MatchingAsk]:
    mine = MatchingAsk.county_code == county, MatchingAsk.run_id == run_id, MatchingAsk.n == n
    return list(session.scalars(select(MatchingAsk).where(*mine).order_by(MatchingAsk.task_id)))


def answered(session: Session, county: str, limit: int) -> list[tuple[MatchingAsk, Any]]:
    """Open questions whose household was visited with the answer's form since, with those visits, the earliest first."""
    columns = Visit.id, Visit.author_id, Visit.person_id, Visit.answers_sealed, Visit.received_at
    joined = (Visit.county_code == MatchingAsk.county_code) & (Visit.household_id == MatchingAsk.household_id)
    since = Visit.form_id == ASK_FORM, Visit.received_at >= MatchingAsk.asked_at
    wanted = (
        select(MatchingAsk, *columns)
        .join(Visit, joined)
        .where(MatchingAsk.county_code == county, MatchingAsk.open, *since)
    )
    return [(found[0], found) for found in session.execute(wanted.order_by(Visit.received_at, Visit.id).limit(limit))]
