"""Published forms: immutable versions in the store, compiled once a process."""

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from fieldsvc.feed.rules import EVERYBODY, NUMBER, UPDATE, Entry
from fieldsvc.feed.service import announce
from fieldsvc.kit import clock
from fieldsvc.kit.errors import Problem
from fieldsvc.kit.ids import new_id
from fieldsvc.kit.memory import remembered

from .compile import compile_form
from .model import CompiledForm
from .models import FormVersion


def publish(
    session: Session, county: str, form: CompiledForm, department: str, source: bytes, source_name: str
) -> bool:
    """Store one version and tell every worker. False when it stands already; other content under the same version is
    refused with ``form-version-changed``, because answers already given were checked against the old one."""
    standing = session.get(FormVersion, (county, form.id, form.version))
    if standing is not None:
        if standing.hash != form.hash:
            raise Problem(409, "form-version-changed", f"表单 {form.id} 版本 {form.version} 已发布，内容不可更改；请改用新的版本号。")
        return False
    earlier = FormVersion.county_code == county, FormVersion.form_id == form.id
    session.execute(update(FormVersion).where(*earlier).values(current=False))
    made = FormVersion(
        county_code=county, form_id=form.id, version=form.version, record_id=new_id(), title=form.title, klass=form.klass,
        hash=form.hash, source=source, source_name=source_name, definition=form.definition, xform=form.xform,
        department=department, current=True, published_at=clock.now(),
    )  # fmt: skip
    session.add(made)
    announce(session, county, [Entry(EVERYBODY, NUMBER["forms"], UPDATE, made.record_id)])
    return True


def compiled(session: Session, county: str, form_id: str, version: str) -> CompiledForm | None:
    """The compiled form, or None when no such version was ever published here."""
    shelf = remembered(session.get_bind().engine, "forms")
    found = shelf.get((county, form_id, version))
    if found is None and (row := session.get(FormVersion, (county, form_id, version))):
        found = shelf[county, form_id, version] = compile_form(row.source, origin=row.source_name)
    return found


def current_forms(session: Session, county: str) -> list[FormVersion]:
    """The newest published version of every form, by id."""
    rows = select(FormVersion).where(FormVersion.county_code == county, FormVersion.current).order_by(FormVersion.form_id)
    return list(session.scalars(rows))
