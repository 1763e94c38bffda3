"""Why a plugin (or one of its files) is set aside, where, and how to mend it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Refusal:
    """``code`` is stable; ``reason`` and ``mend`` are Chinese sentences; ``line`` is 0 when no line is to blame."""

    plugin: str
    file: str
    line: int
    code: str
    reason: str
    mend: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"插件 {self.plugin}（{place}）：{self.reason} 修改办法：{self.mend} [{self.code}]"
