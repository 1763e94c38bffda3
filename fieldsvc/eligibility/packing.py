"""Many small codes per row → one string per row. Rows that are alike share one string, so a county packs fast."""

from dataclasses import dataclass, field
from functools import reduce
from operator import add

import polars as pl

Letters = str | tuple[pl.Expr, str]
"""A constant letter, or an integer expression (0 to 3) with the letter of each value."""
_BITS, _MASK = 2, 3
_PER_WORD = 30


@dataclass
class Packing:
    """How one string is packed: ``words`` are its integer columns, to be selected with the frame they belong to."""

    name: str
    columns: list[Letters]
    known: list[dict[int, str]] = field(default_factory=list)

    @property
    def _parts(self) -> list[list[Letters]]:
        return [self.columns[i : i + _PER_WORD] for i in range(0, len(self.columns), _PER_WORD)]

    def words(self) -> list[pl.Expr]:
        return [_word(part).alias(f"{self.name}{i}") for i, part in enumerate(self._parts)]

    def unpack(self, frame: pl.DataFrame) -> pl.Series:
        """The strings, from a frame that holds the words."""
        if not self.columns:
            return pl.Series(self.name, [""], dtype=pl.String).new_from_index(0, frame.height)
        pieces = [self._texts(frame[f"{self.name}{i}"], i) for i in range(len(self._parts))]
        return reduce(add, pieces).alias(self.name)

    def _texts(self, words: pl.Series, part: int) -> pl.Series:
        while len(self.known) <= part:
            self.known.append({})
        known, letters = self.known[part], self._parts[part]
        if len(known) > 50_000:
            known.clear()
        kinds = words.unique().to_list() if len(words) > 1000 else words.to_list()
        for kind in kinds:
            if kind not in known:
                known[kind] = _text(kind, letters)
        if len(words) <= 1000:
            return pl.Series([known[kind] for kind in kinds], dtype=pl.String)
        return words.replace_strict(pl.Series(kinds, dtype=pl.Int64), pl.Series([known[k] for k in kinds], dtype=pl.String))


def _word(columns: list[Letters]) -> pl.Expr:
    live = [c[0].cast(pl.Int64) * (1 << (_BITS * place)) for place, c in enumerate(columns) if not isinstance(c, str)]
    return pl.sum_horizontal(live) if live else pl.lit(0, dtype=pl.Int64)


def _text(word: int, columns: list[Letters]) -> str:
    return "".join(c if isinstance(c, str) else c[1][word >> (_BITS * place) & _MASK] for place, c in enumerate(columns))
