"""Binding a rule book to a place and day: which parameters hold, which rules can be decided, what is computed first."""

from collections.abc import Iterable
from dataclasses import fields, replace
from datetime import date
from functools import reduce
from typing import Any

from fieldsvc.policy.book import Answer, Found, Missing, OutOfPeriod

from . import tree
from .binding import part
from .language import parse
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
            bound = [self._of_the_day(node, params, amount.as_of) for node, params in bound]
        nodes = [node for node, _ in bound]
        reads = self._reads(nodes, bound)
        cap = nodes[1] if amount.cap else None
        self._add(Yuan(amount_column(rule.id), rule.subject, reads, _union(p for _, p in bound), value=nodes[0], cap=cap))

    def _of_the_day(self, node: tree.Node, params: tuple[str, ...], fact: str) -> tuple[tree.Node, tuple[str, ...]]:
        """Every parameter that was adjusted at some time as its value on the fact's day; there is none of a day without a
        value."""
        used: list[str] = []
        for name in params:
            base = base_parameter(self.book, name)
            dated = self.book.policy.dated(self.jurisdiction, base)
            if len(dated) < 2:
                used.append(name)
                continue
            on_day = [(self._dated(name, base, found), within(tree.Fact(fact), found)) for found in dated]
            none = f"{base}@"
            self.answers[none] = Missing(self.jurisdiction, base)
            on_day.append((none, tree.Not(tree.Or(tuple(test for _, test in on_day)))))
            chosen: list[tree.Node] = [tree.When(test, tree.Param(each)) for each, test in on_day]
            node = replaced(node, name, reduce(lambda left, right: tree.Arith("+", left, right), chosen))
            used += [each for each, _ in on_day]
        return node, tuple(used)

    def _dated(self, name: str, base: str, found: Found) -> str:
        """The name under which a plan keeps one dated value of a parameter, or of its part ``name``."""
        own = f"{base}@{found.starts}"
        self.answers[own + name[len(base) :]] = replace(found, parameter=replace(found.parameter, name=own))
        return own + name[len(base) :]

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
        return starts <= self.on and (ends is None or self.on <= ends)

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


def within(day: tree.Node, found: Found) -> tree.Node:
    """Whether a day lies in a value's time."""
    since = tree.Compare(">=", day, tree.Literal(found.starts))
    return since if found.ends is None else tree.And((since, tree.Compare("<=", day, tree.Literal(found.ends))))


def base_parameter(book: RuleBook, name: str) -> str:
    """The parameter whose part ``name`` is: an end of a range (``x_min``, ``x_max``), a row of a table (``x_urban``), or the
    end of a row (``x_urban_max``); the name itself where it is a parameter or part of none."""
    policy = book.policy
    if policy.named(name) or name in policy.open_points:
        return name
    for cut in range(len(name) - 1, 0, -1):
        if name[cut] == "_" and _has_part(book, name[:cut], name[cut + 1 :]):
            return name[:cut]
    return name


def _has_part(book: RuleBook, base: str, path: str) -> bool:
    if any(part(p.exact, path) is not None for p in book.policy.named(base)):
        return True
    point = book.policy.open_points.get(base)
    selector = book.vocabulary.get(point.by) if point else None
    return selector is not None and path in selector.choices


def _union(groups: Iterable[Iterable[str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for group in groups for name in group))


def replaced(node: tree.Node, name: str, by: tree.Node) -> tree.Node:
    """The tree with every use of the parameter replaced by another tree."""
    if isinstance(node, tree.Param):
        return by if node.name == name else node
    changed: dict[str, Any] = {each.name: _replaced(getattr(node, each.name), name, by) for each in fields(node)}
    return replace(node, **changed)


def _replaced(value: object, name: str, by: tree.Node) -> object:
    if isinstance(value, tuple):
        return tuple(_replaced(part, name, by) for part in value)
    return replaced(value, name, by) if isinstance(value, tree.Node) else value
