"""Every SELECT of referrals."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session

from fieldsvc.accounts.queries import caseload_accounts
from fieldsvc.accounts.rules import CLASSES, DEPARTMENT, WORKERS, Actor, Item, may_see
from fieldsvc.households.models import Assignment
from fieldsvc.households.queries import in_caseload
from fieldsvc.kit.backoff import DEAD
from fieldsvc.kit.errors import not_found
from fieldsvc.kit.pages import MOST
from fieldsvc.kit.rows import counted, kept, the_one, within
from fieldsvc.visits.models import Visit

from .models import OutboxItem, Referral, ReferralEvent
from .rules import SENT

FILTERS = ("state", "department", "duty", "household_id", "alert_id")


def scope(session: Session, actor: Actor) -> ColumnElement[bool]:
    """``may_see`` as a condition on referrals; a test holds the two together."""
    seen = Referral.klass.in_(CLASSES[actor.role])
    if actor.role in WORKERS:
        held = exists().where(
            Assignment.county_code == Referral.county_code, Assignment.household_id == Referral.household_id,
            Assignment.account_id.in_(caseload_accounts(session, actor)), Assignment.active,
        )  # fmt: skip
        return and_(seen, or_(held, Referral.first_contact_id == actor.id))
    if actor.role == DEPARTMENT:
        return and_(seen, Referral.department == (actor.department or ""))
    return and_(seen, within(Referral.village_code, actor.region))


def item_of(session: Session, actor: Actor, found: Referral) -> Item:
    """首问负责: who was asked first sees the matter to its end, also after the household went to another worker."""
    return Item(found.village_code, found.klass, assigned=bool(in_caseload(session, actor, [found.household_id])),
                referred=found.department == actor.department, author_id=found.first_contact_id)  # fmt: skip


def page(
    session: Session, actor: Actor, wanted: dict[str, Any], after: tuple[datetime, str] | None, size: int
) -> list[Referral]:
    """Newest first."""
    where = [Referral.county_code == actor.county, scope(session, actor)]
    where += [getattr(Referral, name) == str(wanted[name]) for name in FILTERS if wanted.get(name)]
    if after:
        where.append(or_(Referral.created_at < after[0], and_(Referral.created_at == after[0], Referral.id < after[1])))
    newest = select(Referral).where(*where).order_by(Referral.created_at.desc(), Referral.id.desc()).limit(size)
    return list(session.scalars(newest))


def counts(session: Session, actor: Actor) -> dict[str, int]:
    """``{state: number}`` of the referrals the actor may see."""
    mine = Referral.county_code == actor.county, scope(session, actor)
    return counted(session, Referral.state, *mine)


def visible(session: Session, actor: Actor, referral_id: str) -> Referral:
    """The referral, when the actor may see it; foreign and missing give the same 404."""
    found = session.get(Referral, (actor.county, referral_id))
    if found is None or not may_see(actor, item_of(session, actor, found)):
        raise not_found()
    return found


def locked(session: Session, county: str, referral_id: str) -> Referral:
    at = Referral.county_code == county, Referral.id == referral_id
    return the_one(session, select(Referral).where(*at), lock=True)


def events(session: Session, county: str, referral_id: str) -> list[ReferralEvent]:
    found = select(ReferralEvent).where(ReferralEvent.county_code == county, ReferralEvent.referral_id == referral_id)
    return list(session.scalars(found.order_by(ReferralEvent.at, ReferralEvent.id)))


def events_for(session: Session, actor: Actor, found: Referral) -> list[ReferralEvent]:
    """A department sees what happened since the matter came to it, not what went on in another before."""
    steps = events(session, found.county_code, found.id)
    if actor.role != DEPARTMENT:
        return steps
    elsewhere = [
        n for n, step in enumerate(steps) if step.detail.get("department", found.department) != found.department
    ]
    came = [n for n, step in enumerate(steps) if "department" in step.detail and n > max(elsewhere, default=-1)]
    return steps[came[0] :] if came else steps


def unanswered(session: Session, actor: Actor, matter: Any) -> Referral | None:
    """The referral that says just this and waits for its first answer."""
    same = [
        getattr(Referral, name) == getattr(matter, name)
        for name in ("household_id", "person_id", "duty", "programme", "summary")
    ]
    mine = Referral.county_code == actor.county, Referral.sent_by == actor.id, Referral.state == SENT
    return session.scalar(select(Referral).where(*mine, *same).limit(1))


def sent_for(session: Session, county: str, alert_id: str, lock: bool = False) -> Referral | None:
    """The referral of an alert that no department has answered yet."""
    mine = Referral.county_code == county, Referral.alert_id == alert_id, Referral.state == SENT
    found = select(Referral).where(*mine).order_by(Referral.created_at.desc(), Referral.id.desc()).limit(1)
    return session.scalar(kept(found) if lock else found)


def dead_letters(session: Session, county: str) -> list[OutboxItem]:
    """The oldest first; more than a page of them are one trouble."""
    found = select(OutboxItem).where(OutboxItem.county_code == county, OutboxItem.state == DEAD)
    return list(session.scalars(found.order_by(OutboxItem.created_at, OutboxItem.id).limit(MOST)))


def author_of(session: Session, county: str, visit_id: str) -> int | None:
    return session.scalar(select(Visit.author_id).where(Visit.county_code == county, Visit.id == visit_id))


def belongings(session: Session, county: str, household_ids: Iterable[str]) -> list[tuple[str, str, str, str]]:
    """``("referrals", id, household id, class)`` (``kit.notify.on_collect_belongings``)."""
    found = select(Referral.id, Referral.household_id, Referral.klass).where(
        Referral.county_code == county, Referral.household_id.in_(list(household_ids)))  # fmt: skip
    return [("referrals", one, home, klass) for one, home, klass in session.execute(found)]
