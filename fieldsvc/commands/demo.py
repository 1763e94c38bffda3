"""``fieldsvc demo``: the newcomer's first look."""

import signal
from pathlib import Path
from types import FrameType

import click

from fieldsvc.accounts.rules import ROLES
from fieldsvc.demo.day import play
from fieldsvc.demo.stage import Stage, open_stage

from .common import fail, out, progress, settings, table


@click.command()
@click.option("--once", is_flag=True, help="走完一天就结束；每一步都对才以 0 退出  Exit 0 only if every step came out right")
@click.option("--port", type=int, default=8000, show_default=True, help="演示结束后服务的端口  Port to serve on")
@click.option("--households", type=click.IntRange(100, 5000), default=500, show_default=True, help="样例家庭数  Households")
def demo(once: bool, port: int, households: int) -> None:
    """在样例乡镇走完一天的工作，然后开始服务。

    所有人物都是编造的；每次运行都从头开始，数据在数据目录的 demo 文件夹中。
    """
    home: Path = settings().home / "demo"
    with progress("花名册入库") as bar:
        task = bar.add_task("", total=None)
        stage = open_stage(home, 0 if once else port, households, lambda n, of: bar.update(task, completed=n, total=of))
        running = stage.__enter__()
    try:
        _tell_town(running)
        wrong = play(running, lambda text: out.print(f"\n[bold]{text}[/bold]"), _tell)
        if wrong:
            raise fail(f"这一步不对：{wrong}（日志见 {home / 'server.log'}）")
        out.print("\n[green]一天结束，每一步都对。[/green]")
        if not once:
            _tell_accounts(running)
            _wait()
    finally:
        stage.__exit__(None, None, None)


def _tell(text: str) -> None:
    out.print(f"  {text}", markup=False, soft_wrap=True)


def _tell_town(stage: Stage) -> None:
    town = stage.town
    workers = sum(login.role in ("grid_worker", "child_director") for login in town.logins)
    out.print(f"样例镇（胶州市）：{len(town.homes)} 户 {town.persons} 人，{workers} 名走访人员。人物均为编造。")
    out.print(f"本地设定（低保标准等）为样例；已装部门：{'、'.join(p.department.title for p in stage.departments.plugins) or '无'}")


def _tell_accounts(stage: Stage) -> None:
    rows = [(login.username, login.name, ROLES[login.role], login.region) for login in stage.town.logins]
    table(f"演示账号，密码都是 {stage.password}", ("用户名", "姓名", "岗位", "区划"), rows)
    for path, what in (("/api/docs", "接口说明"), ("/readyz", "就绪状态"), ("/metrics", "指标")):
        out.print(f"{what}：{stage.url}{path}")
    out.print("按 Ctrl+C 结束。")


def _wait() -> None:
    def stop(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    try:
        signal.pause()
    except KeyboardInterrupt:
        out.print("正在结束……")
