"""/healthz, /readyz, /metrics. They need no login and tell nothing of anybody."""

import flask
from flask_smorest import Blueprint

from fieldsvc.kit.errors import Problem
from fieldsvc.kit.web import site

from . import metrics, ready

blueprint = Blueprint("admin", __name__, description="运行状态")


def install(app: flask.Flask) -> None:
    metrics.register(app)


@blueprint.get("/healthz")
@blueprint.doc(security=[])
def healthz() -> dict[str, str]:
    """进程在运行。不查询数据库，数据库停机时也不应重启本进程。"""
    return {"status": "ok"}


@blueprint.get("/readyz")
@blueprint.doc(security=[])
def readyz() -> dict[str, str]:
    """可以提供服务：数据库可用、结构最新、本县已建立、表单已发布。否则 503，并写明缺什么。"""
    if lacking := ready.missing(site()):
        detail = "".join(ready.MENDS[name] for name in lacking)
        raise Problem(503, "not-ready", detail, {"missing": lacking}, {"Retry-After": "5"})
    return {"status": "ready"}


@blueprint.get("/metrics")
@blueprint.doc(security=[])
def exposition() -> flask.Response:
    """Prometheus 指标：按路由的请求数与耗时、待筛查户数、待办转办、隔离记录数。"""
    return flask.Response(metrics.exposition(site()), mimetype="text/plain; version=0.0.4")
