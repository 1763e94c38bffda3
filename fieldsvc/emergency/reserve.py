"""The reserve of a township (临时救助备用金): filled by the county, paid from at once, never below nothing."""

from decimal import Decimal

from sqlalchemy import func, select, tuple_
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from fieldsvc.accounts.rules import Actor
from fieldsvc.kit import clock
from fieldsvc.kit.errors import Problem, busy, not_found
from fieldsvc.kit.rows import within

from .models import ReserveEntry

SOURCE = "临时救助备用金"
TOWNSHIP = 9


def last(session: Session, county: str, township: str) -> ReserveEntry | None:
    mine = ReserveEntry.county_code == county, ReserveEntry.township_code == township
    return session.scalar(select(ReserveEntry).where(*mine).order_by(ReserveEntry.n.desc()).limit(1))


def balance(session: Session, county: str, township: str) -> Decimal | None:
    """Yuan; None where the township has no reserve."""
    found = last(session, county, township[:TOWNSHIP])
    return Decimal(found.balance) if found else None


def balances(session: Session, actor: Actor) -> dict[str, Decimal]:
    """``{township: balance}`` of the actor's region."""
    mine = ReserveEntry.county_code == actor.county, within(ReserveEntry.township_code, actor.region)
    newest = select(ReserveEntry.township_code, func.max(ReserveEntry.n)).where(*mine).group_by(ReserveEntry.township_code)
    rows = select(ReserveEntry).where(*mine, tuple_(ReserveEntry.township_code, ReserveEntry.n).in_(newest))
    return {row.township_code: Decimal(row.balance) for row in session.scalars(rows.order_by(ReserveEntry.township_code))}


def fill(session: Session, actor: Actor, township: str, amount: str, note: str | None = None) -> ReserveEntry:
    """Put money into a township's reserve. Problem 404 for a township that is not the actor's."""
    if len(township) != TOWNSHIP or not township.startswith(actor.region):
        raise not_found()
    return _move(session, actor, township, Decimal(amount), None, note)


def draw(session: Session, actor: Actor, village: str, amount: str | None, emergency_id: str) -> ReserveEntry:
    """Pay from the reserve of the township where the trouble is. Problems: 422 ``amount-missing``; 409 ``no-reserve``,
    ``reserve-short``."""
    if not amount:
        raise Problem(422, "amount-missing", "从备用金支付须写明金额。", {"errors": {"amount": "必填"}})
    held = balance(session, actor.county, village)
    if held is None:
        raise Problem(409, "no-reserve", "本镇（街道）还没有登记备用金，请先由县级拨付登记，或另选资金来源。")
    if Decimal(amount) > held:
        raise Problem(409, "reserve-short", f"备用金余额 {held} 元，不够支付 {amount} 元；请补充备用金，或另选资金来源。",
                      {"errors": {"amount": f"余额 {held} 元"}})  # fmt: skip
    return _move(session, actor, village[:TOWNSHIP], -Decimal(amount), emergency_id, None)


def _move(session: Session, actor: Actor, township: str, amount: Decimal, emergency_id: str | None, note: str | None) -> ReserveEntry:
    """The key decides between two at once: the later one is asked to come again."""
    before = last(session, actor.county, township)
    entry = ReserveEntry(
        county_code=actor.county, township_code=township, n=before.n + 1 if before else 1, amount=str(amount),
        balance=str((Decimal(before.balance) if before else Decimal(0)) + amount), emergency_id=emergency_id, note=note,
        actor=actor.name, at=clock.now(),
    )  # fmt: skip
    session.add(entry)
    try:
        session.flush()
    except IntegrityError as taken:
        raise busy() from taken
    return entry
