"""The sheets around the questions: columns, settings, choices; and the outline every stage adds its faults to."""

import re
from dataclasses import dataclass, field

from . import columns
from .errors import Fault
from .model import Choice, Question
from .source import Row, Source


@dataclass(slots=True)
class Outline:
    """What was read so far; the faults gather here from every stage."""

    items: list[Question] = field(default_factory=list)
    lists: dict[str, tuple[Choice, ...]] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def fault(self, row: Row, column: str, code: str, reason: str) -> None:
        self.faults.append(Fault(row.sheet, row.number, column, code, reason))


def check_columns(source: Source, outline: Outline) -> None:
    known = {"survey": columns.SURVEY, "settings": columns.SETTINGS}
    needed = {
        "survey": ("type", "name"),
        "choices": ("list_name", "name"),
        "settings": ("form_id", "version", "form_title"),
    }
    for sheet, (number, header) in source.headers.items():
        found = [columns.split_language(column)[0] for column in header if column]
        for raw, column in zip([each for each in header if each], found, strict=True):
            if sheet in known and column not in known[sheet]:
                outline.faults.append(Fault(sheet, number, raw, "unknown_column", "不认识的列"))
            elif sheet == "choices" and column not in columns.CHOICES and not columns.NAME.fullmatch(column):
                outline.faults.append(Fault(sheet, number, raw, "unknown_column", "选项的附加列只用字母、数字和下划线"))
        for column in needed[sheet]:
            if column not in found:
                outline.faults.append(Fault(sheet, number, column, "column_missing", "缺少这一列"))


def cells_of(row: Row) -> dict[str, str]:
    """Cells by canonical column, translations reduced to the one we show (Chinese first)."""
    grouped: dict[str, list[str]] = {}
    for column in row.cells:
        grouped.setdefault(columns.split_language(column)[0], []).append(column)
    return {base: row.cells[columns.chinese_first(raw)[0]] for base, raw in grouped.items()}


def read_settings(source: Source, outline: Outline) -> None:
    row = source.settings[0]
    settings = outline.settings = cells_of(row)
    settings.setdefault("fieldsvc_class", "general")
    if len(source.settings) > 1:
        outline.fault(source.settings[1], "", "settings_rows", "settings 只能有一行")
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}", settings.get("form_id", "")):
        outline.fault(row, "form_id", "bad_form_id", "form_id 用字母开头，只含字母、数字和 _ . -，不超过 64 个字符")
    if not re.fullmatch(r"[A-Za-z0-9_.-]{1,32}", settings.get("version", "")):
        outline.fault(row, "version", "bad_version", "version 必填，只含字母、数字和 _ . -，不超过 32 个字符")
    if not 0 < len(settings.get("form_title", "")) <= 120:
        outline.fault(row, "form_title", "bad_title", "form_title 必填，不超过 120 个字符")
    if settings["fieldsvc_class"] not in columns.KLASSES:
        outline.fault(row, "fieldsvc_class", "bad_class", "fieldsvc_class 只能是 general 或 child")


def read_choices(source: Source, outline: Outline) -> None:
    lists: dict[str, dict[str, Choice]] = {}
    for row in source.choices:
        cells = cells_of(row)
        list_name, name = cells.get("list_name", ""), cells.get("name", "")
        if not list_name or not name:
            outline.fault(row, "name" if list_name else "list_name", "choice_incomplete", "选项要有 list_name 和 name")
            continue
        chosen = lists.setdefault(list_name, {})
        if name in chosen:
            outline.fault(row, "name", "duplicate_choice", f"选项 {name} 在 {list_name} 里重复")
        if re.search(r"\s", name) or len(name) > 64:
            outline.fault(row, "name", "bad_choice", f"选项名“{name[:20]}”不能有空格，不超过 64 个字符")
        if not cells.get("label"):
            outline.fault(row, "label", "label_missing", f"选项 {name} 没有文字")
        extra = {column: value for column, value in cells.items() if column not in columns.CHOICES}
        former = tuple(cells.get("formerly", "").split())
        chosen[name] = Choice(name, cells.get("label", name), {**extra, "name": name}, former)
    outline.lists = {list_name: tuple(chosen.values()) for list_name, chosen in lists.items()}
