"""The XPath profile of our forms: tokens, syntax tree, Pratt parser.

Admitted: ``${name}``, ``../name``, ``./name``, ``/data/group/name``, ``.``, bare names (choice columns, only in a
choice
filter), literals, ``or and = != < <= > >= + - * div mod``, unary minus, and calls of the functions the compiler
knows.
Everything else is refused by name: predicates, axes, attributes, wildcards, unions, variables, ``instance()``,
``pulldata()``.
"""

import re
from dataclasses import dataclass

from .errors import XPathError

MAX_LENGTH = 3_000
MAX_DEPTH = 40

_NAME = r"[^\W\d][\w.-]*"
_TOKEN = re.compile(
    rf"""\s*(?:
      (?P<number>\d+(?:\.\d*)?|\.\d+)
    | (?P<text>"[^"]*"|'[^']*')
    | (?P<question>\$\{{\s*{_NAME}\s*\}})
    | (?P<path>(?:\.\./|\./|/(?!/))(?:\.\./)*{_NAME}(?:/{_NAME})*)
    | (?P<banned>last-saved\#|//|::|\[|\]|@|\||\$|\.\.|\{{|\}}|\#)
    | (?P<name>{_NAME}(?::{_NAME})?)
    | (?P<operator>!=|<=|>=|[-+*=<>(),.])
    )""",
    re.VERBOSE,
)
_BANNED = {
    "[": "不支持谓词 [ ]（包括按位置取第几项）",
    "]": "不支持谓词 [ ]（包括按位置取第几项）",
    "//": "不支持 // 路径",
    "::": "不支持轴 ::",
    "@": "不支持属性 @",
    "|": "不支持并集 |",
    "$": "不支持变量；引用题目请写 ${题目名}",
    "..": "单独的 .. 不支持；请写 ../题目名",
}
_POWER = {
    "or": 1,
    "and": 2,
    "=": 3,
    "!=": 3,
    "<": 4,
    "<=": 4,
    ">": 4,
    ">=": 4,
    "+": 5,
    "-": 5,
    "*": 6,
    "div": 6,
    "mod": 6,
}
_UNARY = 7


@dataclass(frozen=True, slots=True)
class Number:
    value: float


@dataclass(frozen=True, slots=True)
class Text:
    value: str


@dataclass(frozen=True, slots=True)
class Question:
    """``${name}``."""

    name: str


@dataclass(frozen=True, slots=True)
class Path:
    """``../a`` (relative) or ``/data/a`` (absolute), split into steps."""

    absolute: bool
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Self:
    """``.``"""


@dataclass(frozen=True, slots=True)
class Column:
    """A bare name: a column of the choice row under test."""

    name: str


@dataclass(frozen=True, slots=True)
class Call:
    name: str
    arguments: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Binary:
    operator: str
    left: "Node"
    right: "Node"


@dataclass(frozen=True, slots=True)
class Negative:
    operand: "Node"


Node = Number | Text | Question | Path | Self | Column | Call | Binary | Negative


def parse(source: str) -> Node:
    """The tree of one expression. Raises ``XPathError`` with a Chinese reason."""
    if len(source) > MAX_LENGTH:
        raise XPathError("xpath_too_long", f"表达式超过 {MAX_LENGTH} 个字符")
    parser = _Parser(_tokens(source))
    node = parser.expression(0, 0)
    if parser.kind != "end":
        raise XPathError("xpath_syntax", f"多出“{parser.value}”")
    return node


def _tokens(source: str) -> list[tuple[str, str]]:
    tokens: list[tuple[str, str]] = []
    position = 0
    source = source.rstrip()
    while position < len(source):
        match = _TOKEN.match(source, position)
        if match is None or match.lastgroup is None:
            raise XPathError("xpath_syntax", f"看不懂“{source[position : position + 12].strip()}”")
        value = match.group(match.lastgroup)
        if match.lastgroup == "banned":
            raise XPathError("xpath_banned", _BANNED.get(value, f"不支持“{value}”"))
        tokens.append((match.lastgroup, value))
        position = match.end()
    return [*tokens, ("end", "结尾")]


class _Parser:
    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self.tokens = tokens
        self.at = 0

    @property
    def kind(self) -> str:
        return self.tokens[self.at][0]

    @property
    def value(self) -> str:
        return self.tokens[self.at][1]

    def take(self) -> tuple[str, str]:
        token = self.tokens[self.at]
        self.at += 1
        return token

    def expect(self, value: str) -> None:
        if (self.kind, self.value) != ("operator", value):
            raise XPathError("xpath_syntax", f"此处应为“{value}”，却是“{self.value}”")
        self.take()

    def infix(self) -> str:
        """The binary operator standing here, or nothing. ``and or div mod`` are operators only after an operand."""
        return self.value if self.kind in ("operator", "name") and self.value in _POWER else ""

    def expression(self, power: int, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise XPathError("xpath_too_deep", f"嵌套超过 {MAX_DEPTH} 层")
        left = self.operand(depth)
        while (operator := self.infix()) and _POWER[operator] > power:
            self.take()
            left = Binary(operator, left, self.expression(_POWER[operator], depth + 1))
        return left

    def operand(self, depth: int) -> Node:
        kind, value = self.take()
        if kind == "number":
            return Number(float(value))
        if kind == "text":
            return Text(value[1:-1])
        if kind == "question":
            return Question(value[2:-1].strip())
        if kind == "path":
            return _path(value)
        if kind == "name":
            return self.call(value, depth) if self.value == "(" and self.kind == "operator" else Column(value)
        if (kind, value) == ("operator", "."):
            return Self()
        if (kind, value) == ("operator", "-"):
            return Negative(self.expression(_UNARY, depth + 1))
        if (kind, value) == ("operator", "("):
            node = self.expression(0, depth + 1)
            self.expect(")")
            return node
        if kind == "end":
            raise XPathError("xpath_syntax", "表达式没有写完")
        raise XPathError("xpath_syntax", f"“{value}”不能出现在这里")

    def call(self, name: str, depth: int) -> Node:
        self.take()
        arguments: list[Node] = []
        while not (self.kind == "operator" and self.value == ")"):
            if arguments:
                self.expect(",")
            arguments.append(self.expression(0, depth + 1))
        self.take()
        return Call(name, tuple(arguments))


def _path(text: str) -> Path:
    absolute = text.startswith("/")
    steps = tuple(step for step in text.split("/") if step not in ("", "."))
    return Path(absolute, steps)
