"""Honesty (诚信与纠错) of a household on a page of its own, and the county's or township's list of breaches."""

from typing import Any

from flask import request, url_for
from flask_babel import gettext as _
from markupsafe import Markup

from fieldsvc.accounts.auth import actor
from fieldsvc.accounts.queries import names
from fieldsvc.accounts.rules import COUNTY, TOWNSHIP
from fieldsvc.console import exports
from fieldsvc.console.answers import done, read_form, show
from fieldsvc.console.filters import moment
from fieldsvc.console.guard import page
from fieldsvc.console.homes import TABS, home, record_home
from fieldsvc.console.wording import worded
from fieldsvc.honesty import queries, schemas, service
from fieldsvc.honesty.rules import RECORDS, STATES
from fieldsvc.households.kin import kin_of
from fieldsvc.households.queries import household_names
from fieldsvc.households.viewing import record_view
from fieldsvc.kit.crypto import masked_text
from fieldsvc.kit.listing import Column, Listing
from fieldsvc.kit.web import site

SIZE = 50
BREACHES = Listing("失信记录", (
    Column("户", lambda r: r[1]), Column("情况", lambda r: masked_text(r[0].finding)), Column("应退还（元）", lambda r: r[0].owed),
    Column("已退还（元）", lambda r: r[0].paid), Column("状态", lambda r: STATES[r[0].state]),
    Column("复核时间", lambda r: moment(r[0].confirmed_at)), Column("列入信用记录", lambda r: moment(r[0].listed_at)),
    Column("撤下", lambda r: moment(r[0].withdrawn_at)),
))  # fmt: skip


@page("/breaches", TOWNSHIP, COUNTY, menu=(77, "失信记录"))
def breaches() -> Any:
    asked, kind = read_form(schemas.ListIn, request.args), exports.wanted()
    with site().db.read() as session:
        first, size = (0, exports.MOST) if kind else ((asked["page"] - 1) * SIZE, SIZE)
        found = queries.page(session, actor(), asked.get("state"), first, size)
        counts = queries.counts(session, actor())
        homes = household_names(session, site().county, {one.household_id for one in found})
    rows = [(one, homes.get(one.household_id, "")) for one in found]
    if kind:
        return exports.export(kind, BREACHES, rows, (), {one.household_id for one in found})
    with site().db.write() as session:
        record_view(session, actor(), "breach-list", (), {one.household_id for one in found})
    link = Markup('<a href="{}">{}</a>')
    lines = [(link.format(url_for("console.household_honesty", household_id=one.household_id), name), masked_text(one.finding),
              one.owed, one.paid, _(STATES[one.state]), moment(one.listed_at)) for one, name in rows]  # fmt: skip
    total = counts.get(asked["state"], 0) if asked.get("state") else sum(counts.values())
    return show(
        "breaches.html",
        lines=lines,
        asked=asked,
        states=STATES,
        counts=counts,
        total=total,
        size=SIZE,
        purposes=exports.PURPOSES,
    )


@page("/households/<household_id>/honesty", TOWNSHIP, COUNTY)
def household_honesty(household_id: str) -> Any:
    with site().db.read() as session:
        found = home(session, household_id)
        held = queries.record(session, found.row.county_code, found.id)
        standing = queries.of_household(session, found.row.county_code, found.id)
        kin = kin_of(session, found.row.county_code, actor().id, found.id)
        corrected = queries.corrections(session, found.row.county_code, found.id)
        people = names(
            session, found.row.county_code, {one.found_by for one in standing} | {one.account_id for one in corrected}
        )
    with site().db.write() as session:
        record_home(session, found, "honesty")
    return show("household_honesty.html", home=found, tabs=TABS, record=_(RECORDS[held]), breaches=standing, states=STATES, kin=kin,
                corrections=corrected, people=people)  # fmt: skip


def _back(household_id: str, breach_id: str = "") -> Any:
    return household_honesty(household_id)


@page("/households/<household_id>/honesty/promise", TOWNSHIP, COUNTY, post=True, back=household_honesty)
def sign_promise(household_id: str) -> Any:
    body = read_form(schemas.PromiseIn)
    with site().db.write() as session:
        service.promise(session, actor(), household_id, body["signed_by"], body["signed_on"])
    return done(_("承诺已登记。"), "console.household_honesty", household_id=household_id)


@page("/households/<household_id>/honesty/kin", TOWNSHIP, COUNTY, post=True, back=household_honesty)
def declare_kin(household_id: str) -> Any:
    body = read_form(schemas.KinIn)
    with site().db.write() as session:
        service.stand_aside(session, actor(), household_id, body["relation"])
    return done(_("已登记回避，这一户由其他经办人员审核决定。"), "console.household_honesty", household_id=household_id)


