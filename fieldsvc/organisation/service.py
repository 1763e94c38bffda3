"""Verbs of the organisation: stopping an account by two hands, joint meetings, entering a present value."""

from datetime import date
from fractions import Fraction
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from fieldsvc.accounts import service as accounts
from fieldsvc.accounts.models import Account
from fieldsvc.accounts.rules import ADMIN, AUDITOR, COUNTY, TOWNSHIP, WORKERS, Actor
from fieldsvc.kit import clock
from fieldsvc.kit.errors import Problem, forbidden, not_found, refuse_future
from fieldsvc.kit.ids import new_id

from . import queries
from .models import AccountRemoval, JointMatter, JointMeeting, JointTask, Measure
from .staffing import Target, over

Row = TypeVar("Row", JointMeeting, JointMatter, JointTask)
SIDES = {COUNTY: "bureau", TOWNSHIP: "township"}
SIDE_NAMES = {"bureau": "县级民政部门", "township": "镇（街道）"}
ASKED, DONE, REFUSED = "asked", "done", "refused"
REMOVALS = {ASKED: "待另一方确认", DONE: "已停用", REFUSED: "未同意"}
NOT_THE_COUNTYS = frozenset({ADMIN, AUDITOR})
KINDS = {"joint": "联席会议", "consult": "定期会商"}


def managed(session: Session, actor: Actor, account_id: int) -> Account:
    """An account of the actor's county and region, locked. Problem 404 for another's as for none."""
    found = session.get(Account, (actor.county, account_id), with_for_update=True, populate_existing=True)
    if found is None or not found.region.startswith(actor.region):
        raise not_found()
    return found


def mastered(session: Session, actor: Actor, account_id: int) -> Account:
    """An account whose login the actor may change: the county changes no administrator's and no auditor's. Problems 403, 404."""
    found = managed(session, actor, account_id)
    if actor.role not in (ADMIN, COUNTY) or (actor.role == COUNTY and found.role in NOT_THE_COUNTYS):
        raise forbidden()
    return found


def stop(session: Session, actor: Actor, account_id: int) -> Account:
    """Stop an officer's account. Problems: 409 ``both-needed`` for a worker's, ``own-account``."""
    found = mastered(session, actor, account_id)
    if found.role in WORKERS:
        raise Problem(409, "both-needed", "走访人员由县级民政部门和镇（街道）双重管理，停用须一方提出、另一方确认。")
    if found.id == actor.id:
        raise Problem(409, "own-account", "不能停用自己的账号。")
    accounts.lock(session, found)
    return found


def ask_removal(session: Session, actor: Actor, account_id: int, reason: str) -> AccountRemoval:
    """One side asks that a worker's account be removed (Changle 二(二)14 双重管理). Asked again by the same side, it is the same.

    Problems: 403; 409 ``already-stopped``, ``asked-already`` where the other side's request waits to be confirmed.
    """
    found, side = managed(session, actor, account_id), _side(actor)
    if found.role not in WORKERS or not found.active:
        raise Problem(409, "already-stopped", "这个账号不是在用的走访人员账号。")
    held = queries.asked_removals(session, actor.county, [found.id]).get(found.id)
    if held is not None and held.side == side:
        return held
    if held is not None:
        raise Problem(409, "asked-already", "另一方已提出停用，请直接确认或不同意。")
    made = AccountRemoval(county_code=actor.county, id=new_id(), account_id=found.id, side=side, reason=reason, state=ASKED,
                          asked_by=actor.id, asked_at=clock.now())  # fmt: skip
    session.add(made)
    session.flush()
    return made


def answer_removal(session: Session, actor: Actor, account_id: int, agreed: bool) -> Account:
    """The other side agrees, and the account is stopped; or it does not. Problems: 403; 409 ``nothing-asked``, ``other-side``."""
    found, side = managed(session, actor, account_id), _side(actor)
    held = queries.asked_removals(session, actor.county, [found.id]).get(found.id)
    if held is None:
        raise Problem(409, "nothing-asked", "没有待确认的停用申请。")
    if held.side == side:
        raise Problem(409, "other-side", f"这是本方提出的，须由{SIDE_NAMES[_other(side)]}确认。")
    held.state, held.settled_by, held.settled_at = DONE if agreed else REFUSED, actor.id, clock.now()
    if agreed:
        accounts.lock(session, found)
    session.flush()
    return found


def _side(actor: Actor) -> str:
    if actor.role not in SIDES:
        raise forbidden()
    return SIDES[actor.role]


def _other(side: str) -> str:
    return next(one for one in SIDE_NAMES if one != side)


