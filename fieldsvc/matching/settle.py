"""A doubtful row is settled by an officer, or by the visit of the worker who was asked. What was found out is remembered."""

from datetime import timedelta
from functools import partial
from typing import Any

import orjson
from sqlalchemy import update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from fieldsvc.accounts.models import Account
from fieldsvc.accounts.rules import Actor, may_see
from fieldsvc.aidchain.service import News, append_many
from fieldsvc.departments.load import Departments
from fieldsvc.facts.service import mark_dirty
from fieldsvc.kit import clock
from fieldsvc.kit.db import written
from fieldsvc.kit.errors import Problem, not_found
from fieldsvc.kit.site import Site
from fieldsvc.tasks.rules import CANCELLED, DONE
from fieldsvc.tasks.service import take_back
from fieldsvc.visits.rules import read_answers
from fieldsvc.visits.service import COLUMN

from . import queries
from .apply import record_rows, telling
from .models import MatchingAnswer, MatchingAsk, MatchingRow, MatchingRun
from .planning import plan
from .rules import (
    ANOTHER,
    APPLIED,
    APPROVED,
    ASK_QUESTION,
    DOUBTFUL,
    MATCHED,
    PREVIEWED,
    SAME_PERSON,
    TASK_QUESTION,
    UNKNOWN,
    common_place,
)

INSERT: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
ANSWERS = {"yes": True, "no": False}
AT_ONCE = 50


def settle_by_officer(
    session: Session, actor: Actor, departments: Departments, run_id: str, n: int, same: bool, person_id: str | None, note: str | None,
    holder: str | None = None,
) -> MatchingRow:  # fmt: skip
    """An officer of the row's region says who the row is about. Problems: 404, 409 ``not-doubtful``, 422 ``person-missing``."""
    run = queries.run(session, actor.county, run_id, lock=True)
    row = queries.row(session, actor.county, run_id, n, lock=True)
    if not may_see(actor, queries.row_item(actor, row, holder)):
        raise not_found()
    if run.state not in (PREVIEWED, APPROVED, APPLIED):
        raise Problem(409, "not-previewed", "这次比对还没有完成，或已经撤回。")
    settle(session, departments, run, row, same, person_id, actor.id, actor.name, note)
    return row


def settle(
    session: Session, departments: Departments, run: MatchingRun, row: MatchingRow, same: bool, person_id: str | None, by: int,
    name: str, note: str | None = None,
) -> None:  # fmt: skip
    """``same``: the row is about ``person_id`` (its only candidate when none is named). Otherwise it is not about ``person_id``, or,
    when none is named, about none of them. The caller holds the run and the row."""
    if _said_already(row, same, person_id):
        return
    if row.state != DOUBTFUL:
        raise Problem(409, "not-doubtful", "这一行已经有结论，不能再核实。")
    named = [c for c in row.candidates if person_id in (None, c[0])]
    if not named or (same and len(named) > 1):
        raise Problem(422, "person-missing", "请选择这一行是候选人中的哪一位。", {"errors": {"person_id": "必选"}})
    if same and run.state == APPLIED:
        mark_dirty(session, run.county_code, [named[0][1]])  # the household's lock goes before its chain's
    for candidate in named:
        _remember(session, row, candidate[0], same, by)
        _close(session, row, run, candidate[0], same)
        _chain(session, run, row, candidate, same, name, note)
    row.settled_by, row.settled_at, row.settled_note = by, clock.now(), note
    if same:
        _matched(session, departments, run, row, named[0])
    else:
        _narrowed(row, [c for c in row.candidates if c not in named], run.county_code)
    if run.state == PREVIEWED:
        session.flush()
        run.counts = run.counts | {DOUBTFUL: 0} | queries.totals(session, run.county_code, run.id)


def _said_already(row: MatchingRow, same: bool, person_id: str | None) -> bool:
    """The same answer sent again."""
    if same:
        return row.settlement == SAME_PERSON and person_id in (None, row.person_id)
    return row.settlement == ANOTHER and row.state == UNKNOWN


