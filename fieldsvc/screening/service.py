"""Screening (筛查) of dirty households: claim, examine with no transaction open, settle in short ones."""

import time
import traceback
from functools import partial

from fieldsvc.departments.load import Departments
from fieldsvc.kit.db import written
from fieldsvc.kit.errors import Problem
from fieldsvc.kit.limits import TimeUp, time_limit
from fieldsvc.kit.memory import kept_alive
from fieldsvc.kit.notify import adopt_strays
from fieldsvc.kit.site import Site

from . import claims
from .chores import add_needs
from .claims import Claim
from .examine import Judged, examine
from .findings import findings
from .rescreen import meet_rules, stamp
from .settle import settle, settle_seen

LEAST_SECONDS = 2.0
PART = 50
"""Households whose alerts and questions are worked out under one time limit and written before the next are begun."""
MOST_SECONDS = 25.0
"""What a batch has not come to by then goes back to the queue: leases and the worker's own limit are longer."""


def screen_due(site: Site, departments: Departments, limit: int = 100) -> int:
    """Screen up to ``limit`` due households; returns how many were screened or set aside, 0 when nothing is due.

    A batch that raises or hangs is halved until the household that does it stands alone; that one is set aside with its
    error, the others go on.
    """
    meet_rules(site, departments)
    with site.db.read() as session:
        if not claims.anything(session, site.county):
            return 0
    batch = written(site.db, lambda session: claims.claim(session, site.county, limit))
    return _screen(site, departments, batch, site.settings.screening_seconds) if batch.generations else 0


def _screen(site: Site, departments: Departments, batch: Claim, seconds: float) -> int:
    try:
        with kept_alive():
            return _examined(site, departments, batch, seconds)
    except (Exception, TimeUp) as error:
        if isinstance(error, Problem) and error.code == "busy":
            written(site.db, lambda session: claims.release(session, site.county, batch))
            raise
        return _halve(site, departments, batch, error, max(seconds / 2, min(seconds, LEAST_SECONDS)))


def _examined(site: Site, departments: Departments, batch: Claim, seconds: float) -> int:
    began = time.monotonic()
    with time_limit(seconds):
        judged = examine(site, departments, batch.generations)
    if strays := batch.generations.keys() - {each.id for each in judged}:
        written(site.db, lambda session: adopt_strays(session, site.county, strays))
    news = [each for each in judged if each.news]
    settle_seen(site, batch, batch.generations.keys() - {each.id for each in news})
    first = True
    while news and (first or time.monotonic() - began < MOST_SECONDS):
        part, news, first = news[:PART], news[PART:], False
        with time_limit(seconds):
            _work_out(departments, part)
        settle(site, departments, batch, part)
    if news:
        left = batch.part(each.id for each in news)
        written(site.db, lambda session: claims.release(session, site.county, left))
    return len(batch.generations) - len(news)


def _work_out(departments: Departments, judged: list[Judged]) -> None:
    """Alerts with their reasons, questions, visits: what costs far more than a verdict, for those of whom there is news."""
    for each in judged:
        each.found = list(findings(departments.rulebook, each))
    add_needs(departments, judged)


def _halve(site: Site, departments: Departments, batch: Claim, error: BaseException, seconds: float) -> int:
    left = written(site.db, lambda session: claims.renew(session, site.county, batch))
    ids = sorted(left.generations)
    if len(ids) == 1:
        named = f"{stamp(departments.rulebook.hash)} {describe(error)}"
        written(site.db, lambda session: claims.set_aside(session, site.county, left, named))
        return 1
    middle = len(ids) // 2
    done = len(batch.generations) - len(ids)
    for part in (ids[:middle], ids[middle:]) if ids else ():
        half = written(site.db, partial(claims.renew, county=site.county, claimed=left.part(part)))
        done += _screen(site, departments, half, seconds) if half.generations else 0
    return done


def describe(error: BaseException) -> str:
    """Kind and place of an error; its message may quote what people said and stays out of the store."""
    if isinstance(error, TimeUp):
        return "筛查超时"
    places = traceback.extract_tb(error.__traceback__)
    place = f"{places[-1].filename.rpartition('/')[2]}:{places[-1].lineno}" if places else ""
    told = f" {error}" if isinstance(error, LookupError) and type(error).__module__.startswith("fieldsvc") else ""
    return f"{type(error).__name__}{told}（{place}）"
