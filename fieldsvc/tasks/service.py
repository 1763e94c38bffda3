"""Verbs of tasks: keep a household's questions in step with what is unknown, its visits in step with their periods."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime

from sqlalchemy.orm import Session

from fieldsvc.accounts.rules import CHILD, GENERAL
from fieldsvc.households.caseload import announce_records
from fieldsvc.households.models import Task
from fieldsvc.kit import clock
from fieldsvc.kit.ids import new_id

from . import queries
from .models import VisitSchedule
from .rules import ASK, CANCELLED, DONE, LEAD_DAYS, OPEN, VISIT, Cycle, Turn, Wanted, due, shortest, text, turn

ENGINE = "engine"


@dataclass(slots=True)
class Needs:
    """What a screening found of one household. ``known``: facts that are known of it or of all its persons."""

    household_id: str
    questions: list[Wanted] = field(default_factory=list)
    cycles: list[Cycle] = field(default_factory=list)
    known: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Errand:
    """Something a worker of the household is to find out. ``form_id`` and ``questions`` (names in it) say where to answer."""

    household_id: str
    person_id: str | None
    kind: str
    title: str
    detail: str
    klass: str
    about: str
    form_id: str | None = None
    questions: tuple[str, ...] = ()
    due_on: date | None = None
    priority: int | None = None


def give(session: Session, county: str, errands: Iterable[Errand]) -> list[Task]:
    """One open task for each errand, told to the households' workers; in the order given."""
    made = [
        Task(county_code=county, id=new_id(), account_id=None, status=OPEN, versions={}, updated_at=clock.now(),
             **asdict(errand) | {"title": errand.title[:120], "detail": errand.detail[:2000], "questions": list(errand.questions)})
        for errand in errands
    ]  # fmt: skip
    session.add_all(made)
    announce_records(session, county, [("tasks", task.id, str(task.household_id), task.klass) for task in made])
    return made


def take_back(session: Session, county: str, over: Mapping[str, str]) -> None:
    """End tasks that are still open, as ``{task id: done | cancelled}``, and tell the households' workers."""
    announce_records(session, county, _finished(session, county, over))


def keep_up(session: Session, county: str, needs: Iterable[Needs], titles: Mapping[str, str], child_forms: frozenset[str]) -> None:
    """Open, close and reschedule the tasks of screened households. The caller holds their marks."""
    by_id = {each.household_id: each for each in needs}
    served = queries.in_a_caseload(session, county, by_id)
    told: list[tuple[str, str, str, str]] = []
    asked = queries.asked(session, county, served) if served else {}
    for household in sorted(served):
        found = turn(by_id[household].questions, asked.get(household, ()), clock.today())
        told += _ask(session, county, by_id[household], found, titles)
    told += _visits(session, county, by_id, child_forms)
    announce_records(session, county, told)


def _ask(session: Session, county: str, needs: Needs, found: Turn, titles: Mapping[str, str]) -> list[tuple[str, str, str, str]]:
    changed = [_close(task, needs.known) for task in queries.tasks(session, county, found.close)]
    changed += [_question(county, needs.household_id, wanted, titles) for wanted in found.open]
    session.add_all(changed)
    return [("tasks", task.id, needs.household_id, task.klass) for task in changed]


def _close(task: Task, known: frozenset[str]) -> Task:
    task.status = DONE if task.about in known else CANCELLED
    task.closed_by, task.done_at, task.updated_at = ENGINE, clock.now(), clock.now()
    return task


def _question(county: str, household_id: str, wanted: Wanted, titles: Mapping[str, str]) -> Task:
    title, detail = text(wanted, titles)
    return Task(
        county_code=county, id=new_id(), household_id=household_id, person_id=wanted.persons[0] if len(wanted.persons) == 1 else None,
        account_id=None, kind=ASK, title=title, detail=detail, due_on=None, status=OPEN, klass=wanted.place.klass, about=wanted.fact,
        form_id=wanted.place.form_id, questions=list(wanted.place.questions), priority=wanted.settles * 1000 + len(wanted.rules),
        versions={}, updated_at=clock.now(),
    )  # fmt: skip