@page("/households/<household_id>/honesty/correction", TOWNSHIP, COUNTY, post=True, back=household_honesty)
def enter_correction(household_id: str) -> Any:
    body = read_form(schemas.CorrectionIn)
    with site().db.write() as session:
        service.correct(session, actor(), household_id, body["about_n"], body)
    return done(_("纠错已登记，原记录原样保留。"), "console.household_honesty", household_id=household_id)


@page("/households/<household_id>/honesty/breach", TOWNSHIP, COUNTY, post=True, back=household_honesty)
def find_breach(household_id: str) -> Any:
    body = read_form(schemas.BreachIn)
    with site().db.write() as session:
        service.find(session, actor(), household_id, body["finding"], body["owed"], body.get("goods"))
    return done(_("已登记，须由另一名经办人员复核。"), "console.household_honesty", household_id=household_id)


@page("/households/<household_id>/honesty/<breach_id>/confirm", TOWNSHIP, COUNTY, post=True, back=_back)
def confirm_breach(household_id: str, breach_id: str) -> Any:
    with site().db.write() as session:
        service.confirm(session, actor(), breach_id)
    return done(_("已复核属实：救助停止，骗取的款物须退还。"), "console.household_honesty", household_id=household_id)


@page("/households/<household_id>/honesty/<breach_id>/repay", TOWNSHIP, COUNTY, post=True, back=_back)
def take_repayment(household_id: str, breach_id: str) -> Any:
    body = read_form(schemas.RepaidIn)
    with site().db.write() as session:
        service.repay(session, actor(), breach_id, body["amount"])
    return done(_("退还已登记。"), "console.household_honesty", household_id=household_id)


@page("/households/<household_id>/honesty/<breach_id>/annul", TOWNSHIP, COUNTY, post=True, back=_back)
def annul_breach(household_id: str, breach_id: str) -> Any:
    body = read_form(schemas.ReasonIn)
    with site().db.write() as session:
        service.annul(session, actor(), breach_id, body["reason"])
    return done(_("认定已撤销。"), "console.household_honesty", household_id=household_id)


@page("/households/<household_id>/honesty/<breach_id>/list", COUNTY, post=True, back=_back)
def list_breach(household_id: str, breach_id: str) -> Any:
    with site().db.write() as session:
        service.put_on_list(session, actor(), breach_id)
    return done(_("已列入信用记录，下次导出时报送。"), "console.household_honesty", household_id=household_id)


@worded("breach_listed")
def _listed(_content: Any, _book: Any) -> str:
    return _("报送公共信用信息平台。")


@worded("notice_over")
def _over(_content: Any, _book: Any) -> str:
    return _("期满，无异议。")


@worded("promise_signed")
def _promised(content: Any, _book: Any) -> str:
    return _(
        "%(who)s于 %(on)s 承诺如实申报收入和财产。", who=content.get("signed_by") or "", on=content.get("on") or ""
    )


@worded("breach_found", "breach_confirmed")
def _owed(content: Any, _book: Any) -> str:
    goods = _("，物资：%(goods)s", goods=content["goods"]) if content.get("goods") else ""
    return (content.get("finding") or "") + _("应退还 %(owed)s 元", owed=content.get("owed") or "0") + goods + "。"


@worded("breach_repaid")
def _repaid(content: Any, _book: Any) -> str:
    return _(
        "退还 %(amount)s 元，尚欠 %(left)s 元。", amount=content.get("amount") or "0", left=content.get("left") or "0"
    )


@worded("breach_annulled", "application_reopened")
def _annulled(content: Any, _book: Any) -> str:
    return _("原因：%(reason)s", reason=content.get("reason") or "")


@worded("kin_declared")
def _kin(content: Any, _book: Any) -> str:
    return _("与这一户的关系：%(relation)s，回避审核。", relation=content.get("relation") or "")


@worded("correction")
def _corrected(content: Any, _book: Any) -> str:
    days = _(
        "%(found)s 发现，%(corrected)s 纠正。",
        found=content.get("found_on") or "",
        corrected=content.get("corrected_on") or "",
    )
    return _("第 %(n)s 条有误：%(cause)s。纠正为：%(now)s。", n=content.get("about") or "", cause=content.get("cause") or "",
             now=content.get("corrected") or "") + days  # fmt: skip


@worded("notice_posted")
def _posted(content: Any, _book: Any) -> str:
    return _("公示“%(what)s”，至 %(until)s。", what=content.get("decided") or "", until=content.get("until") or "")


@worded("notice_objected")
def _objected(content: Any, _book: Any) -> str:
    return _("有人提出异议：%(said)s，申请退回重新审核。", said=content.get("said") or "")
