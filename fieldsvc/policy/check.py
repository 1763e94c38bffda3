"""Are the quotes true? With the texts: looked up in their clauses, and locked. Without: compared with the lock."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from .book import Document, PolicyBook, Quote
from .clauses import ClausedText, read_texts
from .lock import NAME, Locked, differences, digest, dump_lock, read_lock
from .refusals import Refusal
from .source import Package

_MEND_QUOTE = "照原文逐字改正引文，或改正条款号"
_MEND_LOCK = "核对引文后，用 fieldsvc policy check --texts 文件夹 --write 重新生成"


@dataclass(frozen=True, slots=True)
class Report:
    """``checked``: quotes looked at. ``failures``: what is wrong, with file and line. ``locks``: per package id the entries."""

    checked: int
    failures: tuple[Refusal, ...]
    locks: dict[str, tuple[Locked, ...]]

    @property
    def ok(self) -> bool:
        return not self.failures


def all_quotes(*quotes: Iterable[Quote]) -> tuple[Quote, ...]:
    """The quotes of a policy book and of a rule book together: ``all_quotes(policy.quotes, rules.quotes)``."""
    return tuple(quote for group in quotes for quote in group)


def check_quotes(policy: PolicyBook, quotes: Iterable[Quote], texts_dir: Path | str) -> Report:
    """Look every quote up inside its cited clause. Raises TextMissing when the folder lacks a text."""
    given = tuple(quotes)
    numbers = {policy.documents[q.cite.document].text for q in given} - {""}
    texts = read_texts(Path(texts_dir), numbers)
    failures: list[Refusal] = []
    locks: dict[str, list[Locked]] = {}
    for quote in given:
        document = policy.documents[quote.cite.document]
        result = _look_up(quote, document, texts.get(document.text))
        if isinstance(result, Refusal):
            failures.append(result)
        else:
            locks.setdefault(quote.package, []).append(result)
    failures += _doubled(given)
    return Report(len(given), tuple(failures), {package: tuple(entries) for package, entries in locks.items()})


def _look_up(quote: Quote, document: Document, text: ClausedText | None) -> Locked | Refusal:
    cite = quote.cite
    if text is None:
        return _refusal(quote, "no_text", f"文件 {document.id} 没有登记原文编号 text。", "在 jurisdictions.toml 中写 text")
    if not text.within(cite.clause):
        return _refusal(quote, "no_clause", f"{document.title} 没有条款 {cite.clause}。", _MEND_QUOTE)
    place = text.find(cite.clause, cite.quote)
    if place is None:
        return _refusal(quote, "quote_not_found", f"{document.title} {cite.clause} 中没有“{cite.quote}”。", _MEND_QUOTE)
    return Locked(quote.id, document.id, cite.clause, place, digest(cite.quote))


def _doubled(quotes: tuple[Quote, ...]) -> list[Refusal]:
    seen: dict[str, Quote] = {}
    found = []
    for quote in quotes:
        if quote.id in seen:
            found.append(_refusal(quote, "duplicate_id", f"引文 {quote.id} 出现两次。", "删去一处"))
        seen[quote.id] = quote
    return found


def _refusal(quote: Quote, code: str, message: str, mend: str) -> Refusal:
    return Refusal(code, message, mend, quote.file, quote.line, quote.package)


def write_locks(report: Report, packages: Iterable[Package]) -> list[Path]:
    """Write each package's ``quotes.lock``; only packages on disk (a source tree) can be written. Refuses a failed report."""
    if not report.ok:
        raise ValueError("quotes failed their check; nothing is locked")
    written = []
    for package in packages:
        path = Path(str(package.root)) / NAME
        if entries := report.locks.get(package.id):
            path.write_text(dump_lock(entries), encoding="utf-8")
            written.append(path)
    return written


def verify_locks(quotes: Iterable[Quote], packages: Iterable[Package]) -> Report:
    """Compare every quote with its package's lock; no text is needed."""
    given, failures = tuple(quotes), []
    for package in packages:
        own = [q for q in given if q.package == package.id]
        lock = read_lock(package.root)
        for quote, code, message in differences(own, lock) if own or lock else ():
            failures.append(_at(package, quote, code, message))
    return Report(len(given), tuple(failures), {})


def _at(package: Package, quote: Quote | None, code: str, message: str) -> Refusal:
    if quote is not None:
        return _refusal(quote, code, message, _MEND_LOCK)
    return Refusal(code, message, _MEND_LOCK, str(package.root.joinpath(NAME)), 1, package.id)
