"""What workers are asked to find out on foot (铁脚板摸排): is this the person on the list; is it as the list says."""

from sqlalchemy import insert
from sqlalchemy.orm import Session

from fieldsvc.departments.feeds import Feed
from fieldsvc.kit import clock
from fieldsvc.kit.crypto import Vault, mask
from fieldsvc.tasks.queries import in_a_caseload, open_about
from fieldsvc.tasks.service import Errand, give

from . import queries
from .models import MatchingAsk, MatchingRow, MatchingRun
from .rules import ASK, ASK_FORM, ASK_QUESTION, ASKED, DESK, LOOK, REASONS

NUMBER = "matching_rows.number"


def ask(session: Session, vault: Vault, run: MatchingRun, rows: list[MatchingRow]) -> None:
    """For each doubtful row a task for the workers of each candidate's household. What the list contradicts itself about, and
    where nobody answers for the household, stays on the officer's desk."""
    served = in_a_caseload(session, run.county_code, {home for row in rows for _, home, _, _ in row.candidates})
    names = {
        p: found.name
        for p, found in queries.persons(session, run.county_code, {c[0] for r in rows for c in r.candidates}).items()
    }
    asked: list[tuple[MatchingRow, Errand]] = []
    for row in rows:
        fit = [c for c in row.candidates if c[1] in served and c[0] in names and "conflict" not in c[3]]
        asked += [(row, _errand(vault, run, row, c[0], c[1], c[3], names[c[0]])) for c in fit]
        row.outcome = ASKED if fit else DESK
    tasks = give(session, run.county_code, [errand for _, errand in asked])
    if tasks:
        session.flush()
        session.execute(insert(MatchingAsk), [
            {"county_code": run.county_code, "task_id": task.id, "run_id": run.id, "n": row.n, "person_id": task.person_id,
             "household_id": task.household_id, "open": True, "asked_at": clock.now()}
            for (row, _), task in zip(asked, tasks, strict=True)
        ])  # fmt: skip


def _errand(
    vault: Vault, run: MatchingRun, row: MatchingRow, person_id: str, home: str, reasons: list[str], name: str
) -> Errand:  # fmt: skip
    number = mask(vault.open_text(row.number_sealed, NUMBER))
    told = "，".join(
        filter(None, [f"姓名 {row.name}", row.birth and f"出生日期 {row.birth}", number and f"证件号 {number}"])
    )
    why = "；".join(REASONS[code] for code in dict.fromkeys([*reasons, *row.reasons]) if code in REASONS)
    detail = f"《{run.title}》上有：{told}。{why}。\n请核实是否就是本户的 {name}，在《名单核实》中选“是”或“不是”。"
    return Errand(home, person_id, ASK, f"核实：名单上的{row.name}是不是本户的{name}", detail, run.klass,
                  f"match:{run.id}:{row.n}", ASK_FORM, (ASK_QUESTION,), None, 5000)  # fmt: skip


def look_into(session: Session, feed: Feed, run: MatchingRun, rows: list[MatchingRow]) -> None:
    """For each row that told something new a visit with the feed's form, one open at a time for each person and list."""
    about = f"list:{feed.id}"[:64]
    served = in_a_caseload(session, run.county_code, {str(row.household_id) for row in rows})
    open_ = open_about(session, run.county_code, about, {str(row.household_id) for row in rows})
    first: dict[str, MatchingRow] = {}
    for row in rows:
        if row.household_id in served and row.person_id not in open_:
            first.setdefault(str(row.person_id), row)
    give(session, run.county_code, [
        Errand(str(row.household_id), person, LOOK, f"核实：{feed.title}所列情况",
               f"《{feed.title}》（数据日期 {row.as_of}）列有此人，请上门核实并填写走访表。", run.klass, about, feed.verify, (), None, 4000)
        for person, row in first.items()
    ])  # fmt: skip
