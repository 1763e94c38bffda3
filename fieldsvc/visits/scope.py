"""Who may write what: the caseload of now, late work of those who had it, and what already stands under a visit's id."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from fieldsvc.accounts.rules import CLASSES, Actor
from fieldsvc.households.caseload import Duty, duties, holds
from fieldsvc.households.redirects import survivors

from . import queries
from .rules import Draft, Unfit, observed_at


@dataclass(frozen=True, slots=True)
class Push:
    """What is common to the records of one push. ``cursor`` is the last pull the phone has seen (0: none)."""

    actor: Actor
    received_at: datetime
    offset: timedelta | None
    cursor: int

    @property
    def offset_ms(self) -> int | None:
        return None if self.offset is None else int(self.offset.total_seconds() * 1000)


@dataclass(slots=True)
class Checked:
    """A draft whose answers passed its form; ``handover`` is set when the author no longer holds the household. ``stands``
    is the stored visit it would revise; ``repeats``: it says what was said before, and may change nothing."""

    draft: Draft
    klass: str
    handover: bool = False
    stands: Row[Any] | None = None
    repeats: bool = False


class Waiting(Unfit):
    """Refers to something that has not arrived; held (待补) until it does."""

    def __init__(self, tbl: str, record_id: str) -> None:
        names = {"households": "所属的户", "persons": "走访的人"}
        super().__init__("awaits-" + tbl, f"{names.get(tbl, '所引用的记录')}尚未上传，收到后自动处理。")
        self.tbl, self.record_id = tbl, record_id


@dataclass(slots=True)
class Ground:
    """What the registry says about the households and persons of a batch, read once. ``dropped``: the feed's number of the
    last taking this device has certainly obeyed, by household; ``waits``: the author has something in quarantine or held;
    ``stands``: visits already stored under the batch's ids; ``earlier``: ``(id, content hash)`` of their past revisions."""

    duties: dict[str, list[Duty]]
    dropped: dict[str, int]
    villages: dict[str, str] = field(default_factory=dict)
    homes: dict[str, str] = field(default_factory=dict)
    stands: dict[str, Row[Any]] = field(default_factory=dict)
    earlier: set[tuple[str, bytes]] = field(default_factory=set)
    waits: bool = False


def survey(session: Session, push: Push, drafts: Iterable[Draft]) -> Ground:
    """What the registry says of these drafts. A draft that names a household or person merged away meanwhile is led to the one
    it was merged into."""
    found = list(drafts)
    ground = _survey(session, push, found)
    lost = {d.household_id for d in found} - ground.duties.keys() - ground.villages.keys()
    lost |= {d.person_id for d in found if d.person_id} - ground.homes.keys()
    led = survivors(session, push.actor.county, lost) if lost else {}
    for draft in found if led else ():
        draft.household_id = led.get(draft.household_id, draft.household_id)
        draft.person_id = led.get(draft.person_id or "", draft.person_id)
    return _survey(session, push, found) if led else ground


def _survey(session: Session, push: Push, found: list[Draft]) -> Ground:
    county = push.actor.county
    households, persons = {d.household_id for d in found}, {d.person_id for d in found if d.person_id}
    read = queries.ground(session, push.actor, households, persons, {d.id for d in found})
    stands = queries.standing(session, county, read.stored) if read.stored else {}
    elsewhere = {row.household_id for row in stands.values()} - households
    held = _by_household([*read.duties, *(duties(session, county, elsewhere) if elsewhere else ())])
    unknown = households - held.keys()
    known = queries.villages(session, county, unknown) if unknown else {}
    earlier = queries.earlier(session, county, read.stored) if read.stored else set()
    return Ground(held, _dropped(session, push, held), known, read.homes, stands, earlier, read.waits)


def _by_household(found: Iterable[Duty]) -> dict[str, list[Duty]]:
    held: dict[str, list[Duty]] = {}
    for duty in found:
        held.setdefault(duty.household_id, []).append(duty)
    return held


def _dropped(session: Session, push: Push, held: dict[str, list[Duty]]) -> dict[str, int]:
    lost = {home for home, each in held.items() if any(not duty.active for duty in each)}
    return queries.dropped(session, push.actor, push.cursor, lost) if lost else {}


def place(push: Push, draft: Draft, klass: str, ground: Ground) -> Checked:
    """Decide scope. Raises ``Waiting`` for what has not arrived, ``Unfit`` for what is not the author's to write."""
    if klass not in CLASSES[push.actor.role]:
        raise Unfit("class-not-permitted", "您的岗位不能填报这类表单，已转镇（街道）处理。")
    if draft.household_id not in ground.duties and draft.household_id not in ground.villages:
        raise Waiting("households", draft.household_id)
    now = _is_now_held(push, draft.household_id, ground, observed_at(draft, push.offset, push.received_at))
    checked = Checked(draft, klass, handover=not now, stands=ground.stands.get(draft.id))
    checked.repeats = checked.stands is not None and _repeats(push, draft, checked.stands, ground)
    return _with_person(checked, ground)


def _repeats(push: Push, draft: Draft, stands: Row[Any], ground: Ground) -> bool:
    """Whether the author may no longer change what stands under the id, but only says again what was said before. Raises
    ``Unfit`` when it is something new."""
    try:
        if stands.klass not in CLASSES[push.actor.role]:
            raise Unfit("class-not-permitted", "这条走访的内容不属于您的岗位，已转镇（街道）处理。")
        if stands.household_id != draft.household_id:
            _is_now_held(push, stands.household_id, ground, observed_at(draft, push.offset, push.received_at))
    except Unfit:
        if draft.hash != stands.content_hash and (draft.id, draft.hash) not in ground.earlier:
            raise
        return True
    return False


def require_household(session: Session, push: Push, household_id: str | None) -> None:
    """For records that tell no time of their own: raises ``Unfit`` unless the author holds the household, or had it and this
    device may not know yet that it was taken."""
    held = _by_household(duties(session, push.actor.county, [household_id]) if household_id else ())
    _is_now_held(push, household_id or "", Ground(held, _dropped(session, push, held)), None)


def _is_now_held(push: Push, household_id: str, ground: Ground, observed: datetime | None) -> bool:
    """Whether the author holds the household; False for late work. Raises ``Unfit`` for neither."""
    mine = [duty for duty in ground.duties.get(household_id, ()) if holds(push.actor, duty)]
    if any(duty.active for duty in mine):
        return True
    if any(_may_hand_over(duty, ground.dropped.get(household_id), observed) for duty in mine):
        return False
    raise Unfit("out-of-scope", "这条记录不在您的责任范围内，已转镇（街道）处理。")


def _may_hand_over(duty: Duty, dropped: int | None, observed: datetime | None) -> bool:
    """Late work counts while this device may still hold the household, and afterwards if it was done before the taking. What
    the device dropped before it was given the household once more says nothing of the second taking."""
    if dropped is None or duty.revoked_at is None or dropped < (duty.revoked_seq or 0):
        return True
    return observed is not None and observed <= duty.revoked_at


def _with_person(checked: Checked, ground: Ground) -> Checked:
    person = checked.draft.person_id
    if person is None:
        return checked
    home = ground.homes.get(person)
    if home is None:
        raise Waiting("persons", person)
    if home != checked.draft.household_id:
        raise Unfit("person-elsewhere", "走访的人不属于这一户，请核对户和人的编号。")
    return checked
