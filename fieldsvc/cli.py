"""``fieldsvc``: the command line. Each command's file is imported when it is called."""

import importlib
import os
import sys
from pathlib import Path
from typing import Any

import click

from fieldsvc.kit.errors import Problem

COMMANDS = {
    "demo": ("demo:demo", "演示：在样例乡镇走完一天的工作，然后开始服务  Play one day in a synthetic township, then serve"),
    "run": ("run:run", "启动服务  Serve with gunicorn"),
    "worker": ("run:worker", "启动后台工作进程（筛查、转办）  Screen households, deliver referrals"),
    "migrate": ("migrate:migrate", "建库或升级，建立本县，发布部门表单  Create or upgrade the database"),
    "user": ("user:user", "账号：新增、列表、改密码、停用、启用  Accounts"),
    "import": ("imports:imports", "从 xlsx/CSV 花名册导入家庭和人员  Import a roster"),
    "policy": ("policy:policy", "政策参数：查看、核对引文  Parameters and their quotes"),
    "match": ("match:match", "大数据比对：部门名单与登记比对，先预览后批准  Match a department's list"),
    "simulate": ("simulate:simulate", "政策试算：调整参数后谁的结果会变  What a changed parameter would change"),
    "plugin": ("plugin:plugin", "部门插件：列表  Departments' plugins"),
    "form": ("form:form", "表单：检查、发布  Check and publish XLSForms"),
    "doctor": ("doctor:doctor", "体检：数据库、插件、队列、表单、引文、救助链  Find what is wrong and how to mend it"),
}


class Lazy(click.Group):
    """A group that knows its commands by name and imports them on demand."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[name][0].partition(":")
        return getattr(importlib.import_module(f"fieldsvc.commands.{module}"), attribute)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("命令 Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except Problem as problem:
            raise click.ClickException(f"{problem.detail} [{problem.code}]") from problem


@click.command(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--home", type=click.Path(path_type=Path), help="数据目录（密钥、队列、内置数据库），默认 ./var  [FIELDSVC_HOME]")
@click.option("--database", help="数据库地址，默认数据目录中的 SQLite  [FIELDSVC_DATABASE_URL]")
@click.version_option(package_name="fieldsvc")
def main(home: Path | None, database: str | None) -> None:
    """基层走访与分层分类社会救助后端。

    Offline home visits, eligibility with clauses, alerts and referrals.

    设置来自 FIELDSVC_ 开头的环境变量；命令后加 --help 看用法。成功退出码 0，未成功 1，用法有误 2。
    """
    if home is not None:
        os.environ["FIELDSVC_HOME"] = str(home)
    if database is not None:
        os.environ["FIELDSVC_DATABASE_URL"] = database
    from fieldsvc.admin import logs

    logs.configure(os.environ.get("FIELDSVC_LOG", "INFO" if sys.argv[1:2] in (["run"], ["worker"]) else "WARNING"))


if __name__ == "__main__":
    main()
