"""Binding a rule book to a place and day: which parameters hold, which rules can be decided, what is computed first."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from functools import reduce

from fieldsvc.policy.book import Answer, Found, Missing, OutOfPeriod, in_time

from . import tree
from .language import parse
from .parameters import base_parameter, of_the_day, replaced
from .plan import (
    OFF,
    ORDER_PARAMETER,
    OUT_OF_PERIOD,
    SILENT,
    Aggregate,
    Copy,
    Expression,
    Filled,
    Plan,
    PlanError,
    Ruling,
    Step,
    Tier,
    Verdict,
    Years,
    Yuan,
    amount_column,
    places,
    unless_column,
    verdict_column,
)
from .rulebook import Amount, Body, Rule, RuleBook
from .vocabulary import RECOGNISED_TIER, TIER, Derived


def make_plan(book: RuleBook, jurisdiction: str, on: date, everything: bool = False) -> Plan:
    """Bind parameters and order the steps; ``everything`` takes in derived facts no rule reads.

    Raises PlanError, and KeyError for an unknown jurisdiction.
    """
    return _Planner(book, jurisdiction, on).plan(everything)


def bound_to(book: RuleBook, jurisdiction: str, on: date, texts: Iterable[str]) -> tuple[Plan, tuple[tree.Node, ...]]:
    """Expressions over parameters alone, with a plan that answers them. Raises PlanError."""
    planner = _Planner(book, jurisdiction, on)
    nodes = tuple(planner.bind(text)[0] for text in texts)
    return Plan(book, jurisdiction, on, (), {}, planner.answers, ()), nodes


def pair_plan(book: RuleBook, jurisdiction: str, on: date, rules: Iterable[str]) -> Plan:
    """A plan of these rules alone, with what they stand on. Raises PlanError, and KeyError for an unknown rule or jurisdiction."""
    planner = _Planner(book, jurisdiction, on)
    for rule in rules:
        planner.ruling(book.by_id[rule])
    return planner.made()


class _Planner:
    def __init__(self, book: RuleBook, jurisdiction: str, on: date):
        self.book, self.jurisdiction, self.on = book, jurisdiction, on
        self.steps: dict[str, Step] = {}
        self.answers: dict[str, Answer] = {}
        self.facts: dict[str, None] = {}
        self.rulings: dict[str, Ruling] = {}
        self.open: list[str] = []

    def plan(self, everything: bool) -> Plan:
        for rule in self.book.rules():
            self.ruling(rule)
        if self.book.vocabulary.get(TIER):
            self.need(TIER)
        for name in self.book.vocabulary.derived if everything else ():
            self.need(name)
        return self.made()

    def made(self) -> Plan:
        steps = tuple(self.steps.values())
        return Plan(self.book, self.jurisdiction, self.on, steps, self.rulings, self.answers, tuple(self.facts))

    def answer(self, name: str) -> Answer:
        if name not in self.answers:
            self.answers[name] = self.book.policy.at(self.jurisdiction, base_parameter(self.book, name), self.on)
        return self.answers[name]

    def bind(self, text: str) -> tuple[tree.Node, tuple[str, ...]]:
        """The tree with every test parameter (条件参数) replaced by its condition, and the parameters used."""
        used: dict[str, None] = {}
        node = self._substituted(parse(text), used, ())
        return node, tuple(used)

    def _substituted(self, node: tree.Node, used: dict[str, None], inside: tuple[str, ...]) -> tree.Node:
        for name in tree.params_of(node):
            used[name] = None
            answer = self.answer(name)
            if isinstance(answer, Found) and answer.parameter.unit == "test":
                if name in inside:
                    raise PlanError("cycle", f"条件参数 {name} 引用了自己。", "去掉循环引用", name)
                inner = self._substituted(parse(str(answer.value)), used, (*inside, name))
                node = replaced(node, name, inner)
        return node

    def ruling(self, rule: Rule) -> Ruling:
        if rule.id not in self.rulings:
            self.rulings[rule.id] = self._ruling(rule)
        return self.rulings[rule.id]

    def _ruling(self, rule: Rule) -> Ruling:
        body = self.book.body(rule, self.jurisdiction)
        if body is None:
            return Ruling(rule, SILENT)
        if rule.needs_parameter and isinstance(self.answer(rule.needs_parameter), Missing):
            return Ruling(rule, OFF, body)
        bound = [self.bind(c.test) for c in body.conditions]
        nodes = tuple(node for node, _ in bound)
        name = verdict_column(rule.id)
        step = self._add(Verdict(name, rule.subject, self._reads(nodes, bound), _union(p for _, p in bound), rule=rule, nodes=nodes))
        late = (*self._late_documents(body), *self._late_parameters(step))
        if late:
            return Ruling(rule, OUT_OF_PERIOD, body, nodes, late)
        self._extras(rule, body)
        return Ruling(rule, "", body, nodes)

    def _extras(self, rule: Rule, body: Body) -> None:
        if rule.alert and rule.alert.unless:
            node, params = self.bind(rule.alert.unless)
            self._add(Expression(unless_column(rule.id), rule.subject, self._reads([node], [(node, params)]), params, node=node))
        if body.amount:
            self._amount(rule, body.amount)

    def _amount(self, rule: Rule, amount: Amount) -> None:
        bound = [self.bind(text) for text in (amount.value, amount.cap) if text]
        if amount.as_of:
            at = self.book, self.jurisdiction, self.answers
            bound = [of_the_day(*at, node, params, amount.as_of) for node, params in bound]
        nodes = [node for node, _ in bound]
        reads = self._reads(nodes, bound)
        cap = nodes[1] if amount.cap else None
        self._add(Yuan(amount_column(rule.id), rule.subject, reads, _union(p for _, p in bound), value=nodes[0], cap=cap))

    def _reads(self, nodes: Iterable[tree.Node], bound: Iterable[tuple[tree.Node, tuple[str, ...]]]) -> tuple[str, ...]:
        names = dict.fromkeys(name for node in nodes for name in tree.facts_of(node))
        for _, params in bound:
            names |= dict.fromkeys(by for p in params if (by := self._by(p)))
        for name in names:
            self.need(name)
        return tuple(names)

    def _by(self, param: str) -> str:
        answer = self.answer(param)
        return answer.parameter.by if isinstance(answer, Found) else ""

    def _late_documents(self, body: Body) -> tuple[str, ...]:
        cited = dict.fromkeys(c.cite.document for c in body.conditions if c.cite)
        return tuple(f"document:{d}" for d in cited if not self._in_force(d))

    def _in_force(self, document: str) -> bool:
        starts, ends = self.book.policy.period(self.jurisdiction, document)
        return in_time(self.on, starts, ends)

    def _late_parameters(self, step: Step) -> tuple[str, ...]:
        """Parameters out of period that the rule needs, also through derived facts (not through tiers or other rules)."""
        late = dict.fromkeys(p for p in step.params if isinstance(self.answer(p), OutOfPeriod))
        for name in step.reads:
            below = self.steps.get(name)
            if isinstance(below, Expression | Years | Filled | Aggregate):
                late |= dict.fromkeys(self._late_parameters(below))
        return tuple(late)

    def need(self, name: str) -> None:
        """Make sure the column ``name`` will be there when it is read."""
        if name in self.steps or name in self.facts:
            return
        if name in self.open:
            circle = " → ".join([*self.open[self.open.index(name) :], name])
            raise PlanError("cycle", f"循环推导：{circle}。", "去掉其中一环", name)
        self.open.append(name)
        derived = self.book.vocabulary.derived.get(name)
        if derived is None and name not in self.book.vocabulary.facts:
            raise PlanError("unknown_fact", f"没有事实 {name}。", "改正名称，或在 facts.toml 中登记", name)
        if name == TIER:
            self._tier()
        elif derived:
            self._derived(derived)
        else:
            self.facts[name] = None
        self.open.pop()

    def _derived(self, derived: Derived) -> None:
        name, subject = derived.name, derived.subject
        if derived.members:
            self._members(derived)
        elif derived.years_since:
            self.need(derived.years_since)
            self._add(Years(name, subject, (derived.years_since,), base=derived.years_since))
        elif derived.text:
            reads = tuple(places(derived.text))
            for read in reads:
                self.need(read)
            self._add(Filled(name, subject, reads, template=derived.text))
        elif derived.programme:
            self._copied(derived)
        else:
            node, params = self._terms(derived) if derived.terms else self.bind(derived.test or derived.value)
            self._add(Expression(name, subject, self._reads([node], [(node, params)]), params, node=node))

    def _terms(self, derived: Derived) -> tuple[tree.Node, tuple[str, ...]]:
        bound = [(self.bind(term.where), self.bind(term.value)) for term in derived.terms]
        nodes: list[tree.Node] = [tree.When(test, value) for (test, _), (value, _) in bound]
        used = _union(params for pair in bound for _, params in pair)
        return reduce(lambda left, right: tree.Arith("+", left, right), nodes), used

    def _members(self, derived: Derived) -> None:
        members = derived.members
        assert members is not None
        bound = {key: self.bind(text) for key, text in (("of", members.of), ("where", members.where)) if text}
        nodes = {key: node for key, (node, _) in bound.items()}
        reads = self._reads(nodes.values(), bound.values())
        self._add(
            Aggregate(
                derived.name, "household", reads, _union(p for _, p in bound.values()), op=members.op,
                of=nodes.get("of"), where=nodes.get("where"),
            )
        )  # fmt: skip

    def _copied(self, derived: Derived) -> None:
        column = self._decided(self.book.by_id[derived.programme])
        self._add(Copy(derived.name, derived.subject, (column,) if column else (), base=column))

    def _decided(self, rule: Rule) -> str:
        """The verdict column of a rule whose conditions decide; empty where the text is silent or out of period."""
        name = verdict_column(rule.id)
        if name in self.open:
            raise PlanError("cycle", f"循环推导：{rule.id} 依赖自己的结果。", "去掉其中一环；认定档次可用 recognised_tier", rule.id)
        self.open.append(name)
        ruling = self.ruling(rule)
        self.open.pop()
        return "" if ruling.status else name

    def _tier(self) -> None:
        answer = self.answer(ORDER_PARAMETER)
        order = answer.value if isinstance(answer, Found) and isinstance(answer.value, tuple) else ()
        rules = [r for r in self.book.programmes if r.tier]
        choices = tuple((t, tuple(filter(None, (self._decided(r) for r in rules if r.tier == t)))) for t in order)
        recognised = RECOGNISED_TIER in self.book.vocabulary.facts
        if recognised:
            self.need(RECOGNISED_TIER)
        reads = (*((RECOGNISED_TIER,) if recognised else ()), *(c for _, columns in choices for c in columns))
        self._add(Tier(TIER, "person", reads, (ORDER_PARAMETER,), choices=choices, ordered=bool(order), recognised=recognised))

    def _add(self, step: Step) -> Step:
        if step.name in self.steps:
            return self.steps[step.name]
        level = 1 + max((self.steps[r].level for r in step.reads if r in self.steps), default=0)
        self.steps[step.name] = replace(step, level=level)
        return self.steps[step.name]


def _union(groups: Iterable[Iterable[str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for group in groups for name in group))
