"""What operations asks of the store: lengths of queues and the state of the schema. Counts only, never a person."""

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from fieldsvc.facts.models import DirtyHousehold
from fieldsvc.feed.models import Counter
from fieldsvc.forms.models import FormVersion
from fieldsvc.referrals.models import OutboxItem
from fieldsvc.visits.models import SetAside


def dirty(session: Session, county: str) -> dict[str, int]:
    """Households waiting for screening, and those set aside because their screening failed."""
    rows = _by_state(session, county, DirtyHousehold, DirtyHousehold.set_aside)
    return {"waiting": rows.get(False, 0), "set_aside": rows.get(True, 0)}


def outbox(session: Session, county: str) -> dict[str, int]:
    """What is owed to departments, by state (``dead``: tried for the last time)."""
    return _by_state(session, county, OutboxItem, OutboxItem.state)


def quarantine(session: Session, county: str) -> dict[str, int]:
    """Records kept but not applied and not yet decided, by state."""
    rows = select(SetAside.state, func.count()).where(SetAside.county_code == county, SetAside.resolved_at.is_(None))
    return dict(session.execute(rows.group_by(SetAside.state)).all())  # type: ignore[arg-type]


def _by_state(session: Session, county: str, table: type, column: object) -> dict:
    rows = select(column, func.count()).where(table.county_code == county).group_by(column)  # type: ignore
    return dict(session.execute(rows).all())  # type: ignore[arg-type]


def oldest_dirty_seconds(session: Session, county: str, now: object) -> float:
    """Age of the oldest mark still to be screened; 0 when none waits."""
    mine = DirtyHousehold.county_code == county, DirtyHousehold.set_aside.is_(False)
    oldest = session.scalar(select(func.min(DirtyHousehold.marked_at)).where(*mine))
    return (now - oldest).total_seconds() if oldest else 0.0  # type: ignore[operator]


def counter(session: Session, county: str) -> Counter | None:
    return session.get(Counter, county)


def revision(session: Session) -> str | None:
    """The migration the database stands at; an error when it was never migrated."""
    return session.scalar(text("SELECT version_num FROM fieldsvc_version"))


def published(session: Session, county: str) -> dict[tuple[str, str], str]:
    """(form id, version) → hash of everything published."""
    rows = select(FormVersion.form_id, FormVersion.version, FormVersion.hash).where(FormVersion.county_code == county)
    return {(form, version): digest for form, version, digest in session.execute(rows)}
