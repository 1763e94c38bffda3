"""Text of a condition → our tree. What is not admitted is refused by name; SQL breaks three-valued logic in too many places."""

import re
from collections.abc import Callable
from datetime import date
from fractions import Fraction
from functools import lru_cache
from typing import Any, cast

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from . import tree

MAX_LENGTH = 2000
MAX_DEPTH = 40
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_COMPARE: dict[type, str] = {exp.EQ: "=", exp.NEQ: "<>", exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">="}
_ARITH: dict[type, str] = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*"}
_UNITS = {"YEAR": "YEAR", "YEARS": "YEAR", "MONTH": "MONTH", "MONTHS": "MONTH", "DAY": "DAY", "DAYS": "DAY"}
_SPOKEN = {
    "Case": "CASE WHEN", "If": "IF", "Is": "IS", "NullSafeEQ": "<=> / IS NOT DISTINCT FROM", "Null": "NULL",
    "NullSafeNEQ": "IS DISTINCT FROM", "Div": "除法 /", "Mod": "取余 %", "DPipe": "字符串连接 ||", "Star": "*",
    "Subquery": "子查询", "Select": "子查询 SELECT", "Cast": "CAST", "TryCast": "TRY_CAST", "Parameter": "$ 或 @ 参数",
    "Tuple": "元组", "Bracket": "下标 [ ]", "Neg": "对非数字取负",
}  # fmt: skip
_MEND = {
    "Null": "未知值由引擎处理，不要写 NULL", "Is": "未知值由引擎处理；布尔事实直接写 = TRUE 或 = FALSE",
    "Case": "拆成 AND / OR / NOT", "If": "拆成 AND / OR / NOT", "Div": "把除数乘到另一边",
    "Coalesce": "未知值由引擎处理，不要替未知设默认值",
}  # fmt: skip
_GENERAL_MEND = "只用 AND OR NOT、= <> < <= > >=、BETWEEN、IN、+ - *、日期 ± INTERVAL"


class ExpressionError(Exception):
    """An expression that cannot be used. ``code`` is stable, ``message`` and ``mend`` are Chinese, ``line`` counts from 0."""

    def __init__(self, code: str, message: str, mend: str, line: int = 0):
        super().__init__(f"{message} 修改办法：{mend} [{code}]")
        self.code, self.message, self.mend, self.line = code, message, mend, line


@lru_cache(maxsize=20_000)
def parse(text: str) -> tree.Node:
    """Parse one expression. Raises ExpressionError. Types and names are checked elsewhere (typing.py)."""
    if len(text) > MAX_LENGTH:
        raise ExpressionError("too_long", f"表达式超过 {MAX_LENGTH} 字。", "拆成几个条件")
    try:
        statements = sqlglot.parse(text, dialect="postgres")
    except SqlglotError as error:
        raise _syntax(error) from None
    except RecursionError:
        raise ExpressionError("too_deep", "表达式嵌套过深。", "拆成几个条件") from None
    if len(statements) != 1 or statements[0] is None:
        raise ExpressionError("not_one", "应当恰好是一个表达式。", "去掉分号，或补上表达式")
    return _convert(cast(exp.Expression, statements[0]), 0)


def _syntax(error: SqlglotError) -> ExpressionError:
    details = (getattr(error, "errors", None) or [{}])[0]
    near = f"{details.get('start_context', '')}{details.get('highlight', '')}".strip()
    message = f"表达式写法有误，在“{near[-30:]}”附近。"
    return ExpressionError("syntax", message, "检查括号、引号和运算符", max(0, (details.get("line") or 1) - 1))


def _convert(node: exp.Expression, depth: int) -> tree.Node:
    if depth > MAX_DEPTH:
        raise ExpressionError("too_deep", "表达式嵌套过深。", "拆成几个条件")
    admitted = _ADMITTED.get(type(node))
    if admitted is None:
        raise _refused(node)
    return admitted(node, depth + 1)


