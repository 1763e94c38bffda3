"""救助帮扶信息共享 (胶州 三(二)): how soon after it was given a department's aid stood on the chain, against the agreed days."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldsvc.accounts.rules import CLASSES, Actor
from fieldsvc.households.models import Household
from fieldsvc.kit import clock
from fieldsvc.kit.rows import within

from .aids import REFERRAL
from .models import Aid


@dataclass(frozen=True, slots=True)
class Shared:
    """One grant of a department: ``days`` from the day it was given to the day it came onto the chain."""

    household_id: str
    person_id: str | None
    programme: str
    office: str
    amount: str | None
    given_on: date
    shared_on: date

    @property
    def days(self) -> int:
        return max(0, (self.shared_on - self.given_on).days)


def shared(session: Session, actor: Actor, since: datetime) -> list[Shared]:
    """What departments told in the actor's region since then, the slowest first."""
    home = (Household.county_code == Aid.county_code) & (Household.id == Aid.household_id)
    mine = (Aid.county_code == actor.county, Aid.source == REFERRAL, Aid.recorded_at >= since, Aid.klass.in_(CLASSES[actor.role]),
            within(Household.village_code, actor.region))  # fmt: skip
    rows = session.scalars(select(Aid).join(Household, home).where(*mine))
    found = [Shared(a.household_id, a.person_id, a.programme, a.office, a.amount, a.starts,
                    clock.aware(a.recorded_at).astimezone(clock.CHINA).date()) for a in rows]  # fmt: skip
    return sorted(found, key=lambda one: (-one.days, one.household_id, one.programme))


def by_office(found: Iterable[Shared], agreed: int | None) -> list[dict[str, Any]]:
    """``late`` is None where no time is agreed (待本地设定): nothing is late by itself."""
    groups: dict[str, list[Shared]] = defaultdict(list)
    for one in found:
        groups[one.office].append(one)
    return [{"office": office, "shared": len(each), "slowest_days": max(o.days for o in each),
             "late": None if agreed is None else sum(o.days > agreed for o in each)}
            for office, each in sorted(groups.items())]  # fmt: skip
