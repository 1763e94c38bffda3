"""Screening (筛查) of dirty households: claim, examine with no transaction open, settle in short ones."""

import traceback
from functools import partial

from fieldsvc.departments.load import Departments
from fieldsvc.eligibility.evaluate import plan_of
from fieldsvc.kit import clock
from fieldsvc.kit.db import written
from fieldsvc.kit.errors import Problem
from fieldsvc.kit.limits import TimeUp, time_limit
from fieldsvc.kit.notify import adopt_strays
from fieldsvc.kit.site import Site

from . import claims
from .chores import add_needs
from .claims import Claim
from .examine import examine
from .findings import findings
from .rescreen import meet_rules, stamp
from .settle import settle

LEAST_SECONDS = 2.0


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
        with time_limit(seconds):
            judged = examine(site, departments, batch.generations)
            for each in judged:
                each.found = list(findings(departments.rulebook, each))
            if strays := batch.generations.keys() - {each.id for each in judged}:
                written(site.db, lambda session: adopt_strays(session, site.county, strays))
            add_needs(departments, plan_of(departments.rulebook, site.settings.jurisdiction, clock.today()), judged)
        settle(site, departments, batch, judged)
        return len(batch.generations)
    except (Exception, TimeUp) as error:
        if isinstance(error, Problem) and error.code == "busy":
            written(site.db, lambda session: claims.release(session, site.county, batch))
            raise
        return _halve(site, departments, batch, error, max(seconds / 2, min(seconds, LEAST_SECONDS)))


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
