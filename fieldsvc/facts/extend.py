"""Rows added to a subject's history from elsewhere than a visit or a delivery: its document follows from the whole of it."""

from collections.abc import Mapping

from sqlalchemy.orm import Session

from . import queries
from .queries import NOTHING, Known
from .rules import Declared, Row, rebuild
from .service import _append, _write


def add_rows(
    session: Session, county: str, household_id: str, subject: str, rows: list[Row], declared: Mapping[str, Declared]
) -> None:
    """Append rows and rebuild the subject's document. The caller holds the household's mark."""
    if not rows:
        return
    _append(session, county, [(household_id, row) for row in rows])
    known = queries.known(session, county, [subject]).get(subject, NOTHING)
    whole = queries.history(session, county, [subject])[subject]
    _write(session, county, [(household_id, subject, Known(rows[-1].n, rebuild(whole, declared), known.visits))])
