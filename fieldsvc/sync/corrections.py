"""What an officer does with a record that was set aside (隔离、待补): try it again, correct it and take it in, or refuse it
with a reason. The author's own words stay verbatim beside whatever becomes of them."""

from collections.abc import Mapping
from typing import Any

import orjson
from sqlalchemy import update
from sqlalchemy.orm import Session

from fieldsvc.accounts.rules import Actor
from fieldsvc.feed.rules import NUMBER, UPDATE, Entry
from fieldsvc.feed.service import announce, savepoint
from fieldsvc.kit import clock
from fieldsvc.kit.errors import Problem
from fieldsvc.kit.site import Site
from fieldsvc.visits import queries
from fieldsvc.visits.models import SetAside
from fieldsvc.visits.quarantine import COLUMN, WAITING
from fieldsvc.visits.rules import Unfit, read_answers
from fieldsvc.visits.scope import Push

from .apply import apply_one, author_of, offset_of, reread
from .envelope import Sent

BODY = "body"


def again(session: Session, site: Site, actor: Actor, aside_id: str) -> SetAside:
    """Take the record in as it is, now that what kept it out is mended (a caseload, a form, a household). Problems: 404;
    409 ``already-settled``; 422 ``still-unfit`` with why."""
    waiting = _waiting(session, actor, aside_id)
    return _take_in(session, site, actor, waiting, _readable(site, waiting).record or {}, None)


def correct(
    session: Session, site: Site, actor: Actor, aside_id: str, changes: Mapping[str, Any], reason: str
) -> SetAside:
    """Take the record in with ``changes`` = {question or field: value}; None takes an answer away; a row of a repeat is
    named ``members/2/age``. The author stays its author. Problems as ``again``, and 422 ``unknown-place``."""
    waiting = _waiting(session, actor, aside_id)
    record = _readable(site, waiting).record or {}
    if waiting.tbl == "visits":
        answers = read_answers(record.get("answers") or {})
        for path, value in changes.items():
            _put(answers, path, value)
        record = record | {"answers": answers}
    else:
        record = record | dict(changes)
    return _take_in(session, site, actor, waiting, record, reason)


def refuse(session: Session, actor: Actor, aside_id: str, reason: str) -> SetAside:
    """The record is not taken in; it stays readable with the reason, also on its author's phone."""
    waiting = _waiting(session, actor, aside_id)
    _settle(session, waiting, "refused", actor, reason)
    return waiting


def _waiting(session: Session, actor: Actor, aside_id: str) -> SetAside:
    waiting = queries.one_aside(session, actor, aside_id)
    if waiting.state not in WAITING:
        raise settled()
    return waiting


def settled() -> Problem:
    return Problem(409, "already-settled", "这条记录已经处理过，请刷新后查看结果。")


def _readable(site: Site, waiting: SetAside) -> Sent:
    content = site.vault.open(waiting.content_sealed, COLUMN)
    try:
        if waiting.tbl == BODY:
            raise Unfit("unreadable-body", "")
        return reread(waiting, content)
    except Unfit:
        raise Problem(
            409, "unreadable-record", "这条内容无法读取，不能补正，只能请上传人重新上传，或写明原因不予采用。"
        ) from None


def _take_in(
    session: Session, site: Site, actor: Actor, waiting: SetAside, record: dict[str, Any], reason: str | None
) -> SetAside:
    content = orjson.dumps(record, option=orjson.OPT_SORT_KEYS)
    author = Push(author_of(session, waiting), waiting.received_at, offset_of(waiting), 0)
    try:
        with savepoint(session):
            apply_one(session, site, author, Sent(waiting.tbl, 0, waiting.record_id, content, content, record))
    except Unfit as why:
        raise still_unfit(why) from None
    _settle(session, waiting, "released", actor, reason)
    return waiting


def still_unfit(why: Unfit) -> Problem:
    """Names every answer that is still wrong."""
    wrong = {str(each.get("path") or each.get("question")): str(each["message"]) for each in why.problems}
    return Problem(422, "still-unfit", f"仍不能采用：{why.reason}", {"why": why.code, "errors": wrong})


def _put(answers: dict[str, Any], path: str, value: Any) -> None:
    *way, last = path.split("/")
    place: Any = answers
    try:
        for step in way:
            place = place[int(step)] if isinstance(place, list) else place[step]
        if value is None:
            place.pop(last, None)
        else:
            place[last] = value
    except (KeyError, IndexError, ValueError, TypeError, AttributeError):
        raise Problem(
            422, "unknown-place", f"记录中没有“{path}”这一处，请核对。", {"errors": {path: "没有这一处"}}
        ) from None


def _settle(session: Session, waiting: SetAside, state: str, actor: Actor, reason: str | None) -> None:
    """Locked only now: a push locks households before its set-aside records. Who comes second undoes all of theirs. The
    author's phone holds the record as waiting and hears what became of it."""
    this = SetAside.county_code == waiting.county_code, SetAside.id == waiting.id, SetAside.state.in_(WAITING)
    told = {"state": state, "resolved_at": clock.now(), "resolved_by": actor.id, "resolution": reason}
    if not session.execute(update(SetAside).where(*this).values(told).returning(SetAside.id)).first():
        raise settled()
    session.refresh(waiting)
    if waiting.tbl == "visits" and waiting.record_id:
        announce(
            session, waiting.county_code, [Entry(waiting.author_id, NUMBER["visits"], UPDATE, waiting.record_id, None)]
        )
