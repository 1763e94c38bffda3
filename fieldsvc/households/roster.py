"""A roster file (花名册) as rows of text: xlsx, or CSV in UTF-8 (with or without BOM) or GB18030."""

import io
from dataclasses import dataclass, field
from typing import Any

import xlsxwriter

from fieldsvc.kit.errors import Problem
from fieldsvc.kit.sheets import bounded, cell_text, heading, read_lines

MOST_ROWS = 100_000
HEADINGS = {
    "ref": ("户编号", "家庭编号", "户号"),
    "head": ("户主", "户主姓名"),
    "name": ("姓名", "成员姓名", "家庭成员姓名"),
    "id_number": ("身份证号", "身份证号码", "公民身份号码", "证件号码"),
    "relation": ("与户主关系", "家庭关系"),
    "sex": ("性别",),
    "birth_date": ("出生日期", "出生年月日"),
    "village_code": ("村(社区)代码", "村代码", "社区代码", "村居代码"),
    "address": ("住址", "家庭住址", "地址"),
    "area": ("城乡", "城乡类别", "户籍类别"),
    "phone": ("联系电话", "电话", "手机号", "手机号码"),
    "tier": ("认定类别", "救助类别", "低收入人口类别"),
    "grid_worker": ("网格员",),
    "child_director": ("儿童主任",),
}
NEEDED = {"ref": "户编号", "name": "姓名", "village_code": "村（社区）代码"}
TITLES = {field: names[0] for field, names in HEADINGS.items()} | NEEDED
FIELD = {heading: field for field, names in HEADINGS.items() for heading in names}


@dataclass(slots=True)
class Row:
    """One person of the roster. ``number`` is the row as the spreadsheet shows it; ``cells`` hold stripped text."""

    number: int
    cells: dict[str, str]
    damaged: list[str] = field(default_factory=list)

    def get(self, name: str) -> str:
        return self.cells.get(name, "")


@dataclass(slots=True)
class Roster:
    rows: list[Row]
    ignored: list[str]


def read_roster(data: bytes) -> Roster:
    """Rows of the file's first sheet. Problem 422 ``bad-roster`` when the file or its headings cannot be used."""
    lines = read_lines(data, unusable)
    first = next(lines, None)
    if first is None:
        raise unusable("文件是空的。")
    columns, ignored = _headings(first[1])
    return Roster([_row(number, cells, columns) for number, cells in bounded(lines, MOST_ROWS, unusable)], ignored)


def template() -> bytes:
    """An empty roster (花名册模板) as xlsx: every heading, those needed in bold, every column as text, because a spreadsheet makes
    a number of an identity number and loses its end."""
    held = io.BytesIO()
    book = xlsxwriter.Workbook(held, {"in_memory": True})
    sheet, text, bold = book.add_worksheet("花名册"), book.add_format({"num_format": "@"}), book.add_format({"bold": True})
    sheet.set_column(0, len(TITLES) - 1, 18, text)
    for place, (name, title) in enumerate(TITLES.items()):
        sheet.write_string(0, place, title, bold if name in NEEDED else None)
    sheet.freeze_panes(1, 0)
    book.close()
    return held.getvalue()


def unusable(detail: str) -> Problem:
    return Problem(422, "bad-roster", detail)


def _headings(cells: list[Any]) -> tuple[dict[int, str], list[str]]:
    columns: dict[int, str] = {}
    ignored = []
    for place, cell in enumerate(cells):
        told = heading(cell)
        name = FIELD.get(told)
        if name is None:
            ignored += [told] if told else []
        elif name in columns.values():
            raise unusable(f"表头“{TITLES[name]}”出现了两次，请只保留一列。")
        else:
            columns[place] = name
    missing = [title for name, title in NEEDED.items() if name not in columns.values()]
    if missing:
        raise unusable(f"第一行应为表头，缺少：{'、'.join(missing)}。")
    return columns, ignored


def _row(number: int, cells: list[Any], columns: dict[int, str]) -> Row:
    row = Row(number, {})
    for place, name in columns.items():
        cell = cells[place] if place < len(cells) else None
        if name == "id_number" and isinstance(cell, int | float) and not isinstance(cell, bool):
            row.damaged.append("身份证号被表格软件存成了数字，后几位已丢失；请把该列设为文本格式后重新填写。")
        row.cells[name] = cell_text(cell)
    return row
