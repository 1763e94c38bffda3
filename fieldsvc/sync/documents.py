"""Records as a phone holds them: flat columns of text and numbers, identifiers masked."""

from collections.abc import Callable
from typing import Any

import orjson

from fieldsvc.forms.model import CompiledForm
from fieldsvc.kit import clock
from fieldsvc.kit.crypto import Vault, mask
from fieldsvc.kit.ids import is_id
from fieldsvc.visits.models import SetAside, Visit
from fieldsvc.visits.quarantine import strike
from fieldsvc.visits.rules import Unfit, read_answers

from .masks import masked

Document = dict[str, Any]


def household(row: Any, vault: Vault) -> Document:
    return {"id": row.id, "name": row.name, "address": row.address, "village_code": row.village_code, "area": row.area,
            "phone": mask(vault.open_text(row.phone_sealed, "households.phone")), "tier": row.tier,
            "head_person_id": row.head_person_id}  # fmt: skip


def person(row: Any, vault: Vault) -> Document:
    number = vault.open_text(row.identity_sealed, "persons.identity")
    return {"id": row.id, "household_id": row.household_id, "name": row.name, "sex": row.sex,
            "birth_date": row.birth_date.isoformat() if row.birth_date else None, "relation": row.relation,
            "id_number": mask(number) or row.temporary_number, "phone": mask(vault.open_text(row.phone_sealed, "persons.phone")),
            "tier": row.tier}  # fmt: skip


def task(row: Any, _vault: Vault) -> Document:
    return {"id": row.id, "household_id": row.household_id, "person_id": row.person_id, "kind": row.kind, "title": row.title,
            "detail": row.detail, "due_on": row.due_on.isoformat() if row.due_on else None, "status": row.status,
            "done_at": clock.show(row.done_at), "about": row.about, "form_id": row.form_id,
            "questions": orjson.dumps(row.questions or []).decode(), "priority": row.priority}  # fmt: skip


def alert(row: Any, _vault: Vault) -> Document:
    return {"id": row.id, "household_id": row.household_id, "person_id": row.person_id, "title": row.title,
            "severity": row.severity, "status": row.status, "kind": row.kind, "message": row.message,
            "opened_at": clock.show(row.opened_at)}  # fmt: skip


def referral(row: Any, _vault: Vault) -> Document:
    outcome = orjson.dumps(row.outcome).decode() if row.outcome is not None else None
    return {"id": row.id, "household_id": row.household_id, "person_id": row.person_id, "duty": row.duty,
            "office": row.office, "status": row.state, "reason": row.reason, "outcome": outcome,
            "changed_at": clock.show(row.updated_at)}  # fmt: skip


PLAIN: dict[str, Callable[[Any, Vault], Document]] = {
    "households": household, "persons": person, "tasks": task, "alerts": alert, "referrals": referral,
}  # fmt: skip


def form(row: Any) -> Document:
    return {"id": row.record_id, "form_id": row.form_id, "version": row.version, "title": row.title, "klass": row.klass,
            "hash": row.hash, "definition": orjson.dumps(row.definition).decode()}  # fmt: skip


def visit(row: Visit, content: bytes, compiled: CompiledForm | None) -> Document:
    """The stored record with the server's columns beside it."""
    told = orjson.loads(content)
    return {"id": row.id, "household_id": row.household_id, "person_id": row.person_id, "form_id": row.form_id,
            "form_version": row.form_version, "answers": masked_answers(told.get("answers"), compiled),
            "started_at": told.get("started_at"), "finished_at": told.get("finished_at"), "author_id": row.author_id,
            "revision": row.revision, "server_status": "applied", "problems": "[]"}  # fmt: skip


def waiting_visit(row: SetAside, content: bytes, compiled: CompiledForm | None) -> Document | None:
    """A visit that waits, so that its author sees why; None when the record itself cannot be read."""
    try:
        told = orjson.loads(content)
        texts = {name: told.get(name) for name in ("household_id", "person_id", "form_id", "form_version", "started_at",
                                                   "finished_at")}  # fmt: skip
    except (orjson.JSONDecodeError, AttributeError):
        return None
    plain = {name: value if isinstance(value, str | int) else None for name, value in texts.items()}
    plain |= {name: plain[name] if is_id(plain[name]) else None for name in ("household_id", "person_id")}
    plain |= {name: strike(plain[name]) for name in ("form_id", "form_version")}
    return {"id": row.record_id, **plain, "answers": masked_answers(told.get("answers"), compiled),
            "author_id": row.author_id, "revision": 0, "server_status": row.state,
            "problems": orjson.dumps([{"code": row.code, "message": row.reason}, *row.problems]).decode()}  # fmt: skip


def masked_answers(answers: Any, compiled: CompiledForm | None) -> str:
    """Answers as JSON text. With no form to say which are identifiers, nothing is sent back but that they are kept."""
    try:
        read = read_answers(answers)
    except Unfit:
        return "{}"
    if compiled is None:
        return "{}"
    if not compiled.identifiers:
        return answers if isinstance(answers, str) else orjson.dumps(read).decode()
    return orjson.dumps(masked(read, compiled.identifiers)).decode()
