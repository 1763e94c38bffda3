"""``fieldsvc run`` and ``fieldsvc worker``."""

import os

import click

from .common import deployment, fail, settings


@click.command()
@click.option("--bind", default="127.0.0.1:8000", show_default=True, help="监听地址  Address to listen on")
@click.option("--workers", type=click.IntRange(1, 64), default=min(os.cpu_count() or 1, 8), show_default="CPU 数",
              help="服务进程数  Processes")  # fmt: skip
@click.option("--threads", type=click.IntRange(1, 64), default=8, show_default=True, help="每个进程的线程数  Threads each")
@click.option("--with-worker", is_flag=True, help="同时启动后台工作进程  Start the background worker too")
def run(bind: str, workers: int, threads: int, with_worker: bool) -> None:
    """启动服务（gunicorn）。

    SIGTERM 后不再接受新请求，把正在处理的请求做完再退出。
    """
    from fieldsvc import server

    refuse_wrong_keys()
    server.run(settings(), bind, workers, threads, with_worker)


@click.command()
@click.option("--workers", type=click.IntRange(1, 32), default=2, show_default=True, help="工作进程数  Processes")
@click.option("--with-parent", type=int, default=0, hidden=True)
def worker(workers: int, with_parent: int) -> None:
    """启动后台工作进程：筛查待查家庭，把转办送到部门。

    可以随时停止或强行结束：待办都在数据库里，重启后继续。
    """
    from fieldsvc import worker as background

    refuse_wrong_keys()
    background.run(settings(), workers, with_parent)


def refuse_wrong_keys() -> None:
    """Before anything is sealed. A database that does not answer yet is waited for by the processes themselves."""
    from fieldsvc.admin import ready

    with deployment() as site:
        if "keys" in ready.missing(site):
            raise fail(ready.MENDS["keys"])
