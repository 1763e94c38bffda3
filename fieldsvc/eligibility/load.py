"""From rule files to a RuleBook; whatever cannot be used is refused with file, line and mend."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from fieldsvc.policy.book import Citation, PolicyBook, Quote
from fieldsvc.policy.load import citation
from fieldsvc.policy.refusals import Refusal, Refused
from fieldsvc.policy.source import Package, Place, Source, as_package, read_source

from .checking import check_book
from .exclusive import Declared, check_exclusive
from .facts_file import read_facts
from .rulebook import AlertDeclaration, Amount, Body, Condition, Exclusive, Rule, RuleBook
from .vocabulary import SUBJECTS, Vocabulary, merged

Located = tuple[Rule, Source, Place]


def load_rulebook(
    packages: Iterable[Package | Path | str], policy: PolicyBook, supplements: Iterable[Path | str] = ()
) -> RuleBook:
    """Read ``facts.toml``, ``facts/*.toml`` and ``rules/*.toml`` of each package, then the ``[[programme]]`` bodies of the supplements.

    Raises Refused when a core package or a supplement is refused. A department's package that is refused is left out whole
    and its reasons stand in ``RuleBook.refusals``; the others are not stopped. No polars query runs here.
    """
    book = RuleBook(Vocabulary({}, {}), (), (), policy)
    for package in map(as_package, packages):
        book = _with_package(book, package)
    extra = [read_source(Path(path), "supplement") for path in supplements]
    return _with_supplements(book, extra) if extra else book


def _with_package(book: RuleBook, package: Package) -> RuleBook:
    facts = [read_source(f, package.id) for f in (*package.files(), *package.files("facts")) if _of_facts(f)]
    files = [read_source(f, package.id) for f in package.files("rules")]
    vocabulary, places = read_facts(facts, book.vocabulary)
    rules, quotes, exclusive = _read_rules(files, book.policy, False)
    _check_ids(rules, book)
    trial = _joined(book, vocabulary, [rule for rule, _, _ in rules], quotes, exclusive)
    check_book(trial, rules, places)
    _check_exclusive(trial, exclusive, [*facts, *files])
    return _accept(book, trial, package, [r for source in (*facts, *files) for r in source.refusals])


def _of_facts(file: Traversable) -> bool:
    """``facts.toml``, or any file of a folder ``facts``: the root's other files are not about facts."""
    return file.name == "facts.toml" or Path(str(file)).parent.name == "facts"


def _check_exclusive(book: RuleBook, exclusive: Declared, files: list[Source]) -> None:
    """Only of rules that can be evaluated at all."""
    if not any(source.refusals for source in files):
        check_exclusive(book, exclusive)


def _accept(book: RuleBook, trial: RuleBook, package: Package, refusals: list[Refusal]) -> RuleBook:
    if not refusals:
        return trial
    if package.core:
        raise Refused(refusals)
    return replace(book, refusals=(*book.refusals, *refusals))


def _joined(book: RuleBook, vocabulary: Vocabulary, rules: list[Rule], quotes: list[Quote], exclusive: Declared) -> RuleBook:
    return replace(
        book,
        vocabulary=merged([book.vocabulary, vocabulary]),
        programmes=(*book.programmes, *(r for r in rules if not (r.is_indicator or r.is_standard))),
        indicators=(*book.indicators, *(r for r in rules if r.is_indicator)),
        standards=(*book.standards, *(r for r in rules if r.is_standard)),
        quotes=(*book.quotes, *quotes),
        exclusive=(*book.exclusive, *(pair for pair, _, _ in exclusive)),
    )


def _read_rules(files: list[Source], policy: PolicyBook, supplement: bool) -> tuple[list[Located], list[Quote], Declared]:
    rules: list[Located] = []
    quotes: list[Quote] = []
    exclusive: Declared = []
    for source in files:
        for key in ("programme", "indicator", "standard"):
            for index, row in enumerate(source.data.get(key, ())):
                at: Place = (key, index)
                reader = _Reader(source, policy, supplement, quotes)
                rules.append((reader.rule(at, row, key), source, at))
                exclusive += reader.exclusive(at, row, key)
    return rules, quotes, exclusive


def _check_ids(rules: list[Located], book: RuleBook) -> None:
    seen = {rule.id: "另一文件" for rule in (*book.rules(), *book.standards)}
    for rule, source, at in rules:
        if not rule.id or not rule.title:
            source.refuse(at, "no_id", "规则没有 id 或 title。", "写上 id 和 title")
        elif rule.id in seen:
            source.refuse((*at, "id"), "duplicate_id", f"规则 {rule.id} 已在{seen[rule.id]}中。", "换一个 id")
        if rule.subject not in SUBJECTS:
            source.refuse(at, "bad_subject", f"规则 {rule.id} 的 subject 不对。", "写 person 或 household")
        seen[rule.id] = f"{source.file}:{source.line(*at)} "


class _Reader:
    """Reads one rule of one file; every refusal goes to the file's list."""

    def __init__(self, source: Source, policy: PolicyBook, supplement: bool, quotes: list[Quote]):
        self.source, self.policy, self.supplement, self.quotes = source, policy, supplement, quotes
        self.sample = bool(supplement and source.data.get("sample", False))

    def rule(self, at: Place, row: dict[str, Any], key: str) -> Rule:
        alert = row.get("alert")
        rule = Rule(
            row.get("id", ""), row.get("title", ""), row.get("subject", "person"), row.get("duty", ""),
            row.get("tier", ""), row.get("aid", ""), key == "indicator", row.get("signal", ""), row.get("source", ""),
            row.get("needs_parameter", ""), self._alert(at, alert) if alert else None, {}, self.source.package,
            key == "standard", tuple(row.get("needs", ())),
        )  # fmt: skip
        return replace(rule, bodies=self._bodies(at, rule.id, row.get("in", {})))

    def _alert(self, at: Place, row: dict[str, Any]) -> AlertDeclaration:
        when = row.get("when", "eligible")
        if when not in ("eligible", "not_eligible", "unknown"):
            self.source.refuse((*at, "alert", "when"), "bad_when", f"没有 when = {when}。", "写 eligible、not_eligible 或 unknown")
        return AlertDeclaration(
            row.get("kind", "carry_out"), row.get("severity", "medium"), row.get("message", ""), when, row.get("unless", ""),
            row.get("visit", ""), row.get("limit", ""),
        )  # fmt: skip

    def _bodies(self, at: Place, rule: str, tables: dict[str, Any]) -> dict[str, Body]:
        bodies: dict[str, Body] = {}
        for place in sorted(tables, key=lambda p: "same_as" in tables[p]):
            here = (*at, "in", place)
            if place not in self.policy.jurisdictions:
                self.source.refuse(here, "unknown_jurisdiction", f"没有地区 {place}。", "改正地区，或在 jurisdictions.toml 中登记")
            else:
                bodies[place] = self._body(here, f"{rule}:{place}", place, tables[place], bodies)
        return bodies

    def exclusive(self, at: Place, row: dict[str, Any], key: str) -> Iterator[tuple[Exclusive, Source, Place]]:
        """``[[programme.in.<place>.excludes]]``: what the place's text does not grant beside this programme."""
        for place, table in row.get("in", {}).items():
            for index, told in enumerate(table.get("excludes", ()) if place in self.policy.jurisdictions else ()):
                here, other = (*at, "in", place, "excludes", index), str(told.get("programme", ""))
                if key != "programme":
                    self.source.refuse(here, "bad_excludes", "只有救助项目才能互斥。", "删去 excludes")
                cite, reference = self._origin(here, f"{row.get('id', '')}:{place}:excludes:{other}", place, told)
                pair = Exclusive(row.get("id", ""), other, place, cite, reference, self.sample, told.get("choice", ""))
                yield pair, self.source, here

    def _body(self, at: Place, name: str, place: str, table: dict[str, Any], others: dict[str, Body]) -> Body:
        shared = self._shared(at, table, others)
        rows = {row.get("id", ""): (index, row) for index, row in enumerate(table.get("condition", ()))}
        if len(rows) != len(table.get("condition", ())):
            self.source.refuse(at, "duplicate_id", f"{name} 有两个相同的条件 id。", "给每个条件不同的 id")
        own = [row for row in rows.items() if row[0] not in {c.id for c in shared}]
        conditions = [self._shared_condition(at, name, place, c, table, rows.get(c.id)) for c in shared]
        conditions += [self._condition((*at, "condition", index), name, place, row) for _, (index, row) in own]
        if not conditions:
            self.source.refuse(at, "no_condition", f"{name} 没有条件。", "写上条件；文件没有规定的，删去此节")
        return Body(place, tuple(conditions), self._amount(at, name, place, table.get("amount")))

    def _shared(self, at: Place, table: dict[str, Any], others: dict[str, Body]) -> tuple[Condition, ...]:
        if "same_as" not in table:
            return ()
        if table["same_as"] not in others:
            self.source.refuse((*at, "same_as"), "unknown_body", f"没有 {table['same_as']} 的规定可以参照。", "改正 same_as")
            return ()
        return others[table["same_as"]].conditions

    def _shared_condition(
        self, at: Place, name: str, place: str, shared: Condition, table: dict[str, Any], own: tuple[int, dict[str, Any]] | None
    ) -> Condition:
        """A shared condition keeps label and test and must bring this text's citation, in a condition or in ``cites``."""
        if own is not None:
            row = {"label": shared.label, "test": shared.test, **own[1]}
            return self._condition((*at, "condition", own[0]), name, place, row)
        row = {"id": shared.id, "label": shared.label, "test": shared.test, "cite": table.get("cites", {}).get(shared.id)}
        return self._condition(at, name, place, row)

    def _condition(self, at: Place, name: str, place: str, row: dict[str, Any]) -> Condition:
        for key in ("id", "label", "test"):
            if not isinstance(row.get(key), str) or not row[key]:
                self.source.refuse(at, "incomplete_condition", f"{name} 的条件没有 {key}。", f"写上 {key}")
        cite, reference = self._origin(at, f"{name}:{row.get('id', '')}", place, row)
        return Condition(
            str(row.get("id", "")), str(row.get("label", "")), str(row.get("test", "")), cite, reference, row.get("ask", ""), self.sample
        )

    def _amount(self, at: Place, name: str, place: str, row: dict[str, Any] | None) -> Amount | None:
        if row is None:
            return None
        cite, reference = self._origin((*at, "amount"), f"{name}:amount", place, row)
        floor, as_of = bool(row.get("floor")), str(row.get("as_of", ""))
        return Amount(str(row.get("value", "")), row.get("cap", ""), floor, cite, reference, self.sample, as_of)

    def _origin(self, at: Place, name: str, place: str, row: dict[str, Any]) -> tuple[Citation | None, str]:
        """The text's citation, or in a supplement the reference of the local document."""
        if self.supplement:
            if not row.get("reference"):
                self.source.refuse(at, "missing_citation", f"{name} 没有依据。", "写上 reference = \"本地文件\"")
            return None, row.get("reference", "")
        own = self.policy.jurisdictions[place].documents[0]
        before = len(self.source.refusals)
        cite = citation(self.policy.documents, self.source, at, row.get("cite") or {}, own)
        if cite is not None:
            self.quotes.append(Quote(f"rule:{name}", self.source.package, self.source.file, self.source.line(*at, "cite"), cite))
        elif len(self.source.refusals) == before:
            self.source.refuse(at, "missing_citation", f"{name} 没有出处。", "写上 cite = { clause = \"…\", quote = \"…\" }")
        return cite, ""


def _with_supplements(book: RuleBook, files: list[Source]) -> RuleBook:
    """A supplement adds conditions or a body to a programme that exists, or a programme of its own."""
    rules, _, exclusive = _read_rules(files, book.policy, True)
    known = book.by_id
    merged_rules = {rule.id: _supplemented(known[rule.id], rule, source, at) for rule, source, at in rules if rule.id in known}
    added = [entry for entry in rules if entry[0].id not in known]
    _check_ids(added, book)
    kept = replace(
        book,
        programmes=tuple(merged_rules.get(r.id, r) for r in book.programmes),
        indicators=tuple(merged_rules.get(r.id, r) for r in book.indicators),
    )
    trial = _joined(kept, Vocabulary({}, {}), [rule for rule, _, _ in added], [], exclusive)
    check_book(trial, rules, {})
    _check_exclusive(trial, exclusive, files)
    if refusals := [r for source in files for r in source.refusals]:
        raise Refused(refusals)
    return trial


def _supplemented(rule: Rule, extra: Rule, source: Source, at: Place) -> Rule:
    bodies = dict(rule.bodies)
    for place, body in extra.bodies.items():
        old = bodies.get(place, Body(place, ()))
        if {c.id for c in old.conditions} & {c.id for c in body.conditions}:
            source.refuse((*at, "in", place), "duplicate_id", f"{rule.id} 在 {place} 已有同名条件，本地设定不得改写。", "换一个条件 id")
        if old.amount and body.amount:
            source.refuse((*at, "in", place), "rewrites_text", f"{rule.id} 在 {place} 已有金额，本地设定不得改写。", "删去 amount")
        bodies[place] = Body(place, (*old.conditions, *body.conditions), old.amount or body.amount)
    return replace(rule, bodies=bodies)
