"""Taking visits in. Form and envelope are checked before the transaction; here scope is decided and rows are written."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any, cast

import msgspec
from sqlalchemy import Table, insert, select, update
from sqlalchemy.orm import Session

from fieldsvc.feed.queries import announced
from fieldsvc.feed.rules import NUMBER, UPDATE, Entry
from fieldsvc.feed.service import announce
from fieldsvc.forms.model import CompiledForm
from fieldsvc.forms.validate import validate
from fieldsvc.households.caseload import announce_records
from fieldsvc.kit.bulk import insert_all, insert_new
from fieldsvc.kit.crypto import Vault
from fieldsvc.kit.errors import busy

from . import queries
from .models import Visit, VisitRevision
from .rules import Draft, Unfit, observed_at
from .scope import Checked, Push

COLUMN = "visits.content"
Ready = tuple[Checked, dict[str, Any]]
"""A visit and its row."""


class Verdict(msgspec.Struct, frozen=True):
    """What became of one record. ``first`` is the verdict it was given when it first came (duplicates)."""

    table: str
    id: str | None
    verdict: str
    code: str | None = None
    reason: str | None = None
    problems: list[dict[str, Any]] = []
    revision: int | None = None
    first: str | None = None
    kept: list[str] = []
    index: int | None = None


def check_form(push: Push, draft: Draft, form: CompiledForm | None) -> str:
    """Validate the answers against the form's own version; returns its sensitivity class. Raises ``Unfit``."""
    if form is None:
        raise Unfit("unknown-form", f"没有发布过表单 {draft.form_id} 版本 {draft.form_version}。")
    found = validate(form, draft.answers, today=observed_at(draft, push.offset, push.received_at).date())
    if found.problems:
        problems = [asdict(problem) for problem in found.problems]
        raise Unfit("invalid-answers", f"有 {len(problems)} 处答案不符合表单要求。", problems)
    return form.klass


def sealed(vault: Vault, push: Push, visits: Iterable[Checked]) -> list[Ready]:
    """Visits with what will be stored of them, made before anybody is kept waiting for a lock."""
    return [(visit, _row(vault, push, visit)) for visit in visits]


def record(session: Session, push: Push, ready: Sequence[Ready], hopeful: bool = False) -> list[Verdict]:
    """Store visits and say what became of each. The caller has marked dirty, which locks, the households they are of and
    those of the visits they revise. Raises ``Problem`` (busy) when such a visit was moved meanwhile. ``hopeful`` takes visits
    that stood nowhere when they were checked for new, and raises ``IntegrityError`` when one is stored by now."""
    if not ready:
        return []
    visits = [visit for visit, _ in ready]
    rows = [row for visit, row in ready if visit.stands is None or not hopeful]
    if hopeful:
        insert_all(session, _TABLE, rows)
    new = {row["id"] for row in rows} if hopeful else insert_new(session, _TABLE, rows)
    again = [(visit, row) for visit, row in ready if row["id"] not in new]
    verdicts: dict[str, Verdict] = {i: Verdict("visits", i, "applied", revision=1) for i in new}
    verdicts |= {v.id: v for v in _again(session, push, again) if v.id} if again else {}
    applied = [v for v in visits if verdicts[v.draft.id].verdict == "applied"]
    # the workers are read here, under the household's mark: who is granted it meanwhile is told now or finds it in the grant
    announce_records(session, push.actor.county, [
        ("visits", v.draft.id, home, klass) for v in applied for home, klass in _places(v)
    ])  # fmt: skip
    echo(session, push, "visits", [(v.draft.id, v.draft.household_id) for v, _ in again if v not in applied])
    return [verdicts[visit.draft.id] for visit in visits]


def _places(visit: Checked) -> tuple[tuple[str, str], ...]:
    """Household and class of the visit, and those it had: whoever loses sight of it must hear of it too."""
    now = visit.draft.household_id, visit.klass
    return (now,) if visit.stands is None else (now, (visit.stands.household_id, visit.stands.klass))


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


def _again(session: Session, push: Push, ready: list[Ready]) -> Iterable[Verdict]:
    """Ids seen before: the same content is a duplicate, other content a new revision. Who changes an answer back has the
    current revision before them; a late copy of a superseded one has not, and must not become the newest."""
    standing = queries.standing(session, push.actor.county, (visit.draft.id for visit, _ in ready))
    for visit, row in ready:
        seen = standing[visit.draft.id]
        if (seen.household_id, seen.klass) not in _places(visit):
            raise busy()
        late = visit.draft.based_on != seen.revision and _is_earlier(session, push.actor.county, visit.draft)
        if visit.repeats or late or seen.content_hash == visit.draft.hash:
            yield Verdict("visits", visit.draft.id, "duplicate", revision=seen.revision, first=seen.verdict)
        else:
            yield _revise(session, push, visit, row)


def _is_earlier(session: Session, county: str, draft: Draft) -> bool:
    at = VisitRevision.county_code == county, VisitRevision.visit_id == draft.id
    return session.execute(select(VisitRevision.revision).where(*at, VisitRevision.content_hash == draft.hash)).first() is not None


def _revise(session: Session, push: Push, visit: Checked, row: dict[str, Any]) -> Verdict:
    at = Visit.county_code == push.actor.county, Visit.id == visit.draft.id
    kept = ("content_hash", "answers_sealed", "author_id", "device_id", "form_id", "form_version", "observed_at",
            "received_at", "verdict")  # fmt: skip
    old = session.execute(select(Visit.revision, *(getattr(Visit, c) for c in kept)).where(*at).with_for_update()).one()
    earlier = {column: getattr(old, column) for column in kept}
    session.execute(insert(VisitRevision).values(
        county_code=push.actor.county, visit_id=visit.draft.id, revision=old.revision, **earlier))  # fmt: skip
    changed = row | {"revision": old.revision + 1}
    session.execute(update(Visit).where(*at).values({k: v for k, v in changed.items() if k not in ("county_code", "id")}))
    return Verdict("visits", visit.draft.id, "applied", revision=old.revision + 1)


def echo(session: Session, push: Push, table: str, records: Iterable[tuple[str, str | None]]) -> None:
    """Send ``(id, household id)`` to the author once more, unless it still lies ahead of the cursor: a phone that lost our
    answer had the pull merged into its unsent record, and would otherwise never see what stands here."""
    homes = dict(records)
    if not homes:
        return
    ahead = announced(session, push.actor.county, push.actor.id, push.cursor, NUMBER[table], homes)
    announce(session, push.actor.county, [
        Entry(push.actor.id, NUMBER[table], UPDATE, record, homes[record]) for record in homes if record not in ahead
    ])  # fmt: skip
