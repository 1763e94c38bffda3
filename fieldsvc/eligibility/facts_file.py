"""Reading ``facts.toml``: facts and derived facts, names unique over core and departments."""

import re
from typing import Any

from fieldsvc.policy.source import Place, Source

from .vocabulary import SUBJECTS, TYPES, Derived, Fact, Members, Term, Vocabulary

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_FORMS = ("test", "value", "members", "years_since", "text", "programme", "terms")
_OPS = ("sum", "count", "any", "all", "max")

Places = dict[str, tuple[Source, Place]]


def read_facts(files: list[Source], known: Vocabulary) -> tuple[Vocabulary, Places]:
    """The vocabulary these files add, and where each name stands."""
    facts: dict[str, Fact] = {}
    derived: dict[str, Derived] = {}
    places: Places = {}
    for source in files:
        for kind in ("fact", "derived"):
            for index, row in enumerate(source.data.get(kind, ())):
                at: Place = (kind, index)
                if not _named(source, at, row, known, places):
                    continue
                places[row["name"]] = (source, at)
                if kind == "fact":
                    facts[row["name"]] = _fact(source, row)
                else:
                    derived[row["name"]] = _derived(source, at, row)
    return Vocabulary(facts, derived), places


def _named(source: Source, at: Place, row: dict[str, Any], known: Vocabulary, places: Places) -> bool:
    name, before = row.get("name", ""), len(source.refusals)
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        source.refuse(at, "bad_name", f"事实名称 {name!r} 不合规范。", "用小写英文、数字和下划线，以字母开头")
    elif name in places or known.get(name):
        source.refuse((*at, "name"), "duplicate_id", f"事实 {name} 已经登记。", "换一个名称，部门事实加上部门前缀")
    if row.get("subject") not in SUBJECTS:
        source.refuse(at, "bad_subject", f"事实 {name} 的 subject 不对。", "写 person 或 household")
    if row.get("type") not in TYPES:
        source.refuse(at, "bad_type", f"事实 {name} 的 type 不对。", f"写 {'、'.join(TYPES)} 之一")
    if row.get("type") == "choice" and not row.get("choices"):
        source.refuse(at, "no_choices", f"选项事实 {name} 没有选项。", "写上 choices = { 值 = \"名称\" }")
    return len(source.refusals) == before


def _fact(source: Source, row: dict[str, Any]) -> Fact:
    return Fact(
        row["name"], row.get("label", row["name"]), row["subject"], row["type"], dict(row.get("choices", {})),
        tuple(row.get("sources", ())), row.get("known_for_months"), row.get("class", "general"), row.get("ask", ""),
        source.package,
    )  # fmt: skip


def _derived(source: Source, at: Place, row: dict[str, Any]) -> Derived:
    given = [form for form in _FORMS if form in row]
    if len(given) != 1:
        message = f"推导事实 {row['name']} 应当恰好有一种算法，现有 {'、'.join(given) or '无'}。"
        source.refuse(at, "bad_derived", message, f"在 {'、'.join(_FORMS)} 中选一种")
    members = row.get("members")
    return Derived(
        row["name"], row.get("label", row["name"]), row["subject"], row["type"], row.get("test", ""), row.get("value", ""),
        _members(source, at, row, members) if members is not None else None, row.get("years_since", ""),
        row.get("text", ""), row.get("programme", ""), dict(row.get("choices", {})), source.package, _terms(source, at, row),
    )  # fmt: skip


def _terms(source: Source, at: Place, row: dict[str, Any]) -> tuple[Term, ...]:
    given = row.get("terms", ())
    if any(not (isinstance(t, dict) and t.get("value") and t.get("where")) for t in given):
        source.refuse((*at, "terms"), "bad_terms", f"{row['name']} 的 terms 不完整。", "每项写上 value 和 where")
        return ()
    return tuple(Term(t["value"], t["where"]) for t in given)


def _members(source: Source, at: Place, row: dict[str, Any], members: dict[str, Any]) -> Members:
    op = members.get("op", "")
    if op not in _OPS:
        source.refuse((*at, "members"), "bad_members", f"没有成员算法 {op}。", f"写 {'、'.join(_OPS)} 之一")
    if op in ("sum", "max") and not members.get("of"):
        source.refuse((*at, "members"), "bad_members", f"{op} 没有写明成员的哪个事实。", "写上 of = \"事实\"")
    if op in ("any", "all") and not (members.get("of") or members.get("where")):
        source.refuse((*at, "members"), "bad_members", f"{op} 没有条件。", "写上 where 或 of")
    if row["subject"] != "household":
        source.refuse((*at, "members"), "bad_members", "成员推导只能属于家庭。", "写 subject = \"household\"")
    return Members(op, members.get("of", ""), members.get("where", ""))
