"""Old ids lead on: a household or person that was merged away is found under the one it was merged into."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from .models import Redirect

MOST_HOPS = 20


def survivors(session: Session, county: str, ids: Iterable[str | None]) -> dict[str, str]:
    """``{id: the id it is known by now}`` of those that were merged away, also through several merges."""
    found: dict[str, str] = {}
    waiting = {one: one for one in ids if one}
    for _ in range(MOST_HOPS):
        rows = _next(session, county, set(waiting.values())) if waiting else {}
        waiting = {first: rows[now] for first, now in waiting.items() if now in rows}
        if not waiting:
            break
        found |= waiting
    return found


def merged_into(session: Session, county: str, ids: Iterable[str]) -> dict[str, str]:
    """``{merged-away id: one of ids}``: every record that now leads to one of these, also through several merges."""
    found: dict[str, str] = {}
    ahead = {one: one for one in ids}
    for _ in range(MOST_HOPS):
        led = select(Redirect.old_id, Redirect.new_id).where(Redirect.county_code == county, Redirect.new_id.in_(sorted(ahead)))
        ahead = {old: ahead[new] for old, new in session.execute(led)} if ahead else {}
        if not ahead:
            break
        found |= ahead
    return found


def _next(session: Session, county: str, ids: set[str]) -> dict[str, str]:
    led = select(Redirect.old_id, Redirect.new_id).where(Redirect.county_code == county, Redirect.old_id.in_(sorted(ids)))
    return dict(session.execute(led).tuples().all())
