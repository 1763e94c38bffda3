"""Which unknown facts would settle most decisions: what to ask next, and of whom."""

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from . import tree
from .binding import Table, scalar
from .determination import Determination, MissingFact
from .explain import Explanation
from .missing import Memo, Search
from .oracle import value_of
from .plan import Plan, PlanError, conditions, verdict_column
from .state import State, run
from .vocabulary import Fact


@dataclass(frozen=True, slots=True)
class Question:
    """A fact to ask about one subject. ``settles``: undecided rules that some answer would decide; ``concerns``: undecided
    rules that name the fact as missing. Ordered by the first, then the second."""

    fact: str
    label: str
    subject_id: str
    ask: str
    settles: tuple[str, ...]
    concerns: tuple[str, ...]


def questions(determination: Determination) -> list[Question]:
    """Missing facts of a determination, those that alone keep most rules undecided first. Cheap: reads what is explained."""
    concerns: dict[tuple[str, str], dict[str, None]] = {}
    alone: dict[tuple[str, str], dict[str, None]] = {}
    told = {}
    for ruled in (r for s in determination.subjects for r in s.rules if r.verdict == "u"):
        for missing in ruled.missing_facts:
            key = (missing.fact, missing.subject_id)
            told[key] = missing
            concerns.setdefault(key, {})[ruled.id] = None
            if len(ruled.missing_facts) == 1 and not ruled.missing_supplements:
                alone.setdefault(key, {})[ruled.id] = None
    found = [
        Question(m.fact, m.label, m.subject_id, m.ask, tuple(alone.get(key, ())), tuple(concerns[key])) for key, m in told.items()
    ]
    return sorted(found, key=_order)


def unanswered(explanation: Explanation, undecided: Container[tuple[str, str | None]] | None = None) -> list[Question]:
    """The same questions of undecided programmes and indicators, straight from the worked household: no views are made.

    ``undecided``: the rules and subjects (None: the household) that are, where an evaluation has said so already.
    """
    plan = explanation.plan
    concerns: dict[tuple[str, str], dict[str, None]] = {}
    alone: dict[tuple[str, str], dict[str, None]] = {}
    told: dict[tuple[str, str], MissingFact] = {}
    memo: Memo = {}
    for rule, who, nodes, asks in _open(explanation, undecided):
        search = Search(plan, explanation.state, explanation.household_id, explanation.steps, memo)
        facts, supplements = search.needed(nodes, who, asks)
        for missing in facts:
            key = (missing.fact, missing.subject_id)
            told.setdefault(key, missing)
            concerns.setdefault(key, {})[rule] = None
            if len(facts) == 1 and not supplements:
                alone.setdefault(key, {})[rule] = None
    found = [
        Question(m.fact, m.label, m.subject_id, m.ask, tuple(alone.get(key, ())), tuple(concerns[key])) for key, m in told.items()
    ]
    return sorted(found, key=_order)


def _open(
    explanation: Explanation, undecided: Container[tuple[str, str | None]] | None
) -> Iterator[tuple[str, str | None, list[tree.Node], dict[str, str]]]:
    plan, state = explanation.plan, explanation.state
    for ruling in plan.rulings.values():
        column = verdict_column(ruling.rule.id)
        subjects: Iterable[str | None] = [None] if ruling.rule.subject == "household" else state.persons
        for who in () if ruling.status else subjects:
            if (ruling.rule.id, who) in undecided if undecided is not None else state.get(who)(column) is None:
                nodes = [node for node in ruling.nodes if value_of(node, plan, state.get(who)) is None]
                asks = {name: c.ask for c, node in conditions(ruling) if c.ask for name in tree.facts_of(node)}
                yield ruling.rule.id, who, nodes, asks


