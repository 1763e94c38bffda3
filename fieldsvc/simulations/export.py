"""Results as xlsx or CSV for the officers' spreadsheets: ids as text, and nothing a spreadsheet would run."""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

import xlsxwriter

from fieldsvc.eligibility.determination import VERDICTS
from fieldsvc.eligibility.rulebook import RuleBook
from fieldsvc.eligibility.vocabulary import TIER

HEADS = ("村（社区）代码", "户编号", "户", "人", "项目", "现结果", "新结果", "现金额（元）", "新金额（元）", "户标识", "对象标识")
_DANGEROUS = "=+-@\t\r\n"
_BOM = "\ufeff"
Row = tuple[str, ...]


def rows(book: RuleBook, lines: Iterable[Any], homes: dict[str, tuple[str, str, str]], people: dict[str, str]) -> Iterator[Row]:
    """``homes`` = {id: (village code, roster number, name)}; ``people`` = {id: name}."""
    known = book.vocabulary.get(TIER)
    tiers = known.choices if known else {}
    for line in lines:
        village, ref, name = homes.get(line.household_id, ("", "", ""))
        shown = tiers if line.programme == TIER else VERDICTS
        title = "低收入人口类别" if line.programme == TIER else book.by_id[line.programme].title
        old, new = (shown.get(side, "尚不能确定") if side else "尚不能确定" for side in (line.old, line.new))
        yield (village, ref, name, people.get(line.subject_id, ""), title, old, new, line.old_yuan or "", line.new_yuan or "",
               line.household_id, line.subject_id)  # fmt: skip


def safe(text: str) -> str:
    """A cell that begins like a formula is shown with an apostrophe before it, so that no program runs it."""
    return f"'{text}" if text and text[0] in _DANGEROUS else text


def as_csv(given: Iterable[Row]) -> bytes:
    """UTF-8 with BOM; a tab before long numbers keeps spreadsheets from rounding them."""
    held = io.StringIO()
    writer = csv.writer(held, lineterminator="\r\n")
    writer.writerow(HEADS)
    writer.writerows([f"\t{cell}" if cell.isdigit() and len(cell) > 11 else safe(cell) for cell in row] for row in given)
    return (_BOM + held.getvalue()).encode()


def as_xlsx(given: Iterable[Row], target: BinaryIO) -> None:
    """Every cell but the sums is written as text."""
    book = xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet, bold = book.add_worksheet("结果变化"), book.add_format({"bold": True})
    sheet.write_row(0, 0, HEADS, bold)
    sheet.freeze_panes(1, 0)
    for place, row in enumerate(given, 1):
        for column, cell in enumerate(row):
            if column in (7, 8) and cell:
                sheet.write_number(place, column, float(cell))
            else:
                sheet.write_string(place, column, safe(cell))
    book.close()