def _visits(session: Session, county: str, needs: Mapping[str, Needs], child_forms: frozenset[str]) -> list[tuple[str, str, str, str]]:
    """Bring the schedules of households in step with the cycles that apply and the visits made; close what was visited."""
    standing = queries.schedules(session, county, needs)
    wanted = {home: list(shortest(each.cycles)) for home, each in needs.items() if each.cycles}
    homes = wanted.keys() | standing.keys()
    if not homes:
        return []
    forms = {c.form_id for each in wanted.values() for c in each} | {s.form_id for each in standing.values() for s in each}
    last = queries.last_visits(session, county, homes, forms)
    over: dict[str, str] = {}
    for home in sorted(homes):
        over |= _step(session, county, home, wanted.get(home, []), standing.get(home, []), last, child_forms)
    return _finished(session, county, over)


def _step(
    session: Session, county: str, home: str, wanted: list[Cycle], standing: list[VisitSchedule],
    last: Mapping[tuple[str, str | None, str], datetime], child_forms: frozenset[str],
) -> dict[str, str]:  # fmt: skip
    """Returns ``{task id: new status}`` of tasks that are over."""
    over: dict[str, str] = {}
    rows = {(row.subject_id, row.form_id): row for row in standing}
    for cycle in wanted:
        row = rows.pop((cycle.subject_id, cycle.form_id), None)
        if row is None:
            klass = CHILD if cycle.form_id in child_forms else GENERAL
            row = VisitSchedule(county_code=county, household_id=home, subject_id=cycle.subject_id, form_id=cycle.form_id,
                                klass=klass, since=clock.today(), due_on=date.max, rule_id="", title="", months=0)  # fmt: skip
            session.add(row)
        row.rule_id, row.title, row.months = cycle.rule_id, cycle.title, cycle.months
        over |= _visited(row, _seen(last, home, cycle))
    for row in rows.values():
        over |= {row.task_id: CANCELLED} if row.task_id else {}
        session.delete(row)
    return over


def _seen(last: Mapping[tuple[str, str | None, str], datetime], home: str, cycle: Cycle) -> datetime | None:
    """The last visit with the form: of the person, or for the household whoever was visited."""
    mine = [at for (where, who, form), at in last.items()
            if (where, form) == (home, cycle.form_id) and (cycle.subject_id == home or who == cycle.subject_id)]  # fmt: skip
    return max(map(clock.aware, mine), default=None)


def _visited(row: VisitSchedule, at: datetime | None) -> dict[str, str]:
    """A later visit ends the period: its task is done and the next period runs from that day."""
    later = at is not None and (row.last_at is None or at > row.last_at)
    over = {row.task_id: DONE} if later and row.task_id else {}
    if later:
        row.last_at, row.task_id = at, None
    row.due_on = due(row.months, row.last_at, row.since)
    return over


def _finished(session: Session, county: str, over: Mapping[str, str]) -> list[tuple[str, str, str, str]]:
    told = []
    for task in queries.tasks(session, county, over):
        if task.status == OPEN:
            task.status, task.closed_by, task.done_at, task.updated_at = over[task.id], ENGINE, clock.now(), clock.now()
            told.append(("tasks", task.id, str(task.household_id), task.klass))
    return told


def horizon() -> date:
    """Visits due by this day are given to workers now."""
    return date.fromordinal(clock.today().toordinal() + LEAD_DAYS)


def raise_due(session: Session, county: str, limit: int = 100) -> int:
    """Give workers the visits that fall due within ``LEAD_DAYS``; returns how many."""
    rows = queries.falling_due(session, county, horizon(), limit)
    made = [_visit_task(row) for row in rows]
    session.add_all(made)
    announce_records(session, county, [("tasks", task.id, str(task.household_id), task.klass) for task in made])
    return len(made)


def _visit_task(row: VisitSchedule) -> Task:
    row.task_id = new_id()
    last = f"上次走访：{clock.aware(row.last_at).astimezone(clock.CHINA).date()}。" if row.last_at else "尚无走访记录。"
    person = None if row.subject_id == row.household_id else row.subject_id
    return Task(
        county_code=row.county_code, id=row.task_id, household_id=row.household_id, person_id=person, account_id=None, kind=VISIT,
        title=row.title, detail=f"{last}每 {row.months} 个月一次。", due_on=row.due_on, status=OPEN, klass=row.klass,
        about=row.rule_id, form_id=row.form_id, questions=[], priority=None, versions={}, updated_at=clock.now(),
    )  # fmt: skip