def _refused(node: exp.Expression, name: str = "") -> ExpressionError:
    kind = type(node).__name__
    if not name and isinstance(node, exp.Anonymous):
        name = f"函数 {str(node.this or '').upper()}"
    elif not name and isinstance(node, exp.Func) and kind not in _SPOKEN:
        name = f"函数 {node.sql_name()}"
    spoken = name or _SPOKEN.get(kind, re.sub(r"(?<=[a-z])(?=[A-Z])", " ", kind).upper())
    return ExpressionError("not_admitted", f"不允许使用 {spoken}。", _MEND.get(kind, _GENERAL_MEND))


def _only(node: exp.Expression, *known: str) -> None:
    """A node with an argument we do not know (SYMMETRIC, a subquery, a format) is another construct than it looks."""
    extra = [key for key, value in node.args.items() if value and key not in known and not key.startswith("_")]
    if extra:
        raise _refused(node, f"{type(node).__name__.upper()} … {extra[0].upper()}")


def _column(node: exp.Expression, _: int) -> tree.Node:
    name = node.this
    if node.args.get("table"):
        raise _refused(node, "带点的名称")
    _only(node, "this")
    if not isinstance(name, exp.Identifier) or name.quoted:
        raise _refused(node, "带引号或星号的名称")
    return tree.Fact(_plain(name.name))


def _placeholder(node: exp.Expression, _: int) -> tree.Node:
    if not isinstance(node.this, str):
        raise _refused(node, "没有名称的参数 ?")
    _only(node, "this")
    name = _plain(node.this)
    return tree.OnDate() if name == "on_date" else tree.Param(name)


