"""Verbs of simulations: ask for one, run what waits, approve one. Only an approval changes anything."""

from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import date
from functools import partial
from itertools import islice
from typing import Any

from sqlalchemy import delete, func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from fieldsvc.accounts.rules import Actor
from fieldsvc.departments.amend import amended_book
from fieldsvc.departments.load import Departments
from fieldsvc.eligibility.plan import PlanError
from fieldsvc.eligibility.planner import make_plan
from fieldsvc.eligibility.rulebook import RuleBook
from fieldsvc.eligibility.simulate import Line, Totals, simulate
from fieldsvc.facts import queries as facts
from fieldsvc.facts.queries import NOTHING
from fieldsvc.kit import clock
from fieldsvc.kit.db import after_commit, written
from fieldsvc.kit.errors import Problem, not_found
from fieldsvc.kit.ids import new_id
from fieldsvc.kit.site import Site
from fieldsvc.kit.wake import wake
from fieldsvc.policy.changes import Change, ChangeRefused, fixed_by_text
from fieldsvc.policy.models import PolicyChange
from fieldsvc.screening.frames import frame
from fieldsvc.screening.queries import household_ids

from .models import Simulation, SimulationLine

WAITING, DONE, FAILED, APPROVED = "waiting", "done", "failed", "approved"
PAGE = 2_000
SLICE = 500
MOST_ATTEMPTS = 3


def changed_book(book: RuleBook, changes: list[Change], jurisdiction: str, on: date) -> RuleBook:
    """The rules under changed parameters, proven to work that day. Problem 422 with the reason."""
    try:
        made = amended_book(book, changes)
        make_plan(made, jurisdiction, on)
    except ChangeRefused as refused:
        raise Problem(422, refused.code, str(refused)) from refused
    except PlanError as error:
        raise Problem(422, "bad-shape", f"{error} 修改办法：{error.mend}") from error
    return made


def ask(session: Session, actor: Actor, departments: Departments, changes: list[Change], jurisdiction: str, on: date | None) -> Simulation:
    """Queue a what-if; the worker runs it. Problems 422: ``unknown-parameter``, ``bad-shape``, ``not-exact`` …"""
    day = on or max([clock.today(), *(change.starts for change in changes)])
    changed_book(departments.rulebook, changes, jurisdiction, day)
    asked = Simulation(
        county_code=actor.county, id=new_id(), jurisdiction=jurisdiction, on_date=day, state=WAITING, attempts=0,
        changes=[asdict(change) | {"starts": change.starts.isoformat()} for change in changes],
        asked_by=actor.id, asked_at=clock.now(),
    )  # fmt: skip
    session.add(asked)
    after_commit(session, "wake", wake)
    return asked


def changes_of(simulation: Simulation) -> list[Change]:
    return [Change(**{**each, "starts": date.fromisoformat(each["starts"])}) for each in simulation.changes]


def find(session: Session, county: str, simulation_id: str, lock: bool = False) -> Simulation:
    """Problem 404."""
    found = session.get(Simulation, (county, simulation_id), with_for_update=lock or None, populate_existing=lock)
    if found is None:
        raise not_found()
    return found


def run_lines(
    site: Site, old: RuleBook, new: RuleBook, jurisdiction: str, on: date, totals: Totals, told: Callable[[int], None] = lambda _: None
) -> Iterator[Line]:
    """Every change in the county, a page of households at a time, each read before it is judged; ``told`` hears how many
    households were done."""
    after = ""
    while True:
        with site.db.read() as session:
            ids = household_ids(session, site.county, after, PAGE)
            persons = facts.persons(session, site.county, ids)
            known = facts.known(session, site.county, [*ids, *(p.id for home in persons.values() for p in home)]) if ids else {}
        if not ids:
            return
        people = [(person.id, home) for home in ids for person in persons.get(home, ())]
        keys = {"person_id": [p for p, _ in people], "household_id": [h for _, h in people]}
        vocabulary = old.vocabulary
        of_persons = frame(vocabulary, keys, [known.get(p, NOTHING).document for p, _ in people], "person", vocabulary.facts)
        of_homes = frame(vocabulary, {"household_id": ids}, [known.get(h, NOTHING).document for h in ids], "household", vocabulary.facts)
        yield from simulate(old, new, jurisdiction, on, of_persons, of_homes, totals)
        told(len(ids))
        after = ids[-1]


