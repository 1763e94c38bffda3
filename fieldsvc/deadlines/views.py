"""A clock as pages and the API show it: what is awaited, by when, how much time is left, and who says so."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from fieldsvc.kit import clock

from .models import Deadline
from .rules import KINDS, SUBJECTS, source_text
from .working_days import due_text

UNSET, RUNNING, OVERDUE, MET, LATE = "unset", "running", "overdue", "met", "late"
STATES = {UNSET: "未设定时限", RUNNING: "办理中", OVERDUE: "已超期", MET: "按时办结", LATE: "超期办结"}


@dataclass(frozen=True, slots=True)
class Running:
    """One clock at one moment. ``remaining`` is negative once it is overdue, None without a limit; ``source`` holds document,
    clause and quote, or the local setting (本地设定) and its reference."""

    subject: str
    subject_id: str
    household_id: str
    kind: str
    label: str
    state: str
    started_at: datetime
    due_at: datetime | None
    remaining: timedelta | None
    provisional: bool
    met_at: datetime | None
    escalated_at: datetime | None
    source: dict[str, Any] | None

    @property
    def state_label(self) -> str:
        return STATES[self.state]

    @property
    def due_text(self) -> str:
        """``2026年2月24日24:00（暂定）``."""
        if self.due_at is None:
            return STATES[UNSET]
        return due_text(self.due_at) + ("（暂定）" if self.provisional else "")

    @property
    def source_text(self) -> str:
        return source_text(self.source)


def running_of(row: Deadline, now: datetime) -> Running:
    due = clock.aware(row.due_at) if row.due_at else None
    met = clock.aware(row.met_at) if row.met_at else None
    return Running(row.subject, row.subject_id, row.household_id, row.kind, KINDS[row.kind], _state(due, met, now),
                   clock.aware(row.started_at), due, due - (met or now) if due else None, row.provisional, met,
                   row.escalated_at, row.source)  # fmt: skip


def _state(due: datetime | None, met: datetime | None, now: datetime) -> str:
    if due is None:
        return UNSET
    if met is not None:
        return MET if met <= due else LATE
    return OVERDUE if due < now else RUNNING


def line(one: Running) -> dict[str, Any]:
    """On the wire; ``remaining_seconds`` is negative once it is overdue."""
    left = int(one.remaining.total_seconds()) if one.remaining is not None else None
    return {"kind": one.kind, "label": one.label, "state": one.state, "state_label": one.state_label,
            "started_at": clock.show(one.started_at), "due_at": clock.show(one.due_at), "due_text": one.due_text,
            "remaining_seconds": left, "provisional": one.provisional, "met_at": clock.show(one.met_at),
            "escalated_at": clock.show(one.escalated_at), "source": one.source, "source_text": one.source_text}  # fmt: skip


def whole(one: Running) -> dict[str, Any]:
    """The same with what it is about."""
    return line(one) | {"subject": one.subject, "subject_label": SUBJECTS.get(one.subject, one.subject),
                        "subject_id": one.subject_id, "household_id": one.household_id}  # fmt: skip


def summary(clocks: list[Running]) -> dict[str, Any]:
    """What a list shows of a subject: the clock that ends first, whether any is over, whether the county was told."""
    ending = [one for one in clocks if one.due_at is not None]
    first = min(ending, key=lambda one: one.due_at or one.started_at, default=None)
    told = [one.escalated_at for one in clocks if one.escalated_at is not None]
    return {"due_at": clock.show(first.due_at) if first else None, "overdue": any(one.state == OVERDUE for one in ending),
            "escalated_at": clock.show(min(told)) if told else None, "deadlines": [line(one) for one in clocks]}  # fmt: skip
