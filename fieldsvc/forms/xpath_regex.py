"""Patterns of ``regex()``: the part on which Java (ODK Collect), JavaScript (web forms) and Python agree, matched
whole.

A pattern that a backtracking matcher could try in too many ways is refused: ``(a+)+`` can hold a server for minutes on one
short answer.
"""

import re
from re import _constants as _codes  # type: ignore[attr-defined]
from re import _parser as _syntax  # type: ignore[attr-defined]
from typing import Any

from .errors import XPathError

LONGEST_TEXT = 200  # longer answers do not match
_MOST_WAYS = 300_000


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
    if _ways(tree) > _MOST_WAYS:
        raise XPathError("xpath_regex", f"正则表达式“{pattern}”的重复和选择套得太多，可能拖死服务器")
    return compiled


def _open_alternative(pattern: str) -> bool:
    """Whether a ``|`` stands outside all brackets: ``^a|b$`` anchors only its ends."""
    depth = 0
    for sign in re.sub(r"\\.|\[\^?\]?(?:\\.|[^]])*\]", "", pattern):
        depth += (sign == "(") - (sign == ")")
        if sign == "|" and depth == 0:
            return True
    return False


def _ways(tree: Any) -> int:
    """In how many ways a backtracking matcher may divide a text among the repetitions and alternatives, at worst."""
    total = 1
    for code, argument in tree:
        if code in (_codes.MAX_REPEAT, _codes.MIN_REPEAT):
            least, most, inner = argument
            most = min(int(most), LONGEST_TEXT)
            total *= max(most - int(least) + 1, 1) * min(_ways(inner), _MOST_WAYS + 1) ** most
        elif code is _codes.BRANCH:
            total *= sum(_ways(branch) for branch in argument[1])
        else:
            for part in _subtrees(argument):
                total *= _ways(part)
        total = min(total, _MOST_WAYS + 1)
    return total


def _subtrees(argument: Any) -> list[Any]:
    if isinstance(argument, _syntax.SubPattern):
        return [argument]
    if isinstance(argument, list | tuple):
        return [found for part in argument for found in _subtrees(part)]
    return []
