"""Households, persons and tasks from a phone: created, or merged field by field with what the server knows.

A field the server changed after the phone's cursor keeps the server's value and is named (``merged``); what the phone sent
stands in ``record_revisions``, so a conflict loses nothing. What a good household or person is, the registry decides.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from fieldsvc.accounts.rules import CLASSES, GENERAL
from fieldsvc.households.models import RecordRevision, Task
from fieldsvc.households.redirects import survivors
from fieldsvc.kit.errors import Problem
from fieldsvc.kit.ids import new_id
from fieldsvc.kit.site import Site
from fieldsvc.visits import scope
from fieldsvc.visits.rules import Unfit, content_hash
from fieldsvc.visits.scope import Push
from fieldsvc.visits.service import Verdict, echo

from . import kinds
from .envelope import Sent
from .kinds import Kind

COLUMN = "record_revisions.content"
REFERENCES = ("household_id", "person_id")


def apply(session: Session, site: Site, push: Push, one: Sent) -> Verdict:
    """Store one household, person or task. Raises ``Unfit``."""
    kind, record = kinds.KINDS[one.table], one.record or {}
    again = _seen(session, site.county, one)
    row = session.get(kind.model, (site.county, one.id), with_for_update=True)
    if row is None and (led := _led(session, site.county, one.id, record)):
        if one.id in led:
            return _follow(session, site, push, one, kind, led[one.id])
        record = {name: led.get(value, value) if name in REFERENCES else value for name, value in record.items()}
    with _as_unfit():
        if row is None:
            named = _readable(kind, site, record, kind.columns)
            row = kind.create(session, site, push, one.id, named)
            return _finish(session, site, push, one, row, [], again)
        _in_scope(session, push, row)
        wanted = _wanted(kind, site, row, record)
        if again is not None and not _afresh(push, row, wanted):
            echo(session, push, one.table, [(one.id, _home(row))])
            return Verdict(one.table, one.id, "duplicate", first=again.verdict, kept=again.kept)
        kept = [name for name in wanted if (row.versions or {}).get(name, 0) > push.cursor]
        if "id_number" in wanted and "id_number" not in kept:
            kept = [name for name in kept if name not in ("birth_date", "sex")]  # the number says both
        kind.update(session, site, row, {name: wanted[name] for name in wanted if name not in kept})
    return _finish(session, site, push, one, row, kept, again)


def _led(session: Session, county: str, record_id: str, record: Mapping[str, Any]) -> dict[str, str]:
    """Where ids lead that were merged away."""
    named = {value for name in REFERENCES if isinstance(value := record.get(name), str)}
    return survivors(session, county, {record_id, *named})


def _follow(session: Session, site: Site, push: Push, one: Sent, kind: Kind, survivor: str) -> Verdict:
    """A change to a record that was merged away: the fields the phone says it changed are changed in the survivor; what a
    phone sends whole of the other one is for an officer to compare."""
    record, again = one.record or {}, _seen(session, site.county, one)
    row = session.get_one(kind.model, (site.county, survivor), with_for_update=True)
    with _as_unfit():
        _in_scope(session, push, row)
        if again is not None:
            return Verdict(one.table, one.id, "duplicate", first=again.verdict, kept=again.kept)
        if not record.get("_changed"):
            raise Unfit("merged-away", "这条记录已并入另一条登记，请镇（街道）对照后处理。")
        wanted = _wanted(kind, site, row, record)
        kept = [name for name in wanted if (row.versions or {}).get(name, 0) > push.cursor]
        kind.update(session, site, row, {name: wanted[name] for name in wanted if name not in kept})
    return _finish(session, site, push, one, row, kept, None)


@contextmanager
def _as_unfit() -> Iterator[None]:
    """What the registry refuses goes to quarantine. What another push stored at this very moment is raised as such: the
    second try finds it."""
    try:
        yield
    except Problem as problem:
        if isinstance(problem.__cause__, IntegrityError):
            raise problem.__cause__ from None
        if problem.status >= 500:
            raise
        if "field" in problem.extra:
            raise _invalid([problem]) from None
        raise Unfit(problem.code, problem.detail) from None


def _invalid(found: list[Problem]) -> Unfit:
    problems = [{"question": each.extra["field"], "code": "invalid-field", "message": each.detail} for each in found]
    return Unfit("invalid-fields", f"有 {len(problems)} 项内容不符合要求。", problems)


def _readable(kind: Kind, site: Site, record: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """The named fields as they were sent. Raises ``Unfit`` naming every one that cannot be read, not only the first."""
    raw, wrong = {name: record[name] for name in names if name in record}, []
    for name in raw:
        try:
            kind.read({name: raw[name]}, site.county)
        except Problem as problem:
            wrong.append(problem)
    if wrong:
        raise _invalid(wrong)
    return raw


def _wanted(kind: Kind, site: Site, row: Any, record: Mapping[str, Any]) -> dict[str, Any]:
    """The fields the phone means to change and that differ from what stands, as they were sent. WatermelonDB names the
    columns edited since the last sync; without that, all that were sent are meant."""
    told = record.get("_changed")
    named = set(told.split(",")) if isinstance(told, str) and told else set(kind.columns)
    raw = _readable(kind, site, record, tuple(n for n in kind.columns if n in named and n not in kind.fixed))
    differing = kind.differing(site, row, kind.read(raw, site.county))
    return {name: raw[name] for name in raw if name in differing}


def _afresh(push: Push, row: Any, wanted: Mapping[str, Any]) -> bool:
    """Content seen before is written anew when the phone had the present state before it (a field changed and changed
    back); otherwise it is a late copy."""
    return bool(wanted) and all((row.versions or {}).get(name, 0) <= push.cursor for name in wanted)


def _home(row: Any) -> str | None:
    home: str | None = row.id if row.__tablename__ == "households" else row.household_id
    return home


def _in_scope(session: Session, push: Push, row: Any) -> None:
    if getattr(row, "klass", GENERAL) not in CLASSES[push.actor.role]:
        raise Unfit("class-not-permitted", "您的岗位不能填报这类记录，已转镇（街道）处理。")
    if isinstance(row, Task) and row.account_id == push.actor.id:
        return
    scope.require_household(session, push, _home(row))


def _seen(session: Session, county: str, one: Sent) -> RecordRevision | None:
    same = RecordRevision.tbl == one.table, RecordRevision.record_id == one.id
    wanted = RecordRevision.county_code == county, *same, RecordRevision.content_hash == content_hash(one.content)
    return session.scalars(select(RecordRevision).where(*wanted)).first()


def _finish(
    session: Session, site: Site, push: Push, one: Sent, row: Any, kept: list[str], again: RecordRevision | None
) -> Verdict:
    """Keep what was sent, and see to it that the author's phone receives what stands now."""
    verdict = "merged" if kept else "applied"
    revision = again or RecordRevision(
        county_code=site.county, id=new_id(), tbl=one.table, record_id=one.id, content_hash=content_hash(one.content),
        content_sealed=site.vault.seal(one.content, COLUMN))  # fmt: skip
    revision.verdict, revision.kept, revision.author_id, revision.at = verdict, kept, push.actor.id, push.received_at
    session.add(revision)
    session.flush()
    echo(session, push, one.table, [(row.id, _home(row))])
    return Verdict(one.table, one.id, verdict, kept=kept)


APPLIERS: dict[str, Callable[[Session, Site, Push, Sent], Verdict]] = dict.fromkeys(kinds.KINDS, apply)
