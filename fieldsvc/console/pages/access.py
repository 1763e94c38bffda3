"""The access log (查阅记录): who looked at whose data, when and for what."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import marshmallow as ma
from flask import request
from flask_babel import gettext as _
from marshmallow.validate import Length, Range

from fieldsvc.accounts.auth import actor
from fieldsvc.accounts.models import AccessEntry, Account
from fieldsvc.accounts.rules import COUNTY, ROLES, TOWNSHIP
from fieldsvc.console import access_queries as reads
from fieldsvc.console import exports
from fieldsvc.console.answers import read_form, show
from fieldsvc.console.filters import moment
from fieldsvc.console.guard import page
from fieldsvc.console.purposes import EXPORT, PURPOSES, UNMASK, UNMASKING, purpose_words
from fieldsvc.households.viewing import record_view
from fieldsvc.kit import clock
from fieldsvc.kit.listing import Column, Listing
from fieldsvc.kit.web import site

SIZE = 50
WEEK = timedelta(days=6)


class Wanted(ma.Schema):
    account = ma.fields.String(validate=Length(1, 64))
    purpose = ma.fields.String(validate=Length(1, 32))
    since = ma.fields.Date()
    until = ma.fields.Date()
    minors = ma.fields.Boolean(load_default=False)
    page = ma.fields.Integer(load_default=1, validate=Range(1, 100_000))


@dataclass(frozen=True, slots=True)
class Row:
    """One look. ``names`` of those seen that the officer may know by name."""

    entry: AccessEntry
    account: Account
    names: Mapping[str, str]

    @property
    def whom(self) -> str:
        seen = self.entry.persons or self.entry.households
        if not seen:
            return _("查无此人")
        shown = [self.names[one] for one in seen[: reads.FEW] if one in self.names]
        listed = "、".join(shown) or _("其他区域的人员")
        return listed if len(seen) <= reads.FEW else _("%(names)s等 %(n)s", names=listed, n=self.size)

    @property
    def size(self) -> str:
        if self.entry.persons:
            return _("%(n)s 人", n=len(self.entry.persons))
        return _("%(n)s 户", n=len(self.entry.households))


LOOKS = Listing("查阅记录", (
    Column("时间", lambda r: moment(r.entry.at)), Column("查阅人", lambda r: r.account.name),
    Column("岗位", lambda r: _(ROLES.get(r.account.role, ""))), Column("用途", lambda r: purpose_words(r.entry.purpose)),
    Column("看了谁", lambda r: r.whom), Column("不满十四周岁", lambda r: _("含") if r.entry.minors else ""),
))  # fmt: skip


@page("/access", TOWNSHIP, COUNTY, menu=(95, "查阅记录"))
def access_log() -> Any:
    """A week where nothing else is asked for. Taking the log away is itself written into it."""
    asked, kind = _period(read_form(Wanted, request.args)), exports.wanted()
    first, size = (0, exports.MOST) if kind else ((asked["page"] - 1) * SIZE, SIZE)
    with site().db.read() as session:
        found, total = reads.page(session, actor(), asked, first, size)
        names = reads.names(session, actor(), (entry for entry, _account in found))
    rows = [Row(entry, account, names) for entry, account in found]
    if kind:
        return exports.export(kind, LOOKS, rows, *_seen(rows))
    with site().db.write() as session:
        record_view(session, actor(), "access-log", *_seen(rows))
    return show("access.html", heads=[_(head) for head in LOOKS.heads], rows=list(LOOKS.cells(rows)), asked=asked, total=total,
                size=SIZE, purposes=exports.PURPOSES, choices=_choices())  # fmt: skip


def _period(asked: dict[str, Any]) -> dict[str, Any]:
    until = asked.get("until") or clock.today()
    since = asked.get("since") or until - WEEK
    return asked | {"since": since, "until": until, "purposes": CODES.get(asked.get("purpose", ""))}


CODES: dict[str, list[str]] = {}
for _code, _label in PURPOSES.items():
    CODES.setdefault(_label, []).append(_code)
CODES["导出"] = [f"{EXPORT}{code}" for code in exports.PURPOSES]
CODES["显示完整证件号"] = [f"{UNMASK}{code}" for code in UNMASKING]


def _choices() -> list[tuple[str, str]]:
    """Codes that read alike are one choice."""
    return [(label, label) for label in CODES]


def _seen(rows: Iterable[Row]) -> tuple[list[str], list[str]]:
    """Whose names the list shows."""
    listed = list(rows)
    people = [one for row in listed for one in row.entry.persons[: reads.FEW] if one in row.names]
    return people, [
        one for row in listed if not row.entry.persons for one in row.entry.households[: reads.FEW] if one in row.names
    ]
