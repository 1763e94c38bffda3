"""Households, persons and tasks from a phone: created, or merged field by field with what the server knows.

A field the server changed after the phone's cursor keeps the server's value and is named (``merged``); what the phone sent
stands in ``record_revisions``, so a conflict loses nothing.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldsvc.feed.service import on_stamp
from fieldsvc.households.caseload import announce_record
from fieldsvc.households.models import Assignment, Household, Person, RecordRevision, Task
from fieldsvc.households.queries import in_caseload
from fieldsvc.households.rules import BadIdentity, is_temporary, read_identity, temporary_number
from fieldsvc.kit import clock
from fieldsvc.kit.crypto import mask, normalise
from fieldsvc.kit.ids import is_id, new_id
from fieldsvc.kit.notify import household_changed
from fieldsvc.kit.site import Site
from fieldsvc.visits.rules import Unfit, content_hash
from fieldsvc.visits.service import Push, Verdict, Waiting, echo

from . import columns
from .columns import Wrong
from .envelope import Sent

Apply = Callable[[Session, Site, Push, Sent], Verdict]
COLUMN = "record_revisions.content"


def _applier(table: str, model: Any, spec: dict[str, columns.Column], make: Any) -> Apply:
    def apply(session: Session, site: Site, push: Push, one: Sent) -> Verdict:
        again = _seen(session, site.county, one)
        row = session.get(model, (site.county, one.id), with_for_update=True)
        if row is None:
            return _finish(session, site, push, one, make(session, site, push, one), [], again)
        _in_scope(session, push, row)
        wanted = _wanted(site, row, _changed(one), read(spec, one.record, site.county, new=False))
        if again is not None and not _afresh(push, row, wanted):
            echo(session, push, table, [(one.id, _home(row))])
            return Verdict(table, one.id, "duplicate", first=again.verdict, kept=again.kept)
        return _finish(session, site, push, one, row, _merge(session, site, push, row, wanted), again)

    return apply


def read(spec: dict[str, columns.Column], record: dict[str, Any] | None, county: str, new: bool) -> dict[str, Any]:
    """The columns the record carries, as they are stored. Raises ``Unfit`` naming every wrong one."""
    found, problems = {}, []
    for name, column in spec.items():
        if name not in (record or {}) and not (new and column.needed):
            continue
        try:
            found[name] = column.read((record or {}).get(name), county)
        except Wrong as wrong:
            problems.append({"question": name, "code": "invalid-field", "message": str(wrong)})
    if problems:
        raise Unfit("invalid-fields", f"有 {len(problems)} 项内容不符合要求。", problems)
    return found


def _changed(one: Sent) -> set[str] | None:
    """WatermelonDB names the columns edited since the last sync; without that, all that were sent."""
    told = (one.record or {}).get("_changed")
    return set(told.split(",")) if isinstance(told, str) and told else None


def _wanted(site: Site, row: Any, changed: set[str] | None, values: dict[str, Any]) -> dict[str, Any]:
    """The fields the phone means to change and that differ from what stands."""
    return {
        name: value for name, value in values.items()
        if (changed is None or name in changed) and name not in ONLY_NEW and _differs(site, row, name, value)
        and not (value is None and name in NEVER_EMPTY)
    }  # fmt: skip


def _afresh(push: Push, row: Any, wanted: dict[str, Any]) -> bool:
    """Content seen before is written anew when the phone had the present state before it (a field changed and changed
    back); otherwise it is a late copy."""
    return bool(wanted) and all((row.versions or {}).get(name, 0) <= push.cursor for name in wanted)


def _merge(session: Session, site: Site, push: Push, row: Any, wanted: dict[str, Any]) -> list[str]:
    kept, written = [], []
    for name, value in wanted.items():
        if (row.versions or {}).get(name, 0) > push.cursor:
            kept.append(name)
        else:
            _set(session, site, row, name, value)
            written.append(name)
    _date_versions(session, row, written)
    return kept


NEVER_EMPTY = {"status", "title"}
ONLY_NEW = {"village_code", "household_id", "person_id"}


def _differs(site: Site, row: Any, name: str, value: Any) -> bool:
    if name == "phone":
        old = site.vault.open_text(row.phone_sealed, f"{row.__tablename__}.phone")
        return value not in (old, mask(old))
    if name == "id_number":
        old = site.vault.open_text(row.identity_sealed, "persons.identity")
        return value not in (old, mask(old), row.temporary_number)
    return getattr(row, name) != value


def _set(session: Session, site: Site, row: Any, name: str, value: Any) -> None:
    if name == "phone":
        seal_phone(site, row, value)
    elif name == "id_number":
        set_identity(session, site, row, value)
    else:
        setattr(row, name, value)


def seal_phone(site: Site, row: Any, value: str | None) -> None:
    if value and "*" in value:
        raise Unfit("masked-number", "电话号码带有星号，无法识别，请填写完整号码。")
    row.phone_sealed = site.vault.seal_text(value, f"{row.__tablename__}.phone")
    row.phone_index = site.vault.index("phone", value)


def set_identity(session: Session, site: Site, row: Person, value: str | None) -> None:
    """An identity number, or none: then the person carries a temporary one (临时身份)."""
    if not value or is_temporary(value):
        row.identity_kind, row.temporary_number = "temporary", row.temporary_number or temporary_number(site.county, row.id)
        return
    try:
        told = read_identity(value, clock.today())
    except BadIdentity as bad:
        raise Unfit("bad-identity", str(bad)) from None
    index = site.vault.index("identity", told.number)
    taken = Person.county_code == site.county, Person.identity_index == index, Person.id != row.id
    if session.execute(select(Person.id).where(*taken)).first():
        raise Unfit("identity-taken", "这个身份证号已登记在另一人名下，已转镇（街道）核对。")
    row.identity_kind, row.identity_index = "identity", index
    row.identity_sealed = site.vault.seal_text(normalise(told.number), "persons.identity")
    row.birth_date, row.sex = told.birth_date, told.sex


def _date_versions(session: Session, row: Any, names: list[str]) -> None:
    """Give the written fields the transaction's sequence number, which only its end knows."""
    if names:
        on_stamp(session, lambda _s, seq: setattr(row, "versions", (row.versions or {}) | dict.fromkeys(names, seq)))


