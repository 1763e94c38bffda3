"""Saved filters (常用筛选): an officer's own names for a list's filters. A list page shows them with ``_saved.html``."""

from urllib.parse import parse_qsl, urlencode

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from fieldsvc.accounts.rules import Actor
from fieldsvc.kit import clock
from fieldsvc.kit.errors import Problem, not_found
from fieldsvc.kit.ids import new_id

from .models import SavedFilter

MOST = 20
NEVER = ("page", "cursor", "export", "purpose")


def saved(session: Session, actor: Actor, page: str) -> list[SavedFilter]:
    """The officer's filters of one page (its endpoint), by name."""
    mine = SavedFilter.county_code == actor.county, SavedFilter.account_id == actor.id
    return list(session.scalars(select(SavedFilter).where(*mine, SavedFilter.page == page).order_by(SavedFilter.name)))


def save(session: Session, actor: Actor, page: str, name: str, query: str) -> None:
    """Keep the filters of an address under a name; the same name again takes the new ones. Problem 409 ``too-many-filters``."""
    held = saved(session, actor, page)
    kept = filters_of(query)
    known = next((each for each in held if each.name == name), None)
    if known is None and len(held) >= MOST:
        raise Problem(409, "too-many-filters", f"常用筛选最多保存 {MOST} 个，请先删除不用的。")
    if known is None:
        known = SavedFilter(county_code=actor.county, id=new_id(), account_id=actor.id, page=page, name=name)
        session.add(known)
    known.query, known.at = kept, clock.now()


def drop(session: Session, actor: Actor, filter_id: str) -> None:
    """Problem 404 for another officer's as for none."""
    mine = SavedFilter.county_code == actor.county, SavedFilter.account_id == actor.id, SavedFilter.id == filter_id
    if session.execute(delete(SavedFilter).where(*mine).returning(SavedFilter.id)).first() is None:
        raise not_found()


def filters_of(query: str) -> str:
    """An address's query without what belongs to one look at it."""
    return urlencode([(name, value) for name, value in parse_qsl(query[:2000]) if name not in NEVER])
