"""One household worked through the plan with plain three-valued evaluation. A computed value is worked out when it is first
asked for: an explanation of three rules needs a handful of the plan's hundreds of steps."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from . import tree
from .oracle import both, either, negated, value_of
from .plan import Aggregate, Copy, Expression, Filled, Plan, Tier, Verdict, Years, Yuan, places
from .vocabulary import NO_TIER, RECOGNISED_TIER, years_between

Row = dict[str, Any]
Get = Callable[[str], Any]
_MISSING = object()


@dataclass
class State:
    """Exact values by column name (None or absent: unknown) of the household and of each person; of computed ones those that
    were asked for. Read through ``get``."""

    plan: Plan
    household: Row
    persons: dict[str, Row]
    gets: dict[str | None, Get] = field(default_factory=dict)

    def get(self, person: str | None) -> Get:
        """How an expression about this person (None: the household) reads a fact or a computed value."""
        if person not in self.gets:
            self.gets[person] = self._household if person is None else self._person(person)
        return self.gets[person]

    def _household(self, name: str) -> Any:
        found = self.household.get(name, _MISSING)
        if found is _MISSING:
            step = self.plan.by_name().get(name)
            if step is None or step.subject != "household":
                return None
            found = self.household[name] = _STEPS[type(step)](step, self.plan, self, None)
        return found

    def _person(self, person: str) -> Get:
        own, steps = self.persons[person], self.plan.by_name()

        def value(name: str) -> Any:
            found = own.get(name, _MISSING)
            if found is _MISSING:
                step = steps.get(name)
                if step is None or step.subject == "household":
                    return self._household(name)
                found = own[name] = _STEPS[type(step)](step, self.plan, self, person)
            return found

        return value


class Changed(State):
    """A household with one fact changed (``owner`` None: the household's own): what does not stand on it is taken over."""

    def __init__(self, base: State, name: str, owner: str | None, value: Any):
        super().__init__(base.plan, {}, {person: {} for person in base.persons})
        self.base, self.owner, self.mine, self.others, self.house = base, owner, *touched(base.plan, name, owner is not None)
        (self.household if owner is None else self.persons[owner])[name] = value

    def _household(self, name: str) -> Any:
        if name in self.house or name in self.household:
            return super()._household(name)
        return self.base.get(None)(name)

    def _person(self, person: str) -> Get:
        value, before = super()._person(person), self.base.get(person)
        own, touched = self.persons[person], (self.mine if person == self.owner else self.others) | self.house
        return lambda name: value(name) if name in touched or name in own or name in self.household else before(name)


def touched(plan: Plan, name: str, personal: bool) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """The computed columns that may change with a fact: of the person whose fact it is, of other persons, of the household."""
    kept: dict[str, tuple[frozenset[str], frozenset[str], frozenset[str]]] = plan.__dict__.setdefault("_touched", {})
    if name not in kept:
        mine, others, house = {name} if personal else set(), set[str](), set() if personal else {name}
        for step in plan.steps:
            reads = set(step.reads)
            if isinstance(step, Aggregate):
                house |= {step.name} if reads & (mine | others | house) else set()
            elif step.subject == "household":
                house |= {step.name} if reads & house else set()
            else:
                mine |= {step.name} if reads & (mine | house) else set()
                others |= {step.name} if reads & (others | house) else set()
        kept[name] = frozenset(mine), frozenset(others), frozenset(house)
    return kept[name]


def run(plan: Plan, household: Mapping[str, Any], persons: Mapping[str, Mapping[str, Any]]) -> State:
    """The household under the plan. Facts come as ``reading.read`` gives them."""
    return State(plan, dict(household), {key: dict(row) for key, row in persons.items()})


def _expression(step: Expression, plan: Plan, state: State, person: str | None) -> Any:
    return value_of(step.node, plan, state.get(person))


def _years(step: Years, plan: Plan, state: State, person: str | None) -> Fraction | None:
    born = state.get(person)(step.base)
    return None if born is None else Fraction(years_between(born, plan.on))


def _filled(step: Filled, plan: Plan, state: State, person: str | None) -> str | None:
    values = {name: state.get(person)(name) for name in places(step.template)}
    return None if None in values.values() else step.template.format_map({k: str(v) for k, v in values.items()})


def _copy(step: Copy, plan: Plan, state: State, person: str | None) -> bool | None:
    return state.get(person)(step.base) if step.base else None


def _verdict(step: Verdict, plan: Plan, state: State, person: str | None) -> bool | None:
    return both(value_of(node, plan, state.get(person)) for node in step.nodes)


def _yuan(step: Yuan, plan: Plan, state: State, person: str | None) -> Fraction | None:
    values = [value_of(node, plan, state.get(person)) for node in (step.value, step.cap) if node is not None]
    return None if None in values else max(Fraction(0), min(values))


def _tier(step: Tier, plan: Plan, state: State, person: str | None) -> Any:
    get = state.get(person)
    recognised = get(RECOGNISED_TIER) if step.recognised else None
    if recognised not in (None, NO_TIER):
        return recognised
    for tier, columns in step.choices if step.ordered else ((None, ()),):
        verdict = either(get(c) for c in columns) if columns else None
        if verdict is not False:
            return tier if verdict else None
    return NO_TIER


def _aggregate(step: Aggregate, plan: Plan, state: State, _: str | None) -> Any:
    """See ``vocabulary.Members``: an empty household and an undecided member are unknown."""
    if not state.persons:
        return None
    gets = [state.get(person) for person in state.persons]
    if step.op in ("sum", "max"):
        return _total(step, plan, gets)
    return _logical(step, plan, gets)


def _part(node: tree.Node | None, plan: Plan, get: Callable[[str], Any]) -> Any:
    return True if node is None else value_of(node, plan, get)


def _total(step: Aggregate, plan: Plan, gets: list[Callable[[str], Any]]) -> Fraction | None:
    rows = [(_part(step.where, plan, get), _part(step.of, plan, get)) for get in gets]
    if any(where is None or (where and of is None) for where, of in rows):
        return None
    values = [of for where, of in rows if where]
    return sum(values, Fraction(0)) if step.op == "sum" else max(values, default=None)


def _logical(step: Aggregate, plan: Plan, gets: list[Callable[[str], Any]]) -> Any:
    rows = [(_part(step.where, plan, get), _part(step.of, plan, get)) for get in gets]
    if step.op == "all":
        limited = step.of is not None
        return both(either([negated(w), o]) if limited else w for w, o in rows)
    chosen = [both([where, of]) for where, of in rows]
    if step.op == "any":
        return either(chosen)
    return None if None in chosen else Fraction(sum(map(bool, chosen)))


_STEPS: dict[type, Callable[..., Any]] = {
    Expression: _expression,
    Years: _years,
    Filled: _filled,
    Copy: _copy,
    Verdict: _verdict,
    Yuan: _yuan,
    Tier: _tier,
    Aggregate: _aggregate,
}
