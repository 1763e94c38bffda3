"""The production evaluator: a parsed expression becomes one Python closure over a ``Scope``; kinds are settled
here, once."""

import operator
from collections.abc import Callable
from typing import Any

from .errors import XPathError
from .xpath_functions import FUNCTIONS, REFUSED
from .xpath_parser import Binary, Call, Column, Negative, Node, Number, Path, Question, Self, Text
from .xpath_types import Kind, Reference, Resolver, Run, Scope, Typed, as_bool, as_number
from .xpath_values import divide, equal, modulo, number_of_text

_RELATIONS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_NUMERIC = (Kind.NUMBER, Kind.ANSWER)


def compile_node(node: Node, resolver: Resolver) -> Typed:
    """Compile a tree. Raises ``XPathError`` for unknown names and functions and for comparisons clients disagree
    on."""
    match node:
        case Number(value):
            return Typed(Kind.NUMBER, lambda s: value, constant=value)
        case Text(value):
            return Typed(Kind.TEXT, lambda s: value, constant=value)
        case Question(name):
            return _read(resolver.question(name))
        case Path(absolute, steps):
            return _read(resolver.path(absolute, steps))
        case Self():
            return _read(resolver.self_reference())
        case Column(name):
            resolver.column(name)
            return Typed(Kind.TEXT, lambda s: s.choice.get(name, ""))
        case Call(name, arguments):
            return _call(name, arguments, resolver)
        case Negative(operand):
            number = as_number(_single(compile_node(operand, resolver)))
            return Typed(Kind.NUMBER, lambda s: -number(s))
        case Binary(op, left, right):
            return _binary(op, _single(compile_node(left, resolver)), _single(compile_node(right, resolver)))


def _single(typed: Typed) -> Typed:
    if typed.kind is Kind.NODES:
        raise XPathError("xpath_many_values", "重复组里的答案有多个，只能用在 sum、count、min、max、join 里")
    return typed


def _read(reference: Reference) -> Typed:
    name, up = reference.name, reference.up
    if reference.down or reference.is_repeat:
        return Typed(Kind.NODES, _gather(reference), element=reference.kind)
    if reference.many:
        items = _climb(up, lambda s: s.values.get(name, ()))
        return Typed(Kind.TEXT, lambda s: " ".join(items(s)), items=items, is_answer=True)
    return Typed(reference.kind, _climb(up, lambda s: s.values.get(name, "")), is_answer=True)


def _climb(up: int, run: Run) -> Run:
    if up == 0:
        return run

    def outward(scope: Scope) -> Any:
        for _ in range(up):
            scope = scope.parent  # type: ignore[assignment]
        return run(scope)

    return outward


def _gather(reference: Reference) -> Run:
    """All rows' answers, relevant ones only; an unanswered relevant one stands as ``""``, as a node would."""
    name, repeats = reference.name, reference.down

    def gather(scope: Scope) -> list[Any]:
        scopes = [scope]
        for repeat in repeats:
            scopes = [row for each in scopes for row in each.rows.get(repeat, ())]
        if reference.is_repeat:
            return [row for each in scopes for row in each.rows.get(name, ())]
        found = [each.values.get(name, "") for each in scopes if name not in each.off]
        return [" ".join(value) for value in found] if reference.many else found

    return _climb(reference.up, gather)


def _call(name: str, arguments: tuple[Node, ...], resolver: Resolver) -> Typed:
    if name in REFUSED:
        raise XPathError("xpath_function", f"不支持函数 {name}()：{REFUSED[name]}")
    if name not in FUNCTIONS:
        raise XPathError("xpath_function", f"没有函数 {name}()")
    function = FUNCTIONS[name]
    if not function.least <= len(arguments) <= function.most:
        raise XPathError("xpath_arguments", f"函数 {name}() 的参数个数不对：{len(arguments)} 个")
    typed = [compile_node(argument, resolver) for argument in arguments]
    if not function.takes_nodes:
        typed = [_single(each) for each in typed]
    return function.build(typed, resolver)


def _binary(op: str, left: Typed, right: Typed) -> Typed:
    if op in ("and", "or"):
        return _logic(op, as_bool(left), as_bool(right))
    if op in ("=", "!="):
        same = _equality(left, right)
        return Typed(Kind.BOOL, same if op == "=" else lambda s: not same(s))
    if op in _RELATIONS:
        return _relation(_RELATIONS[op], left, right)
    return _arithmetic(op, as_number(left), as_number(right))


def _logic(op: str, left: Run, right: Run) -> Typed:
    if op == "and":
        return Typed(Kind.BOOL, lambda s: left(s) and right(s))
    return Typed(Kind.BOOL, lambda s: left(s) or right(s))


def _equality(left: Typed, right: Typed) -> Run:
    kinds = {left.kind, right.kind}
    a, b = left.run, right.run
    if Kind.BOOL in kinds:
        x, y = as_bool(left), as_bool(right)
        return lambda s: x(s) == y(s)
    if kinds <= {Kind.TEXT, Kind.TIME} or (kinds == {Kind.DATE, Kind.TEXT}):
        return lambda s: a(s) == b(s)
    if kinds <= {Kind.NUMBER, Kind.ANSWER} and all(
        each.is_answer or each.constant is not None for each in (left, right)
    ):
        return lambda s: a(s) == b(s)
    if kinds == {Kind.DATE}:
        x, y = as_number(left), as_number(right)
        return lambda s: a(s) == b(s) or x(s) == y(s)
    if Kind.DATE in kinds and kinds & {Kind.NUMBER, Kind.ANSWER}:
        x, y = as_number(left), as_number(right)
        return lambda s: x(s) == y(s)
    return lambda s: equal(a(s), b(s))


def _relation(compare: Callable[[Any, Any], bool], left: Typed, right: Typed) -> Typed:
    for side in (left, right):
        if side.kind is Kind.TIME:
            raise XPathError("xpath_time_order", "时间题不能比较先后，各客户端结果不同")
        if isinstance(side.constant, str) and number_of_text(side.constant) != number_of_text(side.constant):
            raise XPathError("xpath_text_order", f"“{side.constant}”不是数字，比较先后永远不成立；日期请写 date('…')")
    x, y = as_number(left), as_number(right)
    if left.kind is Kind.ANSWER and right.constant is not None and right.kind is Kind.NUMBER:
        read, bound = left.run, right.constant
        return Typed(Kind.BOOL, lambda s: (v := read(s)).__class__ is not str and compare(v, bound))
    return Typed(Kind.BOOL, lambda s: compare(x(s), y(s)))


def _arithmetic(op: str, x: Run, y: Run) -> Typed:
    match op:
        case "+":
            return Typed(Kind.NUMBER, lambda s: x(s) + y(s))
        case "-":
            return Typed(Kind.NUMBER, lambda s: x(s) - y(s))
        case "*":  # float first: a product of integers must not grow past what a double can hold
            return Typed(Kind.NUMBER, lambda s: float(x(s)) * y(s))
        case "div":
            return Typed(Kind.NUMBER, lambda s: divide(x(s), y(s)))
        case _:
            return Typed(Kind.NUMBER, lambda s: modulo(x(s), y(s)))
