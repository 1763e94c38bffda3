"""Names and numbers of the feed: tables by number, operations, and bounds of a cursor."""

from typing import NamedTuple

TABLES = ("households", "persons", "visits", "tasks", "alerts", "referrals", "forms")
NUMBER = {name: number for number, name in enumerate(TABLES, 1)}
NAME = {number: name for name, number in NUMBER.items()}

UPDATE, DELETE, REVOKE = 1, 2, 3
EVERYBODY = 0
LAST_CURSOR = 2**53 - 1


class Entry(NamedTuple):
    """A change to announce: which scope sees which record change how. ``household_id`` lets a pull check the caseload."""

    scope: int
    tbl: int
    op: int
    record_id: str
    household_id: str | None = None
