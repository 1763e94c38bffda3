"""``fieldsvc import``: rosters into the registry."""

from pathlib import Path

import click

from fieldsvc.households.importer import import_roster
from fieldsvc.households.report import STATUSES, Report
from fieldsvc.households.roster import read_roster, template

from .common import deployment, fail, out, progress, table

SHOWN = 20


@click.command("import")
@click.argument("roster", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--region", help="只允许导入这一区划内的家庭  Limit to a region code")
@click.option("--partial", is_flag=True, help="有问题的户跳过，其余导入  Store the households without refused rows")
@click.option("--report", "report_file", type=click.Path(path_type=Path), help="逐行结果写入 CSV  Row-by-row report")
@click.option("--template", "template_file", type=click.Path(dir_okay=False, path_type=Path),
              help="写出空白花名册（xlsx），不导入  Write an empty roster to fill in")  # fmt: skip
def imports(roster: Path | None, region: str | None, partial: bool, report_file: Path | None, template_file: Path | None) -> None:
    """从 xlsx 或 CSV 花名册 ROSTER 导入家庭、人员和责任人。

    任何一行有问题，整份不导入（除非 --partial）；同一份再导入一次，什么也不变。一人一行，同一户的户编号相同；
    必有的列：户编号、姓名、村（社区）代码。全部列见 --template 写出的空白花名册。
    """
    if template_file:
        template_file.write_bytes(template())
        out.print(f"空白花名册已写入 {template_file}。")
        return
    if roster is None:
        raise click.UsageError("请写明花名册文件，或用 --template 写出空白花名册。")
    read = read_roster(roster.read_bytes())
    with deployment() as site, progress("导入") as bar:
        task = bar.add_task("导入", total=None)
        with site.db.write() as session:
            report = import_roster(session, site.vault, site.county, read, partial=partial, region=region,
                                   progress=lambda done, total: bar.update(task, completed=done, total=total))  # fmt: skip
    _show(report)
    if report_file:
        report_file.write_bytes(report.csv())
    if not report.stored or report.refused:
        raise fail("有行被拒绝，" + ("其余已导入。" if report.stored else "整份没有导入。"))


def _show(report: Report) -> None:
    out.print("，".join(f"{STATUSES[status]} {count} 行" for status, count in report.counts.items()))
    if report.ignored:
        out.print(f"没有用到的列：{'、'.join(report.ignored)}")
    if report.refused:
        rows = [(r.number, r.ref, r.name, r.reason) for r in report.refused[:SHOWN]]
        table(f"被拒绝的行（前 {SHOWN} 行）", ("行号", "户编号", "姓名", "原因"), rows)