def _plain(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ExpressionError("bad_name", f"名称 {name} 不合规范。", "用小写英文、数字和下划线，以字母开头")
    return name


def _literal(node: exp.Expression, _: int) -> tree.Literal:
    text = node.this
    if node.is_string:
        return tree.Literal(text)
    if not text.isdigit():
        raise ExpressionError("float_literal", f"不允许小数常数 {text}。", "把小数写成参数，用 :名称 引用")
    if len(text) > 15:
        raise ExpressionError("too_large", f"常数 {text[:20]}… 过大。", "检查数字")
    return tree.Literal(Fraction(int(text)))


def _negative(node: exp.Expression, depth: int) -> tree.Node:
    if not isinstance(node.this, exp.Literal) or node.this.is_string:
        raise _refused(node)
    return tree.Literal(-cast(Fraction, _literal(node.this, depth).value))


def _date(node: exp.Expression, _: int) -> tree.Node:
    _only(node, "this", "to")
    inner, to = node.this, node.args["to"]
    if not (isinstance(inner, exp.Literal) and inner.is_string and to.this == exp.DataType.Type.DATE):
        raise _refused(node)
    try:
        return tree.Literal(date.fromisoformat(inner.this))
    except ValueError:
        raise ExpressionError("bad_date", f"没有日期 {inner.this}。", "写成 DATE '年-月-日'") from None


def _arith(node: exp.Expression, depth: int) -> tree.Node:
    op = _ARITH[type(node)]
    _only(node, "this", "expression")
    left, right = node.this, node.expression
    if isinstance(right, exp.Interval) and op in "+-":
        return _shift(_convert(left, depth), op, right)
    if isinstance(left, exp.Interval) and op == "+":
        return _shift(_convert(right, depth), op, left)
    return tree.Arith(op, _convert(left, depth), _convert(right, depth))  # type: ignore[arg-type]


def _shift(base: tree.Node, op: str, interval: exp.Interval) -> tree.Node:
    _only(interval, "this", "unit")
    unit = _UNITS.get(str(interval.args.get("unit") or "").upper())
    amount = interval.this
    if unit is None:
        raise ExpressionError("bad_interval", "INTERVAL 的单位不对。", "写成 INTERVAL '18' YEAR，单位只用 YEAR、MONTH、DAY")
    sign = 1 if op == "+" else -1
    given = _placeholder(amount, 0) if isinstance(amount, exp.Placeholder) else _interval_number(amount)
    if not isinstance(given, tree.Param | tree.Literal):
        raise _refused(interval)
    return tree.Shift(base, sign, given, unit)  # type: ignore[arg-type]


def _interval_number(amount: Any) -> tree.Literal:
    text = amount.this if isinstance(amount, exp.Literal) else ""
    if not re.fullmatch(r"\d{1,5}", text):
        raise ExpressionError("bad_interval", "INTERVAL 的数量不对。", "写成 INTERVAL '18' YEAR")
    return tree.Literal(Fraction(int(text)))


def _compare(node: exp.Expression, depth: int) -> tree.Node:
    _only(node, "this", "expression")
    return tree.Compare(_COMPARE[type(node)], _convert(node.this, depth), _convert(node.expression, depth))  # type: ignore[arg-type]


def _between(node: exp.Expression, depth: int) -> tree.Node:
    _only(node, "this", "low", "high")
    return tree.Between(*(_convert(node.args[part], depth) for part in ("this", "low", "high")))


def _in(node: exp.Expression, depth: int) -> tree.Node:
    _only(node, "this", "expressions")
    value, items = _convert(node.this, depth), node.expressions
    if not items:
        raise ExpressionError("empty_list", "IN 后面没有值。", "写成 IN ('a', 'b') 或 IN (:名称)")
    if len(items) == 1 and isinstance(items[0], exp.Placeholder):
        return tree.In(value, param=_listed(items[0]))
    return tree.In(value, tuple(_item(item, depth) for item in items))


def _listed(item: exp.Expression) -> tree.Param:
    named = _placeholder(item, 0)
    if not isinstance(named, tree.Param):
        raise ExpressionError("not_a_list", "IN 中不能用 :on_date。", "用 = 比较")
    return named


def _item(item: exp.Expression, depth: int) -> tree.Literal:
    if isinstance(item, exp.Null):
        raise ExpressionError("null_literal", "IN 中不允许 NULL。", "未知值由引擎处理，删去 NULL")
    value = _convert(item, depth)
    if not isinstance(value, tree.Literal):
        raise ExpressionError("not_literal", "IN 中只能是常数，或单独一个列表参数。", "写成 IN ('a', 'b') 或 IN (:名称)")
    return value


def _connective(kind: type, build: type) -> Callable[[exp.Expression, int], tree.Node]:
    def convert(node: exp.Expression, depth: int) -> tree.Node:
        return cast(tree.Node, build(tuple(_convert(part, depth) for part in _flat(node, kind))))

    return convert


def _flat(node: exp.Expression, kind: type) -> list[exp.Expression]:
    """The operands of a chain a AND b AND c, which sqlglot nests to the left."""
    parts: list[exp.Expression] = []
    while isinstance(node, kind):
        _only(node, "this", "expression")
        parts.append(node.expression)
        node = node.this
    return [node, *reversed(parts)]


_ADMITTED: dict[type, Callable[[exp.Expression, int], tree.Node]] = {
    exp.Paren: lambda node, depth: _convert(node.this, depth),
    exp.Column: _column,
    exp.Placeholder: _placeholder,
    exp.Literal: _literal,
    exp.Boolean: lambda node, _: tree.Literal(bool(node.this)),
    exp.Neg: _negative,
    exp.Cast: _date,
    exp.Between: _between,
    exp.In: _in,
    exp.Not: lambda node, depth: tree.Not(_convert(node.this, depth)),
    exp.And: _connective(exp.And, tree.And),
    exp.Or: _connective(exp.Or, tree.Or),
    **dict.fromkeys(_COMPARE, _compare),
    **dict.fromkeys(_ARITH, _arith),
}