def send_up(session: Session, actor: Actor, title: str, said: str) -> JointMatter:
    """A matter for the joint meeting (提请联席会议研究)."""
    made = JointMatter(county_code=actor.county, id=new_id(), region=actor.region, department=actor.department, title=title, said=said,
                       sent_by=actor.id, sent_at=clock.now())  # fmt: skip
    session.add(made)
    session.flush()
    return made


def enter_meeting(
    session: Session, actor: Actor, kind: str, held_on: date, members: list[str], result: str
) -> JointMeeting:
    """Problem 422 ``not-yet`` for a day to come."""
    refuse_future(held_on, "held_on", "会议日期不能晚于今天。", "不能晚于今天")
    made = JointMeeting(county_code=actor.county, id=new_id(), kind=kind, held_on=held_on, members=members, result=result,
                        account_id=actor.id, at=clock.now())  # fmt: skip
    session.add(made)
    session.flush()
    return made


def decide(session: Session, actor: Actor, meeting_id: str, matter_id: str, decision: str) -> JointMatter:
    """What a meeting decided on a matter; decided once. Problems: 404; 409 ``decided-already``."""
    meeting = _one(session, JointMeeting, actor, meeting_id)
    matter = _one(session, JointMatter, actor, matter_id)
    if matter.decision is not None and (matter.meeting_id, matter.decision) != (meeting.id, decision):
        raise Problem(409, "decided-already", "这件事已有会议决定；有新情况的请重新提请。")
    matter.meeting_id, matter.decision = meeting.id, decision
    session.flush()
    return matter


def give_task(session: Session, actor: Actor, meeting_id: str, body: dict[str, Any]) -> JointTask:
    """A task out of a meeting: ``title``, ``owner_id``, ``due_on`` and perhaps ``matter_id``. Problems: 404; 422 ``no-owner``."""
    meeting = _one(session, JointMeeting, actor, meeting_id)
    if body["owner_id"] not in queries.owners(session, actor.county):
        raise Problem(422, "no-owner", "请选择在用的经办人员。", {"errors": {"owner_id": "请重新选择"}})
    matter = _one(session, JointMatter, actor, body["matter_id"]).id if body.get("matter_id") else None
    made = JointTask(county_code=actor.county, id=new_id(), meeting_id=meeting.id, matter_id=matter, title=body["title"],
                     owner_id=body["owner_id"], due_on=body["due_on"])  # fmt: skip
    session.add(made)
    session.flush()
    return made


def finish_task(session: Session, actor: Actor, task_id: str, result: str) -> JointTask:
    """Its owner, or the county, says what came of it. Problems: 404; 409 ``done-already``."""
    found = _one(session, JointTask, actor, task_id)
    if found.owner_id != actor.id and actor.role != COUNTY:
        raise not_found()
    if found.done_at is not None:
        raise Problem(409, "done-already", "这件任务已经办结。")
    found.result, found.done_at = result, clock.now()
    session.flush()
    return found


def _one(session: Session, model: type[Row], actor: Actor, own_id: str) -> Row:
    found = session.get(model, (actor.county, own_id), with_for_update=True, populate_existing=True)
    if found is None:
        raise not_found()
    return found


def enter_measure(session: Session, actor: Actor, name: str, region: str, body: dict[str, Any]) -> Measure:
    """A present value: ``part``, perhaps of ``whole``, ``on`` a day. Problems: 404 outside the region; 422 ``bad-share``, ``not-yet``."""
    if not region.startswith(actor.region):
        raise not_found()
    whole = body.get("whole")
    if whole is not None and body["part"] > whole:
        raise Problem(422, "bad-share", "其中的数不能大于总数。", {"errors": {"part": "不能大于总数"}})
    refuse_future(body["on"], "on", "日期不能晚于今天。", "不能晚于今天")
    made = Measure(county_code=actor.county, id=new_id(), name=name, region=region, part=body["part"], whole=whole, note=body.get("note"),
                   on_date=body["on"], account_id=actor.id, at=clock.now())  # fmt: skip
    session.add(made)
    session.flush()
    return made


def standing(target: Target, entered: Measure | None, today: date) -> str:
    """How a target stands: reached, over (its day has passed without), running; ``unknown`` where nobody entered a value."""
    ended = over(target.until, today)
    if entered is None:
        return "unknown-over" if ended else "unknown"
    if _reached(target, entered):
        return "reached"
    return "over" if ended else "running"


def _reached(target: Target, entered: Measure) -> bool:
    """Compared exactly. What is no share is reached when all of it is done."""
    if not target.share:
        return entered.whole is not None and entered.part == entered.whole
    value, aim = Fraction(entered.part, entered.whole or 1), Fraction(str(target.value))
    return value <= aim if target.bound == "max" else value >= aim