def weighed(explanation: Explanation) -> list[Question]:
    """The same questions, weighed by trying answers: the values at which some condition of the plan could turn.

    Costs one evaluation of the household for each value tried; for one household at a time.
    """
    asked = questions(explanation.determination())
    before = _undecided(explanation.plan, explanation.state)
    tried = [_weighed(explanation, question, before) for question in asked]
    return sorted(tried, key=_order)


def _order(question: Question) -> tuple[int, int, str, str]:
    return -len(question.settles), -len(question.concerns), question.subject_id, question.fact


def _weighed(explanation: Explanation, question: Question, before: set[tuple[str, str | None]]) -> Question:
    fact = explanation.plan.book.vocabulary.facts[question.fact]
    owner = None if fact.subject == "household" else question.subject_id
    settled: dict[str, None] = {}
    for value in candidates(explanation.plan, fact):
        left = _undecided(explanation.plan, _with(explanation, fact.name, owner, value))
        settled |= dict.fromkeys(sorted(rule for rule, _ in before - left))
    return Question(question.fact, question.label, question.subject_id, question.ask, tuple(settled), question.concerns)


def _with(explanation: Explanation, name: str, owner: str | None, value: Any) -> State:
    """The household worked through again with one fact changed."""
    facts = explanation.plan.facts
    household = {n: v for n, v in explanation.state.household.items() if n in facts}
    persons = {p: {n: v for n, v in row.items() if n in facts} for p, row in explanation.state.persons.items()}
    (household if owner is None else persons[owner])[name] = value
    return run(explanation.plan, household, persons)


def _undecided(plan: Plan, state: State) -> set[tuple[str, str | None]]:
    found: set[tuple[str, str | None]] = set()
    for ruling in plan.rulings.values():
        if not ruling.status:
            subjects: Iterable[str | None] = [None] if ruling.rule.subject == "household" else state.persons
            column = verdict_column(ruling.rule.id)
            found |= {(ruling.rule.id, who) for who in subjects if state.get(who)(column) is None}
    return found


def candidates(plan: Plan, fact: Fact) -> list[Any]:
    """Values worth trying: both truths, every choice, and for numbers and dates the turning points of the plan's
    comparisons with their neighbours, in both directions."""
    if fact.type == "bool":
        return [True, False]
    if fact.choices:
        return list(fact.choices)
    points = dict.fromkeys(p for node in _nodes(plan) for p in turning_points(node, plan, fact.name))
    return [each for point in points for each in _around(point, fact)]


def _around(point: Any, fact: Fact) -> list[Any]:
    if isinstance(point, date):
        return [point - timedelta(1), point, point + timedelta(1)]
    if isinstance(point, Fraction):
        step = Fraction(1, {"money": 100, "number": 10**6}.get(fact.type, 1))
        return [point - step, point, point + step]
    return [point]


def turning_points(node: tree.Node, plan: Plan, fact: str) -> Iterator[Any]:
    """Values the fact alone is compared with, where they do not depend on other facts."""
    for each in tree.walk(node):
        if isinstance(each, tree.Compare):
            pairs = [(each.left, each.right), (each.right, each.left)]
        elif isinstance(each, tree.Between):
            pairs = [(each.value, each.low), (each.value, each.high)]
        elif isinstance(each, tree.In):
            pairs = [(each.value, item) for item in each.items]
        else:
            continue
        yield from (p for one, other in pairs if one == tree.Fact(fact) for p in _constants(other, plan))


def _constants(node: tree.Node, plan: Plan) -> Iterator[Any]:
    try:
        value = scalar(plan, node.name) if isinstance(node, tree.Param) else None
    except PlanError:
        return
    if isinstance(value, Table):
        yield from value.values.values()
    elif not tree.facts_of(node):
        constant = value_of(node, plan, lambda _: None)
        if constant is not None:
            yield constant


def _nodes(plan: Plan) -> Iterator[tree.Node]:
    for step in plan.steps:
        for value in vars(step).values():
            for node in value if isinstance(value, tuple) else (value,):
                if isinstance(node, tree.Node):
                    yield node