def _matched(
    session: Session, departments: Departments, run: MatchingRun, row: MatchingRow, candidate: list[Any]
) -> None:
    row.state, row.settlement, row.outcome = MATCHED, SAME_PERSON, None
    row.person_id, row.household_id, row.village_code, row.candidates = candidate[0], candidate[1], candidate[2], []
    if run.state == APPLIED:
        record_rows(session, departments, run, [row])
    else:
        row.changes = [change.packed() for change in plan(session, run.county_code, departments, [telling(row)])[0]]


def _narrowed(row: MatchingRow, left: list[list[Any]], county: str) -> None:
    row.candidates = left
    if left:
        row.village_code = common_place([c[2] for c in left], county)
    else:
        row.state, row.settlement, row.outcome, row.village_code = UNKNOWN, ANOTHER, None, county


def _remember(session: Session, row: MatchingRow, person_id: str, same: bool, by: int) -> None:
    if row.who is None or "conflict" in row.reasons:
        return
    kept = {
        "county_code": row.county_code,
        "who": row.who,
        "person_id": person_id,
        "same": same,
        "by": by,
        "at": clock.now(),
    }
    made = INSERT[session.get_bind().dialect.name](MatchingAnswer).values(kept)
    newer = {"same": same, "by": by, "at": kept["at"]}
    session.execute(made.on_conflict_do_update(index_elements=["county_code", "who", "person_id"], set_=newer))


def _close(session: Session, row: MatchingRow, run: MatchingRun, person_id: str, same: bool) -> None:
    """The question about this person is answered; once the person is found, those about others are needless."""
    over = {}
    for asked in queries.asks(session, run.county_code, run.id, row.n):
        if asked.open and (same or asked.person_id == person_id):
            asked.open = False
            over[asked.task_id] = DONE if asked.person_id == person_id else CANCELLED
    if over:
        take_back(session, run.county_code, over)


def _chain(
    session: Session, run: MatchingRun, row: MatchingRow, candidate: list[Any], same: bool, name: str, note: str | None
) -> None:
    told = {"run": run.id, "list": run.title, "row": row.n, "same": same, "note": note}
    append_many(session, run.county_code, [News(candidate[1], "match_settled", name, told, candidate[0], row.klass)])


def hear_answers(site: Site, departments: Departments) -> int:
    """Settle rows by the visits that answered; returns how many visits were heard."""
    with site.db.read() as session:
        if not queries.answered(session, site.county, 1):
            return 0
    return int(written(site.db, partial(_hear, site=site, departments=departments)))


def _hear(session: Session, site: Site, departments: Departments) -> int:
    found = queries.answered(session, site.county, AT_ONCE)
    for asked, visit in found:
        _heard(session, asked, visit)
        said = _answer(site, asked, visit)
        if asked.open and said is not None:
            run = queries.run(session, site.county, asked.run_id, lock=True)
            row = queries.row(session, site.county, asked.run_id, asked.n, lock=True)
            author = session.get(Account, (site.county, visit.author_id))
            if row.state == DOUBTFUL:
                settle(
                    session,
                    departments,
                    run,
                    row,
                    said,
                    asked.person_id,
                    visit.author_id,
                    author.name if author else "",
                )
    return len(found)


def _heard(session: Session, asked: MatchingAsk, visit: Any) -> None:
    """This visit is not read again for this question."""
    session.execute(update(MatchingAsk).where(
        MatchingAsk.county_code == asked.county_code, MatchingAsk.task_id == asked.task_id, MatchingAsk.asked_at <= visit.received_at
    ).values(asked_at=clock.aware(visit.received_at) + timedelta(microseconds=1)))  # fmt: skip


def _answer(site: Site, asked: MatchingAsk, visit: Any) -> bool | None:
    """What a visit says to this question; None when it is about another, or nobody could tell."""
    told = read_answers(orjson.loads(site.vault.open(visit.answers_sealed, COLUMN)).get("answers"))
    task = told.get(TASK_QUESTION)
    meant = task == asked.task_id if task else visit.person_id in (None, asked.person_id)
    return ANSWERS.get(str(told.get(ASK_QUESTION))) if meant else None
