"""Delivering referrals to the departments' plugins, as ``kit.owed`` says."""

from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from fieldsvc.accounts.rules import CHILD, DEPARTMENT, Actor
from fieldsvc.alerts.kinds import Desk
from fieldsvc.departments.handlers import HandlerFailed
from fieldsvc.departments.load import Departments
from fieldsvc.eligibility.vocabulary import Vocabulary
from fieldsvc.facts import queries as facts
from fieldsvc.facts.rules import Document, day_of
from fieldsvc.households.models import Person
from fieldsvc.kit import clock
from fieldsvc.kit.backoff import DEAD
from fieldsvc.kit.db import written
from fieldsvc.kit.errors import Problem, not_found
from fieldsvc.kit.limits import TimeUp, time_limit
from fieldsvc.kit.owed import Queue
from fieldsvc.kit.site import Site
from fieldsvc.plugin_api.referral import ReferralAnswer, ReferralView

from .models import OutboxItem, Referral
from .outcomes import fault, packages
from .rules import ANSWERS, DELIVERED, SENT, WAITING
from .service import feedback

QUEUE = Queue(OutboxItem, (WAITING,), "exits：送达时工作进程中断")
SECONDS = 15.0


class Undeliverable(Exception):
    """Why a try came to nothing; the text is ours and holds nobody's data."""


def deliver_due(site: Site, departments: Departments, limit: int = 20) -> int:
    """Deliver up to ``limit`` due items, one after the other; returns how many were tried."""
    tried = 0
    while tried < limit and (claimed := QUEUE.claim(site)):
        _deliver(site, departments, *claimed)
        tried += 1
    return tried


def _deliver(site: Site, departments: Departments, item_id: str, lease: str) -> None:
    """Show the referral to its plugin and write down the answer; whatever goes wrong is a failed try, with its name."""
    try:
        answer = _ask(site, departments, item_id)
    except (Exception, TimeUp) as error:
        if isinstance(error, Problem) and error.code == "busy":
            return
        return QUEUE.failed(site, item_id, lease, name_of(error))
    try:
        written(site.db, lambda session: _settle(session, site, departments, item_id, lease, answer))
    except Problem as problem:
        if problem.code != "busy":
            QUEUE.failed(site, item_id, lease, f"rubbish：{problem.detail}")
    except Exception as error:
        QUEUE.failed(site, item_id, lease, name_of(error))


def _ask(site: Site, departments: Departments, item_id: str) -> ReferralAnswer | None:
    """None when there is nothing to hand over: answered meanwhile, sent to another department, or answered by hand in this one."""
    with site.db.read() as session:
        item = session.get(OutboxItem, (site.county, item_id))
        referral = session.get(Referral, (site.county, item.referral_id)) if item else None
        if item is None or referral is None or (referral.state, referral.department) != (SENT, item.department):
            return None
        view = view_of(session, departments.vocabulary, referral, packages(departments, referral.duty))
    if departments.plugin_for(referral.duty) is None and referral.department != referral.duty:
        raise Undeliverable(f"部门插件 {referral.department} 没有装载")
    handler = departments.handler(referral.duty)
    if handler is None:
        return None
    with time_limit(SECONDS):
        return checked(handler(view))


def checked(answer: Any) -> ReferralAnswer:
    """Raises Undeliverable for rubbish."""
    if not isinstance(answer, ReferralAnswer) or answer.state not in ("queued", *ANSWERS):
        raise Undeliverable(f"rubbish：答复不是 ReferralAnswer：{type(answer).__name__}")
    if wrong := fault(answer.reason, answer.outcome):
        raise Undeliverable(f"rubbish：{wrong}")
    return answer


def view_of(session: Session, vocabulary: Vocabulary, referral: Referral, packages: set[str]) -> ReferralView:
    """The referral with the current facts of its person and household that the core or this department declared; never of
    the child class, never a number that identifies."""
    person = session.get(Person, (referral.county_code, referral.person_id)) if referral.person_id else None
    subjects = [s for s in (referral.household_id, referral.person_id) if s]
    known: Document = {}
    for one in facts.known(session, referral.county_code, subjects).values():
        known |= one.document
    today = clock.today()
    shown = {name: entry[0] for name, entry in sorted(known.items())
             if (fact := vocabulary.facts.get(name)) and fact.sensitivity != CHILD and fact.package in packages
             and vocabulary.still_known(name, day_of(entry), today)}  # fmt: skip
    return ReferralView(referral.id, referral.duty, referral.programme, referral.household_id, referral.person_id,
                        person.name if person else "", referral.village_code, referral.summary, shown)  # fmt: skip


def _settle(
    session: Session, site: Site, departments: Departments, item_id: str, lease: str, answer: ReferralAnswer | None
) -> None:
    seen = session.get(OutboxItem, (site.county, item_id))
    step = ANSWERS.get(answer.state) if answer else None
    if seen and answer and step:
        desk = Desk(_speaker(site, departments, seen.department), site.settings.jurisdiction, departments)
        body = {"reason": answer.reason, "outcome": dict(answer.outcome)}
        try:
            feedback(session, desk, seen.referral_id, step, body, key=f"outbox-{item_id}")
        except Problem as problem:
            if problem.code != "wrong-state":
                raise
    item = QUEUE.held(session, site.county, item_id, lease)
    if item:
        item.state, item.lease, item.last_error = DELIVERED, None, None


def _speaker(site: Site, departments: Departments, department: str) -> Actor:
    """The department's plugin as the one who answers."""
    title = next((p.department.title for p in departments.plugins if p.department.id == department), department)
    return Actor(site.county, 0, title, DEPARTMENT, site.county, department)


def name_of(error: BaseException) -> str:
    """What went wrong, in words of ours: those of a plugin or of the database may quote people."""
    if isinstance(error, TimeUp):
        return f"hangs：超过 {SECONDS:g} 秒没有结果"
    if isinstance(error, HandlerFailed):
        return f"{error.code}：{error}"
    return str(error) if isinstance(error, Undeliverable) else type(error).__name__


def replay(session: Session, county: str, item_id: str) -> OutboxItem:
    """A dead letter is tried again from the start, by hand. Problem 404; 409 ``not-dead``."""
    item = session.get(OutboxItem, (county, item_id), with_for_update=True)
    if item is None:
        raise not_found()
    if item.state != DEAD:
        raise Problem(409, "not-dead", "这件转办不在停止重试之列。")
    item.state, item.attempts, item.next_at = WAITING, 0, clock.now()
    return item


def replay_all(session: Session, county: str) -> int:
    """Every dead letter is tried again from the start; how many there were."""
    dead = update(OutboxItem).where(OutboxItem.county_code == county, OutboxItem.state == DEAD)
    again = session.execute(dead.values(state=WAITING, attempts=0, next_at=clock.now()).returning(OutboxItem.id))
    return len(again.all())
