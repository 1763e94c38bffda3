"""Parsing, resolving, compiling and ordering all expressions of a form, once, when it loads."""

import graphlib
from collections.abc import Iterator, Mapping
from typing import Any

from . import xpath_parser as tree
from .answers import check_of
from .errors import Fault, XPathError
from .model import CONTAINERS, Question
from .plan import EXPRESSIONS, Level, LevelPath, Plan, Rule, Step
from .resolve import FormResolver, kind_of
from .sheets import Outline
from .xpath_compiler import compile_node
from .xpath_types import Kind, Run, Typed, as_bool, as_number
from .xpath_values import date_of_number, text_of


def build_plan(outline: Outline, root_name: str) -> Plan | None:
    """The plan, or ``None`` with the faults added to the outline."""
    builder = _Builder(outline, root_name)
    builder.compile_all()
    steps = builder.ordered_steps()
    if outline.faults:
        return None
    rules = tuple(rule for question in outline.items if (rule := builder.rule(question)))
    order = {question.name: number for number, question in enumerate(outline.items)}
    return Plan(_level(outline.items, ()), steps, rules, order)


def _level(items: list[Question], path: LevelPath) -> Level:
    here = [each for each in items if each.repeats == path]
    checks = {each.name: check_of(each) for each in here if each.type not in CONTAINERS}
    inside = {each.name: _level(items, (*path, each.name)) for each in here if each.type == "repeat"}
    return Level(checks, inside, path)


class _Builder:
    def __init__(self, outline: Outline, root_name: str) -> None:
        self.outline = outline
        self.root_name = root_name
        self.questions = {each.name: each for each in outline.items}
        self.kinds: dict[str, Kind] = {each.name: kind_of(each) for each in outline.items}
        self.trees: dict[tuple[str, str], tree.Node] = {}
        self.runs: dict[tuple[str, str], Typed] = {}
        self.reads: dict[tuple[str, str], frozenset[str]] = {}

    def fault(self, question: Question, column: str, error: XPathError) -> None:
        self.outline.faults.append(Fault("survey", question.row, column, error.code, error.reason))

    def compile_all(self) -> None:
        for question in self.outline.items:
            for column in EXPRESSIONS:
                if source := getattr(question, column):
                    self.parse(question, column, source)
        for name in self.calculations_first():
            question = self.questions[name]
            for column in EXPRESSIONS:
                if (name, column) in self.trees:
                    self.compile(question, column)

    def parse(self, question: Question, column: str, source: str) -> None:
        try:
            node = tree.parse(source)
            resolver = self.resolver(question, column)
            self.trees[question.name, column] = node
            self.reads[question.name, column] = frozenset(resolver.names_in(node))
        except XPathError as error:
            self.trees.pop((question.name, column), None)
            self.fault(question, column, error)

    def calculations_first(self) -> list[str]:
        """A calculation's kind is the kind of its expression, so what it reads is compiled before what reads it."""
        graph = {
            name: {read for read in self.reads.get((name, "calculation"), ()) if read in self.questions}
            for name in self.questions
        }
        try:
            return list(graphlib.TopologicalSorter(graph).static_order())
        except graphlib.CycleError:
            return list(self.questions)  # reported by ordered_steps

    def resolver(self, question: Question, column: str) -> FormResolver:
        return FormResolver(self.questions, self.kinds, question, column, self.root_name)

    def compile(self, question: Question, column: str) -> None:
        try:
            typed = compile_node(self.trees[question.name, column], self.resolver(question, column))
            if typed.kind is Kind.NODES:
                raise XPathError("xpath_many_values", "重复组里的答案有多个，只能用在 sum、count、min、max、join 里")
        except XPathError as error:
            self.fault(question, column, error)
            return
        if column == "calculation" and question.save_to:
            self.check_partial(question)
        self.runs[question.name, column] = typed
        if column == "calculation" and question.type == "calculate":
            self.kinds[question.name] = Kind.ANSWER if typed.kind is Kind.NUMBER else _stored_kind(typed.kind)

    def check_partial(self, question: Question) -> None:
        """Clients pass over unanswered rows in a sum; as a fact that would turn "unknown" into a smaller number."""
        node = self.trees[question.name, "calculation"]
        resolver = self.resolver(question, "calculation")
        for name in (name for call in _folds(node) for name in resolver.names_in(call)):
            if self.questions[name].required != "true()" and not self.questions[name].calculation:
                reason = f"{name} 不是必填，有人未答时合计会偏小；请设为必填，或不要存为事实"
                self.fault(question, "save_to", XPathError("save_to_partial", reason))

    def ordered_steps(self) -> tuple[Step, ...]:
        steps = {each.name: step for each in self.outline.items if (step := self.step(each))}
        graph = {name: set(self.waits_for(step, steps)) for name, step in steps.items()}
        try:
            ordered = list(graphlib.TopologicalSorter(graph).static_order())
        except graphlib.CycleError as error:
            circle = error.args[1]
            question = self.questions[circle[0]]
            column = "calculation" if question.calculation else "relevant"
            self.fault(question, column, XPathError("xpath_cycle", f"互相引用成环：{' → '.join(circle)}"))
            return ()
        return tuple(steps[name] for name in ordered)

    def waits_for(self, step: Step, steps: Mapping[str, Step]) -> Iterator[str]:
        for read in (*step.reads, step.name):
            question = self.questions.get(read)
            for name in (*question.groups, read) if question else ():
                if name in steps and (name != step.name or read in step.reads):
                    yield name

    def step(self, question: Question) -> Step | None:
        relevant = self.runs.get((question.name, "relevant"))
        calculation = self.runs.get((question.name, "calculation"))
        if relevant is None and calculation is None:
            return None
        members = [each for each in self.outline.items if question.name in each.groups]
        level = question.repeats
        return Step(
            name=question.name,
            level=level,
            relevant=as_bool(relevant) if relevant else None,
            calculate=_stored(question, calculation) if calculation else None,
            volatile=_is_volatile(self.trees.get((question.name, "calculation"))),
            members=tuple(each.name for each in members if each.repeats == level),
            repeats=tuple(
                each.name for each in (question, *members) if each.type == "repeat" and each.repeats == level
            ),
            reads=self.reads_of(question, "relevant", "calculation"),
        )

    def reads_of(self, question: Question, *columns: str) -> frozenset[str]:
        return frozenset().union(*(self.reads.get((question.name, column), frozenset()) for column in columns))

    def rule(self, question: Question) -> Rule | None:
        found = {column: self.runs.get((question.name, column)) for column in EXPRESSIONS}
        required, constraint = found["required"], found["constraint"]
        choice_filter, row_count = found["choice_filter"], found["repeat_count"]
        if question.type == "note" or not (required or constraint or choice_filter or row_count):
            return None
        return Rule(
            name=question.name,
            level=question.repeats,
            required=as_bool(required) if required and question.type not in CONTAINERS else None,
            constraint=as_bool(constraint) if constraint else None,
            offered={each.name: each.columns for each in question.choices} if choice_filter else None,
            choice_filter=as_bool(choice_filter) if choice_filter else None,
            row_count=as_number(row_count) if row_count else None,
            reads=self.reads_of(question, "required", "constraint", "choice_filter", "repeat_count") - {question.name},
        )


