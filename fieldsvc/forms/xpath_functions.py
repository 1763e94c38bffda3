"""The functions of the profile: each checks its arguments at compile time and returns a typed closure."""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .errors import XPathError
from .xpath_regex import LONGEST_TEXT, compile_regex
from .xpath_types import Kind, Resolver, Run, Typed, as_bool, as_number, as_text
from .xpath_values import (
    CHINA,
    NAN,
    date_of_number,
    number_of,
    number_of_date,
    round_half_up,
    text_of,
    truncate,
)

Build = Callable[[Sequence[Typed], Resolver], Typed]
MANY = 64


@dataclass(frozen=True, slots=True)
class Function:
    least: int
    most: int
    build: Build
    takes_nodes: bool = False


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


def _items(typed: Typed) -> Run:
    if typed.items is not None:
        return typed.items
    text = as_text(typed)
    return lambda s: text(s).split()


def _selected(arguments: Sequence[Typed], _: Resolver) -> Typed:
    items = _items(arguments[0])
    if isinstance(arguments[1].constant, str):
        wanted = arguments[1].constant.strip()
        return Typed(Kind.BOOL, lambda s: wanted in items(s))
    text = as_text(arguments[1])
    return Typed(Kind.BOOL, lambda s: text(s).strip() in items(s))


def _count_selected(arguments: Sequence[Typed], _: Resolver) -> Typed:
    items = _items(arguments[0])
    return Typed(Kind.NUMBER, lambda s: float(len(items(s))))


def _selected_at(arguments: Sequence[Typed], _: Resolver) -> Typed:
    items, index = _items(arguments[0]), as_number(arguments[1])

    def run(scope: Any) -> str:
        chosen, at = items(scope), index(scope)
        return chosen[int(at)] if 0 <= at < len(chosen) else ""

    return Typed(Kind.TEXT, run)


def _choice_name(arguments: Sequence[Typed], resolver: Resolver) -> Typed:
    target = arguments[1].constant
    match = re.fullmatch(r"\s*\$\{\s*([^}\s]+)\s*\}\s*", target) if isinstance(target, str) else None
    if match is None:
        raise XPathError("xpath_choice_name", "jr:choice-name() 的第二个参数要写成 '${题目名}'")
    labels, value = resolver.choice_labels(match[1]), as_text(arguments[0])
    return Typed(Kind.TEXT, lambda s: labels.get(value(s), ""))


def _nodes(typed: Typed) -> Run:
    """The values of an argument: all rows of a repeat, or the single one."""
    if typed.kind is Kind.NODES:
        return typed.run
    run = typed.run
    return lambda s: [run(s)]


def _element_number(typed: Typed) -> Callable[[Any], float]:
    kind = typed.element if typed.kind is Kind.NODES else typed.kind
    return number_of_date if kind is Kind.DATE else number_of


def _folded(fold: Callable[[list[float]], float]) -> Build:
    """sum, min, max: one unanswered number makes the result NaN, as on the phone."""

    def make(arguments: Sequence[Typed], _: Resolver) -> Typed:
        parts = [(_nodes(each), _element_number(each)) for each in arguments]
        return Typed(Kind.NUMBER, lambda s: fold([number(v) for nodes, number in parts for v in nodes(s)]))

    return make


def _extreme(choose: Callable[[list[float]], float]) -> Callable[[list[float]], float]:
    return lambda numbers: NAN if not numbers or any(n != n for n in numbers) else choose(numbers)


def _count(arguments: Sequence[Typed], _: Resolver) -> Typed:
    if arguments[0].kind is not Kind.NODES:
        raise XPathError("xpath_arguments", "count() 只数重复组")
    nodes = arguments[0].run
    return Typed(Kind.NUMBER, lambda s: float(len(nodes(s))))


def _count_non_empty(arguments: Sequence[Typed], _: Resolver) -> Typed:
    nodes = _nodes(arguments[0])
    return Typed(Kind.NUMBER, lambda s: float(sum(1 for v in nodes(s) if v != "")))


def _join(arguments: Sequence[Typed], _: Resolver) -> Typed:
    separator, parts = as_text(arguments[0]), [_nodes(each) for each in arguments[1:]]
    return Typed(Kind.TEXT, lambda s: separator(s).join(text_of(v) for nodes in parts for v in nodes(s)))


