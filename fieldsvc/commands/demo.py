"""``fieldsvc demo``: the newcomer's first minute."""

import os
import shutil
import signal
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from types import FrameType

import click

from fieldsvc.accounts.rules import ROLES, WORKERS
from fieldsvc.demo.day import Day, Failure, play
from fieldsvc.demo.stage import Stage, Taken, deployment, free_port
from fieldsvc.demo.steps import DAY
from fieldsvc.demo.telling import Teller
from fieldsvc.demo.township import make_town
from fieldsvc.kit.clock import today

from .common import fail, out, table

PORT = 8000


class Stopped(BaseException):
    """SIGTERM or SIGHUP. No step of the day may take it for its own failure."""


@click.command()
@click.option("--once", is_flag=True, help="走完一天就结束；每一步都对才以 0 退出  Exit 0 only if every step came out right")
@click.option("--home", type=click.Path(file_okay=False, path_type=Path),
              help="数据放在这个文件夹（空的，或以前演示用过的），结束后留下；缺省用临时文件夹  Keep the data here")  # fmt: skip
@click.option("--port", type=click.IntRange(1, 65535), help="服务的端口，缺省 8000，被占用时另选  Port to serve on")
@click.option("--households", type=click.IntRange(100, 5000), default=500, show_default=True, help="样例家庭数  Households")
@click.option("--seed", type=int, default=1, show_default=True, help="同一个数得到同一个镇  The same seed, the same township")
@click.pass_context
def demo(ctx: click.Context, once: bool, home: Path | None, port: int | None, households: int, seed: int) -> None:
    """在样例乡镇走完一天的工作，然后开始服务，直到 Ctrl+C。

    所有人物都是编造的。缺省用临时文件夹里的 SQLite，结束后删除；给出 --home 并设置 FIELDSVC_DATABASE_URL 时用那个（空的）数据库。
    """
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    home = home or (ctx.parent.params.get("home") if ctx.parent else None)
    folder = Path(home or tempfile.mkdtemp(prefix="fieldsvc-demo-")).resolve()
    failed: Failure | None = None
    try:
        url = os.environ.get("FIELDSVC_DATABASE_URL") if home else None
        settings = deployment(folder, url)
        town = make_town(households, seed, date(today().year, 1, 1))
        with Stage(settings, town, _port(port, once)) as stage:
            failed = _play(stage)
            if not failed and not once:
                _serve(stage)
    except Taken as taken:
        raise fail(str(taken)) from None
    except (KeyboardInterrupt, Stopped) as stopped:
        out.print("已停止。")
        sys.exit(143 if isinstance(stopped, Stopped) else 130)
    finally:
        if not home and not failed:
            shutil.rmtree(folder, ignore_errors=True)
    if failed:
        raise fail(_sorry(failed, folder)) from failed.cause


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise Stopped


def _port(asked: int | None, once: bool) -> int:
    """A port that is asked for must be free; the usual one gives way to any."""
    if asked:
        return free_port(asked)
    try:
        return free_port(0 if once else PORT)
    except Taken:
        return free_port()


def _play(stage: Stage) -> Failure | None:
    began = time.monotonic()
    failed = play(Day(stage, Teller(out)), DAY)
    if not failed:
        out.print(f"\n[bold green]一天结束，{len(DAY)} 步都对。[/]  [dim]Every step came out right, {time.monotonic() - began:.1f} s[/]")
    return failed


def _sorry(failed: Failure, folder: Path) -> str:
    return (f"第 {failed.number} 步没有走对（{failed.step.zh}）：{failed.reason}\n"
            f"Step {failed.number} went wrong: {failed.step.en}\n数据和日志留在 {folder}")  # fmt: skip


def _serve(stage: Stage) -> None:
    try:
        _tell_accounts(stage)
        while True:
            time.sleep(1)
    except (KeyboardInterrupt, Stopped):
        out.print("正在结束……")


def _tell_accounts(stage: Stage) -> None:
    def post(role: str) -> str:
        return ROLES[role] + ("（仅手机）" if role in WORKERS else "")

    rows = [(login.username, login.name, post(login.role), stage.town.regions.get(login.region, login.region))
            for login in stage.town.logins]  # fmt: skip
    out.print()
    table(f"演示账号，密码都是 {stage.password}", ("用户名", "姓名", "岗位", "区划"), rows)
    out.print(f"\n[bold]打开 {stage.url}/console/，用 township 登录：工作台上有几条预警等您办。[/]")
    out.print("[dim]Open the pages and sign in as township: a few alerts wait. medical answers referrals, county sees where it hangs.[/]\n")
    for path, what in (("/console/", "镇、县、部门的页面  Pages of township, county and departments"), ("/api/docs", "接口说明  API page"),
                       ("/api/v1/openapi.json", "OpenAPI"), ("/readyz", "就绪状态  Ready"), ("/metrics", "指标  Metrics")):  # fmt: skip
        out.print(f"  {stage.url}{path}  [dim]{what}[/]")
    login = f'{{"username":"township","password":"{stage.password}","device_id":"me"}}'
    out.print("\n试一试  Try it:")
    out.print(f"  curl -s {stage.url}/api/v1/auth/login -H 'Content-Type: application/json' -d '{login}'", soft_wrap=True)
    out.print("\n按 Ctrl+C 结束。  [dim]Ctrl+C ends it.[/]")
