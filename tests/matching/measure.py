"""How well a previewed list was matched, against what was planted."""

from dataclasses import dataclass

from sqlalchemy import select

from fieldsvc.matching.models import MatchingRow
from fieldsvc.matching.rules import DOUBTFUL, MATCHED
from tests.matching.county import County


@dataclass
class Found:
    """``recall`` by kind of planted row: its person is the match or among the candidates; ``exact``: is the match. ``precision`` of
    matches, and of all persons proposed (matches and candidates)."""

    recall: dict[str, float]
    exact: dict[str, float]
    precision: float
    proposed_precision: float
    missed: list[tuple[str, dict[str, str]]]


def measured(site, run_id: str, county: County) -> Found:
    """Row 2 of the file is the first planted one."""
    with site.db.read() as session:
        rows = {row.n: row for row in session.scalars(select(MatchingRow).where(MatchingRow.run_id == run_id))}
    hits: dict[str, list[bool]] = {}
    exact: dict[str, list[bool]] = {}
    matches, right, proposed, fit, missed = 0, 0, 0, 0, []
    for n, planted in enumerate(county.rows, 2):
        row = rows[n]
        persons = (
            {row.person_id}
            if row.state == MATCHED
            else {c[0] for c in row.candidates}
            if row.state == DOUBTFUL
            else set()
        )
        proposed, fit = proposed + len(persons), fit + (planted.truth in persons)
        if row.state == MATCHED:
            matches, right = matches + 1, right + (row.person_id == planted.truth)
        if planted.truth:
            hits.setdefault(planted.kind, []).append(planted.truth in persons)
            exact.setdefault(planted.kind, []).append(row.person_id == planted.truth)
            if planted.truth not in persons:
                missed.append((planted.kind, planted.cells))
    return Found({kind: sum(each) / len(each) for kind, each in hits.items()}, {kind: sum(e) / len(e) for kind, e in exact.items()},
                 right / max(matches, 1), fit / max(proposed, 1), missed)  # fmt: skip
