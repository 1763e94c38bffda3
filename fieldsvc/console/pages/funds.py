"""Funds (资金): the year's need of each item from the people aided, and what is due beside what is paid. Nobody is named.

A body without a plugin (财政、残联、农业农村) has its own page of these: its items, the sums, the ledger of aid that runs.
"""

from collections import Counter
from datetime import date
from decimal import Decimal
from typing import Any

import marshmallow as ma
from flask import request
from flask_babel import gettext as _
from marshmallow.validate import Regexp
from sqlalchemy.orm import Session

from fieldsvc.accounts.auth import actor
from fieldsvc.accounts.queries import regions_below
from fieldsvc.accounts.rules import COUNTY, DEPARTMENT, TOWNSHIP
from fieldsvc.console import exports
from fieldsvc.console.answers import read_form, show
from fieldsvc.console.guard import page
from fieldsvc.console.wording import tier
from fieldsvc.departments.web import departments
from fieldsvc.eligibility.vocabulary import NO_TIER
from fieldsvc.kit import clock
from fieldsvc.kit.listing import Column, Listing
from fieldsvc.kit.web import site
from fieldsvc.policy.book import Found
from fieldsvc.supervision import funds as reads

STANDARD, TIER = "dibao_standard", "dibao"
AREAS = {"urban": "城市", "rural": "农村"}
SUMS = frozenset({"finance"})
LEDGER = frozenset({"finance", "agriculture", "rural_revitalisation", "anti_relapse", "disabled_federation"})


class Wanted(ma.Schema):
    month = ma.fields.String(validate=Regexp(r"^\d{4}-(0[1-9]|1[0-2])\Z"))


FUNDS = Listing("资金测算", (
    Column("项目", lambda c: c.title), Column("人数", lambda c: c.people), Column("标准（元）", lambda c: c.standard),
    Column("全年需求（元）", lambda c: f"{c.need:.2f}"), Column("本月应发（元）", lambda c: f"{c.due:.2f}" if c.monthly else ""),
    Column("本月已发（人）", lambda c: len(c.paid)), Column("本月已发（元）", lambda c: f"{c.paid_sum:.2f}"),
))  # fmt: skip


def _month() -> date:
    asked = read_form(Wanted, request.args)
    return date.fromisoformat(f"{asked['month']}-01") if asked.get("month") else clock.today().replace(day=1)


def _costs(session: Session, month: date) -> list[reads.Cost]:
    book, place = departments().rulebook, site().settings.jurisdiction
    return [*_standard(session), *reads.costs(session, actor(), book, place, month)]


def _standard(session: Session) -> list[reads.Cost]:
    """低保 by area: the standard for everybody on it, which is the most the year can need (补差发放)."""
    policy, place = departments().policy, site().settings.jurisdiction
    answer = policy.at(place, STANDARD, clock.today())
    value = answer.parameter.value if isinstance(answer, Found) else {}
    made = []
    for (held, area), number in sorted(reads.recognised(session, actor()).items()):
        yuan = value.get(area) if isinstance(value, dict) else value
        if held == TIER and yuan is not None:
            title = f"{_(tier(TIER))}（{_(AREAS.get(area, '未注明城乡'))}，{_('按标准测算的上限')}）"
            made.append(reads.Cost(TIER, title, True, [Decimal(str(yuan))] * number))
    return made


@page("/funds", TOWNSHIP, COUNTY, menu=(62, "资金测算"))
def funds() -> Any:
    kind, month = exports.wanted(), _month()
    with site().db.read() as session:
        costs, missing = _costs(session, month), reads.not_received(session, actor())
        left = _uncounted(reads.recognised(session, actor()))
    if kind:
        return exports.export(kind, FUNDS, costs, [], [])
    return show("funds.html", heads=[_(head) for head in FUNDS.heads], rows=list(FUNDS.cells(costs)), month=month, missing=missing,
                left=left, rule=reads.NOT_DELIVERED, total=f"{sum((c.need for c in costs), Decimal(0)):.2f}",
                purposes=exports.PURPOSES)  # fmt: skip


def _uncounted(held: dict[tuple[str, str], int]) -> str:
    """Who is on the register with a standard of their own that is not worked out here: the total leaves them out, and says so."""
    numbers: Counter[str] = Counter()
    for (name, _area), number in held.items():
        if name not in (TIER, NO_TIER):
            numbers[name] += number
    return "、".join(_("%(tier)s %(n)s 人", tier=tier(name), n=number) for name, number in sorted(numbers.items()))


@page("/own", DEPARTMENT, menu=(42, "本部门事项"))
def own() -> Any:
    """What a body that helps jointly needs to see (各司其职、协同配合): numbers, no visits and no names."""
    who, held, month = actor(), departments(), _month()
    body = who.department or ""
    with site().db.read() as session:
        costs = _costs(session, month) if body in SUMS else []
        running = reads.ledger(session, who, clock.today()) if body in LEDGER else {}
        towns = {r.code: r.name for r in regions_below(session, site().county, who.region) if len(r.code) == 9}
        mine = reads.entitled(session, who, held.rulebook, _items(body))
    titles = {rule.id: rule.title for rule in held.rulebook.programmes}
    return show("own.html", items=[(titles[item], number) for item, number in sorted(mine.items())], month=month,
                heads=[_(head) for head in FUNDS.heads], rows=list(FUNDS.cells(costs)), sums=body in SUMS, keeps=body in LEDGER,
                ledger=_ledger(Counter(running), towns, titles))  # fmt: skip


def _items(body: str) -> list[str]:
    """Programmes the body answers for: of its plugin's duties, or of the duty that bears its name."""
    held = departments()
    plugin = next((each for each in held.plugins if each.department.id == body), None)
    duties = {body, *(plugin.department.duties if plugin else ())}
    return [rule.id for rule in held.rulebook.programmes if rule.duty in duties]


def _ledger(running: Counter[tuple[str, str]], towns: dict[str, str], titles: dict[str, str]) -> list[tuple[Any, ...]]:
    named = {item: tier(item.removeprefix("tier:")) if item.startswith("tier:") else titles.get(item, item) for item, _town in running}
    return [(named[item], towns.get(town, ""), number) for (item, town), number in sorted(running.items())]
