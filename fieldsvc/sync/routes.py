"""Door 1: ``GET /api/v1/sync/pull`` and ``POST /api/v1/sync/push``."""


from dataclasses import replace
from typing import Any

import msgspec
from flask import Response, request
from flask_smorest import Blueprint

from fieldsvc.accounts.auth import actor, signed_in
from fieldsvc.accounts.rules import CHILD_DIRECTOR, CHILD_SUPERVISOR, GRID_WORKER
from fieldsvc.kit import clock
from fieldsvc.kit.body import bounded_body
from fieldsvc.kit.errors import Problem
from fieldsvc.kit.turn import Few
from fieldsvc.kit.web import site
from fieldsvc.visits import quarantine
from fieldsvc.visits.rules import Unfit
from fieldsvc.visits.scope import Push
from fieldsvc.visits.service import Verdict

from . import envelope, pull, push
from .removals import Ask
from .schemas import PullAnswer, PullQuery, PushAnswer

blueprint = Blueprint("sync", __name__, url_prefix="/api/v1/sync", description="手机同步：拉取责任户、上传走访")
# as many as keep a processor busy: on PostgreSQL one waits for the database meanwhile, on SQLite all wait for the same writer
_FEW = {"sqlite": Few(1, seconds=1.0), "postgresql": Few(2, seconds=0.25)}
WORKERS = (GRID_WORKER, CHILD_DIRECTOR, CHILD_SUPERVISOR)


@blueprint.get("/pull")
@blueprint.arguments(PullQuery, location="query")
@blueprint.alt_response(200, schema=PullAnswer)
@signed_in(*WORKERS)
def pull_changes(query: dict[str, Any]) -> Response:
    """拉取自上次以来的变化（分页）"""
    limit = min(query["limit"] or site().settings.page_limit, 2000)
    ask = Ask(query["last_pulled_at"] or 0, query["pending"])
    return answer(pull.pull(site(), actor(), ask, query["epoch"], limit))


@blueprint.post("/push")
@blueprint.alt_response(200, schema=PushAnswer)
@signed_in(*WORKERS)
def push_changes() -> Response:
    """上传走访、任务、户和人的变化；逐条答复

    正文：`{"changes": {表: {"created": [记录], "updated": [记录], "deleted": [编号]}}, "last_pulled_at": 上次拉取的 timestamp}`，
    表为 visits、tasks、households、persons。走访记录：`id`（UUID，手机生成）、`household_id`、`person_id`（可空）、`form_id`、
    `form_version`、`answers`（“问题名: 答案”的对象，或其 JSON 文本）、`started_at`、`finished_at`（ISO 8601，带时区）。
    表单及其问题见拉取的 forms。缺 `changes` 的正文不予接收（`unreadable-body`）。
    """
    now = clock.now()
    device = clock.parse(request.headers.get("X-Device-Time"))
    offset = None if device is None else device - now
    common = Push(actor(), now, offset, 0)
    body = bounded_body(request, site().settings.max_body_bytes)
    with _FEW[site().db.dialect].among():
        return answer(_answered(_taken_in(common, body)))


def _taken_in(common: Push, body: bytes) -> list[Verdict]:
    try:
        opened, sent = envelope.read(body, site().settings.max_records)
    except Problem as problem:
        if problem.code == "unreadable-body":
            _keep(common, body)
        raise
    return push.take_in(site(), replace(common, cursor=opened.last_pulled_at or 0), sent)


def _keep(common: Push, body: bytes) -> None:
    with site().db.write() as session:
        quarantine.keep_body(session, site().vault, common, body, Unfit("unreadable-body", "上传内容无法读取。"))


def _answered(verdicts: list[Verdict]) -> dict[str, Any]:
    retry: dict[str, list[str]] = {}
    for verdict in verdicts:
        if verdict.verdict == "retry" and verdict.id:
            retry.setdefault(verdict.table, []).append(verdict.id)
    return {"verdicts": verdicts, "experimentalRejectedIds": retry}


def answer(body: dict[str, Any]) -> Response:
    """msgspec writes a page several times faster than the schema that describes it."""
    return Response(msgspec.json.encode(body), mimetype="application/json")


