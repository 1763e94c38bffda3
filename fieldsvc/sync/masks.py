"""Identifiers on the way out and back: a pull masks them, so an edited visit comes back with the mask in their place."""

from collections.abc import Container
from typing import Any

import orjson
from sqlalchemy.orm import Session

from fieldsvc.kit.crypto import Vault, mask
from fieldsvc.visits.models import Visit
from fieldsvc.visits.rules import Draft, Unfit, content_hash, read_answers
from fieldsvc.visits.service import COLUMN


def masked(value: Any, identifiers: Container[str]) -> Any:
    """A copy with the answer of every identifier question masked, at any depth of groups and repeats."""
    if isinstance(value, list):
        return [masked(item, identifiers) for item in value]
    if isinstance(value, dict):
        return {k: mask(str(v)) if k in identifiers and isinstance(v, str | int) else masked(v, identifiers)
                for k, v in value.items()}  # fmt: skip
    return value


def has_mask(value: Any, identifiers: Container[str]) -> bool:
    if isinstance(value, list):
        return any(has_mask(item, identifiers) for item in value)
    if isinstance(value, dict):
        return any((k in identifiers and isinstance(v, str) and "*" in v) or has_mask(v, identifiers) for k, v in value.items())
    return False


def unmask(session: Session, vault: Vault, county: str, draft: Draft, identifiers: Container[str]) -> None:
    """Put the stored number back where the phone returned its mask. Raises ``Unfit`` where the mask is of no number we
    hold, because then the number would be lost."""
    if not has_mask(draft.answers, identifiers):
        return
    row = session.get(Visit, (county, draft.id))
    told = orjson.loads(vault.open(row.answers_sealed, COLUMN)) if row else {}
    numbers = dict(_numbers(read_answers(told.get("answers") or {}), identifiers))
    draft.answers = _restored(draft.answers, identifiers, numbers)
    record = orjson.loads(draft.content) | {"answers": draft.answers}
    draft.content = orjson.dumps(record, option=orjson.OPT_SORT_KEYS)
    draft.hash = content_hash(draft.content)


def _numbers(value: Any, identifiers: Container[str]) -> Any:
    if isinstance(value, list):
        for item in value:
            yield from _numbers(item, identifiers)
    elif isinstance(value, dict):
        for k, v in value.items():
            if k in identifiers and isinstance(v, str):
                yield mask(v), v
            else:
                yield from _numbers(v, identifiers)


def _restored(value: Any, identifiers: Container[str], numbers: dict[str, str]) -> Any:
    if isinstance(value, list):
        return [_restored(item, identifiers, numbers) for item in value]
    if not isinstance(value, dict):
        return value
    found = {}
    for k, v in value.items():
        if k in identifiers and isinstance(v, str) and "*" in v:
            if v not in numbers:
                raise Unfit("masked-number", "证件号码带有星号，无法还原，请填写完整号码。")
            v = numbers[v]
        found[k] = _restored(v, identifiers, numbers)
    return found
