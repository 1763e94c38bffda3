"""Every SELECT of alerts."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, func, or_, select
from sqlalchemy.orm import Session, aliased, defer

from fieldsvc.accounts.queries import caseload_accounts
from fieldsvc.accounts.rules import CLASSES, DEPARTMENT, WORKERS, Actor, Item, may_see
from fieldsvc.deadlines.queries import is_overdue
from fieldsvc.households.models import Assignment
from fieldsvc.households.queries import in_caseload
from fieldsvc.kit import clock
from fieldsvc.kit.among import among
from fieldsvc.kit.errors import not_found
from fieldsvc.kit.rows import by_sorting, counted, kept, within
from fieldsvc.visits.models import Visit

from .models import Alert, Disposal
from .rules import CLOSED, NO_DISPOSAL


def scope(session: Session, actor: Actor) -> ColumnElement[bool]:
    """``may_see`` as a condition on alerts, so that a page need not read the county; a test holds the two together."""
    seen = Alert.klass.in_(CLASSES[actor.role])
    if actor.role in WORKERS:
        return and_(seen, exists().where(
            Assignment.county_code == Alert.county_code, Assignment.household_id == Alert.household_id,
            Assignment.account_id.in_(caseload_accounts(session, actor)), Assignment.active,
        ))  # fmt: skip
    if actor.role == DEPARTMENT:
        return false()
    return and_(seen, within(Alert.village_code, actor.region))


def page(
    session: Session, actor: Actor, wanted: dict[str, Any], after: tuple[datetime, str] | None, size: int
) -> list[Alert]:
    """Newest first. ``wanted``: status (``active``: not closed), severity, kind, rule_id, duty, household_id; ``village``
    is a prefix of village codes; ``overdue``: whether a step of it is."""
    where = [Alert.county_code == actor.county, scope(session, actor)]
    where += [getattr(Alert, name) == wanted[name] for name in FILTERS if wanted.get(name)]
    if status := wanted.get("status"):
        where.append(Alert.status != CLOSED if status == "active" else Alert.status == status)
    if village := wanted.get("village"):
        where.append(within(Alert.village_code, village))
    if wanted.get("overdue") is not None:
        over = is_overdue(Alert.id, actor.county, clock.now())
        where.append(over if wanted["overdue"] else ~over)
    if after:
        where.append(or_(Alert.opened_at < after[0], and_(Alert.opened_at == after[0], Alert.id < after[1])))
    newest = select(Alert).where(*where).order_by(Alert.opened_at.desc(), Alert.id.desc()).limit(size)
    return list(session.scalars(newest))


def counts(session: Session, actor: Actor) -> dict[str, dict[str, int]]:
    """In the actor's scope: alerts by status, and disposals by kind (a verification is none, nor one taken back)."""
    mine = Alert.county_code == actor.county, scope(session, actor)
    joined = (Disposal.county_code == Alert.county_code) & (Disposal.alert_id == Alert.id)
    later = aliased(Disposal)
    undone = exists().where(
        later.county_code == Disposal.county_code, later.alert_id == Disposal.alert_id, later.undoes == Disposal.id
    )
    kinds = (select(Disposal.kind, func.count()).join(Alert, joined)
             .where(*mine, Disposal.kind.not_in(NO_DISPOSAL), ~undone).group_by(Disposal.kind))  # fmt: skip
    return {"by_status": counted(session, Alert.status, *mine), "by_kind": {kind: n for kind, n in session.execute(kinds)}}


FILTERS = ("severity", "kind", "rule_id", "duty", "household_id")


def visible(session: Session, actor: Actor, alert_id: str) -> Alert:
    """The alert, when the actor may see it; foreign and missing give the same 404."""
    found = session.get(Alert, (actor.county, alert_id))
    if found is None:
        raise not_found()
    assigned = bool(in_caseload(session, actor, [found.household_id]))
    if not may_see(actor, Item(found.village_code, found.klass, assigned=assigned)):
        raise not_found()
    return found


def locked(session: Session, county: str, alert_id: str) -> Alert | None:
    """The alert as it stands now, kept by this transaction until its end."""
    at = Alert.county_code == county, Alert.id == alert_id
    return session.scalar(kept(select(Alert).where(*at)))


def of_subjects(session: Session, county: str, subject_ids: Iterable[str]) -> dict[tuple[str, str], Alert]:
    """The newest alert of each (rule, subject), an open one before a closed one, locked in the order of ids; without the reasons,
    which are by far the largest part and are only ever replaced."""
    mine = Alert.county_code == county, among(session, Alert.subject_id, subject_ids)
    wanted = select(Alert).where(*mine).options(defer(Alert.reasons)).order_by(by_sorting(Alert.id))
    ordered = sorted(session.scalars(kept(wanted)), key=lambda alert: (alert.status != CLOSED, alert.opened_at))
    return {(alert.rule_id, alert.subject_id): alert for alert in ordered}


def disposals(session: Session, county: str, alert_id: str) -> list[Disposal]:
    found = select(Disposal).where(Disposal.county_code == county, Disposal.alert_id == alert_id)
    return list(session.scalars(found.order_by(Disposal.at, Disposal.id)))


def authors(session: Session, county: str, visit_ids: Iterable[str | None]) -> dict[str | None, int]:
    """``{visit id: account id of its author}``."""
    ids = sorted({each for each in visit_ids if each})
    found = select(Visit.id, Visit.author_id).where(Visit.county_code == county, Visit.id.in_(ids))
    return {visit: author for visit, author in session.execute(found)} if ids else {}


def several(session: Session, county: str, alert_ids: Iterable[str]) -> list[Alert]:
    """The alerts as they stand now, in the order of ids, kept by this transaction until its end."""
    wanted = select(Alert).where(Alert.county_code == county, Alert.id.in_(sorted(set(alert_ids)))).order_by(Alert.id)
    return list(session.scalars(kept(wanted)))


def belongings(session: Session, county: str, household_ids: list[str]) -> list[tuple[str, str, str, str]]:
    """``("alerts", id, household id, class)`` of every alert of the households (``kit.notify.on_collect_belongings``)."""
    found = select(Alert.id, Alert.household_id, Alert.klass).where(
        Alert.county_code == county, Alert.household_id.in_(household_ids))  # fmt: skip
    return [("alerts", alert, home, klass) for alert, home, klass in session.execute(found)]


def fired(session: Session, county: str, household_ids: Iterable[str]) -> dict[str, dict[str, bool]]:
    """``{subject: {rule: whether its alert remembers the facts that fired it}}`` of the households' alerts, of several the one
    ``of_subjects`` would give."""
    rows = session.execute(
        select(Alert.subject_id, Alert.rule_id, Alert.fingerprint != "").order_by(Alert.status != CLOSED, Alert.opened_at)
        .where(Alert.county_code == county, among(session, Alert.household_id, household_ids))
    )  # fmt: skip
    found: dict[str, dict[str, bool]] = {}
    for subject, rule, remembers in rows:
        found.setdefault(subject, {})[rule] = remembers
    return found
