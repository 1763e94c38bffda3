"""Runs and rows as an officer or a department sees them: numbers masked, and to a department nothing it did not send."""

from collections.abc import Iterable, Mapping
from typing import Any

from fieldsvc.accounts.rules import DEPARTMENT, Actor
from fieldsvc.departments.feeds import Feed
from fieldsvc.eligibility.vocabulary import Vocabulary
from fieldsvc.kit import clock
from fieldsvc.kit.crypto import Vault, mask
from fieldsvc.kit.listing import Column, Listing

from .errands import NUMBER
from .models import MatchingRow, MatchingRun
from .rules import KINDS, OUTCOMES, REASONS, ROW_STATES, RUN_STATES, SETTLEMENTS, SOURCE
from .service import Delivery

SOURCES = {"visit": "走访", "department": "部门数据", "registry": "登记", "officer": "经办认定"}


def run(found: MatchingRun) -> dict[str, Any]:
    plain = ("id", "feed_id", "title", "duty", "file_name", "file_hash", "file_bytes", "state", "counts", "headings", "error", "purpose",
             "asked_by", "decided_by")  # fmt: skip
    moments = ("asked_at", "previewed_at", "decided_at", "applied_at")
    days = {name: day.isoformat() if (day := getattr(found, name)) else None for name in ("as_of", "newest")}
    shown = {name: getattr(found, name) for name in plain} | {
        name: clock.show(getattr(found, name)) for name in moments
    }
    return shown | days | {"state_label": RUN_STATES[found.state]}


def row(
    found: MatchingRow, actor: Actor, vault: Vault, vocabulary: Vocabulary, homes: Mapping[str, str]
) -> dict[str, Any]:
    """``homes`` = {household id: name}. A department learns whether its row was found and taken, not whose household it is nor
    what others know."""
    theirs = actor.role == DEPARTMENT
    return {
        "n": found.n, "state": found.state, "state_label": ROW_STATES[found.state], "outcome": found.outcome,
        "outcome_label": OUTCOMES.get(found.outcome or ""), "name": found.name, "birth": found.birth,
        "id_number": mask(vault.open_text(found.number_sealed, NUMBER)), "as_of": found.as_of.isoformat() if found.as_of else None,
        "reasons": [{"code": code, "label": REASONS.get(code, code)} for code in found.reasons], "notes": found.notes,
        "facts": [_fact(name, value, vocabulary) for name, value in found.facts.items()],
        "changes": [_change(change, vocabulary, theirs) for change in found.changes],
        "candidates": [] if theirs else [_candidate(each, homes) for each in found.candidates],
        "person_id": None if theirs else found.person_id, "household_id": None if theirs else found.household_id,
        "household": None if theirs else homes.get(found.household_id or ""), "village_code": None if theirs else found.village_code,
        "settlement": found.settlement, "settlement_label": SETTLEMENTS.get(found.settlement or ""),
        "settled_at": clock.show(found.settled_at), "settled_note": None if theirs else found.settled_note,
    }  # fmt: skip


def _fact(name: str, value: Any, vocabulary: Vocabulary) -> dict[str, Any]:
    return {"fact": name, "label": vocabulary.label(name), "value": value, "shown": shown(name, value, vocabulary)}


def shown(name: str, value: Any, vocabulary: Vocabulary) -> str:
    fact = vocabulary.facts.get(name)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    return fact.choices.get(str(value), str(value)) if fact else str(value)


def _change(change: list[Any], vocabulary: Vocabulary, theirs: bool) -> dict[str, Any]:
    name, kind, new, old, day, source = change
    told = {"fact": name, "label": vocabulary.label(name), "kind": kind, "kind_label": KINDS[kind], "new": new,
            "new_shown": shown(name, new, vocabulary)}  # fmt: skip
    if theirs and source != SOURCE:
        old, day, source = None, None, None
    return told | {"old": old, "old_shown": shown(name, old, vocabulary), "old_as_of": day, "old_source": source,
                   "old_source_label": SOURCES.get(source or "")}  # fmt: skip


def _candidate(each: list[Any], homes: Mapping[str, str]) -> dict[str, Any]:
    person, home, village, reasons = each
    return {"person_id": person, "household_id": home, "household": homes.get(home), "village_code": village,
            "reasons": [{"code": code, "label": REASONS.get(code, code)} for code in reasons]}  # fmt: skip


def delivery(found: Delivery) -> dict[str, Any]:
    feed = found.feed
    return {"id": feed.id, "title": feed.title, "duty": feed.duty, "office": found.office, "subject": feed.subject,
            "key": {name: list(names) for name, names in feed.key.items()}, "columns": columns(feed), "as_of": list(feed.as_of),
            "days": found.days, "delivered_at": clock.show(found.delivered_at), "applied_at": clock.show(found.applied_at),
            "newest": found.newest.isoformat() if found.newest else None, "due_on": found.due_on.isoformat() if found.due_on else None,
            "late": found.late}  # fmt: skip


def columns(feed: Feed) -> list[dict[str, Any]]:
    return [{"column": column.names[0], "fact": column.fact, "values": list(column.values)} for column in feed.columns]


def listing(title: str) -> Listing:
    """A run's rows to take away: what stands on the page, one row a line."""

    def joined(name: str, key: str) -> Any:
        return lambda row: "；".join(str(each[key]) for each in row[name])

    def plain(name: str) -> Any:
        return lambda row: row[name]

    return Listing(title, (
        Column("行号", plain("n")), Column("姓名", plain("name")), Column("证件号", plain("id_number")),
        Column("结果", plain("state_label")),
        Column("原因", joined("reasons", "label")), Column("说明", plain("notes")), Column("记入情况", plain("outcome_label")),
        Column("变化", lambda row: "；".join(f"{c['label']}：{c['old_shown'] or '未知'}→{c['new_shown']}" for c in row["changes"])),
        Column("数据日期", plain("as_of")), Column("户", plain("household")), Column("核实结论", plain("settlement_label")),
    ))  # fmt: skip


def persons_of(rows: Iterable[MatchingRow]) -> tuple[set[str], set[str]]:
    """Whom these rows show: persons and households, candidates among them."""
    found = list(rows)
    persons = {r.person_id for r in found if r.person_id} | {c[0] for r in found for c in r.candidates}
    return persons, {r.household_id for r in found if r.household_id} | {c[1] for r in found for c in r.candidates}
