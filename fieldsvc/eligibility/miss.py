"""The nearest miss (差一点): which single known fact, at which value, would turn a refusal, by the smallest change.

Every value is tried by working the household through the rule again, so what is told always holds. Which values are worth
trying is solved: between kinks each comparison is linear in one number, so its verdict turns only beside a root.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from fieldsvc.policy.values import show

from . import tree
from .binding import listed
from .explain import Explanation
from .oracle import value_of
from .plan import (
    ELIGIBLE,
    NOT_ELIGIBLE,
    UNKNOWN,
    Aggregate,
    Filled,
    Plan,
    Step,
    Verdict,
    Years,
    conditions,
    verdict_column,
)
from .reading import BOUNDS, FIRST_DAY, LAST_DAY, PLACES
from .rulebook import Rule
from .state import Changed, State, touched
from .vocabulary import Fact, shift

Who = str | None
_LETTERS = {True: ELIGIBLE, False: NOT_ELIGIBLE, None: UNKNOWN}
_MOST_TRIES = 120
_MOST_POINTS = 12


@dataclass(frozen=True, slots=True)
class Miss:
    """At ``value`` instead of ``now`` the fact gives the verdict ``becomes`` (e, or u where something else is unknown).

    ``distance`` compares changes: relative for numbers, in years for dates, 1 for another choice.
    """

    fact: str
    label: str
    subject_id: str
    now: Any
    value: Any
    becomes: str
    shown: str = ""
    distance: Fraction = Fraction(0)


def nearest_miss(explanation: Explanation, rule: Rule, who: Who) -> Miss | None:
    """The smallest change of one fact that turns a "not eligible" of the rule on the subject (None: the household); changes
    that make it eligible come before those that leave it undecided. None where no single fact does, or it is no refusal."""
    ruling = explanation.plan.rulings[rule.id]
    state = explanation.state
    if ruling.status or state.get(who)(verdict_column(rule.id)) is not False:
        return None
    search = _Search(explanation, rule, who)
    false = [node for _, node in conditions(ruling) if explanation.value(node, who) is False]
    leaves = [search.leaves(node) for node in false]
    shared = [leaf for leaf in leaves[0] if all(leaf in other for other in leaves[1:])]
    found = [miss for name, owner in shared for miss in search.flips(name, owner)]
    return min(found, key=lambda m: (m.becomes != ELIGIBLE, m.distance, m.subject_id, m.fact), default=None)


class _Search:
    """One rule on one subject: the part of the plan it stands on, and what it answers with one fact changed."""

    def __init__(self, explanation: Explanation, rule: Rule, who: Who):
        self.explanation, self.rule, self.who = explanation, rule, who
        whole, self.steps = explanation.plan, explanation.steps
        kept = _cone(self.steps, verdict_column(rule.id))
        self.plan: Plan = replace(whole, steps=tuple(step for step in whole.steps if step.name in kept))
        facts = whole.facts
        self.persons = {p: {n: v for n, v in row.items() if n in facts} for p, row in explanation.state.persons.items()}
        self.nodes = [(n, s.subject, isinstance(s, Aggregate)) for s in self.plan.steps for n in _comparisons(s)]
        self.parts: dict[str, list[tuple[tree.Node, str, bool]]] = {}

    def leaves(self, node: tree.Node) -> dict[tuple[str, Who], None]:
        """Known facts below a condition, with whose they are."""
        found: dict[tuple[str, Who], None] = {}
        seen: set[tuple[str, Who]] = set()
        waiting = [(name, self.who) for name in (*tree.facts_of(node), *self._selectors(node))]
        while waiting:
            name, who = self._owned(*waiting.pop())
            if (name, who) in seen:
                continue
            seen.add((name, who))
            step = self.steps.get(name)
            if step is None:
                found |= {(name, who): None} if self.explanation.state.get(who)(name) is not None else {}
            else:
                inside = list(self.persons) if isinstance(step, Aggregate) else [who]
                waiting += [(read, person) for read in step.reads for person in inside]
        return found

    def _selectors(self, node: tree.Node) -> list[str]:
        answers = [self.plan.answers[name] for name in tree.params_of(node)]
        return [by for a in answers if (by := getattr(getattr(a, "parameter", None), "by", ""))]

    def _owned(self, name: str, who: Who) -> tuple[str, Who]:
        step = self.steps.get(name)
        known = step or self.plan.book.vocabulary.get(name)
        return name, None if known is not None and known.subject == "household" else who

    def flips(self, name: str, owner: Who) -> Iterator[Miss]:
        """The nearest value of the fact that makes the rule eligible, and the nearest that leaves it undecided.

        A rule that refuses whatever the fact may be, that is when it is unknown, refuses at each of its values.
        """
        if self._letter(name, owner, None) == NOT_ELIGIBLE:
            return
        fact = self.plan.book.vocabulary.facts[name]
        now = self.explanation.state.get(owner)(name)
        wanted = {ELIGIBLE, UNKNOWN}
        tried = sorted(set(self._values(fact, owner, now)) - {now}, key=lambda v: (_distance(now, v), str(v)))
        for value in tried[:_MOST_TRIES]:
            letter = self._letter(name, owner, value)
            if letter in wanted:
                yield self._miss(fact, owner, now, value, letter)
                wanted.remove(letter)
            if letter == ELIGIBLE:
                return

    def _miss(self, fact: Fact, owner: Who, now: Any, value: Any, letter: str) -> Miss:
        shown = fact.choices.get(value, "") if isinstance(value, str) else ""
        subject = owner or self.explanation.household_id
        return Miss(fact.name, fact.label, subject, show(now), show(value), letter, shown, _distance(now, value))

    def _letter(self, name: str, owner: Who, value: Any) -> str:
        return _LETTERS[self._state(name, owner, value).get(self.who)(verdict_column(self.rule.id))]

    def _state(self, name: str, owner: Who, value: Any) -> State:
        return Changed(self.explanation.state, name, owner, value)

    def _values(self, fact: Fact, owner: Who, now: Any) -> Iterable[Any]:
        if fact.type == "bool":
            return [not now]
        if fact.choices:
            return list(fact.choices)
        if fact.type == "text":
            return [n.value for c, _, _ in self.nodes for n in tree.walk(c) if isinstance(n, tree.Literal) and isinstance(n.value, str)]
        if fact.type == "date":
            return [day for day in self._days(fact.name, owner, now) if FIRST_DAY <= day <= LAST_DAY]
        return self._numbers(fact, owner, now)

    def _numbers(self, fact: Fact, owner: Who, now: Fraction) -> Iterator[Fraction]:
        step, most = Fraction(1, 10 ** PLACES[fact.type]), BOUNDS[fact.type]
        points, looked = {now, *self._kinks(fact.name)}, set[Fraction]()
        for _ in range(2):
            nearest = sorted(points, key=lambda v: (abs(v - now), v))[:_MOST_POINTS]
            roots = {r for p in nearest if p not in looked for r in self._roots(fact.name, owner, p, step)}
            points |= {p for root in roots for p in _beside(root, step) if abs(p) < most}
            looked |= set(nearest)
        yield from points

    def _kinks(self, name: str) -> Iterator[Fraction]:
        """Where a number changes its slope: at another member's for the dearest, at each small one written into a text."""
        yield from (v for row in self.persons.values() if (v := row.get(name)) is not None)
        if any(isinstance(s, Filled) and name in s.reads for s in self.plan.steps):
            yield from map(Fraction, range(11))

    def _roots(self, name: str, owner: Who, at: Fraction, step: Fraction) -> Iterator[Fraction]:
        here, there = (dict(self._gaps(self._state(name, owner, v), name, owner)) for v in (at, at + step))
        for key in here.keys() & there.keys():
            gap, slope = here[key], (there[key] - here[key]) / step
            if slope:
                yield at - gap / slope

    def _gaps(self, state: State, name: str, owner: Who) -> Iterator[tuple[Any, Fraction]]:
        """Left side minus right side of every comparison of numbers (dates in days) the fact has a part in, by comparison and
        subject."""
        for place, (node, subject, inside) in enumerate(self._touched(name, owner)):
            people = self.persons if subject == "person" or inside else [None]
            for who in people:
                for part, (left, right) in enumerate(_sides(node, self.plan)):
                    gap = _gap(value_of(left, self.plan, state.get(who)), value_of(right, self.plan, state.get(who)))
                    if gap is not None:
                        yield (place, who, part), gap

    def _touched(self, name: str, owner: Who) -> list[tuple[tree.Node, str, bool]]:
        if name not in self.parts:
            changing = frozenset().union({name}, *touched(self.explanation.plan, name, owner is not None))
            self.parts[name] = [n for n in self.nodes if changing & {*tree.facts_of(n[0]), *self._selectors(n[0])}]
        return self.parts[name]

    def _days(self, name: str, owner: Who, now: date) -> Iterator[date]:
        gaps = {round(g) for _, g in self._gaps(self.explanation.state, name, owner) if abs(g) < 150_000}
        for days in (d + near for gap in gaps for d in (gap, -gap) for near in range(-4, 5)):
            if FIRST_DAY.toordinal() <= now.toordinal() + days <= LAST_DAY.toordinal():
                yield now + timedelta(days)
        ages = {s.name for s in self.plan.steps if isinstance(s, Years) and s.base == name}
        for years in {y for node, _, _ in self.nodes if ages & set(tree.facts_of(node)) for y in self._constants(node)}:
            for birthday in (shift(self.plan.on, -int(years) - more, "YEAR") for more in (0, 1)):
                yield from (birthday, birthday + timedelta(1))

    def _constants(self, node: tree.Node) -> Iterator[Fraction]:
        """Whole numbers a comparison of an age may turn at."""
        for one, other in _sides(node, self.plan):
            for side in (one, other):
                value = None if tree.facts_of(side) else value_of(side, self.plan, lambda _: None)
                if isinstance(value, Fraction) and 0 <= value < 150:
                    yield value


