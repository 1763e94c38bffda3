"""Every expression of a rule book checked before any data is seen: names, types, cycles, tiers, parameters."""

from collections.abc import Callable
from datetime import date

from fieldsvc.policy.book import Parameter, PolicyBook
from fieldsvc.policy.refusals import Refusal
from fieldsvc.policy.source import Place, Source
from fieldsvc.policy.values import is_money

from . import tree
from .binding import part
from .compiled import compile_plan
from .facts_file import Places
from .language import ExpressionError, parse
from .parameters import base_parameter
from .plan import PlanError, places
from .planner import make_plan
from .rulebook import Rule, RuleBook
from .typing import BOOL, DATE, MONEY, NUMBER, TEXT, Kind, Scope, check, check_number, check_test
from .vocabulary import TIER, Derived, Fact, Subject

_KINDS = {"bool": BOOL, "integer": NUMBER, "number": NUMBER, "money": MONEY, "text": TEXT, "choice": TEXT, "date": DATE}
Located = tuple[Rule, Source, Place]


def check_book(book: RuleBook, rules: list[Located], facts: Places) -> None:
    """Refuse, in the file it stands in, whatever of these new rules and facts cannot be evaluated."""
    for name, (source, at) in facts.items():
        if derived := book.vocabulary.derived.get(name):
            _Checker(book, source).derived((*at,), derived)
    for rule, source, at in rules:
        _Checker(book, source).rule(at, rule)
    if not any(source.refusals for _, source, _ in rules) and not any(s.refusals for s, _ in facts.values()):
        _check_plans(book, rules, facts)


class _Checker:
    def __init__(self, book: RuleBook, source: Source):
        self.book, self.source = book, source

    def rule(self, at: Place, rule: Rule) -> None:
        if rule.tier:
            self._tier(at, rule)
        if rule.alert and rule.alert.unless:
            scope = self.scope(rule.subject, None)
            self.expression((*at, "alert", "unless"), rule.alert.unless, lambda node: check_test(node, scope))
        if rule.alert and rule.alert.limit and not _declared(self.book.policy, rule.alert.limit):
            mend = "改正名称，或登记为参数或 [[open]] 待设定项"
            self.source.refuse((*at, "alert", "limit"), "unknown_parameter", f"没有参数 {rule.alert.limit}。", mend)
        if rule.needs_parameter and not _declared(self.book.policy, base_parameter(self.book, rule.needs_parameter)):
            mend = "改正名称，或登记为参数或 [[open]] 待设定项"
            self.source.refuse((*at, "needs_parameter"), "unknown_parameter", f"没有参数 {rule.needs_parameter}。", mend)
        for place in rule.bodies:
            self._body((*at, "in", place), rule, place)

    def _body(self, at: Place, rule: Rule, place: str) -> None:
        body, scope = rule.bodies[place], self.scope(rule.subject, place)
        if rule.is_standard:
            scope = Scope(lambda name: None, scope.param, "标准的检查中")
        for index, condition in enumerate(body.conditions):
            here = (*at, "condition", index, "test")
            self.expression(here, condition.test, lambda node: check_test(node, scope))
            self._tests(condition.test, scope, place, ())
        if body.amount:
            for key, text in (("value", body.amount.value), ("cap", body.amount.cap)):
                if text or key == "value":
                    self.expression((*at, "amount", key), text, lambda node: self._money(node, scope))
            if day := body.amount.as_of:
                self.expression((*at, "amount", "as_of"), f"{day} <= :on_date", lambda node: check_test(node, scope))

    def _tests(self, text: str, scope: Scope, place: str, inside: tuple[str, ...]) -> None:
        """The conditions a deployment or text gives as parameters (条件参数) are checked where they are used."""
        for parameter in self._test_parameters(text, place):
            if parameter.name in inside:
                continue
            try:
                check_test(parse(parameter.value), scope)
                self._tests(parameter.value, scope, place, (*inside, parameter.name))
            except ExpressionError as error:
                file, line = self.book.policy.origins.get(parameter.key, (self.source.file, 1))
                message = f"{error.message}（{parameter.value[:80]}）"
                refusal = Refusal(error.code, message, error.mend, file, line, self.source.package)
                if refusal not in self.source.refusals:
                    self.source.refusals.append(refusal)

    def _test_parameters(self, text: str, place: str) -> list[Parameter]:
        try:
            names = tree.params_of(parse(text))
        except ExpressionError:
            return []
        chain = (place, *self.book.policy.parents(place))
        return [p for name in names for p in self.book.policy.named(name) if p.unit == "test" and p.jurisdiction in chain]

    def _money(self, node: tree.Node, scope: Scope) -> None:
        if check_number(node, scope).name not in ("money", "any"):
            raise ExpressionError("type_error", "amount 应为金额。", "用 money 事实或单位为 yuan 的参数")

    def _tier(self, at: Place, rule: Rule) -> None:
        known = self.book.vocabulary.get(TIER)
        if known is None or rule.tier not in known.choices:
            self.source.refuse((*at, "tier"), "unknown_choice", f"没有档次 {rule.tier}。", "改正 tier，或加入事实 tier 的 choices")

    def derived(self, at: Place, derived: Derived) -> None:
        reads = "person" if derived.members else derived.subject
        scope = self.scope(reads, None)
        for text, key in ((derived.test, "test"), (derived.value, "value")):
            if text:
                self.expression((*at, key), text, lambda node: self._result(node, scope, derived))
        for index, term in enumerate(derived.terms):
            here = (*at, "terms", index)
            self.expression(here, term.where, lambda node: check_test(node, scope))
            self.expression(here, term.value, lambda node: self._same(check_number(node, scope), derived))
        if derived.members:
            self._members((*at, "members"), derived, scope)
        for name in (derived.years_since, *places(derived.text)):
            self._reads(at, derived, scope, name)
        if derived.programme and derived.programme not in self.book.by_id:
            self.source.refuse((*at, "programme"), "unknown_rule", f"没有规则 {derived.programme}。", "改正 programme")

    def _members(self, at: Place, derived: Derived, scope: Scope) -> None:
        members = derived.members
        assert members is not None
        if members.where:
            self.expression(at, members.where, lambda node: check_test(node, scope))
        if members.of and members.op in ("sum", "max"):
            self.expression(at, members.of, lambda node: self._same(check_number(node, scope), derived))
        elif members.of:
            self.expression(at, members.of, lambda node: check_test(node, scope))

    def _reads(self, at: Place, derived: Derived, scope: Scope, name: str) -> None:
        if not name:
            return
        kind = scope.fact(name)
        if kind is None or (derived.years_since and kind is not DATE):
            self.source.refuse(at, "unknown_fact", f"{derived.name} 不能读取 {name}。", "改正事实名称；周岁只能从日期算")

    def _result(self, node: tree.Node, scope: Scope, derived: Derived) -> None:
        if derived.test:
            check_test(node, scope)
        self._same(check(node, scope), derived)

    def _same(self, kind: Kind, derived: Derived) -> None:
        if kind.name not in ("any", _KINDS[derived.type].name):
            raise ExpressionError("type_error", f"{derived.name} 的 type 与算式结果不同。", "改正 type 或算式")

    def expression(self, at: Place, text: str, accept: Callable[[tree.Node], object]) -> None:
        try:
            accept(parse(text))
        except ExpressionError as error:
            self.source.refuse(at, error.code, f"{error.message}（{text[:80]}）", error.mend)

    def scope(self, subject: Subject, place: str | None) -> Scope:
        spoken = "个人规则中" if subject == "person" else "家庭规则中"

        def fact(name: str) -> Kind | None:
            found = self.book.vocabulary.get(name)
            if found is None or (subject == "household" and found.subject == "person"):
                return None
            return _fact_kind(found)

        return Scope(fact, lambda name: parameter_kind(self.book, name, place), spoken)


