"""Reading an XLSForm (.xlsx, or pyxform's Markdown tables) into rows that remember where they stood.

Markdown layout, as pyxform reads it: the first cell of a row opens a sheet, the rows below leave it empty:

    | survey |      |       |          |
    |        | type | name  | label    |
    |        | text | note1 | 备注     |
"""

import datetime
import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl

from .errors import Fault, FormError

SHEETS = ("survey", "choices", "settings")
MAX_BYTES = 5_000_000
MAX_ROWS = 5_000
MAX_CELL = 5_000
_SPLIT = re.compile(r"(?<!\\)\|")
_RULE = re.compile(r"^[\s|:-]*$")


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its sheet, its number there, and its non-empty cells by column header."""

    sheet: str
    number: int
    cells: dict[str, str]

    def get(self, column: str, default: str = "") -> str:
        return self.cells.get(column, default)


@dataclass(frozen=True, slots=True)
class Source:
    """The three sheets. ``headers`` keeps the order of columns and the number of each sheet's header row."""

    survey: tuple[Row, ...]
    choices: tuple[Row, ...]
    settings: tuple[Row, ...]
    headers: dict[str, tuple[int, tuple[str, ...]]]


def read_source(content: Path | str | bytes, *, origin: str) -> Source:
    """Read a file (``Path``), Markdown text (``str``) or either as ``bytes``. Raises ``FormError``."""
    if isinstance(content, str):
        return _assemble(_markdown_rows(content), origin)
    data = _read_file(content, origin) if isinstance(content, Path) else content
    if len(data) > MAX_BYTES:
        raise _refusal(origin, "too_big", f"文件超过 {MAX_BYTES // 1_000_000} MB")
    if data[:2] == b"PK":
        return _assemble(_xlsx_rows(data, origin), origin)
    try:
        return _assemble(_markdown_rows(data.decode("utf-8-sig")), origin)
    except UnicodeDecodeError:
        raise _refusal(origin, "unreadable", "既不是 xlsx，也不是 UTF-8 的 Markdown 表格") from None


def _read_file(path: Path, origin: str) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise _refusal(origin, "unreadable", f"文件读不出：{error.strerror or error}") from None


def _refusal(origin: str, code: str, reason: str) -> FormError:
    return FormError([Fault("survey", 0, "", code, reason)], origin)


def _markdown_rows(text: str) -> Iterator[tuple[str, int, list[str]]]:
    sheet = ""
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if not line.startswith("|") or not line.endswith("|") or _RULE.match(line):
            continue
        first, *cells = (cell.strip().replace(r"\|", "|") for cell in _SPLIT.split(line[1:-1]))
        if first:
            sheet = first.lower()
        if any(cells):
            yield sheet, number, cells


def _xlsx_rows(data: bytes, origin: str) -> Iterator[tuple[str, int, list[str]]]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            unpacked = sum(part.file_size for part in archive.infolist())
        if unpacked > 20 * MAX_BYTES:
            raise _refusal(origin, "too_big", "解压后的工作簿过大")
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        for sheet in book.worksheets:
            if sheet.title.lower() not in SHEETS:
                continue
            for number, values in enumerate(sheet.iter_rows(values_only=True, max_row=MAX_ROWS + 2, max_col=200), 1):
                cells = [_cell_text(value) for value in values]
                if any(cells):
                    yield sheet.title.lower(), number, cells
    except FormError:
        raise
    except Exception as error:  # openpyxl lets the errors of zipfile, expat and its own descriptors through
        raise _refusal(origin, "unreadable", f"工作簿读不出：{type(error).__name__}") from error


def _cell_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date().isoformat()
    return str(value).replace("\xa0", " ").strip()


def _assemble(lines: Iterable[tuple[str, int, list[str]]], origin: str) -> Source:
    headers: dict[str, tuple[int, tuple[str, ...]]] = {}
    rows: dict[str, list[Row]] = {sheet: [] for sheet in SHEETS}
    faults: list[Fault] = []
    for sheet, number, cells in lines:
        if sheet not in rows:
            continue
        if sheet not in headers:
            headers[sheet] = (number, tuple(re.sub(" +", " ", cell) for cell in cells))
            faults += _header_faults(sheet, number, headers[sheet][1])
            continue
        columns = headers[sheet][1]
        if any(cells[len(columns) :]) or any(
            value and not column for column, value in zip(columns, cells, strict=False)
        ):
            faults.append(Fault(sheet, number, "", "cell_without_column", "有内容写在没有表头的列里"))
        if any(len(cell) > MAX_CELL for cell in cells):
            faults.append(Fault(sheet, number, "", "cell_too_long", f"单元格超过 {MAX_CELL} 个字符"))
        found = {column: value for column, value in zip(columns, cells, strict=False) if column and value}
        rows[sheet].append(Row(sheet, number, found))
    for sheet in ("survey", "settings"):
        if not rows[sheet]:
            faults.append(Fault(sheet, 0, "", "sheet_missing", f"缺少工作表 {sheet}，或其中没有内容"))
    for sheet, found_rows in rows.items():
        if len(found_rows) > MAX_ROWS:
            faults.append(Fault(sheet, 0, "", "too_many_rows", f"超过 {MAX_ROWS} 行"))
    if faults:
        raise FormError(faults, origin)
    return Source(tuple(rows["survey"]), tuple(rows["choices"]), tuple(rows["settings"]), headers)


def _header_faults(sheet: str, number: int, columns: tuple[str, ...]) -> Iterator[Fault]:
    for column in sorted({column for column in columns if column and columns.count(column) > 1}):
        yield Fault(sheet, number, column, "duplicate_column", "表头重复")