def _home(row: Any) -> str | None:
    return row.id if isinstance(row, Household) else row.household_id


def _in_scope(session: Session, push: Push, row: Any) -> None:
    household = _home(row)
    own = isinstance(row, Task) and row.account_id == push.actor.id
    held = household and in_caseload(session, push.actor, [household])
    late = household and session.get(Assignment, (push.actor.county, household, push.actor.id))
    if not (own or held or late):
        raise Unfit("out-of-scope", "这条记录不在您的责任范围内，已转镇（街道）处理。")


def _seen(session: Session, county: str, one: Sent) -> RecordRevision | None:
    same = RecordRevision.tbl == one.table, RecordRevision.record_id == one.id
    wanted = RecordRevision.county_code == county, *same, RecordRevision.content_hash == content_hash(one.content)
    return session.scalars(select(RecordRevision).where(*wanted)).first()


def _finish(
    session: Session, site: Site, push: Push, one: Sent, row: Any, kept: list[str], again: RecordRevision | None
) -> Verdict:
    verdict = "merged" if kept else "applied"
    row.updated_at = push.received_at
    household = _home(row)
    revision = again or RecordRevision(
        county_code=site.county, id=new_id(), tbl=one.table, record_id=one.id, content_hash=content_hash(one.content),
        content_sealed=site.vault.seal(one.content, COLUMN))  # fmt: skip
    revision.verdict, revision.kept, revision.author_id, revision.at = verdict, kept, push.actor.id, push.received_at
    session.add(revision)
    session.flush()
    if household:
        announce_record(session, site.county, one.table, one.id, household, getattr(row, "klass", "general"))
        household_changed(session, site.county, {household})
    return Verdict(one.table, one.id, verdict, kept=kept)


def _new_household(session: Session, site: Site, push: Push, one: Sent) -> Household:
    values = read(columns.HOUSEHOLDS, one.record, site.county, new=True)
    if not values["village_code"].startswith(push.actor.region):
        raise Unfit("foreign-region", "所填村（社区）不在您的责任区内，已转镇（街道）处理。")
    phone = values.pop("phone", None)
    row = Household(county_code=site.county, id=one.id, source="visit", author_id=push.actor.id, versions={},
                    created_at=push.received_at, updated_at=push.received_at, **values)  # fmt: skip
    seal_phone(site, row, phone)
    session.add(row)
    session.add(Assignment(county_code=site.county, household_id=row.id, account_id=push.actor.id, active=True,
                           granted_at=push.received_at))  # fmt: skip
    session.flush()
    _date_versions(session, row, list(values))
    return row


def _new_person(session: Session, site: Site, push: Push, one: Sent) -> Person:
    values = read(columns.PERSONS, one.record, site.county, new=True)
    home = values["household_id"]
    if not is_id(home):
        raise Unfit("bad-reference", "所属户的编号不是有效的 UUID。")
    if session.get(Household, (site.county, home)) is None:
        raise Waiting("households", home)
    phone, number = values.pop("phone", None), values.pop("id_number", None)
    row = Person(county_code=site.county, id=one.id, source="visit", author_id=push.actor.id, versions={},
                 identity_kind="temporary", created_at=push.received_at, updated_at=push.received_at, **values)  # fmt: skip
    _in_scope(session, push, row)
    seal_phone(site, row, phone)
    set_identity(session, site, row, number)
    session.add(row)
    session.flush()
    _date_versions(session, row, list(values))
    return row


def _new_task(session: Session, site: Site, push: Push, one: Sent) -> Task:
    values = read(columns.TASKS, one.record, site.county, new=True)
    home = values.get("household_id")
    if home is not None and session.get(Household, (site.county, home)) is None:
        raise Waiting("households", home)
    values = {"title": "走访任务", "status": "open"} | {k: v for k, v in values.items() if v is not None}
    row = Task(county_code=site.county, id=one.id, account_id=push.actor.id, kind="own", klass="general", versions={},
               updated_at=push.received_at, **values)  # fmt: skip
    _in_scope(session, push, row)
    session.add(row)
    return row


APPLIERS: dict[str, Apply] = {
    "households": _applier("households", Household, columns.HOUSEHOLDS, _new_household),
    "persons": _applier("persons", Person, columns.PERSONS, _new_person),
    "tasks": _applier("tasks", Task, columns.TASKS, _new_task),
}