def run_waiting(site: Site, departments: Departments) -> int:
    """Run the oldest waiting simulation; 0 when none waits. One that fails three times is given up."""
    with site.db.read() as session:
        if session.scalar(_waiting(site.county)) is None:
            return 0
    found = written(site.db, lambda session: _begin(session, site.county))
    if found is None:
        return 1
    try:
        _run(site, departments, found)
    except Problem as problem:
        if problem.code == "busy":
            raise
        written(site.db, partial(_fail, simulation=found, error=problem.detail))
    return 1


def _waiting(county: str) -> Any:
    mine = Simulation.county_code == county, Simulation.state == WAITING
    return select(Simulation.id).where(*mine).order_by(Simulation.asked_at, Simulation.id).limit(1)


def _begin(session: Session, county: str) -> Simulation | None:
    waiting = session.scalar(_waiting(county))
    if waiting is None:
        return None
    found = find(session, county, waiting, lock=True)
    found.attempts += 1
    if found.attempts > MOST_ATTEMPTS:
        _fail(session, found, "试算多次中断，请缩小范围或用命令行 fieldsvc simulate 运行。")
        return None
    session.execute(delete(SimulationLine).where(SimulationLine.county_code == county, SimulationLine.simulation_id == found.id))
    return found


def _fail(session: Session, simulation: Simulation, error: str) -> None:
    row = find(session, simulation.county_code, simulation.id, lock=True)
    row.state, row.error, row.finished_at = FAILED, error[:500], clock.now()


def _run(site: Site, departments: Departments, asked: Simulation) -> None:
    old, changes = departments.rulebook, changes_of(asked)
    new = changed_book(old, changes, asked.jurisdiction, asked.on_date)
    totals, n = Totals(), 0
    lines = run_lines(site, old, new, asked.jurisdiction, asked.on_date, totals)
    while part := list(islice(lines, SLICE)):
        keys = {"county_code": site.county, "simulation_id": asked.id}
        rows = [asdict(line) | keys | {"n": n + place} for place, line in enumerate(part, 1)]
        written(site.db, partial(_keep, rows=rows))
        n += len(part)
    written(site.db, lambda session: _finish(session, asked, totals))


def _keep(session: Session, rows: list[dict[str, Any]]) -> None:
    session.execute(insert(SimulationLine), rows)


def _finish(session: Session, asked: Simulation, totals: Totals) -> None:
    row = find(session, asked.county_code, asked.id, lock=True)
    row.state, row.finished_at, row.totals = DONE, clock.now(), totals.to_json()
    row.households, row.persons, row.changed = totals.households, totals.persons, len(totals.changed)


def approve(session: Session, actor: Actor, departments: Departments, simulation_id: str) -> Simulation:
    """Put the changes of a finished simulation into force: dated, beside the old values. Every household is screened again
    by the worker. Problems: 409 ``not-finished``, ``already-approved``, ``fixed-by-text``; 422 ``reference-missing``."""
    row = find(session, actor.county, simulation_id, lock=True)
    if row.state == APPROVED:
        raise Problem(409, "already-approved", "这次试算的调整已经批准。")
    if row.state != DONE:
        raise Problem(409, "not-finished", "试算尚未完成，请等结果出来再批准。")
    changes = changes_of(row)
    changed_book(departments.rulebook, changes, row.jurisdiction, row.on_date)
    for change in changes:
        _refuse(departments, change)
    _store(session, actor, row, changes)
    row.state, row.approved_by, row.approved_at = APPROVED, actor.id, clock.now()
    after_commit(session, "wake", wake)
    return row


def _refuse(departments: Departments, change: Change) -> None:
    text = fixed_by_text(departments.policy, change)
    if text is not None and text.cite is not None:
        where = f"{departments.policy.documents[text.cite.document].title} {text.cite.clause}"
        raise Problem(409, "fixed-by-text", f"{text.title}由文件规定（{where}），可以试算，不能由本地批准改动。")
    if not change.reference.strip():
        raise Problem(422, "reference-missing", "批准前请写明依据的文件（reference）。", {"errors": {"reference": "必填"}})


def _store(session: Session, actor: Actor, row: Simulation, changes: list[Change]) -> None:
    last = session.scalar(select(func.max(PolicyChange.n)).where(PolicyChange.county_code == actor.county)) or 0
    try:
        for n, change in enumerate(changes, last + 1):
            session.add(PolicyChange(
                county_code=actor.county, n=n, jurisdiction=change.jurisdiction, name=change.name, value=change.value,
                starts=change.starts, reference=change.reference, simulation_id=row.id, approved_by=actor.id,
                approved_at=clock.now(),
            ))  # fmt: skip
        session.flush()
    except IntegrityError as error:
        raise Problem(409, "changed-meanwhile", "另一项调整刚刚批准，请重新试算。") from error
