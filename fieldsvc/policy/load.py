"""From policy files and deployment supplements to a PolicyBook; every mistake with file, line and mend."""

from collections.abc import Iterable
from datetime import date
from itertools import combinations
from pathlib import Path
from typing import Any

from . import limits
from .book import Citation, Document, Duty, Jurisdiction, OpenPoint, Parameter, PolicyBook, Quote
from .refusals import Refusal, Refused
from .source import Inexact, Package, Place, Source, as_package, read_source
from .values import NotExact, exact

_KNOWN = frozenset([
    "name", "title", "value", "test", "labels", "unit", "bound", "force", "from", "until", "document", "clause", "quote", "by",
    "reference", "jurisdiction",
])  # fmt: skip
MENDS = {
    "date": "日期写成文字，如 \"2027-02-08\"", "time_of_day": "时刻写成文字，如 \"17:30\"", "hour": "写 1 至 9999 小时",
    "working_day": "写 1 至 9999 的整数",
}  # fmt: skip


class _Draft:
    """What has been read so far; parameters keep their source, so that clashes between files can point at a line."""

    def __init__(self) -> None:
        self.documents: dict[str, Document] = {}
        self.jurisdictions: dict[str, Jurisdiction] = {}
        self.parameters: list[tuple[Parameter, Source, Place]] = []
        self.open_points: dict[str, OpenPoint] = {}
        self.confirms: list[tuple[dict[str, Any], Source, Place]] = []
        self.quotes: list[Quote] = []


def load_policies(
    sources: Iterable[Package | Path | str], supplements: Iterable[Path | str] = ()
) -> PolicyBook:
    """Read the packages' policy files, then the deployment's supplements (本地设定).

    A package with ``jurisdictions.toml`` gives documents and places; ``parameters/*.toml`` (or, beside ``jurisdictions.toml``,
    every other file) give dated values. Raises Refused when a core package or a supplement is refused; what a department's
    package is refused for stands in ``PolicyBook.refusals`` and the package is left out whole.
    """
    draft, refusals = _Draft(), []
    packages = [as_package(each) for each in sources]
    files = [(package, [*_places_files(package)]) for package in packages]
    for _, read in files:
        for source in read:
            _take_places(draft, source)
    for package, read in files:
        refusals += _take_package(draft, package, read)
    if supplements:
        refusals += _take_package(draft, Package("supplement", Path(), core=True), _supplement_files(supplements))
    return _finish(draft, refusals)


def _places_files(package: Package) -> list[Source]:
    root = package.files()
    beside = root if any(f.name == "jurisdictions.toml" for f in root) else []
    files = [*beside, *package.files("parameters")]
    return [read_source(f, package.id) for f in files]


def _supplement_files(paths: Iterable[Path | str]) -> list[Source]:
    return [read_source(Path(path), "supplement") for path in paths]


def _take_places(draft: _Draft, source: Source) -> None:
    for name, table in source.data.get("document", {}).items():
        if document := _document(source, name, table):
            draft.documents[name] = document
    for name, table in source.data.get("jurisdiction", {}).items() if _is_places(source) else ():
        draft.jurisdictions[name] = _jurisdiction(draft, source, name, table)
    for name, jurisdiction in draft.jurisdictions.items():
        if ("jurisdiction", name) in source.places:
            _check_chain(draft, source, jurisdiction)


def _is_places(source: Source) -> bool:
    return isinstance(source.data.get("jurisdiction", {}), dict)


def _document(source: Source, name: str, table: dict[str, Any]) -> Document | None:
    at: Place = ("document", name)
    if not isinstance(table.get("from"), date):
        source.refuse(at, "document_without_from", f"文件 {name} 没有施行日期。", "写上 from = 年-月-日")
        return None
    return Document(
        name, table.get("title", name), table.get("number", ""), table["from"], table.get("until"), table.get("issued"),
        table.get("text", ""),
    )  # fmt: skip


def _jurisdiction(draft: _Draft, source: Source, name: str, table: dict[str, Any]) -> Jurisdiction:
    duties = {}
    for duty, row in table.get("duty", {}).items():
        at: Place = ("jurisdiction", name, "duty", duty)
        default = (table.get("documents") or [""])[0]
        cite = citation(draft.documents, source, at, row, default)
        if cite is None and not row.get("reference"):
            source.refuse(at, "missing_citation", f"职责 {duty} 没有出处。", "写上 document、clause、quote")
        if cite:
            draft.quotes.append(_quote(source, at, f"duty:{name}:{duty}", cite))
        duties[duty] = Duty(duty, row.get("office", ""), cite, row.get("reference", ""), row.get("about", ""))
    return Jurisdiction(name, table.get("name", name), table.get("code", ""), tuple(table.get("documents", ())), duties)


