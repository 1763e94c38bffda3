"""``fieldsvc match``: a department's list against the registry, previewed, approved, shown."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from fieldsvc.accounts.queries import account_named
from fieldsvc.accounts.rules import COUNTY, DEPARTMENT, Actor
from fieldsvc.accounts.service import normal_name
from fieldsvc.departments import amend
from fieldsvc.departments.load import Departments, load_departments
from fieldsvc.kit.db import written
from fieldsvc.kit.site import Site
from fieldsvc.matching import desk as desks
from fieldsvc.matching import service, views
from fieldsvc.matching.apply import apply
from fieldsvc.matching.desk import Desk
from fieldsvc.matching.preview import preview as run_preview
from fieldsvc.matching.rules import ROW_STATES

from .common import deployment, fail, out, progress, table

AS = click.option(
    "--as", "username", required=True, envvar="FIELDSVC_AS", help="以哪位经办人员的名义（用户名）  Officer's user name"
)
SHOWN = 20


@click.group()
def match() -> None:
    """大数据比对：部门名单与登记比对，先预览，批准后才记入。"""


@match.command()
@AS
def feeds(username: str) -> None:
    """各部门的名单、最近一次交送和应交日期。"""
    with deployment() as site, site.db.read() as session:
        found = desks.deliveries(session, _desk(site, username))
    for feed in found:
        told = [f"每 {feed['days']} 天" if feed["days"] else "", f"数据日期 {feed['newest']}" if feed["newest"] else "尚未交送",
                f"应交 {feed['due_on']}" if feed["due_on"] else "", "逾期" if feed["late"] else ""]  # fmt: skip
        out.print(f"{feed['id']}  {feed['title']}  {feed['office']}  {'，'.join(filter(None, told))}", soft_wrap=True)


@match.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--feed", "feed_id", required=True, help="名单编号，见 fieldsvc match feeds  Feed id")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="数据日期，名单自带日期列的可不填  Day of the data")
@AS
def preview(file: Path, feed_id: str, as_of: datetime | None, username: str) -> None:
    """预览名单 FILE 会带来什么变化；不改动任何数据。"""
    with deployment() as site, progress("比对") as bar:
        desk = _desk(site, username)
        run_id = service.uploaded_by(
            site, desk.actor, desk.departments, feed_id, file.name, file.read_bytes(), as_of.date() if as_of else None
        )
        job = bar.add_task("", total=None)
        run_preview(site, desk.departments, run_id, lambda done: bar.update(job, completed=done))
        _show(site, desk, run_id, None)
    out.print(f"批准：fieldsvc match approve {run_id} --purpose 用途 --as {username}", soft_wrap=True)


@match.command()
@click.argument("run_id", metavar="RUN")
@click.option("--purpose", required=True, help="记入这份名单的用途  What for")
@AS
def approve(run_id: str, purpose: str, username: str) -> None:
    """批准比对 RUN 并记入：情况更新、重新筛查，存疑的交责任人核实。中断后再次运行即接着记入。"""
    with deployment() as site, progress("记入") as bar:
        desk = _desk(site, username)
        run = written(site.db, lambda s: service.approve(s, desk.actor, desk.departments, run_id, purpose))
        job = bar.add_task("", total=run.counts.get("matched", 0) + run.counts.get("doubtful", 0))
        apply(site, desk.departments, run_id, lambda done: bar.update(job, completed=done))
        _show(site, desk, run_id, None)


@match.command()
@click.argument("run_id", metavar="RUN")
@click.option("--state", type=click.Choice(list(ROW_STATES)), help="只列这一种结果的行  Rows of one state")
@AS
def show(run_id: str, state: str | None, username: str) -> None:
    """一次比对的结果；用 --state 列出各行。"""
    with deployment() as site:
        _show(site, _desk(site, username), run_id, state)


def _desk(site: Site, username: str) -> Desk:
    with site.db.read() as session:
        found = account_named(session, site.county, normal_name(username))
        departments: Departments = amend.current(session, site.county, load_departments(site.settings))
    if found is None or not found.active or found.role not in (COUNTY, DEPARTMENT):
        raise fail(f"{username} 不是在用的县级或部门经办人员账号。")
    return Desk(site, Actor(site.county, found.id, found.name, found.role, found.region, found.department), departments)


def _show(site: Site, desk: Desk, run_id: str, state: str | None) -> None:
    with site.db.read() as session:
        run = desks.run(session, desk, run_id)
        rows, kept = desks.rows(session, desk, run_id, state=state, limit=SHOWN) if state else ([], [])
    if kept:
        written(site.db, lambda s: desks.seen(s, desk, kept))
    out.print(f"{run['title']}  {run['file_name']}  {run['id']}  {run['state_label']}", soft_wrap=True)
    if run["error"]:
        raise fail(run["error"])
    counts = run["counts"]
    told = "，".join(f"{label} {run['by_state'].get(name, 0)} 行" for name, label in ROW_STATES.items())
    out.print(f"{told}；{counts.get('changes', 0)} 行带来变化，涉及 {counts.get('households', 0)} 户。", soft_wrap=True)
    _headings(run["headings"])
    if rows:
        _rows(rows)


def _headings(headings: dict[str, Any]) -> None:
    for name, label in (("ignored", "没有用到的列"), ("missing", "名单中缺少的列")):
        if headings.get(name):
            out.print(f"{label}：{'、'.join(headings[name])}", soft_wrap=True)


def _rows(rows: Iterable[dict[str, Any]]) -> None:
    listing = views.listing("比对结果")
    table(f"前 {SHOWN} 行", listing.heads, listing.cells(rows))