def _cone(steps: dict[str, Step], name: str) -> set[str]:
    """The step and every step below it."""
    kept: set[str] = set()
    waiting = [name]
    while waiting:
        each = waiting.pop()
        if each in steps and each not in kept:
            kept.add(each)
            waiting += steps[each].reads
    return kept


def _comparisons(step: Step) -> Iterator[tree.Node]:
    nodes = step.nodes if isinstance(step, Verdict) else [v for v in vars(step).values() if isinstance(v, tree.Node)]
    for node in nodes:
        yield from (n for n in tree.walk(node) if isinstance(n, tree.Compare | tree.Between | tree.In))


def _sides(node: tree.Node, plan: Plan) -> Iterator[tuple[tree.Node, tree.Node]]:
    if isinstance(node, tree.Compare):
        yield node.left, node.right
    elif isinstance(node, tree.Between):
        yield from ((node.value, node.low), (node.value, node.high))
    elif isinstance(node, tree.In):
        items = (listed(plan, node.param.name) or ()) if node.param else [item.value for item in node.items]
        yield from ((node.value, tree.Literal(item)) for item in items)


def _gap(left: Any, right: Any) -> Fraction | None:
    if isinstance(left, Fraction) and isinstance(right, Fraction):
        return left - right
    if isinstance(left, date) and isinstance(right, date):
        return Fraction((left - right).days)
    return None


def _beside(root: Fraction, step: Fraction) -> tuple[Fraction, ...]:
    """The values a fact can have at and on both sides of a root."""
    below = (root // step) * step
    return below - step, below, below + step, below + 2 * step


def _distance(now: Any, value: Any) -> Fraction:
    if isinstance(now, Fraction):
        return Fraction(abs(value - now) / max(abs(now), Fraction(1)))
    if isinstance(now, date):
        return Fraction(abs((value - now).days), 365)
    return Fraction(1)
