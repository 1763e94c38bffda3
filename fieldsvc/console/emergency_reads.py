"""What the pages of emergencies (急难救助) read."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from fieldsvc.accounts.rules import CLASSES, COUNTY, Actor
from fieldsvc.aidchain.models import Link
from fieldsvc.conferences import queries as conferences
from fieldsvc.conferences.models import Conference
from fieldsvc.conferences.rules import COUNTY_LEVEL, TOWNSHIP_LEVEL
from fieldsvc.deadlines import queries as deadlines
from fieldsvc.deadlines.views import Running
from fieldsvc.emergency import queries, service
from fieldsvc.emergency.models import Emergency, Payment
from fieldsvc.emergency.rules import ADVANCE, APPROVED, CLOSED, EMERGENCY, STAGE, STATES
from fieldsvc.households.queries import household_names, person_names
from fieldsvc.kit import clock
from fieldsvc.kit.rows import within

ACTIVE = "active"
ORDER = case({state: place for place, state in enumerate(STATES)}, value=Emergency.state)


@dataclass(frozen=True, slots=True)
class Line:
    """One case, named. ``clock``: 先行救助 while it is awaited; ``look``: when the household is to be visited next."""

    case: Emergency
    household: str
    person: str
    village: str
    payments: list[Payment]
    clock: Running | None
    look: date | None

    @property
    def first_aid_after(self) -> timedelta | None:
        """From the finding to the first aid."""
        return clock.aware(self.payments[0].at) - clock.aware(self.case.found_at) if self.payments else None

    @property
    def waiting(self) -> timedelta:
        return clock.now() - clock.aware(self.case.found_at)

    @property
    def owed(self) -> bool:
        """先行救助以后还没有补充说明情况."""
        return self.case.account is None and any(each.kind == ADVANCE for each in self.payments)

    @property
    def overdue(self) -> bool:
        return bool(self.owed and self.case.account_due_on and self.case.account_due_on < clock.today())


def page(session: Session, actor: Actor, wanted: Mapping[str, Any], first: int, size: int) -> list[Emergency]:
    """Who waits for aid first, the longest waiting on top; then what is not closed; then what is."""
    longest = case((Emergency.state == CLOSED, None), else_=Emergency.found_at)
    order = ORDER, longest, Emergency.closed_at.desc(), Emergency.id
    return list(session.scalars(select(Emergency).where(*_where(actor, wanted)).order_by(*order).offset(first).limit(size)))


def _where(actor: Actor, wanted: Mapping[str, Any]) -> list[Any]:
    found = [Emergency.county_code == actor.county, within(Emergency.village_code, actor.region)]
    found += [getattr(Emergency, name) == wanted[name] for name in ("kind", "cause") if wanted.get(name)]
    status = wanted.get("state")
    if wanted.get("up"):
        found.append(conferences.sent_up())
    if status:
        found.append(Emergency.state != CLOSED if status == ACTIVE else Emergency.state == status)
    return found


def counts(session: Session, actor: Actor, wanted: Mapping[str, Any]) -> Counter[str]:
    """``{state: number}``, and ``active`` for all that is not closed, under the other filters."""
    others = {name: value for name, value in wanted.items() if name not in ("state", "up")}
    rows = session.execute(select(Emergency.state, func.count()).where(*_where(actor, others)).group_by(Emergency.state))
    found: Counter[str] = Counter({state: number for state, number in rows})
    found[ACTIVE] = sum(number for state, number in found.items() if state != CLOSED)
    return found


def lines(session: Session, county: str, cases: list[Emergency], places: Mapping[str, str]) -> list[Line]:
    homes = household_names(session, county, {one.household_id for one in cases})
    people = person_names(session, county, {one.person_id for one in cases if one.person_id})
    paid: dict[str, list[Payment]] = defaultdict(list)
    mine = Payment.county_code == county, Payment.emergency_id.in_([one.id for one in cases])
    for each in session.scalars(select(Payment).where(*mine).order_by(Payment.emergency_id, Payment.n)):
        paid[each.emergency_id].append(each)
    clocks = deadlines.running(session, county, [one.id for one in cases], clock.now())
    looks = queries.next_look(session, county, [one.household_id for one in cases], service.FOLLOWED)
    return [Line(one, homes.get(one.household_id, ""), people.get(one.person_id or "", ""), places.get(one.village_code, ""),
                 paid.get(one.id, []), next(iter(clocks.get(one.id, ())), None), looks.get(one.household_id)) for one in cases]  # fmt: skip


def links(session: Session, actor: Actor, found: Emergency) -> list[Link]:
    """The chain's entries of this case, the oldest first."""
    mine = Link.county_code == actor.county, Link.household_id == found.household_id, Link.kind.like("emergency_%")
    rows = session.scalars(select(Link).where(*mine, Link.klass.in_(CLASSES[actor.role])).order_by(Link.n))
    return [link for link in rows if link.content.get("emergency") == found.id]


def choices(line: Line, held: list[Conference], actor: Actor) -> dict[str, str]:
    """What can be done next, the most pressing first."""
    if line.case.state == CLOSED:
        return {}
    found = {"account": "补充说明"} if line.owed else {}
    if line.case.kind == EMERGENCY:
        found = {ADVANCE: "先行救助"} | found if not line.payments else found | {ADVANCE: "再次先行救助"}
    found["approval"] = "审批" if line.case.state != APPROVED else "再次审批（跟进救助）"
    if line.case.approval:
        found[STAGE] = "按审批发放"
    return found | _meetings(held, actor) | {"closing": "办结"}


def _meetings(held: list[Conference], actor: Actor) -> dict[str, str]:
    """Call a conference or send the case up; where one is open, its result."""
    open_now = {each.level for each in held if each.result is None}
    found = {"conference": "登记会商结果" if TOWNSHIP_LEVEL in open_now else "召集个案会商"}
    if COUNTY_LEVEL not in open_now:
        found["sending_up"] = "上报县级协调"
    elif actor.role == COUNTY:
        found["sending_up"] = "登记协调结果"
    return found