def _check_chain(draft: _Draft, source: Source, jurisdiction: Jurisdiction) -> None:
    at: Place = ("jurisdiction", jurisdiction.id, "documents")
    if not jurisdiction.documents:
        source.refuse(at, "no_document", f"{jurisdiction.name} 没有文件。", "写上 documents = [\"文件编号\"]")
    for document in jurisdiction.documents:
        if document not in draft.documents:
            source.refuse(at, "unknown_document", f"没有文件 {document}。", f"在 [document.{document}] 中登记，或改正编号")


def citation(
    documents: dict[str, Document], source: Source, at: Place, row: dict[str, Any], default: str = ""
) -> Citation | None:
    """The row's ``document``, ``clause`` and ``quote``, or None when a part is missing; an unknown document is refused."""
    document = row.get("document", default)
    if not (document and row.get("clause") and row.get("quote")):
        return None
    if document not in documents:
        source.refuse((*at, "document"), "unknown_document", f"没有文件 {document}。", "改正文件编号，或在 jurisdictions.toml 中登记")
        return None
    return Citation(document, row["clause"], row["quote"])


def _quote(source: Source, at: Place, name: str, cite: Citation) -> Quote:
    return Quote(name, source.package, source.file, source.line(*at, "quote"), cite)


def _take_package(draft: _Draft, package: Package, files: list[Source]) -> list[Refusal]:
    """Add one package's values, or, when anything in it is refused, nothing of it."""
    trial = _Draft()
    trial.documents, trial.jurisdictions = draft.documents, draft.jurisdictions
    for source in files:
        _take_values(trial, source, package.id == "supplement")
    _check_clashes(draft.parameters, trial.parameters)
    refusals = [r for source in files for r in source.refusals]
    if refusals and package.core:
        raise Refused(refusals)
    if not refusals:
        draft.parameters += trial.parameters
        draft.open_points |= trial.open_points
        draft.confirms += trial.confirms
        draft.quotes += trial.quotes
    return refusals


def _take_values(draft: _Draft, source: Source, supplement: bool) -> None:
    for index, row in enumerate(source.data.get("parameter", ())):
        at: Place = ("parameter", index)
        parameter = _parameter(draft, source, at, row, supplement)
        if parameter:
            draft.parameters.append((parameter, source, at))
    for index, row in enumerate(source.data.get("open", ())):
        _take_open(draft, source, ("open", index), row)
    for index, row in enumerate(source.data.get("confirm", ())):
        _take_confirm(draft, source, ("confirm", index), row)


def _parameter(draft: _Draft, source: Source, at: Place, row: dict[str, Any], supplement: bool) -> Parameter | None:
    before = len(source.refusals)
    place = row.get("jurisdiction", source.data.get("jurisdiction"))
    name = row.get("name", "")
    _check_head(draft, source, at, name, place, row)
    cite = None if supplement else citation(draft.documents, source, at, row)
    reference = row.get("reference", "") if supplement else ""
    if cite is None and not reference and len(source.refusals) == before:
        need = "写上 reference = \"本地文件\"" if supplement else "写上 document、clause、quote"
        source.refuse(at, "missing_citation", f"参数 {name} 没有出处。", need)
    if len(source.refusals) > before:
        return None
    if cite:
        draft.quotes.append(_quote(source, at, f"parameter:{place}:{name}:{row['from']}", cite))
    return Parameter(
        name=name, jurisdiction=str(place), title=row.get("title", name), value=_value(row), unit=row.get("unit", "number"),
        starts=row["from"], ends=row.get("until"), by=row.get("by", "") if row.get("by") in _by(row) else "",
        bound=row.get("bound", "exact"), force=row.get("force", "shall"), labels=tuple(row.get("labels", ())),
        cite=cite, reference=reference, sample=bool(supplement and source.data.get("sample", False)),
        rest={k: v for k, v in row.items() if k not in _KNOWN},
    )  # fmt: skip


def _value(row: dict[str, Any]) -> Any:
    """The value; for a test (条件参数) the text of its expression, which the rule engine puts in its place."""
    return row["test"] if row.get("unit") == "test" else row["value"]


def _by(row: dict[str, Any]) -> tuple[Any, ...]:
    """``by`` names a fact only where the value is a table; elsewhere it is the date by which a text wants it reached."""
    return (row.get("by"),) if isinstance(row.get("value"), dict) else ()


