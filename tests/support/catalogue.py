"""Every text the pages can show, and the English catalogue of them.

``python -m tests.support.catalogue`` brings the catalogue up to date: new texts come in empty, texts no longer used go out,
and the compiled file is written beside it.
"""

import ast
import importlib
import io
import re
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from types import ModuleType

from babel.messages import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from jinja2 import Environment, nodes

from fieldsvc import console

from .jiaozhou import departments

PACKAGE = Path(console.__file__).parent
ROOT = PACKAGE.parent
PO = PACKAGE / "translations/en/LC_MESSAGES/messages.po"
HAN = re.compile(r"[\u3400-\u9fff]")
REFUSALS = {
    "Problem",
    "ValidationError",
    "Length",
    "Range",
    "Regexp",
    "OneOf",
    "ContainsOnly",
    "Equal",
    "invalid",
    "refuse",
    "refuse_future",
}
OFF_PAGES = {"console", "demo", "commands", "policy", "eligibility", "departments", "plugin_api", "forms"}
WRITTEN = datetime(2026, 1, 1, tzinfo=UTC)  # no running clock: an update that changes no text changes no file
ABOUT = "English catalogue of the pages. Written by `python -m tests.support.catalogue`; only the msgstr are edited by hand."


@cache
def msgids() -> frozenset[str]:
    """What ``_()`` is given on pages: constants, labels that reach it through a name, sentences of refusals."""
    sources = sorted(path for path in ROOT.rglob("*.py") if path.relative_to(ROOT).parts[0] not in OFF_PAGES)
    said = set().union(*map(_python, PACKAGE.rglob("*.py")), *map(_template, PACKAGE.rglob("*.html")))
    said |= set().union(*map(_refusals, sources)) | _labels() | _words_of_rules()
    return frozenset({text for text in said if HAN.search(text)} | _marked())


def _marked() -> set[str]:
    """Arguments of ``_()`` as pybabel finds them, those without a Chinese character too."""
    found: set[str] = set()
    for method, ending in (("python", "*.py"), ("jinja2", "*.html")):
        for path in PACKAGE.rglob(ending):
            with path.open("rb") as file:
                found |= {
                    said[1] for said in extract(method, file) if isinstance(said[1], str) and not said[1].isascii()
                }
    return found


def _texts(tree: ast.AST) -> set[str]:
    """Constants that are no docstring, no key to look something up and no piece of an f-string."""
    left_out: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            left_out |= {id(value) for value in node.values}
        elif isinstance(node, ast.Expr):
            left_out.add(id(node.value))
    return {node.value for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in left_out}  # fmt: skip


def _python(path: Path) -> set[str]:
    return _texts(ast.parse(path.read_text()))


def _template(path: Path) -> set[str]:
    parsed = Environment(autoescape=True).parse(path.read_text())
    return {
        node.value for node in parsed.find_all(nodes.Const) if isinstance(node.value, str) and "<" not in node.value
    }


def _refusals(path: Path) -> set[str]:
    """Whole sentences in which a service, a schema or the kit refuses; those that hold data stay Chinese."""
    calls = (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))
    return set().union(*(_texts(c) for c in calls if getattr(c.func, "id", getattr(c.func, "attr", "")) in REFUSALS))


def _labels() -> set[str]:
    """Texts of the constants (STATES, KINDS, ROLES …) that console modules take from elsewhere, by name or by module."""
    found: set[str] = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if (
                isinstance(node, ast.ImportFrom)
                and node.module
                and not node.level
                and node.module.startswith("fieldsvc")
            ):
                found = found.union(*(_constants(node.module, each.name) for each in node.names))
    return found


def _constants(module: str, name: str) -> set[str]:
    held = getattr(importlib.import_module(module), name, None)
    if held is None:
        held = importlib.import_module(f"{module}.{name}")
    if isinstance(held, ModuleType):
        return set().union(*(_held(value) for each, value in vars(held).items() if each.isupper()))
    return _held(held) if name.isupper() else set()


def _words_of_rules() -> set[str]:
    """Titles of programmes, names of facts and their choices, of the core and the departments of this workspace. Conditions
    stay in the words of the text they quote."""
    book = departments().rulebook
    facts = [*book.vocabulary.facts.values(), *book.vocabulary.derived.values()]
    chosen = {label for fact in facts for label in fact.choices.values()}
    return chosen | {"本地设定（样例）"} | {fact.label for fact in facts} | {rule.title for rule in book.by_id.values()}


def _held(value: object) -> set[str]:
    if isinstance(value, str):
        return {value}
    if isinstance(value, dict):
        return _held(list(value.values()))
    if isinstance(value, list | tuple | set | frozenset):
        return set().union(*map(_held, value))
    return set()


def read() -> Catalog:
    with PO.open("rb") as file:
        return read_po(file, locale="en")


def compiled(catalogue: Catalog) -> bytes:
    held = io.BytesIO()
    write_mo(held, catalogue)
    return held.getvalue()


def placeholders(text: str) -> list[str]:
    return sorted(re.findall(r"%\(\w+\)[a-z]", text))


def update() -> list[str]:
    """Write both files anew; what is still to be translated."""
    known = {message.id: message.string for message in read()} if PO.exists() else {}
    fresh = Catalog(
        locale="en", project="fieldsvc", header_comment=f"# {ABOUT}", fuzzy=False, creation_date=WRITTEN, revision_date=WRITTEN,
        msgid_bugs_address="", last_translator="", language_team="",
    )  # fmt: skip
    for text in sorted(msgids()):
        fresh.add(text, known.get(text, ""))
    PO.parent.mkdir(parents=True, exist_ok=True)
    with PO.open("wb") as file:
        write_po(file, fresh, width=120)
    PO.with_suffix(".mo").write_bytes(compiled(fresh))
    return [text for text in sorted(msgids()) if not known.get(text)]


if __name__ == "__main__":
    print("\n".join(update()) or "complete")
