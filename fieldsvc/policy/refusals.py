"""What a data file is refused for: where, why, and how to mend it."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason a data file cannot be used. ``code`` is stable; ``message`` and ``mend`` are Chinese sentences."""

    code: str
    message: str
    mend: str
    file: str
    line: int
    package: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message} 修改办法：{self.mend} [{self.code}]"


class Refused(Exception):
    """Raised when a package that the core cannot do without is refused."""

    def __init__(self, refusals: Iterable[Refusal]):
        self.refusals = tuple(refusals)
        super().__init__("\n".join(map(str, self.refusals)))