def _today(arguments: Sequence[Typed], _: Resolver) -> Typed:
    return Typed(Kind.DATE, lambda s: s.today)


def _now(arguments: Sequence[Typed], _: Resolver) -> Typed:
    return Typed(Kind.DATE, lambda s: s.now)


def _date(arguments: Sequence[Typed], _: Resolver) -> Typed:
    given = arguments[0]
    if isinstance(given.constant, str) and number_of_date(given.constant) != number_of_date(given.constant):
        raise XPathError("xpath_date", f"“{given.constant}”不是日期")
    if given.kind in (Kind.NUMBER, Kind.ANSWER):
        days = as_number(given)
        return Typed(Kind.DATE, lambda s: date_of_number(days(s)))
    text = as_text(given)
    return Typed(Kind.DATE, lambda s: v if number_of_date(v := text(s)) == number_of_date(v) else "")


_FORMATS: dict[str, Callable[[datetime], str]] = {
    "%Y": lambda d: f"{d.year:04}",
    "%y": lambda d: f"{d.year % 100:02}",
    "%m": lambda d: f"{d.month:02}",
    "%n": lambda d: str(d.month),
    "%d": lambda d: f"{d.day:02}",
    "%e": lambda d: str(d.day),
    "%H": lambda d: f"{d.hour:02}",
    "%h": lambda d: str(d.hour),
    "%M": lambda d: f"{d.minute:02}",
    "%S": lambda d: f"{d.second:02}",
}


def _format_date(arguments: Sequence[Typed], _: Resolver) -> Typed:
    pattern = arguments[1].constant
    if not isinstance(pattern, str) or any(code not in _FORMATS for code in re.findall("%.?", pattern)):
        raise XPathError("xpath_date_format", f"format-date() 的格式只认 {' '.join(_FORMATS)}")
    text = as_text(arguments[0])

    def run(scope: Any) -> str:
        value = text(scope)
        if number_of_date(value) != number_of_date(value):
            return ""
        moment = datetime.fromisoformat(value)
        local = moment.astimezone(CHINA) if moment.tzinfo else moment
        return re.sub("%.", lambda code: _FORMATS[code[0]](local), pattern)

    return Typed(Kind.TEXT, run)


def _substr(text: str, start: str, end: str | None = None) -> str:
    first, last = truncate(number_of(start)), truncate(number_of(end)) if end is not None else float(len(text))
    if first != first or last != last:
        return ""
    low, high = (int(min(max(n, -len(text)), len(text))) for n in (first, last))
    return text[low : len(text) + high if high < 0 else high]


FUNCTIONS: dict[str, Function] = {
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
    "sum": Function(1, 1, _folded(math.fsum), takes_nodes=True),
    "min": Function(1, MANY, _folded(_extreme(min)), takes_nodes=True),
    "max": Function(1, MANY, _folded(_extreme(max)), takes_nodes=True),
    "count": Function(1, 1, _count, takes_nodes=True),
    "count-non-empty": Function(1, 1, _count_non_empty, takes_nodes=True),
    "join": Function(2, MANY, _join, takes_nodes=True),
    "concat": Function(1, MANY, _text(lambda *parts: "".join(parts), Kind.TEXT)),
    "string-length": Function(1, 1, _text(lambda text: float(len(text)), Kind.NUMBER)),
    "normalize-space": Function(1, 1, _text(lambda text: " ".join(text.split()), Kind.TEXT)),
    "contains": Function(2, 2, _text(lambda text, part: part in text, Kind.BOOL)),
    "starts-with": Function(2, 2, _text(lambda text, part: text.startswith(part), Kind.BOOL)),
    "ends-with": Function(2, 2, _text(lambda text, part: text.endswith(part), Kind.BOOL)),
    "substr": Function(2, 3, _text(_substr, Kind.TEXT)),
    "regex": Function(2, 2, _regex),
    "selected": Function(2, 2, _selected),
    "count-selected": Function(1, 1, _count_selected),
    "selected-at": Function(2, 2, _selected_at),
    "jr:choice-name": Function(2, 2, _choice_name),
    "today": Function(0, 0, _today),
    "now": Function(0, 0, _now),
    "date": Function(1, 1, _date),
    "format-date": Function(2, 2, _format_date),
}
