"""Every SELECT of publicity."""

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from fieldsvc.accounts.rules import Actor
from fieldsvc.kit.rows import counted, the_one, within

from .models import Notice, Objection


def scope(actor: Actor) -> ColumnElement[bool]:
    """Officers only; ``may_see`` for them is their region."""
    return within(Notice.village_code, actor.region)


def page(session: Session, actor: Actor, state: str | None, village: str | None, first: int, size: int) -> list[Notice]:
    where = [Notice.county_code == actor.county, scope(actor), *([Notice.state == state] if state else [])]
    where += [within(Notice.village_code, village)] if village else []
    return list(
        session.scalars(select(Notice).where(*where).order_by(Notice.until.desc(), Notice.id).offset(first).limit(size))
    )


def counts(session: Session, actor: Actor) -> dict[str, int]:
    return counted(session, Notice.state, Notice.county_code == actor.county, scope(actor))


def visible(session: Session, actor: Actor, notice_id: str, lock: bool = False) -> Notice:
    """Foreign and missing give the same 404."""
    wanted = select(Notice).where(Notice.county_code == actor.county, Notice.id == notice_id, scope(actor))
    return the_one(session, wanted, lock)


def of_application(session: Session, county: str, application_id: str) -> list[Notice]:
    mine = Notice.county_code == county, Notice.application_id == application_id
    return list(session.scalars(select(Notice).where(*mine).order_by(Notice.round)))


def objections(session: Session, county: str, notice_id: str) -> list[Objection]:
    mine = Objection.county_code == county, Objection.notice_id == notice_id
    return list(session.scalars(select(Objection).where(*mine).order_by(Objection.at)))
