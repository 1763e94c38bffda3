"""Verbs of publicity: post a decision, take an objection, end a posting."""

from sqlalchemy.orm import Session

from fieldsvc.aidchain.service import append
from fieldsvc.applications import queries as applications
from fieldsvc.applications.course import PUBLISHED
from fieldsvc.applications.rules import DECIDED
from fieldsvc.applications.service import Counter, note_step, reopen
from fieldsvc.deadlines.rules import Limits
from fieldsvc.households import queries as registry
from fieldsvc.kit import clock
from fieldsvc.kit.errors import Problem
from fieldsvc.kit.ids import new_id

from . import queries
from .models import Notice, Objection
from .rules import OBJECTED, OVER, POSTED, last_day, masked_name


def post(session: Session, at: Counter, application_id: str, days: int) -> Notice:
    """Post a decision for ``days`` working days (公示). Problems: 404; 409 ``application-undecided``, ``already-posted``."""
    application = applications.visible(session, at.actor, application_id, lock=True)
    if application.state != DECIDED:
        raise Problem(409, "application-undecided", "这件申请还没有作出决定，不能公示。")
    earlier = queries.of_application(session, application.county_code, application.id)
    if any(each.state == POSTED for each in earlier):
        raise Problem(409, "already-posted", "这件决定正在公示。")
    home = registry.household(session, application.county_code, application.household_id)
    until, provisional = last_day(clock.today(), days, Limits(at.departments.policy, at.jurisdiction).calendar())
    notice = Notice(
        county_code=home.county_code, id=new_id(), application_id=application.id, round=len(earlier) + 1, household_id=home.id,
        village_code=home.village_code, name=masked_name(home.name),
        persons=registry.sizes(session, home.county_code, [home.id]).get(home.id, 0),
        decided=application.decision["title"], posted_on=clock.today(), until=until, provisional=provisional, state=POSTED,
        posted_by=at.actor.id,
    )  # fmt: skip
    session.add(notice)
    note_step(session, application, PUBLISHED, at.actor, {"until": until.isoformat(), "days": days})
    _chain(session, at, notice, "notice_posted", {"until": until.isoformat(), "decided": notice.decided})
    return notice


def object_to(session: Session, at: Counter, notice_id: str, said: str, said_by: str | None) -> Objection:
    """An objection comes back to the case: the posting stops, and the application is open again to be judged anew. Problems: 404;
    409 ``notice-over``."""
    seen = queries.visible(session, at.actor, notice_id)
    reopen(session, at, seen.application_id, f"公示异议：{said}")
    notice = queries.visible(session, at.actor, notice_id, lock=True)
    if notice.state != POSTED:
        raise Problem(409, "notice-over", "公示已经结束，请按新的申请或线索办理。")
    notice.state, notice.ended_at = OBJECTED, clock.now()
    made = Objection(county_code=notice.county_code, id=new_id(), notice_id=notice.id, said=said, said_by=said_by, at=clock.now(),
                     taken_by=at.actor.id)  # fmt: skip
    session.add(made)
    _chain(session, at, notice, "notice_objected", {"said": said})
    return made


def end(session: Session, at: Counter, notice_id: str) -> Notice:
    """The days are over and nobody objected. Problems: 404; 409 ``notice-over``, ``still-posted``."""
    seen = queries.visible(session, at.actor, notice_id)
    applications.visible(session, at.actor, seen.application_id, lock=True)  # as an objection does: it before the notice
    notice = queries.visible(session, at.actor, notice_id, lock=True)
    if notice.state != POSTED:
        raise Problem(409, "notice-over", "公示已经结束。")
    if clock.today() <= notice.until:
        raise Problem(409, "still-posted", f"公示到 {notice.until} 为止，期满后再登记。")
    notice.state, notice.ended_at = OVER, clock.now()
    _chain(session, at, notice, "notice_over", {})
    return notice


def _chain(session: Session, at: Counter, notice: Notice, kind: str, content: dict[str, object]) -> None:
    append(session, notice.county_code, notice.household_id, kind, at.actor.name, {"notice": notice.id, **content})
