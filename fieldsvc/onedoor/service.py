"""Verbs of the one door: an item joins a township, leaves it again, and says what it asks for."""

from collections.abc import Iterable

from sqlalchemy import delete
from sqlalchemy.orm import Session

from fieldsvc.accounts.queries import regions_below
from fieldsvc.accounts.rules import COUNTY, Actor
from fieldsvc.kit import clock
from fieldsvc.kit.errors import Problem, forbidden

from .models import ItemCard, Opening
from .queries import TOWNSHIP_DIGITS

MOST_PROOFS = 40


def set_openings(session: Session, actor: Actor, item: str, townships: Iterable[str]) -> int:
    """The item is open in these townships and in no other; none at all: it is open everywhere. How many it is open in.

    Problem 422 ``unknown-township``.
    """
    _county(actor)
    wanted = sorted(set(townships))
    known = {row.code for row in regions_below(session, actor.county, actor.region) if len(row.code) == TOWNSHIP_DIGITS}
    if strange := [code for code in wanted if code not in known]:
        raise Problem(
            422,
            "unknown-township",
            f"本县没有区划代码为 {strange[0]} 的镇（街道）。",
            {"errors": {"township": "请重新选择"}},
        )
    held = {code: session.get(Opening, (actor.county, item, code)) for code in wanted}
    here = Opening.county_code == actor.county, Opening.item == item
    session.execute(delete(Opening).where(*here, Opening.region.not_in(wanted)))
    for code in wanted:
        if held[code] is None:
            session.add(
                Opening(
                    county_code=actor.county,
                    item=item,
                    region=code,
                    since=clock.today(),
                    account_id=actor.id,
                    at=clock.now(),
                )
            )
    session.flush()
    return len(wanted)


def set_card(session: Session, actor: Actor, item: str, in_one_go: bool, proofs: Iterable[str]) -> ItemCard:
    """What an item asks for. Problem 422 ``too-many``."""
    _county(actor)
    lines = list(dict.fromkeys(line.strip() for line in proofs if line.strip()))
    if len(lines) > MOST_PROOFS or any(len(line) > 200 for line in lines):
        raise Problem(
            422,
            "too-many",
            f"证明材料不超过 {MOST_PROOFS} 项，每项不超过 200 字。",
            {"errors": {"proofs": "太多或太长"}},
        )
    card = session.get(ItemCard, (actor.county, item))
    if card is None:
        card = ItemCard(county_code=actor.county, item=item)
        session.add(card)
    card.in_one_go, card.proofs, card.account_id, card.at = in_one_go, lines, actor.id, clock.now()
    session.flush()
    return card


def _county(actor: Actor) -> None:
    if actor.role != COUNTY:
        raise forbidden()
