"""The push's envelope: read once, its records left as raw bytes, so that one bad record never touches its neighbours."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from fieldsvc.feed.rules import LAST_CURSOR
from fieldsvc.kit import strict
from fieldsvc.kit.errors import Problem
from fieldsvc.kit.ids import is_id
from fieldsvc.visits.rules import SERVER_FIELDS, Unfit, canonical

from .slices import Broken, slices, text_of

ORDER = {"households": 0, "persons": 1, "tasks": 2, "visits": 4}


EMPTY = len('{"created":[],"updated":[],"deleted":[]}')


class TableChanges(msgspec.Struct, forbid_unknown_fields=True):
    created: list[msgspec.Raw] = []
    updated: list[msgspec.Raw] = []
    deleted: list[msgspec.Raw] = []


class Envelope(msgspec.Struct):
    changes: dict[str, TableChanges]
    last_pulled_at: int | None = None


@dataclass(slots=True)
class Sent:
    """One record as it came. ``unfit`` says why it cannot be read; ``record`` is None then."""

    table: str
    index: int
    id: Any
    raw: bytes
    content: bytes
    record: dict[str, Any] | None
    unfit: Unfit | None = None
    deleted: bool = False


_decoder = msgspec.json.Decoder(Envelope)


def read(body: bytes, most: int) -> tuple[Envelope, list[Sent]]:
    """Records in the order they are applied: households, persons, tasks, others, visits. Raises ``Problem``:
    ``unreadable-body`` (422) when nobody can tell where its records begin, ``too-many-records`` (413)."""
    try:
        envelope = _decoder.decode(body)
        if _hides_something(body, envelope):
            envelope = _sliced(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError):
        envelope = _sliced(body)
    count = sum(len(t.created) + len(t.updated) + len(t.deleted) for t in envelope.changes.values())
    if count > most:
        extra = {"split": True, "most": most}
        raise Problem(413, "too-many-records", f"一次最多上传 {most} 条，本次 {count} 条。未保存任何内容，请分批上传。", extra)
    envelope.last_pulled_at = min(max(envelope.last_pulled_at or 0, 0), LAST_CURSOR)
    return envelope, list(_records(envelope))


def _hides_something(body: bytes, envelope: Envelope) -> bool:
    """Of a name that stands twice in an object only the last is read. Bytes that neither a record nor the envelope's own
    names account for may be such a one (or mere spaces): then the body is looked through."""
    tables = envelope.changes.items()
    records = [raw for _, table in tables for raw in (*table.created, *table.updated, *table.deleted)]
    cursor = 18 + len(str(envelope.last_pulled_at)) if b'"last_pulled_at"' in body else 0
    names = sum(len(f'"{name}":,') + EMPTY for name, _ in tables)
    return len(body) > len('{"changes":{}}') + cursor + names + sum(len(bytes(raw)) + 1 for raw in records)


def _sliced(body: bytes) -> Envelope:
    try:
        found, cursor = slices(body)
    except Broken as broken:
        raise unreadable(str(broken)) from None
    tables = {name: TableChanges(*([msgspec.Raw(raw) for raw in kinds[kind]] for kind in kinds)) for name, kinds in found.items()}
    return Envelope(tables, cursor)


def unreadable(why: str) -> Problem:
    text = "上传内容无法读取，原文已留存待查。请分成更小的批次重新上传，以便找出有问题的记录。"
    return Problem(422, "unreadable-body", text, {"split": True, "why": why[:200]})


def _records(envelope: Envelope) -> Iterator[Sent]:
    index = 0
    for table in sorted(envelope.changes, key=lambda name: ORDER.get(name, 3)):
        sent = envelope.changes[table]
        for raw in (*sent.created, *sent.updated):
            yield _record(table, index, bytes(raw))
            index += 1
        for raw in sent.deleted:
            yield _deletion(table, index, bytes(raw))
            index += 1


def _record(table: str, index: int, raw: bytes) -> Sent:
    try:
        record, text = strict.read(raw)
    except strict.BadJson as bad:
        return Sent(table, index, text_of(raw, "id"), raw, raw, None, Unfit(bad.code, str(bad)))
    if not isinstance(record, dict):
        return Sent(table, index, None, raw, raw, None, Unfit("not-a-record", "记录应是对象。"))
    content = text if SERVER_FIELDS.isdisjoint(record) else canonical(record)
    if not is_id(record.get("id")):
        return Sent(table, index, record.get("id"), raw, content, None, Unfit("bad-id", "记录编号不是有效的 UUID（小写）。"))
    return Sent(table, index, record["id"], raw, content, record)


def _deletion(table: str, index: int, raw: bytes) -> Sent:
    try:
        name = strict.decode(raw)
    except strict.BadJson:
        name = None
    why = Unfit("deletion-not-accepted", "走访端不能删除记录，已转镇（街道）核实，原记录保留。")
    return Sent(table, index, name if isinstance(name, str) else None, raw, b'{"deleted":' + raw + b"}", None, why, deleted=True)