def _check_head(draft: _Draft, source: Source, at: Place, name: str, place: Any, row: dict[str, Any]) -> None:
    if not name:
        source.refuse(at, "no_name", "参数没有名称。", "写上 name")
    if not isinstance(place, str):
        source.refuse(at, "no_jurisdiction", f"参数 {name} 没有写明地区。", "在文件开头写 jurisdiction = \"地区\"")
    elif place not in draft.jurisdictions:
        source.refuse(at, "unknown_jurisdiction", f"没有地区 {place}。", "改正 jurisdiction，或在 jurisdictions.toml 中登记")
    for key in ("from", "until"):
        if (key in row or key == "from") and not isinstance(row.get(key), date):
            source.refuse((*at, key), "no_date", f"参数 {name} 的 {key} 不是日期。", f"写 {key} = 年-月-日")
    _check_value(source, at, name, row)


def _check_value(source: Source, at: Place, name: str, row: dict[str, Any]) -> None:
    if row.get("unit") == "test":
        if not isinstance(row.get("test"), str):
            source.refuse(at, "no_value", f"条件参数 {name} 没有条件。", "写上 test = \"表达式\"")
        return
    if "value" not in row:
        source.refuse(at, "no_value", f"参数 {name} 没有值。", "写上 value")
        return
    try:
        exact(row["value"], row.get("unit", ""))
    except NotExact as error:
        mend = MENDS.get(row.get("unit", ""), "小数写成字符串，如 \"1.3\" 或 \"70/100\"")
        source.refuse((*at, "value"), "not_exact", f"参数 {name} 的值 {error} 不是精确数。", mend)
    if wrong := limits.fault(name, row.get("unit"), row["value"]):
        source.refuse((*at, "value"), "bad_limit", *wrong)
    for value in row.values():
        if isinstance(value, Inexact) and value is not row.get("value"):
            source.refuse(at, "not_exact", f"参数 {name} 含有浮点数 {value}。", "小数写成字符串")


def _take_open(draft: _Draft, source: Source, at: Place, row: dict[str, Any]) -> None:
    if not row.get("name"):
        source.refuse(at, "no_name", "待本地设定项没有名称。", "写上 name")
        return
    cite = citation(draft.documents, source, at, row)
    if cite:
        draft.quotes.append(_quote(source, at, f"open:{row['name']}", cite))
    point = OpenPoint(row["name"], row.get("title", row["name"]), row.get("unit", "number"), row.get("by", ""), cite)
    draft.open_points[point.name] = point


def _take_confirm(draft: _Draft, source: Source, at: Place, row: dict[str, Any]) -> None:
    if row.get("document") not in draft.documents:
        source.refuse(at, "unknown_document", f"没有文件 {row.get('document')}。", "改正 document")
    elif not row.get("reference"):
        source.refuse(at, "missing_citation", "确认继续施行没有依据。", "写上 reference = \"本地文件\"")
    else:
        draft.confirms.append((row, source, at))


def _check_clashes(
    old: list[tuple[Parameter, Source, Place]], new: list[tuple[Parameter, Source, Place]]
) -> None:
    """Two values of one parameter may not hold on the same day; a supplement may not rewrite what a text gives."""
    groups: dict[tuple[str, str], list[tuple[Parameter, Source, Place]]] = {}
    for entry in (*old, *new):
        groups.setdefault((entry[0].jurisdiction, entry[0].name), []).append(entry)
    for entry, later in (pair for group in groups.values() for pair in combinations(group, 2)):
        if later in new and _overlap(entry[0], later[0]):
            _refuse_clash(entry, later)


def _refuse_clash(entry: tuple[Parameter, Source, Place], later: tuple[Parameter, Source, Place]) -> None:
    parameter, source, at = later
    where = f"{entry[1].file}:{entry[1].line(*entry[2])}"
    if parameter.reference and entry[0].cite:
        message, mend = f"文件已规定 {parameter.name}（{where}），本地设定不得改写。", "删去该设定，或改正日期"
    else:
        message, mend = f"{parameter.name} 的施行日期与 {where} 重叠。", "给旧值写 until，止于新值施行前一日"
    source.refuse(at, "overlapping_dates", message, mend)


def _overlap(one: Parameter, other: Parameter) -> bool:
    return one.starts <= (other.ends or date.max) and other.starts <= (one.ends or date.max)


def _finish(draft: _Draft, refusals: list[Refusal]) -> PolicyBook:
    for row, _, _ in draft.confirms:
        old = draft.documents[row["document"]]
        draft.documents[old.id] = Document(
            old.id, old.title, old.number, old.starts, row.get("until"), old.issued, old.text, row["reference"]
        )
    parameters = tuple(parameter for parameter, _, _ in draft.parameters)
    origins = {p.key: (source.file, source.line(*at, "test" if p.unit == "test" else "value")) for p, source, at in draft.parameters}
    return PolicyBook(
        draft.documents, draft.jurisdictions, parameters, draft.open_points, tuple(draft.quotes), tuple(refusals), origins
    )
