"""Feed definitions (部门名单定义): which column of a department's list tells which fact. Data only, checked at load."""

import re
from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from typing import Any

from fieldsvc.accounts.rules import CHILD, GENERAL
from fieldsvc.eligibility.vocabulary import SUBJECTS, Fact, Vocabulary
from fieldsvc.policy.book import PolicyBook
from fieldsvc.policy.refusals import Refused
from fieldsvc.policy.source import Package, Place, Source, read_source

from .refusals import Refusal

KEYS = ("id_number", "name", "birth_date")
FIELDS = {"id", "title", "duty", "subject", "key", "as_of", "frequency_days", "verify", "tells", "column"}
COLUMN_FIELDS = {"column", "fact", "values"}
TELLS = "department"
YES_NO = {"是": True, "否": False, "有": True, "无": False}
_ID = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")


@dataclass(frozen=True, slots=True)
class FeedColumn:
    """``names`` are the headings the column may bear; ``values`` maps the list's words to the fact's, and an unlisted word tells
    nothing. Without ``values`` the text itself is read as the fact's type."""

    names: tuple[str, ...]
    fact: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Feed:
    """One kind of list a department delivers. ``key`` = {id_number | name | birth_date: headings} finds a row's person;
    ``as_of`` are the headings of the day a row was true (empty: given with the delivery).

    ``frequency`` is the days between deliveries, or the open setting (本地设定) that says them. ``verify`` names the form of the visit
    that looks into each new entry. ``tells`` = {fact: value} is what being on the list says by itself.
    ``klass`` child: a column tells a child-class fact.
    """

    id: str
    title: str
    duty: str
    subject: str
    key: Mapping[str, tuple[str, ...]]
    columns: tuple[FeedColumn, ...]
    as_of: tuple[str, ...] = ()
    frequency: int | str | None = None
    verify: str = ""
    tells: Mapping[str, Any] = field(default_factory=dict)
    klass: str = GENERAL
    package: str = ""

    @property
    def facts(self) -> tuple[str, ...]:
        """Every fact the list may tell."""
        return (*(column.fact for column in self.columns), *self.tells)


def read_feeds(
    package: Package, duties: tuple[str, ...] | None, vocabulary: Vocabulary, policy: PolicyBook, forms: Mapping[str, str],
    taken: Container[str] = (),
) -> tuple[list[Feed], list[Refusal]]:  # fmt: skip
    """Every feed of ``package/feeds`` in name order. ``duties``: those the department answers for (None: any); ``forms`` =
    {form id: class}; ``taken``: ids of feeds of other packages. The core's own feeds must be sound: ``Refused`` is raised for them."""
    feeds: list[Feed] = []
    sources = [read_source(file, package.id) for file in package.files("feeds")]
    for source in sources:
        if not source.refusals:
            _Reader(source, duties, vocabulary, policy, forms, taken).read(feeds)
    refused = [refusal for source in sources for refusal in source.refusals]
    if refused and package.core:
        raise Refused(refused)
    return feeds, [Refusal(r.package, r.file, r.line, r.code, r.message, r.mend) for r in refused]


def headings(told: Any) -> tuple[str, ...]:
    """One heading or a list of those that mean the same."""
    given = [told] if isinstance(told, str) else told
    sound = isinstance(given, list) and all(isinstance(each, str) and each.strip() for each in given)
    return tuple(each.strip() for each in given) if sound else ()


