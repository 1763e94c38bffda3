"""Cutting a policy text into its clauses (条款), by the words each clause begins with."""

import re
import tomllib
from functools import cache
from importlib.resources import files
from pathlib import Path

_BLANK = re.compile(r"[\s\ufeff\u3000]+")


class TextMissing(Exception):
    """The folder holds no text, or more than one, for a document; or a clause's opening is not in it."""


def squeeze(text: str) -> str:
    """Without any blank: PDF extraction scatters them."""
    return _BLANK.sub("", text)


@cache
def openings() -> dict[str, list[tuple[str, str]]]:
    """For each text number its clauses with their opening words, in the order of the text."""
    table = tomllib.loads(files(__package__).joinpath("clauses.toml").read_text(encoding="utf-8"))
    return {number: [(clause, squeeze(words)) for clause, words in part["openings"]] for number, part in table.items()}


class ClausedText:
    """One text, squeezed, with the span of every clause."""

    def __init__(self, number: str, text: str):
        self.number, self.text = number, squeeze(text)
        self.spans = self._cut(openings().get(number, []))

    def _cut(self, clauses: list[tuple[str, str]]) -> list[tuple[str, int, int]]:
        starts, at = [], 0
        for clause, words in clauses:
            found = self.text.find(words, at)
            if found < 0:
                raise TextMissing(f"{self.number}: 找不到条款 {clause}（{words}）")
            starts.append((clause, found))
            at = found + 1
        ends = [start for _, start in starts[1:]] + [len(self.text)]
        return [(clause, start, end) for (clause, start), end in zip(starts, ends, strict=True)]

    def within(self, clause: str) -> list[tuple[int, int]]:
        """Spans of the clause and of the clauses below it; empty where there is no such clause."""
        return [(start, end) for name, start, end in self.spans if _belongs(name, clause)]

    def find(self, clause: str, quote: str) -> int | None:
        """Offset of the quote in the squeezed text, inside the cited clause; None where it is not there."""
        words = squeeze(quote)
        for start, end in _joined(self.within(clause)):
            found = self.text.find(words, start, end)
            if found >= 0:
                return found
        return None


def _belongs(name: str, clause: str) -> bool:
    if not name.startswith(clause) or not clause:
        return False
    rest = name[len(clause) :]
    return not (clause[-1].isdigit() and rest[:1].isdigit())


def _joined(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Neighbouring spans as one: a quote may run from a clause into its first sub-clause."""
    joined: list[tuple[int, int]] = []
    for start, end in spans:
        if joined and joined[-1][1] == start:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


def read_texts(folder: Path, numbers: set[str]) -> dict[str, ClausedText]:
    """The texts ``<number>_*.txt`` of a folder. Raises TextMissing."""
    texts = {}
    for number in sorted(numbers):
        found = sorted(folder.glob(f"{number}*.txt"))
        if len(found) != 1:
            raise TextMissing(f"{folder} 中应恰好有一个 {number}*.txt，现有 {len(found)} 个")
        texts[number] = ClausedText(number, found[0].read_text(encoding="utf-8"))
    return texts