def _stored_kind(kind: Kind) -> Kind:
    return Kind.TEXT if kind is Kind.BOOL else kind


def _stored(question: Question, typed: Typed) -> Run:
    """The calculation as it is kept: NaN is no answer, whole numbers are integers, booleans the texts true and
    false."""
    run, kind = typed.run, question.type

    def number(value: float) -> Any:
        if value != value or value in (float("inf"), float("-inf")):
            return ""
        if kind == "date":
            return date_of_number(value)
        return int(value) if kind == "integer" or value == int(value) else value

    def stored(scope: Any) -> Any:
        value = run(scope)
        if value.__class__ is float or value.__class__ is int:
            return number(value)
        if kind == "select_multiple":
            return text_of(value).split() or ""
        return value if value.__class__ is str else text_of(value)

    return stored


def _folds(node: tree.Node) -> Iterator[tree.Call]:
    match node:
        case tree.Call(name, arguments):
            if name in ("sum", "min", "max"):
                yield node
            for argument in arguments:
                yield from _folds(argument)
        case tree.Binary(_, left, right):
            yield from _folds(left)
            yield from _folds(right)
        case tree.Negative(operand):
            yield from _folds(operand)


def _is_volatile(node: tree.Node | None) -> bool:
    """Whether the client's own value stands: ``now()`` and ``once()`` cannot be repeated on the server."""
    match node:
        case tree.Call(name, arguments):
            return name in ("now", "once") or any(map(_is_volatile, arguments))
        case tree.Binary(_, left, right):
            return _is_volatile(left) or _is_volatile(right)
        case tree.Negative(operand):
            return _is_volatile(operand)
        case _:
            return False
