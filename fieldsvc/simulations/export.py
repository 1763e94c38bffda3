"""Results as xlsx or CSV for the officers' spreadsheets: ids as text, and nothing a spreadsheet would run."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from fieldsvc.eligibility.determination import VERDICTS
from fieldsvc.eligibility.rulebook import RuleBook
from fieldsvc.eligibility.vocabulary import TIER

NAME = "结果变化"
HEADS = (
    "村（社区）代码",
    "户编号",
    "户",
    "人",
    "项目",
    "现结果",
    "新结果",
    "现金额（元）",
    "新金额（元）",
    "户标识",
    "对象标识",
)
Row = tuple[str, ...]


def rows(
    book: RuleBook, lines: Iterable[Any], homes: dict[str, tuple[str, str, str]], people: dict[str, str]
) -> Iterator[Row]:
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


def cells(given: Iterable[Row]) -> Iterator[tuple[Any, ...]]:
    """Sums as numbers, so that a spreadsheet adds them."""
    return ((*row[:7], *(_sum(cell) for cell in row[7:9]), *row[9:]) for row in given)


def _sum(cell: str) -> Decimal | None:
    return Decimal(cell) if cell else None
