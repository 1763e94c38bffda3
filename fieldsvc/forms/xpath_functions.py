"""The functions of the profile: each checks its arguments at compile time and returns a typed closure."""

from collections.abc import Callable, Sequence
from typing import Any

from .errors import XPathError
from .xpath_date_functions import DATE_FUNCTIONS
from .xpath_regex import LONGEST_TEXT, compile_regex
from .xpath_set_functions import SET_FUNCTIONS
from .xpath_types import MANY, Build, Function, Kind, Resolver, Typed, as_bool, as_number, as_text
from .xpath_values import (
    number_of,
    round_half_up,
    truncate,
)

REFUSED = {
    "pulldata": "不读取外部数据",
    "instance": "不读取外部数据",
    "search": "不读取外部数据",
    "position": "不按位置取重复组的行",
    "indexed-repeat": "不按位置取重复组的行",
    "last": "不按位置取重复组的行",
    "current": "请写 ${题目名}",
    "random": "结果不可重算",
    "uuid": "结果不可重算",
}


def _text(build: Callable[..., Any], kind: Kind) -> Build:
    """A function of texts."""

    def make(arguments: Sequence[Typed], _: Resolver) -> Typed:
        runs = [as_text(each) for each in arguments]
        if len(runs) == 1:
            only = runs[0]
            return Typed(kind, lambda s: build(only(s)))
        return Typed(kind, lambda s: build(*[run(s) for run in runs]))

    return make


def _numeric(build: Callable[..., float]) -> Build:
    def make(arguments: Sequence[Typed], _: Resolver) -> Typed:
        runs = [as_number(each) for each in arguments]
        return Typed(Kind.NUMBER, lambda s: build(*[run(s) for run in runs]))

    return make


def _constant(value: bool) -> Build:
    return lambda arguments, resolver: Typed(Kind.BOOL, lambda s: value)


def _not(arguments: Sequence[Typed], _: Resolver) -> Typed:
    test = as_bool(arguments[0])
    return Typed(Kind.BOOL, lambda s: not test(s))


def _boolean(arguments: Sequence[Typed], _: Resolver) -> Typed:
    return Typed(Kind.BOOL, as_bool(arguments[0]))


def _string(arguments: Sequence[Typed], _: Resolver) -> Typed:
    return Typed(Kind.TEXT, as_text(arguments[0]))


def _number(arguments: Sequence[Typed], _: Resolver) -> Typed:
    return Typed(Kind.NUMBER, as_number(arguments[0]))


def _common_kind(left: Typed, right: Typed) -> Kind:
    """What ``if`` and ``coalesce`` give when their branches differ; an empty literal fits every kind."""
    kinds = {each.kind for each in (left, right) if each.constant != ""}
    if kinds <= {Kind.NUMBER, Kind.ANSWER}:
        return Kind.NUMBER if kinds == {Kind.NUMBER} and "" not in (left.constant, right.constant) else Kind.ANSWER
    return kinds.pop() if len(kinds) == 1 else Kind.ANY


def _if(arguments: Sequence[Typed], _: Resolver) -> Typed:
    test, yes, no = as_bool(arguments[0]), arguments[1].run, arguments[2].run
    return Typed(_common_kind(arguments[1], arguments[2]), lambda s: yes(s) if test(s) else no(s))


def _coalesce(arguments: Sequence[Typed], _: Resolver) -> Typed:
    first, second = arguments[0].run, arguments[1].run

    def run(scope: Any) -> Any:
        value = first(scope)
        return second(scope) if value == "" or value != value else value

    return Typed(_common_kind(arguments[0], arguments[1]), run)


def _once(arguments: Sequence[Typed], _: Resolver) -> Typed:
    return arguments[0]


def _regex(arguments: Sequence[Typed], _: Resolver) -> Typed:
    pattern = arguments[1].constant
    if not isinstance(pattern, str):
        raise XPathError("xpath_regex", "regex() 的第二个参数要写成固定的文字")
    match, text = compile_regex(pattern).fullmatch, as_text(arguments[0])
    return Typed(Kind.BOOL, lambda s: len(t := text(s)) <= LONGEST_TEXT and match(t) is not None)


def _substr(text: str, start: str, end: str | None = None) -> str:
    first, last = truncate(number_of(start)), truncate(number_of(end)) if end is not None else float(len(text))
    if first != first or last != last:
        return ""
    low, high = (int(min(max(n, -len(text)), len(text))) for n in (first, last))
    return text[low : len(text) + high if high < 0 else high]


FUNCTIONS: dict[str, Function] = {
    **SET_FUNCTIONS,
    **DATE_FUNCTIONS,
    "true": Function(0, 0, _constant(True)),
    "false": Function(0, 0, _constant(False)),
    "not": Function(1, 1, _not),
    "boolean": Function(1, 1, _boolean),
    "if": Function(3, 3, _if),
    "coalesce": Function(2, 2, _coalesce),
    "once": Function(1, 1, _once),
    "string": Function(1, 1, _string),
    "number": Function(1, 1, _number),
    "int": Function(1, 1, _numeric(truncate)),
    "round": Function(1, 2, _numeric(round_half_up)),
    "abs": Function(1, 1, _numeric(abs)),
    "concat": Function(1, MANY, _text(lambda *parts: "".join(parts), Kind.TEXT)),
    "string-length": Function(1, 1, _text(lambda text: float(len(text)), Kind.NUMBER)),
    "normalize-space": Function(1, 1, _text(lambda text: " ".join(text.split()), Kind.TEXT)),
    "contains": Function(2, 2, _text(lambda text, part: part in text, Kind.BOOL)),
    "starts-with": Function(2, 2, _text(lambda text, part: text.startswith(part), Kind.BOOL)),
    "ends-with": Function(2, 2, _text(lambda text, part: text.endswith(part), Kind.BOOL)),
    "substr": Function(2, 3, _text(_substr, Kind.TEXT)),
    "regex": Function(2, 2, _regex),
}
