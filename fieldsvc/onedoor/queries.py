"""Every SELECT of the one door."""

from collections import defaultdict
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from .models import ItemCard, Opening

LONGEST_SHARED = 6
TOWNSHIP_DIGITS = 9


@dataclass(frozen=True, slots=True)
class Doors:
    """``opened`` = {item: {township code}}, ``cards`` = {item: its card} of a county."""

    opened: dict[str, set[str]] = field(default_factory=dict)
    cards: dict[str, ItemCard] = field(default_factory=dict)

    def is_open(self, item: str, region: str) -> bool:
        """Whether an item is open where ``region`` (6, 9 or 12 digits) lies; the county's own view has every item."""
        joined = self.opened.get(item)
        return not joined or len(region) <= LONGEST_SHARED or region[:TOWNSHIP_DIGITS] in joined

    def in_one_go(self, item: str) -> bool:
        return item in self.cards and self.cards[item].in_one_go

    def proofs(self, item: str) -> list[str]:
        return list(self.cards[item].proofs) if item in self.cards else []


def doors(session: Session, county: str) -> Doors:
    """Two queries, whatever the number of items."""
    opened: dict[str, set[str]] = defaultdict(set)
    for item, region in session.execute(select(Opening.item, Opening.region).where(Opening.county_code == county)):
        opened[item].add(region)
    cards = session.scalars(select(ItemCard).where(ItemCard.county_code == county))
    return Doors(dict(opened), {card.item: card for card in cards})
