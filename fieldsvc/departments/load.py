"""Everything the departments bring, put together once per process: policies, facts, rules, forms, lists, handlers.

A department stands or falls whole: when one of its files is refused, its forms, rules and parameters are all set aside, and
the others are read again without it. Nothing here evaluates a rule, so a process may load before it forks.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from fieldsvc.eligibility.load import load_rulebook
from fieldsvc.eligibility.rulebook import RuleBook
from fieldsvc.eligibility.vocabulary import Vocabulary
from fieldsvc.forms.model import CompiledForm
from fieldsvc.kit.settings import Settings
from fieldsvc.policy.book import PolicyBook
from fieldsvc.policy.load import load_policies
from fieldsvc.policy.refusals import Refusal as FileRefusal
from fieldsvc.policy.source import Package

from .discover import Plugin, discover
from .feeds import Feed, read_feeds
from .forms import FormFile, read_forms
from .handlers import Handler, handler_of
from .refusals import Refusal

CIVIL = "civil"


@dataclass(frozen=True)
class Departments:
    """What is installed and sound. ``refusals`` names what was set aside, and why."""

    plugins: tuple[Plugin, ...]
    refusals: tuple[Refusal, ...]
    policy: PolicyBook
    rulebook: RuleBook
    form_files: tuple[FormFile, ...]
    feeds: tuple[Feed, ...] = ()

    @property
    def vocabulary(self) -> Vocabulary:
        return self.rulebook.vocabulary

    @property
    def forms(self) -> list[CompiledForm]:
        return [file.form for file in self.form_files]

    def feed(self, feed_id: str) -> Feed | None:
        return next((feed for feed in self.feeds if feed.id == feed_id), None)

    def plugin_for(self, duty: str) -> Plugin | None:
        return next((p for p in self.plugins if duty in p.department.duties), None)

    def handler(self, duty: str) -> Handler | None:
        """How a referral of this duty reaches its department; None when an officer answers by hand."""
        plugin = self.plugin_for(duty)
        return handler_of(plugin) if plugin else None


def load_departments(settings: Settings) -> Departments:
    """Raises ``fieldsvc.policy.refusals.Refused`` when the core's own files or a supplement (本地设定) are refused."""
    return _load(settings.supplements)


def forget() -> None:
    """Read everything again at the next call (a plugin was installed while a test ran)."""
    _load.cache_clear()


@lru_cache(maxsize=4)
def _load(supplements: tuple[Path, ...]) -> Departments:
    plugins, refusals = discover()
    while True:
        made, refused = _assemble(plugins, supplements)
        if not refused:
            return Departments(tuple(plugins), tuple(refusals), *made)
        refusals += refused
        aside = {r.plugin for r in refused}
        plugins = [p for p in plugins if p.name not in aside]


def _assemble(plugins: list[Plugin], supplements: tuple[Path, ...]) -> tuple[Any, list[Refusal]]:
    """One attempt; stops at the first stage that refuses something, because later stages read what it gives."""
    civil = Package(CIVIL, files("fieldsvc.civil"), core=True)
    packages = [Package(p.name, p.root) for p in plugins]
    data = Package("policy", files("fieldsvc.policy") / "data", core=True)
    policy = load_policies([data, civil, *packages], supplements)
    if policy.refusals:
        return None, _named(policy.refusals)
    rulebook = load_rulebook([civil, *packages], policy, supplements)
    if rulebook.refusals:
        return None, _named(rulebook.refusals)
    form_files, refused = _forms(plugins, rulebook.vocabulary)
    if refused:
        return None, refused
    feeds, refused = _feeds(civil, plugins, packages, rulebook, {file.form.id: file.form.klass for file in form_files})
    return (policy, rulebook, form_files, feeds), refused


def _forms(plugins: list[Plugin], vocabulary: Vocabulary) -> tuple[tuple[FormFile, ...], list[Refusal]]:
    read: Callable[..., Any] = read_forms
    parts = [read(CIVIL, CIVIL, files("fieldsvc.civil"), vocabulary)]
    parts += [read(p.name, p.department.id, p.root, vocabulary) for p in plugins]
    return tuple(f for forms, _ in parts for f in forms), [r for _, refused in parts for r in refused]


def _feeds(
    civil: Package, plugins: list[Plugin], packages: list[Package], book: RuleBook, forms: dict[str, str]
) -> tuple[tuple[Feed, ...], list[Refusal]]:  # fmt: skip
    """The core's lists may come from any office; a department's only from those whose duties it answers for."""
    found: list[Feed] = []
    refusals: list[Refusal] = []
    owned = [(civil, None), *((package, plugin.department.duties) for plugin, package in zip(plugins, packages, strict=True))]
    for package, duties in owned:
        feeds, refused = read_feeds(package, duties, book.vocabulary, book.policy, forms, {feed.id for feed in found})
        found, refusals = found + feeds, refusals + refused
    return tuple(found), refusals


def _named(refusals: tuple[FileRefusal, ...]) -> list[Refusal]:
    return [Refusal(r.package, r.file, r.line, r.code, r.message, r.mend) for r in refusals]
