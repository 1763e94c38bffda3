"""Can these conditions all hold at once? A search over the branches of AND, OR and NOT, exact for choices, truths and linear
comparisons; whatever else a condition computes counts as free, so that "no" is a proof and "yes" may be too careful."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

from . import tree
from .binding import Table, listed, scalar
from .linear import Line, holds_nowhere
from .oracle import value_of
from .plan import Aggregate, Copy, Expression, Plan, Verdict, Years
from .vocabulary import shift

MOST_STEPS = 20_000
_NOT = {"=": "<>", "<>": "=", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}
Signed = tuple[tree.Node, bool]


class TooWide(Exception):
    """More branches than anybody would read: nothing is proven."""


@dataclass(frozen=True)
class Store:
    """What a branch has settled: truths; for texts what they may and may not be; ``lines`` that are all at most zero."""

    truths: Mapping[str, bool] = field(default_factory=dict)
    among: Mapping[str, frozenset[Any]] = field(default_factory=dict)
    without: Mapping[str, frozenset[Any]] = field(default_factory=dict)
    lines: tuple[Line, ...] = ()


def together(plan: Plan, nodes: list[tree.Node]) -> Store | None:
    """A way in which all nodes hold, or None: there is none. Raises TooWide."""
    search = _Search(plan)
    return next(search.ways([(node, True) for node in nodes], Store()), None)


class _Search:
    def __init__(self, plan: Plan):
        self.plan, self.steps, self.left = plan, plan.by_name(), MOST_STEPS

    def ways(self, open_: list[Signed], store: Store) -> Iterator[Store]:
        """Ways to make everything in ``open_`` hold; what leaves no choice is settled first."""
        self.left -= 1
        if self.left < 0:
            raise TooWide
        waiting: list[list[list[Signed]]] = []
        while open_:
            choices = self._choices(*open_.pop(), store)
            if not isinstance(choices, list):
                if choices is None:
                    return
                store = choices
            elif len(choices) == 1:
                open_ += choices[0]
            else:
                waiting.append(choices)
        if not waiting:
            yield store
            return
        waiting.sort(key=len)
        rest = [_kept(choices) for choices in waiting[1:]]
        for choice in waiting[0]:
            yield from self.ways([*rest, *choice], store)

    def _choices(self, node: tree.Node, wanted: bool, store: Store) -> list[list[Signed]] | Store | None:
        """Either what is settled by it (None: it cannot be), or the alternatives that each make it hold."""
        if isinstance(node, tree.Not):
            return [[(node.part, not wanted)]]
        if not isinstance(node, _Any) and not tree.facts_of(node) and not any(self._tables(node)):
            return store if value_of(node, self.plan, lambda _: None) is wanted else None
        if isinstance(node, tree.And | tree.Or):
            signed = [(part, wanted) for part in node.parts]
            return [signed] if isinstance(node, tree.And) is wanted else [[one] for one in signed]
        if isinstance(node, _Any):
            return [list(choice) for choice in node.choices]
        if isinstance(node, tree.Between):
            parts = (tree.Compare(">=", node.value, node.low), tree.Compare("<=", node.value, node.high))
            return self._choices(tree.And(parts), wanted, store)
        if isinstance(node, tree.Fact):
            return self._truth(node.name, wanted, store)
        if isinstance(node, tree.In):
            return self._among(node, wanted, store)
        return self._compared(node, wanted, store) if isinstance(node, tree.Compare) else store

    def _truth(self, name: str, wanted: bool, store: Store) -> list[list[Signed]] | Store | None:
        step = self.steps.get(name)
        if isinstance(step, Expression):
            return [[(step.node, wanted)]]
        if isinstance(step, Copy):
            below = self.steps.get(step.base)
            return [[(tree.And(below.nodes), wanted)]] if isinstance(below, Verdict) else None
        if store.truths.get(name, wanted) is not wanted:
            return None
        return Store({**store.truths, name: wanted}, store.among, store.without, store.lines)

    def _among(self, node: tree.In, wanted: bool, store: Store) -> list[list[Signed]] | Store | None:
        items = listed(self.plan, node.param.name) if node.param else tuple(item.value for item in node.items)
        if items is None:
            return None
        if isinstance(node.value, tree.Fact) and self._is_text(node.value):
            return self._text(node.value.name, frozenset(items), wanted, store)
        equal = tuple(tree.Compare("=", node.value, tree.Literal(item)) for item in items)
        return self._choices(tree.Or(equal), wanted, store)

    def _is_text(self, fact: tree.Fact) -> bool:
        known = self.plan.book.vocabulary.get(fact.name)
        return known is not None and known.type in ("choice", "text")

    def _text(self, name: str, values: frozenset[Any], wanted: bool, store: Store) -> Store | None:
        known = self.plan.book.vocabulary.get(name)
        among = store.among.get(name, frozenset(known.choices) if known and known.choices else None)
        without = store.without.get(name, frozenset())
        if wanted:
            among = values if among is None else among & values
        else:
            without = without | values
        if among is not None and not among - without:
            return None
        kept = dict(store.among) if among is None else {**store.among, name: among - without}
        return Store(store.truths, kept, {**store.without, name: without}, store.lines)

    def _compared(self, node: tree.Compare, wanted: bool, store: Store) -> list[list[Signed]] | Store | None:
        op = node.op if wanted else _NOT[node.op]
        for one, other in ((node.left, node.right), (node.right, node.left)):
            if isinstance(one, tree.Fact) and op in ("=", "<>") and self._kind(one) in ("choice", "text", "bool"):
                return self._equal(one, other, op == "=", store)
        for by, values in self._tables(node):
            if by not in store.among or len(store.among[by]) != 1:
                return [[(tree.In(tree.Fact(by), (tree.Literal(value),)), True), (node, wanted)] for value in values]
        if op == "<>":
            return [[(tree.Compare(less, node.left, node.right), True)] for less in ("<", ">")]
        return self._linear(op, self._line(node.left, store), self._line(node.right, store), store)

    def _kind(self, fact: tree.Fact) -> str:
        known = self.plan.book.vocabulary.get(fact.name)
        return known.type if known is not None else ""

    def _equal(self, fact: tree.Fact, other: tree.Node, equal: bool, store: Store) -> list[list[Signed]] | Store | None:
        if tree.facts_of(other) or any(self._tables(other)):
            return store
        value = value_of(other, self.plan, lambda _: None)
        if isinstance(value, bool):
            return self._truth(fact.name, value is equal, store)
        return None if value is None else self._text(fact.name, frozenset({value}), equal, store)

    def _tables(self, node: tree.Node) -> Iterator[tuple[str, list[str]]]:
        """Facts that choose within a parameter, also below the derived numbers the comparison reads."""
        for name in tree.params_of(node):
            value = None if isinstance(node, tree.In) else scalar(self.plan, name)
            if isinstance(value, Table):
                yield value.by, list(value.values)
        for name in tree.facts_of(node):
            if isinstance(step := self.steps.get(name), Expression):
                yield from self._tables(step.node)

    def _linear(self, op: str, left: Line | None, right: Line | None, store: Store) -> Store | None:
        if left is None or right is None:
            return None
        gap = left.plus(right.times(Fraction(-1)))
        lines = {"<": [gap.below()], "<=": [gap], ">": [gap.times(Fraction(-1)).below()], ">=": [gap.times(Fraction(-1))],
                 "=": [gap, gap.times(Fraction(-1))]}[op]  # fmt: skip
        kept = (*store.lines, *lines)
        if holds_nowhere([*kept, *self._natural(kept)]):
            return None
        return Store(store.truths, store.among, store.without, kept)

    def _natural(self, lines: tuple[Line, ...]) -> Iterator[Line]:
        """Counts and ages are never below zero."""
        for name in {name for line in lines for name in line.parts}:
            step = self.steps.get(name) if isinstance(name, str) else None
            if isinstance(step, Years) or (isinstance(step, Aggregate) and step.op == "count"):
                yield Line({name: Fraction(-1)})

    def _line(self, node: tree.Node, store: Store) -> Line | None:
        """The number (a date in days) as a sum; None where a parameter is missing, so that no comparison with it holds."""
        if isinstance(node, tree.Arith):
            return self._arith(node, store)
        if isinstance(node, tree.Shift):
            return self._shifted(node, store)
        if isinstance(node, tree.Fact):
            step = self.steps.get(node.name)
            return self._line(step.node, store) if isinstance(step, Expression) else Line({node.name: Fraction(1)})
        if isinstance(node, tree.When):
            return Line({node: Fraction(1)})
        value = value_of(node, self.plan, lambda by: next(iter(store.among[by])))
        return None if value is None else Line({}, value if isinstance(value, Fraction) else Fraction(value.toordinal()))

    def _arith(self, node: tree.Arith, store: Store) -> Line | None:
        left, right = self._line(node.left, store), self._line(node.right, store)
        if left is None or right is None:
            return None
        if node.op != "*":
            return left.plus(right if node.op == "+" else right.times(Fraction(-1)))
        if not left.parts or not right.parts:
            return right.times(left.constant) if not left.parts else left.times(right.constant)
        return Line({tuple(sorted(map(str, (left, right)))): Fraction(1)})

    def _shifted(self, node: tree.Shift, store: Store) -> Line | None:
        base, amount = self._line(node.base, store), self._line(node.amount, store)
        if base is None or amount is None:
            return None
        if node.unit == "DAY":
            return base.plus(amount.times(Fraction(node.sign)))
        if not base.parts and not amount.parts:
            day = shift(date.fromordinal(int(base.constant)), node.sign * int(amount.constant), node.unit)
            return Line({}, Fraction(day.toordinal()))
        return Line({(str(base), str(amount), node.sign, node.unit): Fraction(1)})


@dataclass(frozen=True, slots=True)
class _Any:
    """Alternatives put off until those with fewer are chosen."""

    choices: tuple[tuple[Signed, ...], ...]


def _kept(choices: list[list[Signed]]) -> Signed:
    return _Any(tuple(map(tuple, choices))), True  # type: ignore[return-value]
