"""States of runs and rows, why a row is doubtful or cannot be used, and what a list's facts would change. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from fieldsvc.facts.rules import Declared, Document, Entry, Row, day_of, entry_of, weight
from fieldsvc.kit.clock import CHINA

UPLOADED, PREVIEWED, APPROVED, APPLIED, WITHDRAWN, FAILED = (
    "uploaded",
    "previewed",
    "approved",
    "applied",
    "withdrawn",
    "failed",
)
RUN_STATES = {
    UPLOADED: "已上传，正在比对", PREVIEWED: "待批准", APPROVED: "已批准，正在记入", APPLIED: "已记入", WITHDRAWN: "已撤回",
    FAILED: "未能完成",
}  # fmt: skip

MATCHED, DOUBTFUL, UNKNOWN, INVALID = "matched", "doubtful", "unknown", "invalid"
ROW_STATES = {MATCHED: "一致", DOUBTFUL: "存疑待核实", UNKNOWN: "登记中没有", INVALID: "无法使用"}

RECORDED, UNCHANGED, ASKED, DESK, GONE = "applied", "unchanged", "asked", "desk", "gone"
OUTCOMES = {
    RECORDED: "已记入",
    UNCHANGED: "无变化",
    ASKED: "已交责任人核实",
    DESK: "待经办人员核实",
    GONE: "登记已变动，未记入",
}

SAME_PERSON, ANOTHER = "same", "not_same"
SETTLEMENTS = {SAME_PERSON: "同一人", ANOTHER: "不是同一人"}

REASONS = {
    "name_birth": "姓名和出生日期相同", "birth_swapped": "姓名相同，出生日期的月、日互换", "birth_month": "姓名和出生年月相同",
    "name_part": "姓名部分相同，出生日期相同", "name_only": "只有姓名相同", "number_near": "姓名和出生日期相同，身份证号相差一两位",
    "name_differs": "身份证号相同，姓名不同", "no_number": "名单上没有身份证号", "mangled": "名单上的身份证号被表格软件改成了科学计数",
    "bad_number": "名单上的身份证号有误", "unregistered_number": "登记中此人没有身份证号",
    "conflict": "名单中有几行说的是同一对象，内容不一致", "many_rows": "名单中有几行姓名和出生日期相同",
    "upgraded": "15 位号码已换算为 18 位", "answered": "此前已核实为同一人", "repeat": "与前面的行重复",
}  # fmt: skip

NEW, CHANGED, RENEWED, DIFFERS = "new", "changed", "renewed", "differs"
KINDS = {
    NEW: "原来不知道",
    CHANGED: "与现有不同，以名单为准",
    RENEWED: "与现有相同，更新日期",
    DIFFERS: "与较新的情况不同，两者都保留",
}
SOURCE = "department"

ASK, LOOK = "verify_match", "verify_list"
"""Kinds of a worker's tasks: is this the person on the list; look into what the list says."""
ASK_FORM, ASK_QUESTION, TASK_QUESTION = "civil_match_check", "same_person", "task_id"
MOST_CANDIDATES = 5


class Said(NamedTuple):
    """What departments said before of one fact: a value and its day."""

    value: Any
    day: date


@dataclass(frozen=True, slots=True)
class Change:
    """One fact a row brings. ``old`` with its day and kind of source is what counts as known now, None when nothing is."""

    fact: str
    kind: str
    new: Any
    old: Any = None
    old_day: str | None = None
    old_source: str | None = None

    def packed(self) -> list[Any]:
        return [self.fact, self.kind, self.new, self.old, self.old_day, self.old_source]


@dataclass(slots=True)
class Candidate:
    """Somebody of the registry a row may be about, and why."""

    person_id: str
    household_id: str
    village_code: str
    reasons: list[str] = field(default_factory=list)


def moment_of(day: date, now: datetime) -> datetime:
    """The as-of moment of a day's list: the day's end in China, so that the list outranks what a visit saw that same day, but
    never later than now."""
    end = datetime.combine(day, time(23, 59, 59), CHINA)
    return min(end, now)


def changes(
    values: Mapping[str, Any], as_of: date, now: datetime, document: Document, said: Mapping[str, Iterable[Said]],
    declared: Mapping[str, Declared],
) -> list[Change]:  # fmt: skip
    """What a row's facts of one subject would change. Nothing is told twice, and what only agrees with newer knowledge is left.

    ``document`` is what is known of the subject now; ``said`` = {fact: what departments said before}.
    """
    found = []
    for name, value in values.items():
        before = list(said.get(name, ()))
        if not before or (Said(value, as_of) not in before and not _last(before, value, as_of)):
            entry = document.get(name)
            change = Change(name, NEW, value) if entry is None else _change(name, value, as_of, now, entry, declared)
            found += [change] if change else []
    return found


def _last(before: list[Said], value: Any, as_of: date) -> bool:
    """Whether the departments' latest word is this value, on this day or later."""
    latest = max((said.day for said in before), default=None)
    return latest is not None and latest >= as_of and Said(value, latest) in before


def _change(
    name: str, value: Any, as_of: date, now: datetime, entry: Entry, declared: Mapping[str, Declared]
) -> Change | None:
    held, known, source = entry[0], day_of(entry), entry[2]
    old = (held, known.isoformat(), source)
    if held == value:
        return Change(name, RENEWED, value, *old) if as_of > known else None
    new = entry_of(Row("", entry[4] + 1, "", name, value, moment_of(as_of, now), SOURCE))
    wins = weight(name, new, declared) > weight(name, entry, declared)
    return Change(name, CHANGED if wins else DIFFERS, value, *old)


def due_on(last: date | None, days: int | None, today: date) -> date | None:
    """When the next delivery of a list is due; None when nobody set how often it comes. One never delivered is due today."""
    if days is None:
        return None
    return last + timedelta(days=days) if last else today


def common_place(villages: Iterable[str], county: str) -> str:
    """The smallest division (village, township, county) that holds them all: who answers for it may see the row."""
    told = set(villages)
    for length in (12, 9):
        if len(prefixes := {village[:length] for village in told}) == 1 and len(prefix := prefixes.pop()) == length:
            return prefix
    return county
