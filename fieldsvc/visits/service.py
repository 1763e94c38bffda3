"""Taking visits in. Form and envelope are checked before the transaction; here scope is decided and rows are written."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Table, insert, select, update
from sqlalchemy.orm import Session

from fieldsvc.accounts.rules import CLASSES, Actor
from fieldsvc.feed.queries import announced
from fieldsvc.feed.rules import NUMBER, UPDATE, Entry
from fieldsvc.feed.service import announce
from fieldsvc.forms.model import CompiledForm
from fieldsvc.households.caseload import Duty, announce_records, holds
from fieldsvc.kit.bulk import insert_new
from fieldsvc.kit.crypto import Vault

from . import queries
from .models import Visit, VisitRevision
from .rules import Draft, Unfit, observed_at

COLUMN = "visits.content"


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
    """A draft whose answers passed its form; ``handover`` is set when the author no longer holds the household."""

    draft: Draft
    klass: str
    handover: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one record. ``first`` is the verdict it was given when it first came (duplicates)."""

    table: str
    id: str | None
    verdict: str
    code: str | None = None
    reason: str | None = None
    problems: list[dict[str, Any]] = field(default_factory=list)
    revision: int | None = None
    first: str | None = None
    kept: list[str] = field(default_factory=list)
    index: int | None = None


class Waiting(Unfit):
    """Refers to something that has not arrived; held (待补) until it does."""

    def __init__(self, tbl: str, record_id: str) -> None:
        names = {"households": "所属的户", "persons": "走访的人"}
        super().__init__("awaits-" + tbl, f"{names.get(tbl, '所引用的记录')}尚未上传，收到后自动处理。")
        self.tbl, self.record_id = tbl, record_id


@dataclass(slots=True)
class Ground:
    """What the registry says about the households and persons of a batch, read once. ``dropped``: households this device
    has certainly let go; ``waits``: the author has something in quarantine or held."""

    duties: dict[str, list[Duty]]
    villages: dict[str, str]
    homes: dict[str, str]
    dropped: set[str]
    waits: bool


def survey(session: Session, push: Push, drafts: list[Draft]) -> Ground:
    county, households = push.actor.county, {draft.household_id for draft in drafts}
    duties, homes, waits = queries.ground(session, push.actor, households, {d.person_id for d in drafts if d.person_id})
    held: dict[str, list[Duty]] = {}
    for duty in duties:
        held.setdefault(duty.household_id, []).append(duty)
    unknown = households - held.keys()
    known = queries.villages(session, county, unknown) if unknown else {}
    lost = {home for home, duties in held.items() if any(not duty.active for duty in duties)}
    dropped = queries.dropped(session, push.actor, push.cursor, lost) if lost else set()
    return Ground(held, known, homes, dropped, waits)


def place(push: Push, draft: Draft, klass: str, ground: Ground) -> Checked:
    """Decide scope. Raises ``Waiting`` for what has not arrived, ``Unfit`` for what is not the author's to write."""
    if klass not in CLASSES[push.actor.role]:
        raise Unfit("class-not-permitted", "您的岗位不能填报这类表单，已转镇（街道）处理。")
    duties = ground.duties.get(draft.household_id, [])
    if not duties and draft.household_id not in ground.villages:
        raise Waiting("households", draft.household_id)
    mine = [duty for duty in duties if holds(push.actor, duty)]
    if not any(duty.active for duty in mine):
        if not any(may_hand_over(push, draft, duty, ground) for duty in mine):
            raise Unfit("out-of-scope", "这一户不在您的责任范围内，已转镇（街道）处理。")
        return _with_person(Checked(draft, klass, handover=True), ground)
    return _with_person(Checked(draft, klass), ground)


def may_hand_over(push: Push, draft: Draft, duty: Duty, ground: Ground) -> bool:
    """Late work counts while this device may still hold the household, and afterwards if it was done before the taking."""
    if draft.household_id not in ground.dropped or duty.revoked_at is None:
        return True
    return observed_at(draft, push.offset, push.received_at) <= duty.revoked_at


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


def check_form(push: Push, draft: Draft, form: CompiledForm | None) -> str:
    """Validate the answers against the form's own version; returns its sensitivity class. Raises ``Unfit``."""
    if form is None:
        raise Unfit("unknown-form", f"没有发布过表单 {draft.form_id} 版本 {draft.form_version}。")
    found = form.validate(draft.answers, today=observed_at(draft, push.offset, push.received_at).date())
    if found.problems:
        problems = [asdict(problem) for problem in found.problems]
        raise Unfit("invalid-answers", f"有 {len(problems)} 处答案不符合表单要求。", problems)
    return form.klass