def _fact_kind(found: Fact | Derived) -> Kind:
    kind = _KINDS[found.type]
    return Kind("text", frozenset(found.choices)) if found.choices else kind


def _declared(policy: PolicyBook, name: str) -> bool:
    return bool(policy.named(name)) or name in policy.open_points


def parameter_kind(book: RuleBook, name: str, place: str | None) -> Kind | None:
    """The kind of ``:name`` in a jurisdiction's rules; ``place`` None for derived facts. None where nobody declares it."""
    policy = book.policy
    base = base_parameter(book, name)
    dated = policy.named(base)
    if place is not None:
        chain = (place, *policy.parents(place))
        dated = [p for p in dated if p.jurisdiction in chain] or dated
    if dated:
        return _shape(dated[0]) if base == name else _part_shape(dated, name[len(base) + 1 :])
    if base in policy.open_points:
        point = policy.open_points[base]
        return _open_kind(point.unit, point.by if base == name else "")
    return None


def _part_shape(dated: list[Parameter], path: str) -> Kind:
    value = next((v for p in dated if (v := part(p.exact, path)) is not None), None)
    return Kind(_scalar_kind(value, dated[0].unit), listed=isinstance(value, tuple))


def _shape(parameter: Parameter) -> Kind:
    value, unit = parameter.exact, parameter.unit
    table = isinstance(value, dict)
    if isinstance(value, dict):
        value = next(iter(value.values()), "")
    listed = isinstance(value, tuple)
    sample = value[0] if isinstance(value, tuple) and value else value
    return Kind(_scalar_kind(sample, unit), listed=listed, table=table)


def _scalar_kind(value: object, unit: str) -> str:
    if unit == "test" or isinstance(value, bool):
        return "bool"
    if isinstance(value, str):
        return "text"
    return "money" if is_money(unit) else "number"


def _open_kind(unit: str, by: str) -> Kind:
    if unit == "list":
        return Kind("text", listed=True)
    if unit in ("test", "rule"):
        return BOOL
    return Kind("money" if is_money(unit) else "number", table=bool(by))


def _check_plans(book: RuleBook, rules: list[Located], facts: Places) -> None:
    """Cycles and shapes show only when a plan is made: one per jurisdiction, on the latest day anything begins there."""
    for place in book.policy.jurisdictions:
        try:
            compile_plan(make_plan(book, place, _latest(book, place), everything=True))
        except PlanError as error:
            _blame(error, rules, facts)
            return
        except ExpressionError as error:
            _blame(PlanError(error.code, error.message, error.mend, place), rules, facts)
            return


def _latest(book: RuleBook, place: str) -> date:
    starts = [p.starts for p in book.policy.parameters if p.jurisdiction == place]
    return max([*starts, book.policy.documents[book.policy.jurisdictions[place].documents[0]].starts])


def _blame(error: PlanError, rules: list[Located], facts: Places) -> None:
    for rule, source, at in rules:
        if rule.id == error.culprit:
            source.refuse(at, error.code, str(error), error.mend)
            return
    if error.culprit in facts:
        source, at = facts[error.culprit]
    elif rules:
        _, source, at = rules[0]
    else:
        source, at = next(iter(facts.values()))
    source.refuse(at, error.code, str(error), error.mend)


