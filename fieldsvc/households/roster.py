"""A roster file (花名册) as rows of text: xlsx, or CSV in UTF-8 (with or without BOM) or GB18030."""

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from fieldsvc.kit.errors import Problem

LARGEST, UNPACKED, MOST_ROWS = 20 * 2**20, 300 * 2**20, 100_000
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
    if len(data) > LARGEST:
        raise unusable(f"文件超过 {LARGEST // 2**20} MB，请分成几个文件导入。")
    lines = _xlsx(data) if data.startswith(b"PK\x03\x04") else _csv(data)
    lines = (line for line in lines if any(_text(cell) for cell in line[1]))
    first = next(lines, None)
    if first is None:
        raise unusable("文件是空的。")
    columns, ignored = _headings(first[1])
    return Roster([_row(number, cells, columns) for number, cells in _bounded(lines)], ignored)


def unusable(detail: str) -> Problem:
    return Problem(422, "bad-roster", detail)


def _headings(cells: list[Any]) -> tuple[dict[int, str], list[str]]:
    columns: dict[int, str] = {}
    ignored = []
    for place, cell in enumerate(cells):
        heading = _heading(cell)
        name = FIELD.get(heading)
        if name is None:
            ignored += [heading] if heading else []
        elif name in columns.values():
            raise unusable(f"表头“{TITLES[name]}”出现了两次，请只保留一列。")
        else:
            columns[place] = name
    missing = [title for name, title in NEEDED.items() if name not in columns.values()]
    if missing:
        raise unusable(f"第一行应为表头，缺少：{'、'.join(missing)}。")
    return columns, ignored


def _heading(cell: Any) -> str:
    return "".join(_text(cell).split()).replace("（", "(").replace("）", ")").rstrip("*:：")


def _row(number: int, cells: list[Any], columns: dict[int, str]) -> Row:
    row = Row(number, {})
    for place, name in columns.items():
        cell = cells[place] if place < len(cells) else None
        if name == "id_number" and isinstance(cell, int | float) and not isinstance(cell, bool):
            row.damaged.append("身份证号被表格软件存成了数字，后几位已丢失；请把该列设为文本格式后重新填写。")
        row.cells[name] = _text(cell)
    return row


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime | date):
        return cell.strftime("%Y-%m-%d")
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    # Excel's text mark and the tab some offices add to keep long numbers as text
    return str(cell).strip().lstrip("'\ufeff").strip()


def _bounded(lines: Iterable[tuple[int, list[Any]]]) -> Iterator[tuple[int, list[Any]]]:
    for count, line in enumerate(lines):
        if count >= MOST_ROWS:
            raise unusable(f"超过 {MOST_ROWS} 行，请分成几个文件导入。")
        yield line


def _xlsx(data: bytes) -> Iterator[tuple[int, list[Any]]]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            if sum(member.file_size for member in packed.infolist()) > UNPACKED:
                raise unusable("文件解压后过大。")
        sheet = load_workbook(io.BytesIO(data), read_only=True, data_only=True).worksheets[0]
        yield from ((number, list(cells)) for number, cells in enumerate(sheet.iter_rows(values_only=True), 1))
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, IndexError, OSError, SyntaxError) as error:
        raise unusable("xlsx 文件已损坏或不是表格，请重新另存后再试。") from error


def _csv(data: bytes) -> Iterator[tuple[int, list[Any]]]:
    text = _decoded(data)
    first = text.split("\n", 1)[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter="\t" if first.count("\t") > first.count(",") else ",")
    try:
        for line in reader:
            yield reader.line_num, list(line)
    except csv.Error as error:
        raise unusable(f"CSV 第 {reader.line_num} 行无法读取。") from error


def _decoded(data: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise unusable("无法识别文件编码，请另存为 UTF-8 或 GB18030 编码的 CSV，或 xlsx。")