@dataclass(slots=True)
class _Reader:
    """Reads one file; every refusal goes to the file's list."""

    source: Source
    duties: tuple[str, ...] | None
    vocabulary: Vocabulary
    policy: PolicyBook
    forms: Mapping[str, str]
    taken: Container[str]

    def read(self, feeds: list[Feed]) -> None:
        row = self.source.data.get("feed")
        if not isinstance(row, dict):
            self._refuse((), "no_feed", "文件里没有 [feed]。", "以 [feed] 开头写明 id、title、duty、key")
            return
        self._known(("feed",), row, FIELDS)
        self._head(row, feeds)
        key = self._key(row.get("key"))
        columns = self._columns(row.get("column", []), row.get("subject"))
        tells = self._tells(row.get("tells", {}), row.get("subject"))
        if not columns and not tells:
            self._refuse(("feed",), "no_columns", "名单没有一列说明事实。", "每列写一个 [[feed.column]]，或写 tells")
        told = [*(column.fact for column in columns), *tells]
        facts = [self.vocabulary.facts[name] for name in told if name in self.vocabulary.facts]
        klass = CHILD if any(fact.sensitivity == CHILD for fact in facts) else GENERAL
        self._verify(row.get("verify", ""), klass)
        if not self.source.refusals:
            feeds.append(Feed(row["id"], row["title"], row["duty"], row["subject"], key, columns, headings(row.get("as_of", [])),
                              row.get("frequency_days"), row.get("verify", ""), row.get("tells", {}), klass,
                              self.source.package))  # fmt: skip

    def _refuse(self, at: Place, code: str, message: str, mend: str) -> None:
        self.source.refuse(at, code, message, mend)

    def _known(self, at: Place, row: Mapping[str, Any], known: set[str]) -> None:
        for name in row.keys() - known:
            self._refuse((*at, name), "unknown_key", f"不认识的项 {name}。", f"可写：{'、'.join(sorted(known))}")

    def _head(self, row: Mapping[str, Any], feeds: list[Feed]) -> None:
        name, duty, subject = row.get("id", ""), row.get("duty", ""), row.get("subject")
        if not isinstance(name, str) or not _ID.fullmatch(name):
            self._refuse(
                ("feed", "id"), "bad_name", f"名单编号 {name!r} 不合规范。", "写成 部门.名单，用小写英文、数字和下划线"
            )
        elif name in self.taken or any(feed.id == name for feed in feeds):
            self._refuse(("feed", "id"), "duplicate_id", f"名单 {name} 已经登记。", "换一个编号")
        if not row.get("title"):
            self._refuse(("feed",), "no_title", "名单没有 title。", "写上名单的名称")
        if not duty or (self.duties is not None and duty not in self.duties):
            own = "、".join(self.duties or ()) or "职责名"
            self._refuse(("feed", "duty"), "bad_duty", f"职责 {duty!r} 不由本部门承担。", f"写 {own}")
        if subject not in SUBJECTS:
            self._refuse(("feed", "subject"), "bad_subject", "名单的 subject 不对。", "写 person 或 household")
        if "as_of" in row and not headings(row["as_of"]):
            self._refuse(
                ("feed", "as_of"),
                "bad_heading",
                "as_of 应为列名。",
                "写数据日期那一列的列名；由每次交送时给出的，不写这一项",
            )
        self._frequency(row.get("frequency_days"))

    def _frequency(self, told: Any) -> None:
        if isinstance(told, str) and told not in self.policy.open_points and not self.policy.named(told):
            self._refuse(
                ("feed", "frequency_days"),
                "unknown_parameter",
                f"没有参数 {told}。",
                "写天数，或在 parameters/ 中登记的参数名",
            )
        elif (
            told is not None
            and not isinstance(told, str)
            and (isinstance(told, bool) or not isinstance(told, int) or told < 1)
        ):
            self._refuse(
                ("feed", "frequency_days"), "bad_days", "frequency_days 应为不小于 1 的整数或参数名。", "写天数或参数名"
            )

    def _key(self, told: Any) -> dict[str, tuple[str, ...]]:
        row = told if isinstance(told, dict) else {}
        self._known(("feed", "key"), row, set(KEYS))
        found = {name: headings(row[name]) for name in KEYS if name in row}
        if not found.get("id_number") and not (found.get("name") and found.get("birth_date")):
            self._refuse(
                ("feed", "key"), "no_key", "名单认不出人。", "key 写上 id_number 列，或 name 和 birth_date 两列"
            )
        return found

    def _columns(self, told: Any, subject: Any) -> tuple[FeedColumn, ...]:
        rows = told if isinstance(told, list) else []
        found: list[FeedColumn] = []
        for index, row in enumerate(rows):
            at: Place = ("feed", "column", index)
            self._known(at, row, COLUMN_FIELDS)
            names = headings(row.get("column", []))
            taken = {name for column in found for name in column.names}
            if not names or taken & set(names):
                self._refuse(at, "bad_heading", "列名没有写，或与另一列相同。", '写 column = "列名"')
            if fact := self._fact((*at, "fact"), row.get("fact", ""), subject):
                self._values(at, fact, row.get("values", {}))
            found.append(FeedColumn(names, str(row.get("fact", "")), row.get("values", {})))
        return tuple(found)

    def _tells(self, told: Any, subject: Any) -> dict[str, Any]:
        at: Place = ("feed", "tells")
        if not isinstance(told, dict):
            self._refuse(at, "bad_values", "tells 应为事实和值的对照。", "写 tells = { 事实 = 值 }")
            return {}
        for name, value in told.items():
            fact = self._fact(at, name, subject)
            if fact and not _takes(fact, value):
                self._refuse(at, "bad_values", f"{value} 不是事实 {name} 的取值。", _mend(fact))
        return told

    def _fact(self, at: Place, name: Any, subject: Any) -> Fact | None:
        fact = self.vocabulary.facts.get(name)
        if fact is None:
            self._refuse(at, "unknown_fact", f"词汇表中没有事实 {name}。", "写 facts.toml 中登记的事实名")
            return None
        if TELLS not in fact.sources:
            mend = "在该事实的 sources 中加上 department，或去掉这一列"
            self._refuse(at, "not_told", f"事实 {name} 不由部门名单提供。", mend)
        if fact.subject != "household" and subject == "household":
            mend = "名单的 subject 写 person，或换家庭事实"
            self._refuse(at, "fact_subject", f"事实 {name} 属于个人，名单是按户的。", mend)
        return fact

    def _values(self, at: Place, fact: Fact, values: Any) -> None:
        if not isinstance(values, dict):
            self._refuse((*at, "values"), "bad_values", "values 应为对照表。", '写 values = { "名单用语" = 事实的值 }')
        elif fact.type == "choice" and not values:
            self._refuse(at, "no_values", f"选项事实 {fact.name} 没有对照表。", '写上 values = { "名单用语" = "选项" }')
        elif foreign := [str(v) for v in values.values() if not _takes(fact, v)]:
            self._refuse(
                (*at, "values"), "bad_values", f"{'、'.join(foreign)} 不是事实 {fact.name} 的取值。", _mend(fact)
            )

    def _verify(self, form: Any, klass: str) -> None:
        if form and form not in self.forms:
            self._refuse(("feed", "verify"), "unknown_form", f"没有表单 {form}。", "写核实走访所用表单的编号")
        elif form and klass == CHILD and self.forms[form] != CHILD:
            self._refuse(
                ("feed", "verify"), "form_class", "名单含儿童类事实，核实只能用儿童走访表单。", "换一张 child 类表单"
            )


def _takes(fact: Fact, value: Any) -> bool:
    if fact.type == "bool":
        return isinstance(value, bool)
    if fact.type == "choice":
        return value in fact.choices
    if fact.type == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, str)


def _mend(fact: Fact) -> str:
    return f"可写：{'、'.join(fact.choices)}" if fact.choices else f"按 {fact.type} 类型写"
