"""From rows to questions: the survey sheet as a flat outline, with every fault that needs no XPath."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from . import columns
from .errors import Fault
from .model import CONTAINERS, Choice, Question
from .sheets import Outline, cells_of, check_columns, read_choices, read_settings
from .source import Row, Source

_CONTAINER = re.compile(r"(begin|end)[ _](group|repeat)")
_SELECT = re.compile(r"(select_one|select_multiple|select one|select multiple) +(\S+)")


@dataclass(slots=True)
class _Open:
    row: Row
    kind: str
    name: str


def read_outline(source: Source) -> Outline:
    outline = Outline()
    check_columns(source, outline)
    read_settings(source, outline)
    read_choices(source, outline)
    _read_survey(source, outline)
    return outline


def _read_survey(source: Source, outline: Outline) -> None:
    stack: list[_Open] = []
    names: dict[str, int] = {}
    for row in source.survey:
        cells = cells_of(row)
        type_text = re.sub(r"\s+", " ", cells.get("type", "")).strip()
        if match := _CONTAINER.fullmatch(type_text):
            verb, kind = match.groups()
            if verb == "end":
                _close(row, kind, stack, outline)
                continue
            question = _question(row, cells, kind, (), stack, outline)
            stack.append(_Open(row, kind, question.name))
        else:
            kind, choices = _type_of(row, type_text, outline)
            question = _question(row, cells, kind, choices, stack, outline)
        if question.name in names:
            outline.fault(
                row,
                "name",
                "duplicate_name",
                f"题目名 {question.name} 与第 {names[question.name]} 行重复，全表单内不能重名",
            )
        names.setdefault(question.name, row.number)
        outline.items.append(question)
    for each in stack:
        outline.fault(each.row, "type", "not_closed", f"begin {each.kind} 没有对应的 end {each.kind}")
    if not outline.items:
        outline.faults.append(Fault("survey", 0, "", "no_questions", "没有题目"))
    _check_formerly(source, outline)


def _close(row: Row, kind: str, stack: list[_Open], outline: Outline) -> None:
    if not stack or stack[-1].kind != kind:
        outline.fault(row, "type", "not_opened", f"end {kind} 没有对应的 begin {kind}")
    else:
        stack.pop()


def _type_of(row: Row, text: str, outline: Outline) -> tuple[str, tuple[Choice, ...]]:
    first = text.split(" ")[0]
    if match := _SELECT.fullmatch(text):
        kind, list_name = match[1].replace(" ", "_"), match[2]
        if list_name not in outline.lists:
            outline.fault(row, "type", "unknown_list", f"choices 里没有选项列表 {list_name}")
        return kind, outline.lists.get(list_name, ())
    if first in columns.REFUSED_TYPES:
        outline.fault(row, "type", "type_refused", f"不支持题型 {first}：{columns.REFUSED_TYPES[first]}")
    elif text in columns.TYPES:
        return columns.TYPES[text], ()
    elif not text:
        outline.fault(row, "type", "type_missing", "没有写题型")
    else:
        outline.fault(row, "type", "unknown_type", f"不认识的题型“{text[:40]}”")
    return "text", ()


def _question(
    row: Row, cells: Mapping[str, str], kind: str, choices: tuple[Choice, ...], stack: list[_Open], outline: Outline
) -> Question:
    name = cells.get("name", "")
    if not columns.NAME.fullmatch(name):
        outline.fault(
            row, "name", "bad_name", f"题目名“{name[:20]}”要用字母开头，只含字母、数字和 _ . -，不超过 64 个字符"
        )
    shown = kind not in ("calculate", *CONTAINERS) and cells.get("type") not in (*columns.METADATA, "hidden")
    if shown and not cells.get("label"):
        outline.fault(row, "label", "label_missing", f"题目 {name} 没有文字")
    subject, fact = _save_to(row, cells, outline)
    identifier = cells.get("bind::fieldsvc:identifier", "")
    if identifier and (identifier not in columns.IDENTIFIERS or kind != "text"):
        outline.fault(
            row, "bind::fieldsvc:identifier", "bad_identifier", "只有 text 题可以标 id_number、phone 或 account"
        )
    if kind == "calculate" and not cells.get("calculation"):
        outline.fault(row, "calculation", "calculation_missing", f"{name} 没有写 calculation")
    if cells.get("choice_filter") and kind not in ("select_one", "select_multiple"):
        outline.fault(row, "choice_filter", "filter_misplaced", "choice_filter 只用于选择题")
    return Question(
        name=name,
        type=kind,
        label=cells.get("label", "") or name,
        row=row.number,
        hint=cells.get("hint", ""),
        groups=tuple(each.name for each in stack),
        repeats=tuple(each.name for each in stack if each.kind == "repeat"),
        path=(*(each.name for each in stack), name),
        choices=choices,
        required=_truth(cells.get("required", "")),
        required_message=cells.get("required_message", ""),
        relevant=cells.get("relevant", ""),
        constraint=cells.get("constraint", ""),
        constraint_message=cells.get("constraint_message", ""),
        calculation=cells.get("calculation", ""),
        choice_filter=cells.get("choice_filter", ""),
        repeat_count=cells.get("repeat_count", ""),
        parameters=_parameters(row, cells, kind, outline),
        default=cells.get("default", ""),
        appearance=cells.get("appearance", ""),
        readonly=_truth(cells.get("readonly", "")) != "",
        save_to=fact,
        save_to_subject=subject,
        identifier=identifier,
        formerly=tuple(cells.get("formerly", "").split()),
    )


def _truth(text: str) -> str:
    """``yes``/``no`` cells as expressions; anything else stays what the author wrote."""
    lowered = text.strip().lower()
    if lowered in ("yes", "true", "true()"):
        return "true()"
    return "" if lowered in ("no", "false", "false()", "") else text


def _save_to(row: Row, cells: Mapping[str, str], outline: Outline) -> tuple[str, str]:
    text = cells.get("save_to", "")
    subject, _, fact = text.rpartition(".")
    subject = subject or cells.get("save_to_subject", "")
    if text and not re.fullmatch(r"[a-z][a-z0-9_]{0,63}", fact):
        outline.fault(row, "save_to", "bad_save_to", f"事实名“{fact[:20]}”只用小写字母、数字和下划线")
    if subject not in ("", "person", "household"):
        outline.fault(row, "save_to", "bad_save_to", f"“{subject[:20]}”不是 person 或 household")
    return subject, fact


def _parameters(row: Row, cells: Mapping[str, str], kind: str, outline: Outline) -> dict[str, str]:
    text = cells.get("parameters", "")
    pairs = dict(re.findall(r"([\w-]+)\s*=\s*([^\s;,]+)", text))
    if kind != "range":
        return pairs
    numbers = {"start": "1", "end": "10", "step": "1", **pairs}
    try:
        start, end, step = (float(numbers[key]) for key in ("start", "end", "step"))
    except ValueError:
        start = end = step = 0.0
    if not start < end or not 0 < step <= end - start:
        outline.fault(row, "parameters", "bad_range", "range 要写 start、end、step，start 小于 end，step 大于 0")
    return numbers


def _check_formerly(source: Source, outline: Outline) -> None:
    claimed: dict[str, str] = {}
    rows = {row.number: row for row in source.survey}
    for question in outline.items:
        for former in question.formerly:
            if former in claimed:
                outline.fault(rows[question.row], "formerly", "formerly_twice", f"旧名 {former} 已归 {claimed[former]}")
            claimed[former] = question.name
