"""A TOML file with the line of every table and key, so that a refusal can point at its place."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from .refusals import Refusal

_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"""^\s*((?:"[^"]*"|[\w-]+)(?:\s*\.\s*(?:"[^"]*"|[\w-]+))*)\s*=""")
_WORD = re.compile(r'"([^"]*)"|([\w-]+)')

Place = tuple[str | int, ...]


class Inexact(str):
    """A float literal of the file, kept as its text: no float may become a parameter."""


@dataclass(frozen=True, slots=True)
class Package:
    """A folder of data files that stand or fall together: the core's own, or one department's.

    A refusal in a ``core`` package raises; in any other it is reported and the package left out.
    """

    id: str
    root: Traversable
    core: bool = False

    def files(self, *folder: str) -> list[Traversable]:
        """The ``*.toml`` files of a sub-folder in name order; empty where there is none."""
        at = self.root
        for step in folder:
            at = at.joinpath(step)
        if not at.is_dir():
            return []
        return sorted((f for f in at.iterdir() if f.name.endswith(".toml")), key=lambda f: f.name)


def as_package(given: "Package | Path | str") -> Package:
    """A bare path counts as a core package: what it lacks must not pass unseen."""
    if isinstance(given, Package):
        return given
    root = Path(given)
    return Package(root.name, root, core=True)


@dataclass(frozen=True, slots=True)
class Source:
    """A parsed file. ``data`` is empty when the file is no TOML; ``refusals`` then says why."""

    file: str
    package: str
    data: dict[str, Any]
    places: dict[Place, int]
    refusals: list[Refusal] = field(default_factory=list)

    def line(self, *path: str | int) -> int:
        """Line of the longest prefix of ``path`` that stands in the file, 1 at worst."""
        for size in range(len(path), 0, -1):
            if path[:size] in self.places:
                return self.places[path[:size]]
        return 1

    def refuse(self, at: Place, code: str, message: str, mend: str) -> None:
        self.refusals.append(Refusal(code, message, mend, self.file, self.line(*at), self.package))


def read_source(file: Traversable, package: str, shown_as: str | None = None) -> Source:
    """Parse one TOML file; a syntax error becomes a refusal with its line."""
    name = shown_as or str(file)
    text = file.read_text(encoding="utf-8")
    try:
        data = tomllib.loads(text, parse_float=Inexact)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))
        line = int(found[1]) if found else 1
        mend = "按 TOML 语法改正该行"
        return Source(name, package, {}, {}, [Refusal("toml_syntax", f"不是有效的 TOML：{error}。", mend, name, line, package)])
    return Source(name, package, data, dict(_places(text)))


def _places(text: str) -> Iterator[tuple[Place, int]]:
    counts: dict[Place, int] = {}
    table: Place = ()
    for number, line in _outside_strings(text):
        if header := _HEADER.match(line):
            names = _names(header[2])
            table = _resolve(names[:-1], counts)
            table = _append(table, names[-1], counts) if header[1] == "[[" else (*table, names[-1])
            yield table, number
        elif key := _KEY.match(line):
            yield (*table, *_names(key[1])), number


def _names(dotted: str) -> list[str]:
    return [quoted or bare for quoted, bare in _WORD.findall(dotted)]


def _resolve(names: list[str], counts: dict[Place, int]) -> Place:
    at: Place = ()
    for name in names:
        at = (*at, name)
        if at in counts:
            at = (*at, counts[at])
    return at


def _append(table: Place, name: str, counts: dict[Place, int]) -> Place:
    at = (*table, name)
    counts[at] = counts.get(at, -1) + 1
    return (*at, counts[at])


def _outside_strings(text: str) -> Iterator[tuple[int, str]]:
    """Lines that do not begin inside a multi-line string."""
    inside = ""
    for number, line in enumerate(text.splitlines(), 1):
        if not inside:
            yield number, line
        for mark in ('"""', "'''"):
            if inside in ("", mark) and line.count(mark) % 2:
                inside = "" if inside else mark
