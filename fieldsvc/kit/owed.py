"""Work owed to somebody outside: taken in turn under a lease, at least once, with back-off, no transaction open meanwhile.

A table that waits this way has the columns id, county_code, state, lease, attempts, next_at, last_error.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from . import clock
from .backoff import DEAD, TRIES, wait_after
from .db import written
from .ids import new_id
from .rows import kept
from .site import Site

LEASE = timedelta(seconds=60)


@dataclass(frozen=True)
class Queue:
    """``table``: a mapped class; ``open``: the states in which a row is tried; ``interrupted``: what is written of a row whose
    last try ended the worker."""

    table: Any
    open: tuple[str, ...]
    interrupted: str

    def claim(self, site: Site) -> tuple[str, str] | None:
        """``(id, lease)`` of the row that is due longest, which is now this caller's for ``LEASE``."""
        with site.db.read() as session:
            if session.scalar(select(self.table.id).where(*self._due(site.county)).limit(1)) is None:
                return None
        found: tuple[str, str] | None = written(site.db, lambda session: self._take(session, site.county))
        return found

    def _due(self, county: str) -> tuple[ColumnElement[bool], ...]:
        return self.table.county_code == county, self.table.state.in_(self.open), self.table.next_at <= clock.now()

    def _take(self, session: Session, county: str) -> tuple[str, str] | None:
        """The try is counted before it is made: one that ends the worker uses up its tries too."""
        over = update(self.table).where(*self._due(county), self.table.attempts >= TRIES)
        session.execute(over.values(state=DEAD, lease=None, last_error=func.coalesce(self.table.last_error, self.interrupted)))
        oldest = select(self.table).where(*self._due(county)).order_by(self.table.next_at, self.table.id).limit(1)
        row = session.scalar(oldest.with_for_update(skip_locked=True))
        if row is None:
            return None
        row.lease, row.attempts, row.next_at = new_id(), row.attempts + 1, clock.now() + LEASE
        return row.id, row.lease

    def held(self, session: Session, county: str, own_id: str, lease: str) -> Any | None:
        """The row, locked, while the lease is still ours and nobody has settled it meanwhile."""
        at = self.table.county_code == county, self.table.id == own_id, self.table.lease == lease, self.table.state.in_(self.open)
        return session.scalar(kept(select(self.table).where(*at)))

    def failed(self, site: Site, own_id: str, lease: str, error: str) -> None:
        def note(session: Session) -> None:
            if row := self.held(session, site.county, own_id, lease):
                _give_back(row, error)

        written(site.db, note)


def _give_back(row: Any, error: str) -> None:
    """A try came to nothing: again after a while, or never."""
    row.lease, row.last_error = None, error[:2000]
    if wait := wait_after(row.attempts):
        row.next_at = clock.now() + wait
    else:
        row.state = DEAD
