"""Reading a pushed visit: its fields, its identity (content hash), and when it was really observed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any, TypeGuard

import orjson

from fieldsvc.kit import clock, strict
from fieldsvc.kit.ids import is_id

SERVER_FIELDS = frozenset({"_status", "_changed", "author_id", "revision", "server_status", "problems"})


class Unfit(ValueError):
    """A record that cannot be applied as it is; it goes to quarantine (隔离) with this code and reason."""

    def __init__(self, code: str, reason: str, problems: list[dict[str, Any]] | None = None) -> None:
        super().__init__(reason)
        self.code, self.reason, self.problems = code, reason, problems or []


@dataclass(slots=True)
class Draft:
    """A well-formed pushed visit, before scope and form are looked at. ``content`` is the canonical record, verbatim;
    ``hash`` is of its sense, so that answers written with other spaces are the same. ``based_on`` is the revision the phone
    had before it when it was written (0: none)."""

    id: str
    household_id: str
    person_id: str | None
    form_id: str
    form_version: str
    answers: dict[str, Any]
    content: bytes
    hash: bytes
    started_at: datetime | None
    finished_at: datetime | None
    based_on: int = 0


def canonical(record: dict[str, Any]) -> bytes:
    """What the phone authored, in one byte form: a re-sent record must hash the same whatever WatermelonDB adds to it."""
    own = record if SERVER_FIELDS.isdisjoint(record) else {key: record[key] for key in record if key not in SERVER_FIELDS}
    return orjson.dumps(own, option=orjson.OPT_SORT_KEYS)


def content_hash(content: bytes) -> bytes:
    return blake2b(content, digest_size=16).digest()


def read(record: dict[str, Any], content: bytes) -> Draft:
    """Check the envelope of one visit. Raises ``Unfit``."""
    person = record.get("person_id") or None
    household, form = record.get("household_id"), record.get("form_id")
    if not is_id(household) or not (person is None or is_id(person)):
        raise Unfit("bad-reference", "户或人的编号不是有效的 UUID。")
    version = record.get("form_version")
    if not _short(form, 64) or not _short(version, 32):
        raise Unfit("unknown-form", "没有注明表单或表单版本。")
    (answers, text), based_on = _answers(record.get("answers")), record.get("revision")
    sense = canonical(record if text is None else record | {"answers": orjson.Fragment(text)})
    return Draft(
        id=record["id"], household_id=household, person_id=person, form_id=form, form_version=version, answers=answers,
        content=content, hash=content_hash(sense),
        based_on=based_on if isinstance(based_on, int) else 0,
        started_at=clock.parse(record.get("started_at")), finished_at=clock.parse(record.get("finished_at")),
    )  # fmt: skip


def _short(value: Any, limit: int) -> TypeGuard[str]:
    return isinstance(value, str) and 0 < len(value) <= limit


def read_answers(answers: Any) -> dict[str, Any]:
    """Answers come as an object, or as JSON text from clients whose columns hold only text. Raises ``Unfit``."""
    return _answers(answers)[0]


def _answers(answers: Any) -> tuple[dict[str, Any], bytes | None]:
    """The answers, and their canonical text when they came as text."""
    text = None
    if isinstance(answers, str):
        try:
            answers, text = strict.read(answers.encode())
        except strict.BadJson as bad:
            raise Unfit(f"answers-{bad.code}", f"答案无法读取：{bad}") from None
        except UnicodeEncodeError:
            raise Unfit("answers-not-json", "答案中含有无法保存的字符。") from None
    if not isinstance(answers, dict):
        raise Unfit("answers-not-object", "答案应是“问题名: 答案”的对象。")
    return answers, text


def observed_at(draft: Draft, offset: timedelta | None, received: datetime) -> datetime:
    """Device time corrected by the measured offset (device − server) and capped at receipt; without one, the receipt."""
    told = draft.finished_at or draft.started_at
    if told is None:
        return received
    try:
        return min(told - (offset or timedelta()), received)
    except OverflowError:
        return received
