"""``fieldsvc simulate``: what a changed parameter would change, county-wide, before anything is changed."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from fieldsvc.departments import amend
from fieldsvc.departments.load import load_departments
from fieldsvc.eligibility.determination import VERDICTS
from fieldsvc.eligibility.simulate import Totals
from fieldsvc.kit import listing
from fieldsvc.kit.clock import today
from fieldsvc.policy.changes import Change
from fieldsvc.simulations import export, queries, service

from .common import deployment, fail, out, progress, table


@click.command()
@click.option("--set", "settings_", multiple=True, required=True, metavar="名称[.档]=值",
              help="改成什么，可多次给出，如 dibao_standard.rural=1100  NAME[.KEY]=VALUE")  # fmt: skip
@click.option("--from", "starts", type=click.DateTime(["%Y-%m-%d"]), help="从哪一天起，默认今天  First day")
@click.option("--on", "day", type=click.DateTime(["%Y-%m-%d"]), help="按哪一天试算，默认今天与 --from 中较晚的  Day")
@click.option("--jurisdiction", help="地区，默认本部署的地区  Jurisdiction")
@click.option("--out", "target", type=click.Path(dir_okay=False, path_type=Path), help="写到 .xlsx 或 .csv  File")
def simulate(
    settings_: tuple[str, ...], starts: datetime | None, day: datetime | None, jurisdiction: str | None, target: Path | None
) -> None:
    """政策试算：列出结果会变的每一户，新旧并列，并给出合计。不改动任何数据。

    要让调整生效，请在 POST /api/v1/simulations 提交后由县级经办人员批准。
    """
    if target is not None and target.suffix not in (".xlsx", ".csv"):
        raise click.UsageError("--out 的文件名应以 .xlsx 或 .csv 结尾")
    first = starts.date() if starts else today()
    on = day.date() if day else max(today(), first)
    with deployment() as site:
        place = jurisdiction or site.settings.jurisdiction
        with site.db.read() as session:
            book = amend.current(session, site.county, load_departments(site.settings)).rulebook
            homes, people = queries.homes(session, site.county), queries.people(session, site.county)
        if place not in book.policy.jurisdictions:
            raise fail(f"没有地区 {place}。可选：{'、'.join(book.policy.jurisdictions)}")
        new = service.changed_book(book, read_changes(settings_, place, first), place, on)
        totals = Totals()
        with progress("试算") as bar:
            job = bar.add_task("", total=len(homes))
            lines = list(service.run_lines(site, book, new, place, on, totals, lambda n: bar.advance(job, n)))
    if target is not None:
        write(target, list(export.rows(book, lines, homes, people)))
    report(book, place, on, totals, len(lines), target)


def read_changes(given: tuple[str, ...], place: str, starts: date) -> list[Change]:
    """``name=value`` and ``name.key=value``; several keys of one table are one change."""
    found: dict[str, Any] = {}
    for text in given:
        path, equals, value = text.partition("=")
        name, dot, key = path.partition(".")
        if not (equals and name and value and (key or not dot)):
            raise click.UsageError(f"--set {text}：应写成 名称=值 或 名称.档=值")
        if not dot:
            found[name] = value
        elif isinstance(found.setdefault(name, {}), dict):
            found[name][key] = value
    return [Change(place, name, value, starts) for name, value in found.items()]


def write(target: Path, rows: list[export.Row]) -> None:
    if target.suffix == ".csv":
        target.write_bytes(listing.as_csv(export.HEADS, export.cells(rows)))
        return
    with target.open("wb") as held:
        listing.as_xlsx(export.NAME, export.HEADS, export.cells(rows), held)


def report(book: Any, place: str, on: date, totals: Totals, lines: int, target: Path | None) -> None:
    rows = []
    for name, told in totals.to_json().items():
        moved = [f"{VERDICTS.get(k, k)} {told['old'].get(k, 0)}→{told['new'].get(k, 0)}" for k in ("e", "n", "u")
                 if told["old"].get(k, 0) != told["new"].get(k, 0)]  # fmt: skip
        paid = f"{told['old_yuan']} → {told['new_yuan']}" if "old_yuan" in told else ""
        if moved or (paid and told["old_yuan"] != told["new_yuan"]):
            rows.append((book.by_id[name].title, "，".join(moved), paid))
    table(f"{book.policy.jurisdictions[place].name} {on} 试算合计", ("项目", "结果", "金额（元）"), rows)
    out.print(f"{totals.households} 户 {totals.persons} 人，其中 {len(totals.changed)} 户的结果会变（{lines} 项）。没有改动任何数据。")
    if target is not None:
        out.print(f"已写入 {target}")
