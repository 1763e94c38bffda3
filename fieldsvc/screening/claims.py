"""The queue of dirty households: claim a batch, keep it, give it back. Each verb is one short transaction's work."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import ColumnElement, and_, delete, or_, select, update
from sqlalchemy.orm import Session

from fieldsvc.facts.models import DirtyHousehold as Mark
from fieldsvc.kit import clock
from fieldsvc.kit.ids import new_id

LEASE = timedelta(seconds=60)
MOST_FAILURES = 3


@dataclass(frozen=True, slots=True)
class Claim:
    """A batch leased to one worker: ``generations`` = {household id: the mark's generation when it was claimed}."""

    lease: str
    generations: dict[str, int] = field(default_factory=dict)

    def part(self, ids: Iterable[str]) -> "Claim":
        return Claim(self.lease, {i: self.generations[i] for i in ids})


def due(county: str) -> ColumnElement[bool]:
    return and_(Mark.county_code == county, Mark.set_aside.is_(False),
                or_(Mark.lease_until.is_(None), Mark.lease_until < clock.now()))  # fmt: skip


def anything(session: Session, county: str) -> bool:
    """Asked in a read, so that an idle sweep takes no lock."""
    return session.scalar(select(Mark.household_id).where(due(county)).limit(1)) is not None


def claim(session: Session, county: str, limit: int) -> Claim:
    """Lease the oldest due marks. What a worker once died over is claimed alone, and set aside at the third time."""
    _set_aside_killers(session, county)
    oldest = select(Mark).where(due(county)).order_by(Mark.failures, Mark.marked_at, Mark.household_id)
    marks = list(session.scalars(oldest.limit(limit).with_for_update(skip_locked=True)))
    fresh = [mark for mark in marks if mark.failures == 0]
    claimed = Claim(new_id())
    for mark in fresh or marks[:1]:
        mark.lease, mark.lease_until, mark.failures = claimed.lease, clock.now() + LEASE, mark.failures + 1
        claimed.generations[mark.household_id] = mark.generation
    return claimed


def _set_aside_killers(session: Session, county: str) -> None:
    session.execute(
        update(Mark).where(due(county), Mark.failures >= MOST_FAILURES)
        .values(set_aside=True, lease=None, lease_until=None, failures=0, last_error="[] 筛查时工作进程多次中断")
    )  # fmt: skip


def renew(session: Session, county: str, claimed: Claim) -> Claim:
    """Extend the lease; returns what is still ours."""
    ids = sorted(claimed.generations)
    extended = update(Mark).where(Mark.county_code == county, Mark.lease == claimed.lease, Mark.household_id.in_(ids))
    kept = session.execute(extended.values(lease_until=clock.now() + LEASE).returning(Mark.household_id))
    return claimed.part(set(kept.scalars()))


def hold(session: Session, county: str, claimed: Claim) -> dict[str, int]:
    """Lock the marks that are still ours, in the order of ids, and return their present generations."""
    ours = Mark.county_code == county, Mark.lease == claimed.lease, Mark.household_id.in_(sorted(claimed.generations))
    rows = session.execute(select(Mark.household_id, Mark.generation).where(*ours).order_by(Mark.household_id).with_for_update())
    return {household: generation for household, generation in rows}


def finish(session: Session, county: str, claimed: Claim, held: dict[str, int], done: Iterable[str]) -> None:
    """Delete the marks of what is done, unless a write raised the generation meanwhile (``held`` = what ``hold`` found): those
    stay due, as does what is not done."""
    same = sorted(h for h in done if held[h] == claimed.generations[h])
    session.execute(delete(Mark).where(Mark.county_code == county, Mark.lease == claimed.lease, Mark.household_id.in_(same)))
    if len(same) < len(held):
        release(session, county, claimed)


def release(session: Session, county: str, claimed: Claim) -> None:
    """Give back what is left of the batch; no failure counts against it."""
    ours = Mark.county_code == county, Mark.lease == claimed.lease, Mark.household_id.in_(sorted(claimed.generations))
    session.execute(update(Mark).where(*ours).values(lease=None, lease_until=None, failures=0))


def set_aside(session: Session, county: str, claimed: Claim, error: str) -> None:
    """Keep the household's mark but screen it no more until its facts or the rules change, or the doctor says so. If facts
    changed meanwhile, it is due at once."""
    for household, generation in claimed.generations.items():
        mine = Mark.county_code == county, Mark.lease == claimed.lease, Mark.household_id == household
        session.execute(update(Mark).where(*mine).values(
            set_aside=Mark.generation == generation, lease=None, lease_until=None, failures=0, last_error=error[:500]))  # fmt: skip


def retry_set_aside(session: Session, county: str, except_error: str | None = None) -> int:
    """Make set-aside households due again; ``except_error``: not those whose error begins so."""
    aside = [Mark.county_code == county, Mark.set_aside]
    if except_error:
        aside.append(or_(Mark.last_error.is_(None), ~Mark.last_error.startswith(except_error, autoescape=True)))
    freed = session.execute(update(Mark).where(*aside).values(set_aside=False, failures=0).returning(Mark.household_id))
    return len(freed.all())
