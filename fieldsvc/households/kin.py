"""Kin (亲属回避): who declared to be related to a household takes no part in what is decided of it."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldsvc.accounts.rules import Actor
from fieldsvc.kit.errors import Problem

from .models import Kin


def kin_of(session: Session, county: str, account_id: int, household_id: str) -> Kin | None:
    return session.get(Kin, (county, account_id, household_id))


def refuse_kin(session: Session, actor: Actor, *household_ids: str) -> None:
    """Problem 409 ``kin-stands-aside`` when the actor is related to one of them."""
    mine = select(Kin.household_id).where(Kin.county_code == actor.county, Kin.account_id == actor.id)
    if set(session.scalars(mine)).intersection(household_ids):
        which = "这一户" if len(household_ids) == 1 else "其中的户"
        raise Problem(409, "kin-stands-aside", f"您已声明与{which}有亲属或利害关系，须回避，请由其他经办人员决定。")
