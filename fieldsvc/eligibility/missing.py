"""What is missing below an undecided condition: the facts to ask for, and the supplements (本地设定) a deployment owes."""

from collections.abc import Mapping

from fieldsvc.policy.book import Found

from . import tree
from .authority import parameter_view
from .binding import absent
from .determination import MissingFact, ParameterView
from .oracle import value_of
from .plan import Aggregate, Expression, Plan, Step, Tier, Verdict
from .state import State
from .vocabulary import RECOGNISED_TIER, Fact

_Who = str | None
Memo = dict[tuple[str, _Who], tuple[dict[tuple[str, _Who], None], dict[str, None]]]
"""What is missing below each derived fact of one household: most rules stand on the same few."""


class Search:
    """Goes down only into parts that are unknown: a part that is decided cannot be what is missing."""

    def __init__(
        self, plan: Plan, state: State, household_id: str, steps: Mapping[str, Step] | None = None, memo: Memo | None = None
    ) -> None:
        self.plan, self.state, self.household_id = plan, state, household_id
        self.steps = plan.by_name() if steps is None else steps
        self.memo: Memo = {} if memo is None else memo
        self.facts: dict[tuple[str, _Who], None] = {}
        self.params: dict[str, None] = {}
        self.seen: set[tuple[str, _Who]] = set()

    def below(
        self, nodes: list[tree.Node], who: _Who, asks: Mapping[str, str]
    ) -> tuple[tuple[MissingFact, ...], tuple[ParameterView, ...]]:
        """Facts and parameters below conditions on one subject; ``asks``: questions the conditions bring for their facts."""
        facts, params = self.needed(nodes, who, asks)
        return facts, tuple(parameter_view(self.plan, name) for name in params)

    def needed(
        self, nodes: list[tree.Node], who: _Who, asks: Mapping[str, str]
    ) -> tuple[tuple[MissingFact, ...], tuple[str, ...]]:
        """The same with the parameters by name."""
        for node in nodes:
            self._node(node, who)
        return tuple(self._fact(name, person, asks) for name, person in self.facts), tuple(self.params)

    def _fact(self, name: str, who: _Who, asks: Mapping[str, str]) -> MissingFact:
        fact = self.plan.book.vocabulary.get(name)
        label = self.plan.book.vocabulary.label(name)
        own = fact.ask if isinstance(fact, Fact) else ""
        return MissingFact(name, label, who or self.household_id, asks.get(name) or own or f"请核实：{label}")

    def _node(self, node: tree.Node, who: _Who) -> None:
        if value_of(node, self.plan, self.state.get(who)) is not None:
            return
        if inner := self._inner(node, who):
            for part in inner:
                self._node(part, who)
            return
        names = tree.params_of(node)
        self._absent(names)
        for name in dict.fromkeys((*tree.facts_of(node), *self._selectors(names))):
            self._column(name, who)

    def _inner(self, node: tree.Node, who: _Who) -> tuple[tree.Node, ...]:
        """What to look into instead of the node; the undecided test of a When comes before its value."""
        if isinstance(node, tree.And | tree.Or):
            return node.parts
        if isinstance(node, tree.Arith):
            return node.left, node.right
        if isinstance(node, tree.When):
            return (node.value,) if value_of(node.test, self.plan, self.state.get(who)) else (node.test,)
        return ()

    def _absent(self, names: tuple[str, ...]) -> None:
        self.params |= dict.fromkeys(name for name in names if absent(self.plan, name))

    def _selectors(self, names: tuple[str, ...]) -> list[str]:
        """Facts that choose within a table parameter (分档)."""
        answers = [self.plan.answers[name] for name in names]
        return [a.parameter.by for a in answers if isinstance(a, Found) and a.parameter.by]

    def _column(self, name: str, who: _Who) -> None:
        known = self.plan.book.vocabulary.get(name)
        owner = None if known is not None and known.subject == "household" else who
        if self.state.get(owner)(name) is not None or (name, owner) in self.seen:
            return
        self.seen.add((name, owner))
        step = self.steps.get(name)
        if step is None:
            self.facts[name, owner] = None
        else:
            self._step(step, owner)

    def _step(self, step: Step, owner: _Who) -> None:
        found = self.memo.get((step.name, owner))
        if found is None:
            below = Search(self.plan, self.state, self.household_id, self.steps, self.memo)
            below._inside(step, owner)
            found = self.memo[step.name, owner] = below.facts, below.params
        self.facts |= found[0]
        self.params |= found[1]

    def _inside(self, step: Step, owner: _Who) -> None:
        if isinstance(step, Tier):
            self._tier(step, owner)
            return
        for who in list(self.state.persons) if isinstance(step, Aggregate) else [owner]:
            self._parts(step, who)

    def _parts(self, step: Step, who: _Who) -> None:
        if isinstance(step, Verdict):
            for node in step.nodes:
                self._node(node, who)
            return
        if isinstance(step, Expression):
            self._node(step.node, who)
            return
        self._absent(step.params)
        for name in step.reads:
            below = self.steps.get(name)
            if isinstance(below, Verdict):
                self._step(below, who)
            else:
                self._column(name, who)

    def _tier(self, step: Tier, who: _Who) -> None:
        """The recognised tier would answer at once; else the first tier in order that is undecided."""
        if step.recognised:
            self.facts[RECOGNISED_TIER, who] = None
        if not step.ordered:
            self._absent(step.params)
            return
        for _, columns in step.choices:
            undecided = [c for c in columns if self.state.get(who)(c) is None]
            for column in undecided:
                self._step(self.steps[column], who)
            if undecided or not columns:
                return
