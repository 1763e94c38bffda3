"""What cannot simply change its household: who serves it, when it is due, what was determined, what is asked twice."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from fieldsvc.accounts.models import Account
from fieldsvc.accounts.rules import WORKERS
from fieldsvc.feed.rules import NUMBER, REVOKE, Entry
from fieldsvc.feed.service import announce
from fieldsvc.households import assignments
from fieldsvc.households.models import Assignment, Kin, Task
from fieldsvc.kit import clock
from fieldsvc.screening.models import DeterminationRow
from fieldsvc.tasks.models import VisitSchedule

MERGE = "merge"
Row = dict[str, Any]


def hand_over(session: Session, county: str, old: str, new: str) -> Row:
    """Who answers for the old household answers for the new one, and who did once may still hand in late work. The old one
    leaves the phones once their unsent work is in."""
    rows = list(session.scalars(select(Assignment).where(Assignment.county_code == county, Assignment.household_id == old)
                                .order_by(Assignment.account_id).with_for_update()))  # fmt: skip
    undo: Row = {"assignments": [_plain(row) for row in rows], "granted": [], "lent": []}
    active = [row.account_id for row in rows if row.active]
    for row in rows:
        session.delete(row)
    session.flush()
    announce(session, county, [Entry(account, NUMBER["households"], REVOKE, old, old) for account in active])
    for each in undo["assignments"]:
        if each["active"] and _works(session, county, each["account_id"]):
            undo["granted"] += [each["account_id"]] if assignments.grant(session, county, each["account_id"], [new]) else []
        elif session.get(Assignment, (county, new, each["account_id"])) is None:
            session.add(_assignment(county, new, each))
            undo["lent"].append(each["account_id"])
    session.flush()
    return undo


def hand_back(session: Session, county: str, old: str, new: str, undo: Row) -> None:
    for each in undo["assignments"]:
        if not each["active"]:
            session.add(_assignment(county, old, each))
    session.flush()
    for each in undo["assignments"]:
        if each["active"] and _works(session, county, each["account_id"]):
            assignments.grant(session, county, each["account_id"], [old])
    for account in undo["granted"]:
        assignments.revoke(session, county, account, [new])
    lent = Assignment.county_code == county, Assignment.household_id == new, Assignment.account_id.in_(undo["lent"])
    session.execute(delete(Assignment).where(*lent, Assignment.active.is_(False)))


def _works(session: Session, county: str, account: int) -> bool:
    """A stopped account is given nothing anew."""
    held = session.get(Account, (county, account))
    return held is not None and held.active and held.role in WORKERS


def _plain(row: Assignment) -> Row:
    return {"account_id": row.account_id, "active": row.active, "granted_at": row.granted_at.isoformat(),
            "revoked_at": row.revoked_at.isoformat() if row.revoked_at else None, "revoked_seq": row.revoked_seq}  # fmt: skip


def _assignment(county: str, home: str, each: Row) -> Assignment:
    taken = each["revoked_at"]
    return Assignment(county_code=county, household_id=home, account_id=each["account_id"], active=False,
                      granted_at=datetime.fromisoformat(each["granted_at"]), revoked_seq=each["revoked_seq"],
                      revoked_at=datetime.fromisoformat(taken) if taken else None)  # fmt: skip


def one_question(session: Session, county: str, tasks: list[str], home: str) -> list[str]:
    """Of ``tasks`` those that ask what the household is asked already are cancelled; their ids."""
    open_now = select(Task).where(Task.county_code == county, Task.status == "open", Task.about.is_not(None))
    known = {(t.kind, t.about, t.person_id) for t in session.scalars(open_now.where(Task.household_id == home)) if t.id not in tasks}
    found = [t for t in session.scalars(open_now.where(Task.id.in_(tasks))) if (t.kind, t.about, t.person_id) in known]
    for task in found:
        task.status, task.closed_by, task.done_at, task.updated_at = "cancelled", MERGE, clock.now(), clock.now()
    session.flush()
    return [task.id for task in found]


def ask_again(session: Session, county: str, tasks: list[str]) -> None:
    mine = Task.county_code == county, Task.id.in_(tasks), Task.closed_by == MERGE
    session.execute(update(Task).where(*mine).values(status="open", closed_by=None, done_at=None, updated_at=clock.now()),
                    execution_options={"synchronize_session": "fetch"})  # fmt: skip


def end_schedules(session: Session, county: str, home: str) -> list[Row]:
    """The merged-away household is visited no more by itself; screening gives the survivor and its persons their periods."""
    mine = VisitSchedule.county_code == county, VisitSchedule.household_id == home
    rows = list(session.scalars(select(VisitSchedule).where(*mine).order_by(VisitSchedule.subject_id, VisitSchedule.form_id)))
    kept = [{c.name: _text(getattr(row, c.name)) for c in VisitSchedule.__table__.c} for row in rows]
    session.execute(delete(VisitSchedule).where(*mine))
    due = Task.county_code == county, Task.id.in_([row.task_id for row in rows if row.task_id]), Task.status == "open"
    over = {"status": "cancelled", "closed_by": MERGE, "done_at": clock.now(), "updated_at": clock.now()}
    session.execute(update(Task).where(*due).values(over), execution_options={"synchronize_session": "fetch"})
    return kept


def restore_schedules(session: Session, county: str, kept: list[Row]) -> None:
    rows = [row | {"since": date.fromisoformat(row["since"]), "due_on": date.fromisoformat(row["due_on"]),
                   "last_at": datetime.fromisoformat(row["last_at"]) if row["last_at"] else None} for row in kept]  # fmt: skip
    for row in rows:
        if session.get(VisitSchedule, tuple(row[k] for k in ("county_code", "household_id", "subject_id", "form_id"))) is None:
            session.execute(insert(VisitSchedule).values(**row))
    ask_again(session, county, [row["task_id"] for row in rows if row["task_id"]])


def _text(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def set_aside_verdict(session: Session, county: str, subject: str) -> None:
    """What was determined of a merged-away subject stays on record and is current no more."""
    mine = DeterminationRow.county_code == county, DeterminationRow.subject_id == subject
    session.execute(update(DeterminationRow).where(*mine, DeterminationRow.current).values(current=False))


def restore_verdict(session: Session, county: str, subject: str) -> None:
    mine = DeterminationRow.county_code == county, DeterminationRow.subject_id == subject
    last = select(func.max(DeterminationRow.n)).where(*mine).scalar_subquery()
    session.execute(update(DeterminationRow).where(*mine, DeterminationRow.n == last).values(current=True),
                    execution_options={"synchronize_session": False})  # fmt: skip


def rehome_verdicts(session: Session, county: str, persons: list[str], home: str) -> None:
    mine = DeterminationRow.county_code == county, DeterminationRow.subject_id.in_(persons)
    session.execute(update(DeterminationRow).where(*mine, DeterminationRow.current).values(household_id=home))


def keep_kin(session: Session, county: str, old: str, new: str) -> list[int]:
    """Who is related to the merged household is related to the survivor (回避); the accounts for whom that is new."""
    mine = Kin.county_code == county, Kin.household_id.in_([old, new])
    rows = {(row.household_id, row.account_id): row for row in session.scalars(select(Kin).where(*mine))}
    added = [row for (home, account), row in rows.items() if home == old and (new, account) not in rows]
    session.add_all(Kin(county_code=county, account_id=r.account_id, household_id=new, relation=r.relation, at=r.at) for r in added)
    return [row.account_id for row in added]


def drop_kin(session: Session, county: str, home: str, accounts: list[int]) -> None:
    session.execute(delete(Kin).where(Kin.county_code == county, Kin.household_id == home, Kin.account_id.in_(accounts)))
