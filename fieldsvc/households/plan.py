"""From rows of a roster to households: grouping, translating, and everything that can be refused without the store."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from fieldsvc.kit.crypto import normalise
from fieldsvc.kit.errors import Problem

from .fields import household_fields, person_fields
from .report import REFUSED, UNCHANGED, RowResult
from .roster import TITLES, Row
from .rules import AREAS, SEXES, TIERS

HEAD = "户主"
SHARED = ("head", "village_code", "address", "area", "grid_worker", "child_director")
WORDS = {
    "area": {**{v: k for k, v in AREAS.items()}, "城市": "urban", "非农业": "urban", "农业": "rural"},
    "sex": {**{v: k for k, v in SEXES.items()}, "男性": "male", "女性": "female"},
    "relation": {"本人": HEAD, "户主本人": HEAD},
    "tier": {
        **{v: k for k, v in TIERS.items()}, "特困": "tekun", "特困供养人员": "tekun", "低保": "dibao", "低保对象": "dibao",
        "城市低保": "dibao", "农村低保": "dibao", "低保边缘": "dibao_margin", "低保边缘家庭": "dibao_margin",
        "最低生活保障边缘家庭": "dibao_margin", "低保边缘家庭成员": "dibao_margin", "刚性支出困难": "rigid_expense",
        "刚性支出困难家庭": "rigid_expense", "支出型困难家庭": "rigid_expense", "无": "none",
    },
}  # fmt: skip


@dataclass(slots=True)
class Member:
    row: Row
    result: RowResult
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Home:
    """One household of the roster: its own fields, its members, and the names of its workers."""

    ref: str
    members: list[Member]
    values: dict[str, Any] = field(default_factory=dict)
    workers: dict[str, str] = field(default_factory=dict)

    @property
    def refused(self) -> bool:
        return any(member.result.status == REFUSED for member in self.members)

    def give_up(self) -> None:
        """A household is stored whole or not at all."""
        bad = [m.row.number for m in self.members if m.result.status == REFUSED]
        for member in self.members:
            if bad and member.result.status != REFUSED:
                refuse(member.result, f"同户第 {bad[0]} 行有误，整户未导入。")


def refuse(result: RowResult, reason: str) -> None:
    """The first reason stays; others are added behind it."""
    result.status, result.reason = REFUSED, f"{result.reason}{reason}"


def homes_of(rows: Iterable[Row], county: str, on: date) -> list[Home]:
    """Rows grouped by 户编号 in their order, with fields checked; what is wrong stands in the members' results."""
    homes: dict[str, Home] = {}
    for row in rows:
        ref = row.get("ref")
        member = Member(row, RowResult(row.number, ref, row.get("name"), UNCHANGED))
        homes.setdefault(ref or f"\0{row.number}", Home(ref, [])).members.append(member)
    for home in homes.values():
        _settle(home, county, on)
        _same_name_twice(home)
    _same_number_twice(homes.values())
    return list(homes.values())


def _settle(home: Home, county: str, on: date) -> None:
    first = home.members[0]
    if not home.ref:
        refuse(first.result, "户编号为空；如有合并单元格，请取消合并并逐行填写。")
    shared = _shared(home)
    head = _head(home, shared.get("head", ""))
    for member in home.members:
        _person(member, on)
    home.workers = {role: shared[role] for role in ("grid_worker", "child_director") if shared.get(role)}
    lead = head.row if head else first.row
    raw = {k: _word(k, shared[k]) for k in ("village_code", "address", "area") if shared.get(k)}
    raw |= {"ref": home.ref, "name": shared.get("head") or (head.row.get("name") if head else "")}
    raw |= {k: _word(k, lead.get(k)) for k in ("phone", "tier") if lead.get(k)}
    try:
        home.values = household_fields(raw, county)
        if not home.values.get("name"):
            refuse(first.result, "没有户主：请填写“户主”列，或在“与户主关系”中注明户主。")
    except Problem as problem:
        refuse(lead_result(home, lead), problem.detail)


def lead_result(home: Home, lead: Row) -> RowResult:
    return next(member.result for member in home.members if member.row is lead)


def _shared(home: Home) -> dict[str, str]:
    """What the rows of a household say together; two rows that differ cannot both be right."""
    said: dict[str, tuple[str, int]] = {}
    for member in home.members:
        for name in SHARED:
            value = member.row.get(name)
            before = said.setdefault(name, (value, member.row.number)) if value else None
            if before and before[0] != value:
                refuse(member.result, f"“{TITLES[name]}”与同户第 {before[1]} 行不一致。")
    return {name: value for name, (value, _) in said.items()}


def _head(home: Home, named: str) -> Member | None:
    for member in home.members:
        if _word("relation", member.row.get("relation")) == HEAD:
            return member
    for member in home.members:
        if named and member.row.get("name") == named and not member.row.get("relation"):
            member.row.cells["relation"] = HEAD
            return member
    return None


def _person(member: Member, on: date) -> None:
    row = member.row
    for damage in row.damaged:
        refuse(member.result, damage)
    if not row.get("name"):
        refuse(member.result, "姓名为空。")
    raw = {k: _word(k, row.get(k)) for k in ("name", "sex", "relation", "id_number", "tier", "phone") if row.get(k)}
    if raw.get("relation") == HEAD:
        raw.pop("phone", None)  # the head's telephone is the household's
    if row.get("birth_date"):
        raw["birth_date"] = day(row.get("birth_date"))
    if row.damaged:
        raw.pop("id_number", None)
    try:
        member.values = person_fields(raw, on)
    except Problem as problem:
        refuse(member.result, problem.detail)
    if "*" in (member.values.get("id_number") or ""):
        refuse(member.result, "身份证号带有星号，请填写完整号码。")


def _word(name: str, text: str) -> str:
    return WORDS.get(name, {}).get(text, text)


def day(text: str) -> str:
    """``1990-1-2``, ``1990/1/2``, ``1990.1.2``, ``19900102``, ``1990年1月2日`` → ISO; anything else as it is."""
    parts = re.fullmatch(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?: 0{1,2}:00(?::00)?)?", text)
    parts = parts or re.fullmatch(r"(\d{4})(\d{2})(\d{2})", text)
    return "-".join(part.zfill(2) for part in parts.groups()) if parts else text


def _same_name_twice(home: Home) -> None:
    """Without a number a person is known by name and birth date; a second import must find the same one again."""
    seen: set[tuple[Any, Any]] = set()
    doubtful = {m.row.get("name") for m in home.members if not m.values.get("id_number")}
    for member in home.members:
        key = member.values.get("name"), member.values.get("birth_date")
        twins = [m for m in home.members if m.row.get("name") == key[0] and m is not member]
        undated = any(m.values.get("birth_date") is None for m in [*twins, member])
        if key[0] in doubtful and twins and (undated or key in seen):
            refuse(member.result, "同户有同名的人，请都填写身份证号，或都填写不同的出生日期。")
        seen.add(key)


def _same_number_twice(homes: Iterable[Home]) -> None:
    seen: dict[str, int] = {}
    for home in homes:
        for member in home.members:
            number = normalise(member.values.get("id_number") or "")
            if number and seen.setdefault(number, member.row.number) != member.row.number:
                refuse(member.result, f"身份证号与第 {seen[number]} 行相同。")
