"""Preview of a delivery: each row matched and what it would change written down; nothing of the registry is touched.

Rows stream through in batches, each read with no transaction open for writing and stored in a short one. A preview that was
killed begins again; the attempt's number keeps a second one from writing between the first one's rows.
"""

from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from itertools import islice
from typing import Any

from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from fieldsvc.departments.feeds import Feed
from fieldsvc.departments.load import Departments
from fieldsvc.kit import clock
from fieldsvc.kit.db import written
from fieldsvc.kit.errors import Problem
from fieldsvc.kit.site import Site

from . import conflicts, queries
from .candidates import Placed, place
from .models import MatchingFile, MatchingRow, MatchingRun
from .planning import Telling, plan
from .reading import Listing, read_listing
from .rules import FAILED, MATCHED, PREVIEWED, UPLOADED, common_place

BATCH = 1_000
MOST_ATTEMPTS = 3
FILE, NUMBER = "matching_files.piece", "matching_rows.number"
Told = Callable[[int], None]


class Superseded(Exception):
    """Somebody else took this run up, or it was withdrawn."""


def preview(site: Site, departments: Departments, run_id: str, told: Told = lambda _: None) -> None:
    """Read, match and store a delivered list; ``told`` hears how many rows are done. A file that cannot be used ends the run as
    ``failed``, with the sentence that says why."""
    run = written(site.db, partial(_begin, county=site.county, run_id=run_id))
    if run is None:
        return
    try:
        _read(site, departments, run, told)
    except Superseded:
        return
    except Problem as problem:
        if problem.code == "busy":
            raise
        written(site.db, partial(_fail, run=run, error=problem.detail))


def _begin(session: Session, county: str, run_id: str) -> MatchingRun | None:
    run = queries.run(session, county, run_id, lock=True)
    if run.state != UPLOADED:
        return None
    run.attempts += 1
    if run.attempts > MOST_ATTEMPTS:
        _end(session, run, FAILED, "比对多次中断，请用命令行 fieldsvc match preview 运行，或把名单分成几个文件。")
        return None
    session.execute(delete(MatchingRow).where(MatchingRow.county_code == county, MatchingRow.run_id == run_id))
    return run


def _fail(session: Session, run: MatchingRun, error: str) -> None:
    _end(session, _mine(session, run), FAILED, error)


def _end(session: Session, run: MatchingRun, state: str, error: str | None = None) -> None:
    run.state, run.error, run.previewed_at = state, error[:500] if error else None, clock.now()
    session.execute(
        delete(MatchingFile).where(MatchingFile.county_code == run.county_code, MatchingFile.run_id == run.id)
    )


def _mine(session: Session, run: MatchingRun) -> MatchingRun:
    """The run as it stands, locked; raises ``Superseded`` when it is no longer this attempt's."""
    now = queries.run(session, run.county_code, run.id, lock=True)
    if now.state != UPLOADED or now.attempts != run.attempts:
        raise Superseded
    return now


def feed_of(departments: Departments, run: MatchingRun) -> Feed:
    feed = departments.feed(run.feed_id)
    if feed is None:
        raise Problem(409, "feed-gone", f"名单“{run.title}”的定义已不在，请安装该部门的插件后再试。")
    return feed


def _read(site: Site, departments: Departments, run: MatchingRun, told: Told) -> None:
    feed = feed_of(departments, run)
    with site.db.read() as session:
        data = b"".join(site.vault.open(piece, FILE) for piece in queries.pieces(session, site.county, run.id))
    listing = read_listing(data, feed, departments.vocabulary, clock.today(), run.as_of)
    done, newest = 0, run.as_of
    for placed, changed in _batches(site, departments, feed, listing):
        rows = [_row(site, run, each, change) for each, change in zip(placed, changed, strict=True)]
        done += len(rows)
        newest = _latest(newest, placed)
        written(site.db, partial(_keep, run=run, rows=rows, done=done))
        told(done)
    conflicts.settle(site, departments, run.id, feed, told=lambda: told(done), guard=partial(_mine, run=run))
    written(site.db, partial(_finish, run=run, listing=listing, newest=newest))


def _batches(
    site: Site, departments: Departments, feed: Feed, listing: Listing
) -> Iterator[tuple[list[Placed], list[Any]]]:
    while entries := list(islice(listing.entries, BATCH)):
        with site.db.read() as session:
            placed = place(session, site.vault, site.county, feed.id, entries)
            matched = [each for each in placed if each.state == MATCHED]
            found = iter(plan(session, site.county, departments, [_telling(each) for each in matched]))
        yield placed, [[change.packed() for change in next(found)] if each.state == MATCHED else [] for each in placed]


def _telling(each: Placed) -> Telling:
    assert each.person is not None and each.entry.as_of is not None
    return Telling(each.person.person_id, each.person.household_id, each.entry.values, each.entry.as_of)


def _latest(newest: date | None, placed: list[Placed]) -> date | None:
    return max([day for day in (newest, *(each.entry.as_of for each in placed)) if day], default=None)


def _row(site: Site, run: MatchingRun, each: Placed, changes: list[Any]) -> dict[str, Any]:
    entry, person = each.entry, each.person
    birth = (
        entry.birth.day.isoformat()
        if entry.birth.day
        else entry.birth.month.strftime("%Y-%m")
        if entry.birth.month
        else None
    )
    villages = [person.village_code] if person else [c.village_code for c in each.candidates]
    told = [entry.problem, *(note for note in entry.notes if note != entry.problem)]
    return {
        "county_code": site.county, "run_id": run.id, "n": entry.row, "state": each.state, "outcome": None, "klass": run.klass,
        "village_code": common_place(villages, site.county), "household_id": person.household_id if person else None,
        "person_id": person.person_id if person else None, "name": entry.name, "birth": birth,
        "number_sealed": site.vault.seal_text(entry.number or entry.told_number or None, NUMBER), "who": each.who,
        "as_of": entry.as_of, "facts": entry.values, "changes": changes,
        "candidates": [[c.person_id, c.household_id, c.village_code, c.reasons] for c in each.candidates],
        "reasons": each.reasons, "notes": "".join(filter(None, told)) or None,
    }  # fmt: skip


def _keep(session: Session, run: MatchingRun, rows: list[dict[str, Any]], done: int) -> None:
    _mine(session, run).counts = {"read": done}
    session.execute(insert(MatchingRow.__table__), rows)


def _finish(session: Session, run: MatchingRun, listing: Listing, newest: date | None) -> None:
    now = _mine(session, run)
    now.counts = {"read": now.counts.get("read", 0)} | queries.totals(session, run.county_code, run.id)
    now.headings = {"ignored": listing.ignored, "missing": listing.missing}
    now.newest = newest
    _end(session, now, PREVIEWED)
