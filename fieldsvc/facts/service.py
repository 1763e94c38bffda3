"""Verbs of facts: mark a household dirty (this transaction), derive facts from visits (the worker)."""

from collections.abc import Iterable
from typing import Any

import orjson
from sqlalchemy import bindparam, text
from sqlalchemy.orm import Session

from fieldsvc.kit import clock
from fieldsvc.kit.columns import Moment
from fieldsvc.kit.db import after_commit
from fieldsvc.kit.wake import wake

MARK = """
INSERT INTO dirty_households (county_code, household_id, generation, marked_at, failures, set_aside)
SELECT :county, {one}, 1, :now, 0, false FROM {many} WHERE true
ON CONFLICT (county_code, household_id) DO UPDATE
SET generation = dirty_households.generation + 1, set_aside = false
"""
SOURCE = {
    "sqlite": {"one": "value", "many": "json_each(:ids)"},
    "postgresql": {"one": "value", "many": "json_array_elements_text(CAST(:ids AS json)) AS ids(value)"},
}
MARKS = {name: text(MARK.format(**parts)).bindparams(bindparam("now", type_=Moment)) for name, parts in SOURCE.items()}


def mark_dirty(session: Session, county: str, household_ids: Iterable[str]) -> None:
    """Owe these households a screening, in the caller's transaction; the worker is woken once it is committed.

    Every call raises the mark's generation, so a write during a screening leads to another one. Locks the marks in the
    order of their keys. New facts also give a household that was set aside another try.
    """
    ids = sorted(set(household_ids))
    if not ids:
        return
    values: dict[str, Any] = {"county": county, "ids": orjson.dumps(ids).decode(), "now": clock.now()}
    session.execute(MARKS[session.get_bind().dialect.name], values)
    after_commit(session, "wake", wake)
