"""Judging an answer set against a compiled form: decode, settle (relevance, calculations), judge. Pure; never
raises on JSON."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from .answers import MAX_DECIMAL, Bad
from .model import CompiledForm, Problem, Validation
from .plan import MAX_ROWS, Level, Rule, Step
from .xpath_types import Scope
from .xpath_values import CHINA, number_of, number_of_text, text_of

MAX_PROBLEMS = 100
_SCIENTIFIC = re.compile(r"-?\d{1,17}\.\d{1,17}E-?\d{1,2}", re.ASCII)
MAX_ROWS_TOTAL = 2_000


def validate(form: CompiledForm, answers: Any, *, today: date, now: datetime | None = None) -> Validation:
    """Check ``answers`` (question name → JSON value; groups are not nested, a repeat is a list of objects) against
    ``form``.

    ``today`` is the day of the visit (local); ``now`` defaults to that day's last second. Answers of questions that
    are not
    relevant are dropped without complaint. Questions that read an unreadable answer are not judged.
    """
    moment = now.astimezone(CHINA).isoformat() if now else f"{today.isoformat()}T23:59:59+08:00"
    return _Run(form, today.isoformat(), moment).over(answers)


class _Run:
    __slots__ = ("bad", "form", "found", "now", "plan", "rows", "scopes", "today")

    def __init__(self, form: CompiledForm, today: str, now: str) -> None:
        self.form = form
        self.plan = form.plan
        self.today = today
        self.now = now
        self.scopes: dict[tuple[str, ...], list[Scope]] = {}
        self.bad: set[str] = set()
        self.found: list[tuple[Scope, str, str, str]] = []
        self.rows = 0

    def over(self, answers: Any) -> Validation:
        root = Scope(self.today, self.now)
        self.scopes[()] = [root]
        if answers.__class__ is not dict:
            if not isinstance(answers, Mapping):
                return Validation({}, (Problem("", "", "not_an_object", "答案应是“题目名: 答案”的对象", ""),))
            answers = dict(answers)
        self.decode(answers, self.plan.root, root)
        for step in self.plan.steps:
            for scope in self.scopes.get(step.level, ()):
                self.settle(step, scope)
        for rule in self.plan.rules:
            for scope in self.scopes.get(rule.level, ()):
                self.judge(rule, scope)
        return Validation(root.values, self.problems() if self.found else ())

    def decode(self, answers: dict[Any, Any], level: Level, scope: Scope) -> None:
        checks, values = level.checks, scope.values
        if len(answers) > 4 * (len(checks) + len(level.repeats)) + 50:
            self.found.append((scope, "", "too_many_answers", f"答案有 {len(answers)} 项，远多于表单的题目"))
            return
        for name, value in answers.items():
            check = checks.get(name)
            if check is None:
                self.decode_other(name, value, level, scope)
            elif value is not None and value != "":
                clean = check(value)
                if clean.__class__ is Bad:
                    self.distrust(scope, name)
                    self.found.append((scope, name, clean.code, clean.reason))
                elif clean is not None:
                    values[name] = clean

    def decode_other(self, name: Any, value: Any, level: Level, scope: Scope) -> None:
        inner = level.repeats.get(name)
        if inner is not None:
            if value is not None and value != "":
                self.decode_rows(name, value, inner, scope)
        elif len(self.found) <= MAX_PROBLEMS:
            shown = str(name)[:64].encode("ascii", "backslashreplace").decode()
            self.found.append((scope, shown, "unknown_question", "表单里没有这道题"))

    def decode_rows(self, name: str, value: Any, level: Level, scope: Scope) -> None:
        if value.__class__ is not list:
            self.unreadable_rows(scope, name, level, "wrong_type", "应为列表")
            return
        if len(value) > MAX_ROWS or self.rows + len(value) > MAX_ROWS_TOTAL:
            self.unreadable_rows(scope, name, level, "too_many_rows", f"超过 {MAX_ROWS} 条")
            return
        self.rows += len(value)
        inside, clean = scope.rows.setdefault(name, []), []
        for index, row in enumerate(value):
            if row.__class__ is not dict:
                self.unreadable_rows(scope, name, level, "wrong_type", f"第 {index + 1} 条应为对象")
                continue
            child = Scope(self.today, self.now, scope, index)
            inside.append(child)
            clean.append(child.values)
            self.scopes.setdefault(level.path, []).append(child)
            self.decode(row, level, child)
        if clean:
            scope.values[name] = clean

    def unreadable_rows(self, scope: Scope, name: str, level: Level, code: str, reason: str) -> None:
        self.found.append((scope, name, code, reason))
        self.distrust(scope, name, *level.checks)

    def distrust(self, scope: Scope, *names: str) -> None:
        """What reads an unreadable answer is not judged: here by row, across rows by name."""
        scope.bad.update(names)
        self.bad.update(names)

    def settle(self, step: Step, scope: Scope) -> None:
        name = step.name
        if name in scope.off or scope.dead:
            return
        if self.bad and not self.bad.isdisjoint(step.reads):
            self.distrust(scope, name, *step.members, *step.repeats)
            return
        if step.relevant is not None and not step.relevant(scope):
            self.switch_off(step, scope)
        elif step.calculate is not None:
            self.calculate(step, scope)

    def switch_off(self, step: Step, scope: Scope) -> None:
        for name in (step.name, *step.members):
            scope.off.add(name)
            scope.values.pop(name, None)
        for name in step.repeats:
            for row in scope.rows.pop(name, ()):
                _kill(row)

    def calculate(self, step: Step, scope: Scope) -> None:
        name = step.name
        sent = scope.values.get(name, "")
        if step.volatile and sent != "":
            return
        value = step.calculate(scope)  # type: ignore[misc]
        if value.__class__ is float and not -MAX_DECIMAL <= value <= MAX_DECIMAL:
            value = text_of(value)  # past what a stored number may be; kept readable
        if sent != "" and not _same(sent, value):
            self.found.append((scope, name, "calculation_differs", "与服务器计算的结果不同"))
        if value != "":
            scope.values[name] = value
        else:
            scope.values.pop(name, None)

    def judge(self, rule: Rule, scope: Scope) -> None:
        name = rule.name
        if name in scope.off or scope.dead:
            return
        if self.bad and (name in scope.bad or not self.bad.isdisjoint(rule.reads)):
            return
        value = scope.values.get(name)
        if value is None:
            if rule.required is not None and rule.required(scope):
                self.report(scope, name, "required")
        elif rule.choice_filter is not None and not self.offered(rule, value, scope):
            self.found.append((scope, name, "choice_not_offered", "这个选项在当前情况下不可选"))
        elif rule.constraint is not None and not rule.constraint(scope):
            self.report(scope, name, "constraint")
        if rule.row_count is not None:
            wanted = rule.row_count(scope)
            if wanted == wanted and len(value or ()) != int(min(max(wanted, 0), MAX_ROWS)):
                self.found.append((scope, name, "row_count", f"应有 {int(min(max(wanted, 0), MAX_ROWS))} 条"))

    def report(self, scope: Scope, name: str, code: str) -> None:
        self.found.append((scope, name, code, ""))

    def offered(self, rule: Rule, value: Any, scope: Scope) -> bool:
        try:
            for chosen in value if value.__class__ is list else (value,):
                scope.choice = rule.offered.get(chosen, {})  # type: ignore[union-attr, assignment]
                if not rule.choice_filter(scope):  # type: ignore[misc]
                    return False
            return True
        finally:
            scope.choice = {}

    def problems(self) -> tuple[Problem, ...]:
        order = self.plan.order
        kept = [each for each in self.found if not each[0].dead and each[1] not in each[0].off]
        kept.sort(key=lambda each: (order.get(each[1], -1), each[0].index))
        problems = [self.problem(*each) for each in kept[:MAX_PROBLEMS]]
        if len(kept) > MAX_PROBLEMS:
            problems.append(Problem("", "", "too_many_problems", f"问题超过 {MAX_PROBLEMS} 处，其余未列出", ""))
        return tuple(problems)

    def problem(self, scope: Scope, name: str, code: str, reason: str) -> Problem:
        question = self.form.questions.get(name)
        label = question.label if question else name
        if question and code == "required":
            message = question.required_message or f"“{label}”必须填写"
        elif question and code == "constraint":
            message = question.constraint_message or f"“{label}”的答案不符合要求"
        else:
            message = f"“{label}”：{reason}" if label else reason
        return Problem(name, label, code, message, self.place(scope, name))

    def place(self, scope: Scope, name: str) -> str:
        parts = [name] if name else []
        while scope.parent is not None:
            repeat = next(key for key, rows in self.scopes.items() if scope in rows)[-1]
            parts = [repeat, str(scope.index), *parts]
            scope = scope.parent
        return "/".join(parts)


def _kill(scope: Scope) -> None:
    scope.dead = True
    for rows in scope.rows.values():
        for row in rows:
            _kill(row)


def _sent_number(sent: Any) -> float:
    """Collect writes a calculated 3000000000 as ``3.0E9``."""
    if sent.__class__ is str and _SCIENTIFIC.fullmatch(sent):
        return float(sent)
    return number_of(sent)


def _same(sent: Any, computed: Any) -> bool:
    """Numbers agree within what two engines' doubles may differ by; everything else exactly."""
    if sent == computed:
        return True
    if sent.__class__ is list or computed.__class__ is list or computed == "":
        return False
    if computed.__class__ is str and number_of_text(computed) != number_of_text(computed):
        return False
    a, b = _sent_number(sent), number_of(computed)
    return abs(a - b) <= 1e-9 * max(1.0, abs(a), abs(b))
