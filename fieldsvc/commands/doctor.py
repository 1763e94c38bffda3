"""``fieldsvc doctor``."""

import click

from fieldsvc.admin.doctor import examine
from fieldsvc.admin.doctor import retry as try_again
from fieldsvc.departments.load import load_departments

from .common import deployment, out
from .policy import packages

MARKS = {"ok": "[green]正常[/green]", "warn": "[yellow]注意[/yellow]", "bad": "[red]有误[/red]"}


@click.command()
@click.option("--chain", is_flag=True, help="逐户核对救助链的哈希  Verify every aid chain")
@click.option("--retry", is_flag=True, help="搁置的户重新筛查，停止重试的转办重新送出  Try again what was set aside")
def doctor(chain: bool, retry: bool) -> None:
    """体检：列出不正常之处和修改办法。

    有“有误”的项目时退出码为 1。
    """
    with deployment() as site:
        if retry:
            homes, letters = try_again(site)
            out.print(f"已安排 {homes} 户重新筛查，{letters} 件转办重新送出；稍后再运行 fieldsvc doctor 查看结果。")
        departments = load_departments(site.settings)
        findings = list(examine(site, departments, packages(departments), chain))
    for found in findings:
        mend = f"  办法：{found.mend}" if found.mend else ""
        out.print(f"{MARKS[found.level]} {found.part}：{found.text}{mend}", soft_wrap=True)
    if any(found.level == "bad" for found in findings):
        raise SystemExit(1)