def record(session: Session, vault: Vault, push: Push, visits: list[Checked]) -> list[Verdict]:
    """Store visits and say what became of each. The caller has marked their households dirty, which locks them."""
    if not visits:
        return []
    new = insert_new(session, _TABLE, [_row(vault, push, visit) for visit in visits])
    old = [visit for visit in visits if visit.draft.id not in new]
    verdicts = {i: Verdict("visits", i, "applied", revision=1) for i in new}
    verdicts |= {v.id: v for v in _again(session, vault, push, old)} if old else {}
    applied = [v for v in visits if verdicts[v.draft.id].verdict == "applied"]
    # the workers are read here, under the household's mark: who is granted it meanwhile is told now or finds it in the grant
    announce_records(session, push.actor.county, [("visits", v.draft.id, v.draft.household_id, v.klass) for v in applied])
    echo(session, push, "visits", [(v.draft.id, v.draft.household_id) for v in old if v not in applied])
    return [verdicts[visit.draft.id] for visit in visits]


_TABLE = cast(Table, Visit.__table__)


def _row(vault: Vault, push: Push, visit: Checked) -> dict[str, Any]:
    draft, actor = visit.draft, push.actor
    return {
        "county_code": actor.county, "id": draft.id, "revision": 1, "household_id": draft.household_id,
        "person_id": draft.person_id, "form_id": draft.form_id, "form_version": draft.form_version, "klass": visit.klass,
        "author_id": actor.id, "device_id": actor.device_id, "handover": visit.handover, "verdict": "applied",
        "content_hash": draft.hash, "answers_sealed": vault.seal(draft.content, COLUMN), "started_at": draft.started_at,
        "finished_at": draft.finished_at, "observed_at": observed_at(draft, push.offset, push.received_at),
        "received_at": push.received_at, "offset_ms": push.offset_ms,
    }  # fmt: skip


def _again(session: Session, vault: Vault, push: Push, visits: list[Checked]) -> Iterable[Verdict]:
    """Ids seen before: the same content is a duplicate, other content a new revision. Who changes an answer back has the
    current revision before them; a late copy of a superseded one has not, and must not become the newest."""
    standing = queries.standing(session, push.actor.county, (v.draft.id for v in visits))
    for visit in visits:
        seen = standing[visit.draft.id]
        late = visit.draft.based_on != seen.revision and _is_earlier(session, push.actor.county, visit.draft)
        if late or seen.content_hash == visit.draft.hash:
            yield Verdict("visits", visit.draft.id, "duplicate", revision=seen.revision, first=seen.verdict)
        else:
            yield _revise(session, vault, push, visit, seen.revision)


def _is_earlier(session: Session, county: str, draft: Draft) -> bool:
    at = VisitRevision.county_code == county, VisitRevision.visit_id == draft.id
    return session.execute(select(VisitRevision.revision).where(*at, VisitRevision.content_hash == draft.hash)).first() is not None


def _revise(session: Session, vault: Vault, push: Push, visit: Checked, revision: int) -> Verdict:
    at = Visit.county_code == push.actor.county, Visit.id == visit.draft.id
    kept = ("content_hash", "answers_sealed", "author_id", "device_id", "form_id", "form_version", "observed_at",
            "received_at", "verdict")  # fmt: skip
    old = session.execute(select(Visit.revision, *(getattr(Visit, c) for c in kept)).where(*at).with_for_update()).one()
    earlier = {column: getattr(old, column) for column in kept}
    session.execute(insert(VisitRevision).values(
        county_code=push.actor.county, visit_id=visit.draft.id, revision=old.revision, **earlier))  # fmt: skip
    changed = _row(vault, push, visit) | {"revision": old.revision + 1}
    session.execute(update(Visit).where(*at).values({k: v for k, v in changed.items() if k not in ("county_code", "id")}))
    return Verdict("visits", visit.draft.id, "applied", revision=old.revision + 1)


def echo(session: Session, push: Push, table: str, records: Iterable[tuple[str, str | None]]) -> None:
    """Send ``(id, household id)`` to the author once more, unless it still lies ahead of the cursor: a phone that lost our
    answer had the pull merged into its unsent record, and would otherwise never see what stands here."""
    homes = dict(records)
    if not homes:
        return
    ahead = announced(session, push.actor.county, push.actor.id, push.cursor, homes)
    announce(session, push.actor.county, [
        Entry(push.actor.id, NUMBER[table], UPDATE, record, homes[record]) for record in homes if record not in ahead
    ])  # fmt: skip
