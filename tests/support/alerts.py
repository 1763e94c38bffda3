"""Alerts as a township has them, many at once, without screening a household for each."""

from datetime import UTC, datetime, timedelta

from fieldsvc.alerts.models import Alert
from fieldsvc.deadlines.models import Deadline

from .river import COUNTY, VILLAGE, uid

NOW = datetime.now(UTC).replace(microsecond=0)
REASONS = {"on": "2026-01-01", "office": "", "conditions": [], "amount": None, "unless": []}


def raised(session, name, home="a", *, severity="medium", kind="carry_out", status="open", village=VILLAGE, klass="general",
           found_by="visit", finder=1, assignee=None, duty="medical_insurance", hours=48, title=None):  # fmt: skip
    """An alert of household ``home`` that opened ``hours`` ago; its id."""
    opened = NOW - timedelta(hours=hours)
    channels = [{"channel": each, "source": "", "as_of": "2026-01-01"} for each in found_by.split()]
    session.add(Alert(
        county_code=COUNTY, id=uid(name), rule_id=f"test.{name}", subject="person", subject_id=uid(f"{home}/p1"),
        household_id=uid(home), person_id=uid(f"{home}/p1"), village_code=village, klass=klass, kind=kind, severity=severity,
        duty=duty, title=title or f"预警{name}", message="请核实", reasons=REASONS, channels=channels, found_by=found_by,
        finder_id=finder, fingerprint=name, status=status, verification=None if status == "open" else "confirmed",
        opened_at=opened, closed_at=NOW if status == "closed" else None, assignee_id=assignee))  # fmt: skip
    return uid(name)


def awaited(session, name, hours, kind="verify", village=VILLAGE, home="a"):
    """The clock of an alert, ending in ``hours`` (negative: overdue since)."""
    session.add(Deadline(
        county_code=COUNTY, id=uid(f"{name}/{kind}"), subject="alert", subject_id=uid(name), household_id=uid(home),
        village_code=village, klass="general", kind=kind, variant="", started_at=NOW - timedelta(days=3),
        due_at=NOW + timedelta(hours=hours), provisional=False, source=None, computed_on=NOW.date()))  # fmt: skip
