"""Types of expressions: every name known, every comparison between like and like, before any data is seen."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from . import tree
from .language import ExpressionError


@dataclass(frozen=True, slots=True)
class Kind:
    """``name``: bool | number | money | text | date | any. ``choices`` limits a text. ``listed`` and ``table`` for
    parameters; ``literal`` for a text or the number 0 written in the expression."""

    name: str
    choices: frozenset[str] | None = None
    literal: bool = False
    listed: bool = False
    table: bool = False


BOOL, NUMBER, MONEY, TEXT, DATE, ANY = (Kind(n) for n in ("bool", "number", "money", "text", "date", "any"))
_NUMERIC = ("number", "money", "any")


@dataclass(frozen=True, slots=True)
class Scope:
    """Where an expression stands: how a fact's or parameter's name gets its kind (None: unknown name)."""

    fact: Callable[[str], Kind | None]
    param: Callable[[str], Kind | None]
    where: str


def check(node: tree.Node, scope: Scope) -> Kind:
    """The kind of an expression. Raises ExpressionError with message and mend."""
    return _CHECKS[type(node)](node, scope)


def check_test(node: tree.Node, scope: Scope) -> None:
    """The expression must be a condition (bool)."""
    if (kind := check(node, scope)).name not in ("bool", "any"):
        raise ExpressionError("type_error", f"条件的结果应为真假，这里是{_spoken(kind)}。", "写成比较，如 income_month <= :标准")


def check_number(node: tree.Node, scope: Scope) -> Kind:
    """The expression must be a number or a sum of money."""
    kind = check(node, scope)
    if kind.name not in _NUMERIC or (kind.table and kind.listed):
        raise ExpressionError("type_error", f"这里应为数值，现在是{_spoken(kind)}。", "改用数值表达式")
    return kind


def _fact(node: tree.Fact, scope: Scope) -> Kind:
    kind = scope.fact(node.name)
    if kind is None:
        mend = "改正名称，或在 facts.toml 中登记；家庭规则读成员事实要先写 members 推导"
        raise ExpressionError("unknown_fact", f"{scope.where}没有事实 {node.name}。", mend)
    return kind


def _param(node: tree.Param, scope: Scope) -> Kind:
    kind = scope.param(node.name)
    if kind is None:
        raise ExpressionError("unknown_parameter", f"没有参数 :{node.name}。", "改正名称，或登记为参数或 [[open]] 待设定项")
    if kind.listed:
        raise ExpressionError("list_outside_in", f"列表参数 :{node.name} 只能写在 IN (…) 中。", f"写成 IN (:{node.name})")
    return kind


def _literal(node: tree.Literal, _: Scope) -> Kind:
    if isinstance(node.value, bool):
        return Kind("bool", literal=True)
    if isinstance(node.value, Fraction):
        return Kind("number", literal=node.value == 0)
    return DATE if isinstance(node.value, date) else Kind("text", literal=True)


def _arith(node: tree.Arith, scope: Scope) -> Kind:
    left, right = check_number(node.left, scope), check_number(node.right, scope)
    if "any" in (left.name, right.name):
        return MONEY if "money" in (left.name, right.name) else ANY
    if node.op == "*":
        if left.name == right.name == "money":
            raise ExpressionError("type_error", "金额不能与金额相乘。", "乘以人数、月数或比例")
        return MONEY if "money" in (left.name, right.name) else NUMBER
    _alike(left, right)
    return MONEY if "money" in (left.name, right.name) else NUMBER


def _shift(node: tree.Shift, scope: Scope) -> Kind:
    base = check(node.base, scope)
    if base.name not in ("date", "any"):
        raise ExpressionError("type_error", f"INTERVAL 只能加减在日期上，这里是{_spoken(base)}。", "改用日期事实或 :on_date")
    amount = check(node.amount, scope)
    if amount.name not in ("number", "any") or amount.table:
        raise ExpressionError("type_error", "INTERVAL 的数量应为整数。", "改用整数或整数参数")
    return DATE


def _compare(node: tree.Compare, scope: Scope) -> Kind:
    left, right = _value(node.left, scope), _value(node.right, scope)
    _alike(left, right)
    if node.op not in ("=", "<>") and not {left.name, right.name} & {"number", "money", "date", "any"}:
        raise ExpressionError("type_error", f"{_spoken(left)}不能比大小。", "只用 = 或 <>")
    _known_choice(left, node.right)
    _known_choice(right, node.left)
    return BOOL


def _between(node: tree.Between, scope: Scope) -> Kind:
    for end in (node.low, node.high):
        _compare(tree.Compare("<=", node.value, end), scope)
    return BOOL


def _in(node: tree.In, scope: Scope) -> Kind:
    value = _value(node.value, scope)
    if node.param is not None:
        _alike(value, _list(node.param, scope))
    for item in node.items:
        _alike(value, _literal(item, scope))
        _known_choice(value, item)
    return BOOL


def _list(param: tree.Param, scope: Scope) -> Kind:
    kind = scope.param(param.name)
    if kind is None:
        raise ExpressionError("unknown_parameter", f"没有参数 :{param.name}。", "改正名称，或登记为参数或 [[open]] 待设定项")
    if (not kind.listed and kind.name != "any") or kind.table:
        raise ExpressionError("not_a_list", f"参数 :{param.name} 不是列表。", "用 = 比较")
    return Kind(kind.name)


def _value(node: tree.Node, scope: Scope) -> Kind:
    if isinstance(node, tree.LOGICAL):
        raise ExpressionError("type_error", "比较的两边不能再是条件。", "用 AND、OR、NOT 连接条件")
    return check(node, scope)


def _connective(node: tree.And | tree.Or, scope: Scope) -> Kind:
    for part in node.parts:
        check_test(part, scope)
    return BOOL


def _not(node: tree.Not, scope: Scope) -> Kind:
    check_test(node.part, scope)
    return BOOL


def _when(node: tree.When, scope: Scope) -> Kind:
    check_test(node.test, scope)
    return check_number(node.value, scope)


def _alike(left: Kind, right: Kind) -> None:
    names = {left.name, right.name}
    zero = any(k.name == "number" and k.literal for k in (left, right))
    if len(names) == 1 or "any" in names or (names == {"number", "money"} and zero):
        return
    if names == {"number", "money"}:
        raise ExpressionError("type_error", "金额与数字不能直接比较或相加。", "把金额写成单位为 yuan 的参数")
    raise ExpressionError("type_error", f"{_spoken(left)}与{_spoken(right)}不能比较。", "两边改成同一类型")


def _known_choice(kind: Kind, other: tree.Node) -> None:
    if kind.choices is not None and isinstance(other, tree.Literal) and other.value not in kind.choices:
        raise ExpressionError("unknown_choice", f"没有选项 {other.value}。", f"只能是 {'、'.join(sorted(kind.choices))}")


def _spoken(kind: Kind) -> str:
    names = {"bool": "真假", "number": "数字", "money": "金额", "text": "文字", "date": "日期", "any": "未登记的值"}
    return names[kind.name]


_CHECKS: dict[type, Callable[..., Kind]] = {
    tree.Fact: _fact,
    tree.Param: _param,
    tree.OnDate: lambda node, scope: DATE,
    tree.Literal: _literal,
    tree.Arith: _arith,
    tree.Shift: _shift,
    tree.Compare: _compare,
    tree.Between: _between,
    tree.In: _in,
    tree.And: _connective,
    tree.Or: _connective,
    tree.Not: _not,
    tree.When: _when,
}
