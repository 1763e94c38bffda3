"""A list that can be shown and taken away: its columns once, as a table on a page, as CSV and as xlsx.

In a file every cell is text but plain numbers; ID numbers keep all their digits, and nothing is left that a spreadsheet
would run.
"""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, BinaryIO

import xlsxwriter

_DANGEROUS = "=+-@\t\r\n＝＋－＠"
"""Chinese and Japanese spreadsheets take full-width signs for the others."""
_BOM = "\ufeff"
_LONG = 11
_MOST = 32_767
"""Characters a spreadsheet's cell holds."""
_CUT = "……（内容过长，此处截断，完整内容见 CSV）"
Row = Sequence[Any]


@dataclass(frozen=True, slots=True)
class Column:
    """``get`` takes a row of the list to what stands in the cell: text, a number (int, Decimal) or None."""

    label: str
    get: Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Listing:
    """``name`` becomes the sheet's and the file's name."""

    name: str
    columns: tuple[Column, ...]

    @property
    def heads(self) -> tuple[str, ...]:
        return tuple(column.label for column in self.columns)

    def cells(self, rows: Iterable[Any]) -> Iterator[tuple[Any, ...]]:
        return (tuple(column.get(row) for column in self.columns) for row in rows)


def safe(text: str) -> str:
    """A cell that begins like a formula is shown with an apostrophe before it, so that no program runs it."""
    return f"'{text}" if text and text[0] in _DANGEROUS else text


def as_csv(heads: Row, given: Iterable[Row]) -> bytes:
    """UTF-8 with BOM; a tab before long numbers keeps spreadsheets from rounding them."""
    held = io.StringIO()
    writer = csv.writer(held, lineterminator="\r\n")
    writer.writerow(heads)
    writer.writerows([_in_csv(cell) for cell in row] for row in given)
    return (_BOM + held.getvalue()).encode()


def _in_csv(cell: Any) -> str:
    if cell is None:
        return ""
    if _is_number(cell):
        return str(cell)
    text = str(cell)
    return f"\t{text}" if text[:_LONG].isdigit() and len(text) > _LONG else safe(text)


def as_xlsx(name: str, heads: Row, given: Iterable[Row], target: BinaryIO) -> None:
    book = xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet, bold = book.add_worksheet(_sheet(name)), book.add_format({"bold": True})
    sheet.write_row(0, 0, heads, bold)
    sheet.freeze_panes(1, 0)
    for place, row in enumerate(given, 1):
        for column, cell in enumerate(row):
            if cell is None:
                continue
            if _is_number(cell):
                sheet.write_number(place, column, cell)
            else:
                sheet.write_string(place, column, _fitting(safe(str(cell))))
    book.close()


def _fitting(text: str) -> str:
    """A longer text would be left out whole, and nothing said."""
    return text if len(text) <= _MOST else text[: _MOST - len(_CUT)] + _CUT


def _is_number(cell: Any) -> bool:
    return isinstance(cell, int | Decimal) and not isinstance(cell, bool)


def _sheet(name: str) -> str:
    """Spreadsheets admit 31 characters and not all of them."""
    return "".join(c for c in name if c not in "[]:*?/\\'")[:31] or "表"
