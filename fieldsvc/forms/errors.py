"""Why a form (表单) is refused: every fault with sheet, row, column, a stable code and a Chinese reason."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of a form definition. ``row`` is the sheet's row in xlsx, the line of the file in Markdown; 0 =
    whole sheet."""

    sheet: str
    row: int
    column: str
    code: str
    reason: str

    def __str__(self) -> str:
        place = f"工作表 {self.sheet}" + (f" 第 {self.row} 行" if self.row else "")
        return f"{place}{f' {self.column} 列' if self.column else ''}：{self.reason}（{self.code}）"


class FormError(Exception):
    """The definition is refused; ``faults`` lists all that was found, in the order of the sheets."""

    def __init__(self, faults: Iterable[Fault], origin: str = "") -> None:
        self.faults = tuple(faults)
        self.origin = origin
        super().__init__("\n".join(f"{origin}：{fault}" if origin else str(fault) for fault in self.faults))


class XPathError(Exception):
    """An expression outside the profile: stable ``code`` and a Chinese ``reason``. The compiler adds sheet and
    row."""

    def __init__(self, code: str, reason: str) -> None:
        self.code = code
        self.reason = reason
        super().__init__(reason)
