"""Verbs of supervision: draw a sample, enter what the visit back found."""

import random
from datetime import date

from sqlalchemy.orm import Session

from fieldsvc.accounts.rules import Actor
from fieldsvc.kit import clock
from fieldsvc.kit.errors import Problem, not_found, refuse_future
from fieldsvc.kit.ids import new_id

from . import queries
from .models import Draw, DrawnCase

RESULTS = {"right": "属实", "wrong": "发现问题", "absent": "未见到人"}
MOST = 200


def drawn(homes: list[tuple[str, str]], seed: str, size: int) -> list[tuple[str, str]]:
    """The same of the same households for the same seed: anybody may draw again and see that nobody was picked."""
    return random.Random(seed).sample(homes, min(size, len(homes)))


def draw(session: Session, actor: Actor, region: str, tier: str | None, size: int, seed: str | None = None) -> Draw:
    """Draw a sample of the households aided in a region. Problems: 404 outside the actor's; 409 ``nobody-aided``."""
    if not region.startswith(actor.region):
        raise not_found()
    homes = queries.pool(session, actor, region, tier)
    if not homes:
        raise Problem(409, "nobody-aided", "这个范围内没有在享救助的户，请换一个范围。")
    seed = seed or f"{clock.now():%Y%m%d%H%M%S}"
    picked = drawn(homes, seed, size)
    made = Draw(county_code=actor.county, id=new_id(), region=region, tier=tier, seed=seed, size=len(picked), pool=len(homes),
                account_id=actor.id, at=clock.now())  # fmt: skip
    session.add(made)
    session.add_all(DrawnCase(county_code=actor.county, draw_id=made.id, household_id=home, village_code=village, place=place)
                    for place, (home, village) in enumerate(picked, 1))  # fmt: skip
    session.flush()
    return made


def enter_result(
    session: Session, actor: Actor, draw_id: str, household_id: str, result: str, found: str | None, visited_on: date
) -> DrawnCase:
    """What the visit back found. Problems: 404; 422 ``finding-missing``, ``not-yet``; 409 ``entered-already``."""
    if queries.draw(session, actor, draw_id) is None:
        raise not_found()
    case = session.get(DrawnCase, (actor.county, draw_id, household_id), with_for_update=True, populate_existing=True)
    if case is None:
        raise not_found()
    if result == "wrong" and not (found or "").strip():
        raise Problem(422, "finding-missing", "发现问题的，须写明是什么问题。", {"errors": {"found": "必填"}})
    refuse_future(visited_on, "visited_on", "回访日期不能晚于今天。", "不能晚于今天")
    if case.result is not None:
        raise Problem(409, "entered-already", "这一户的回访结果已经登记。")
    case.result, case.found, case.visited_on, case.account_id, case.at = (
        result,
        found,
        visited_on,
        actor.id,
        clock.now(),
    )
    session.flush()
    return case
