"""What became of each row of a roster (导入结果)."""

import csv
import io
from collections import Counter
from dataclasses import dataclass, field

ADDED, CHANGED, UNCHANGED, REFUSED = "added", "changed", "unchanged", "refused"
STATUSES = {ADDED: "新增", CHANGED: "更新", UNCHANGED: "无变化", REFUSED: "拒绝"}


@dataclass(slots=True)
class RowResult:
    """``number``: the row in the spreadsheet; ``reason``: for refused rows, what to correct."""

    number: int
    ref: str
    name: str
    status: str
    reason: str = ""


@dataclass(slots=True)
class Report:
    """``stored`` is False when a refused row kept the whole file out; the other rows then say what would have been."""

    rows: list[RowResult] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    stored: bool = False

    @property
    def counts(self) -> dict[str, int]:
        counted = Counter(row.status for row in self.rows)
        return {status: counted[status] for status in STATUSES}

    @property
    def refused(self) -> list[RowResult]:
        return [row for row in self.rows if row.status == REFUSED]

    def csv(self) -> bytes:
        """The report for a spreadsheet: UTF-8 with BOM, formulas defused. Holds names, no numbers."""
        out = io.StringIO(newline="")
        writer = csv.writer(out)
        writer.writerow(["行号", "户编号", "姓名", "结果", "原因"])
        writer.writerows([r.number, _safe(r.ref), _safe(r.name), STATUSES[r.status], r.reason] for r in self.rows)
        return out.getvalue().encode("utf-8-sig")


def _safe(text: str) -> str:
    """A cell that begins like a formula is only shown, never run."""
    return f"'{text}" if text[:1] in "=+-@\t\r" and text else text
