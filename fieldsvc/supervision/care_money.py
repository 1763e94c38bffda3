"""What the care of severely disabled people is paid from (会宁 二(二)二是3): a share of the year's aid fund, lottery money, gifts.

The share is a parameter of the place; money spent is entered, never refused for going beyond it: going beyond it is shown.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldsvc.accounts.rules import Actor
from fieldsvc.kit import clock
from fieldsvc.kit.crypto import masked_text
from fieldsvc.kit.errors import Problem, refuse_future
from fieldsvc.kit.ids import new_id

from .models import CareMoney

SHARE = "civil_purchase_fund_ratio"
FUND, PURCHASE = "fund", "purchase"
SOURCES = {FUND: "困难群众救助补助资金（收到的各笔）", PURCHASE: "其中购买服务资金", "lottery": "福彩公益金", "donation": "社会捐赠"}
SPENT = tuple(source for source in SOURCES if source != FUND)
FEN = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Year:
    """The sums of one year in yuan. ``limit``: the share of the fund that may buy services; None where the place's text sets no
    share, or no fund is entered yet."""

    fund: Decimal
    spent: dict[str, Decimal]
    limit: Decimal | None

    @property
    def left(self) -> Decimal | None:
        """Of the share; negative where more was spent."""
        return None if self.limit is None else self.limit - self.spent[PURCHASE]


def entries(session: Session, county: str, year: int) -> list[CareMoney]:
    """The year's entries, the newest first."""
    this = CareMoney.county_code == county, CareMoney.on_date >= date(year, 1, 1), CareMoney.on_date <= date(year, 12, 31)
    return list(session.scalars(select(CareMoney).where(*this).order_by(CareMoney.on_date.desc(), CareMoney.id.desc())))


def added_up(held: Iterable[CareMoney], share: Fraction | None) -> Year:
    sums = dict.fromkeys(SOURCES, Decimal(0))
    for entry in held:
        sums[entry.source] += entry.amount
    fund = sums.pop(FUND)
    limit = None if share is None or not fund else (fund * share.numerator / share.denominator).quantize(FEN)
    return Year(fund, sums, limit)


def enter(session: Session, actor: Actor, source: str, amount: Decimal, on: date, what: str) -> CareMoney:
    """Enter a sum. Problems 422: ``not-yet``; ``below-nothing`` when a correction takes back more than was entered."""
    refuse_future(on, "on", "日期不能晚于今天。", "不能晚于今天")
    held = [each.amount for each in entries(session, actor.county, on.year) if each.source == source]
    if sum(held, amount) < 0:
        raise Problem(422, "below-nothing", "冲销的金额超过这一年已登记的金额，请核对。", {"errors": {"amount": "超过已登记的金额"}})
    made = CareMoney(county_code=actor.county, id=new_id(), source=source, amount=amount, on_date=on, what=masked_text(what),
                     account_id=actor.id, at=clock.now())  # fmt: skip
    session.add(made)
    return made
