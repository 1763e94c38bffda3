"""``fieldsvc policy``: what the texts say, and whether every quote is true."""

from datetime import date, datetime
from importlib.resources import files
from pathlib import Path

import click

from fieldsvc.departments.load import Departments, load_departments
from fieldsvc.kit.clock import today
from fieldsvc.policy.book import Found, Missing, Parameter
from fieldsvc.policy.check import Report, all_quotes, check_quotes, verify_locks, write_locks
from fieldsvc.policy.clauses import TextMissing
from fieldsvc.policy.source import Package
from fieldsvc.policy.values import show as shown

from .common import fail, out, settings, table


@click.group()
def policy() -> None:
    """政策参数：查看、核对引文。"""


@policy.command()
@click.option("--texts", type=click.Path(exists=True, file_okay=False, path_type=Path), help="政策原文所在文件夹")
@click.option("--write", is_flag=True, help="核对无误后重写 quotes.lock  Rewrite the lock files")
def check(texts: Path | None, write: bool) -> None:
    """核对每一条引文。

    有原文（--texts）时逐条在所引条款中查找；没有原文时与 quotes.lock 比对。
    """
    if write and not texts:
        raise click.UsageError("--write 需要同时给出 --texts")
    departments = load_departments(settings())
    given = packages(departments)
    quotes = all_quotes(departments.policy.quotes, departments.rulebook.quotes)
    locked = verify_locks(quotes, given) if not write else None
    looked_up = _look_up(departments, texts) if texts else None
    failures = [f for report in (looked_up, locked) if report for f in report.failures]
    for line in [*map(str, departments.refusals), *map(str, failures)]:
        click.echo(line, err=True)
    if failures or departments.refusals:
        raise fail(f"{len(quotes)} 条引文中有 {len(failures)} 处不符。")
    if write and looked_up:
        write_locks(looked_up, given)
    out.print(f"{len(quotes)} 条引文全部{'在原文所引条款中找到' if texts else '与锁定文件一致'}。")


def _look_up(departments: Departments, texts: Path) -> Report:
    quotes = all_quotes(departments.policy.quotes, departments.rulebook.quotes)
    try:
        return check_quotes(departments.policy, quotes, texts)
    except TextMissing as error:
        raise fail(str(error)) from error


def packages(departments: Departments) -> list[Package]:
    core = [Package("policy", files("fieldsvc.policy") / "data", True), Package("civil", files("fieldsvc.civil"), True)]
    return core + [Package(p.name, p.root) for p in departments.plugins]


@policy.command("show")
@click.argument("name", required=False)
@click.option("--jurisdiction", help="地区，默认本部署的地区  Jurisdiction")
@click.option("--on", "day", type=click.DateTime(["%Y-%m-%d"]), help="哪一天，默认今天  Day")
def show_(name: str | None, jurisdiction: str | None, day: datetime | None) -> None:
    """某地某日的参数；给出 NAME 时只看名称含 NAME 的。"""
    config = settings()
    place, on = jurisdiction or config.jurisdiction, day.date() if day else today()
    book = load_departments(config).policy
    if place not in book.jurisdictions:
        raise fail(f"没有地区 {place}。可选：{'、'.join(book.jurisdictions)}")
    names = sorted({p.name for p in book.parameters} | set(book.open_points))
    wanted = [n for n in names if not name or name in n]
    if not wanted:
        raise fail(f"没有名称含“{name}”的参数。")
    rows = [_row(book.at(place, n, on), n) for n in wanted]
    table(f"{book.jurisdictions[place].name} {on}", ("参数", "值", "施行", "出处"), [row for row in rows if row or name])


def _row(answer: object, name: str) -> tuple[str, ...]:
    if isinstance(answer, Missing):
        return (name, "此文件未规定，也没有本地设定", "", "")
    parameter = answer.parameter  # type: ignore[attr-defined]
    value = _value(parameter, answer) if isinstance(answer, Found) else "不在施行期"
    cite, period = parameter.cite, _period(answer.starts, answer.ends)  # type: ignore[attr-defined]
    where = f"{cite.document} {cite.clause}：{cite.quote}" if cite else f"本地设定：{parameter.reference}"
    return (f"{name} {parameter.title}", value, period, where + ("（样例）" if parameter.sample else ""))


def _value(parameter: Parameter, answer: Found) -> str:
    value = shown(answer.value)
    if parameter.labels:
        return "、".join(parameter.labels)
    return "、".join(map(str, value)) if isinstance(value, list) else f"{value} {parameter.unit}"


def _period(starts: date, ends: date | None) -> str:
    return f"{starts} 至 {ends or '今'}"
