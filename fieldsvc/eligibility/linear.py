"""Sums of unknowns, and whether several of them can all be at most zero (Fourier–Motzkin elimination, over exact fractions)."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

MOST_LINES = 400


@dataclass(frozen=True)
class Line:
    """``constant`` plus each unknown times its factor. As a claim it is ≤ 0, or < 0 where ``strict``."""

    parts: Mapping[Hashable, Fraction] = field(default_factory=dict)
    constant: Fraction = Fraction(0)
    strict: bool = False

    def plus(self, other: "Line") -> "Line":
        names = dict.fromkeys((*self.parts, *other.parts))
        parts = {name: self.parts.get(name, Fraction(0)) + other.parts.get(name, Fraction(0)) for name in names}
        kept = {name: factor for name, factor in parts.items() if factor}
        return Line(kept, self.constant + other.constant, self.strict or other.strict)

    def times(self, factor: Fraction) -> "Line":
        if not factor:
            return Line({}, Fraction(0), self.strict)
        return Line({name: each * factor for name, each in self.parts.items()}, self.constant * factor, self.strict)

    def below(self) -> "Line":
        return Line(self.parts, self.constant, True)

    @property
    def false(self) -> bool:
        return not self.parts and (self.constant >= 0 if self.strict else self.constant > 0)


def holds_nowhere(lines: list[Line]) -> bool:
    """Whether no numbers fulfil all claims. False also where that would take too long to find out."""
    while True:
        if any(line.false for line in lines):
            return True
        name = next((name for line in lines for name in line.parts), None)
        if name is None or len(lines) > MOST_LINES:
            return False
        lines = _without(lines, name)


def _without(lines: list[Line], name: Hashable) -> list[Line]:
    above = [line for line in lines if line.parts.get(name, 0) > 0]
    under = [line for line in lines if line.parts.get(name, 0) < 0]
    rest = [line for line in lines if name not in line.parts]
    return rest + [one.times(-other.parts[name]).plus(other.times(one.parts[name])) for one in above for other in under]
