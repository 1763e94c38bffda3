"""Patterns of ``regex()``: the part on which Java (ODK Collect), JavaScript (web forms) and Python agree, matched
whole.

Unbounded repetition inside unbounded repetition is refused: ``(a+)+`` can hold a server for minutes on one short
answer.
"""

import re
from re import _constants as _codes  # type: ignore[attr-defined]
from re import _parser as _syntax  # type: ignore[attr-defined]
from typing import Any

from .errors import XPathError

LONGEST_TEXT = 1_000  # longer answers do not match
_MOST_ENDLESS = 3


def compile_regex(pattern: str) -> re.Pattern[str]:
    """Compile for ``fullmatch``. Raises ``XPathError``. ``\\d`` and ``\\w`` are ASCII, as in Java and JavaScript."""
    if re.search(r"\\[pPQEGzZA]|\(\?[^:=!]|[*+?}]\+|&&", pattern):
        raise XPathError("xpath_regex", f"正则表达式“{pattern}”用了各客户端不一致的写法")
    try:
        compiled = re.compile(pattern, re.ASCII)
        tree = _syntax.parse(pattern, re.ASCII)
    except (re.error, RecursionError, OverflowError) as error:
        raise XPathError("xpath_regex", f"正则表达式“{pattern}”写错了：{error}") from None
    if not (pattern.startswith("^") and pattern.endswith("$")) or _open_alternative(pattern):
        # Collect matches the whole answer, web forms any part of it; anchored, both do the same
        raise XPathError("xpath_regex", f"正则表达式“{pattern}”要写成 ^…$；有 | 时写成 ^(?:…|…)$")
    if _endless(tree) > _MOST_ENDLESS:
        raise XPathError("xpath_regex", f"正则表达式“{pattern}”里 * 和 + 超过 {_MOST_ENDLESS} 处")
    if _nested(tree, inside=False):
        raise XPathError("xpath_regex", f"正则表达式“{pattern}”在重复里又无限重复，可能拖死服务器")
    return compiled


def _open_alternative(pattern: str) -> bool:
    """Whether a ``|`` stands outside all brackets: ``^a|b$`` anchors only its ends."""
    depth = 0
    for sign in re.sub(r"\\.|\[\^?\]?(?:\\.|[^]])*\]", "", pattern):
        depth += (sign == "(") - (sign == ")")
        if sign == "|" and depth == 0:
            return True
    return False


def _nested(tree: Any, inside: bool) -> bool:
    for code, argument in tree:
        repeats = code in (_codes.MAX_REPEAT, _codes.MIN_REPEAT)
        # {0,50} inside + is as slow as * for an attacker: what repeats more than a few times counts as unbounded
        endless = repeats and int(argument[1]) > 20
        if inside and (endless or code is _codes.BRANCH):
            return True
        if any(_nested(part, inside or endless) for part in _subtrees(argument)):
            return True
    return False


def _endless(tree: Any) -> int:
    repeats = (_codes.MAX_REPEAT, _codes.MIN_REPEAT)
    here = sum(1 for code, argument in tree if code in repeats and argument[1] is _codes.MAXREPEAT)
    return here + sum(_endless(part) for _, argument in tree for part in _subtrees(argument))


def _subtrees(argument: Any) -> list[Any]:
    if isinstance(argument, _syntax.SubPattern):
        return [argument]
    if isinstance(argument, list | tuple):
        return [found for part in argument for found in _subtrees(part)]
    return []
