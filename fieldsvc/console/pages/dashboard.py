"""The dashboard (统计): where things hang; each chart with its table beside it."""

from typing import Any

from flask_babel import gettext as _

from fieldsvc.accounts.auth import actor
from fieldsvc.accounts.queries import region_names
from fieldsvc.accounts.rules import COUNTY, TOWNSHIP
from fieldsvc.alerts.rules import KINDS
from fieldsvc.console import dashboard_queries as counts
from fieldsvc.console.answers import show
from fieldsvc.console.guard import page
from fieldsvc.deadlines import queries as deadlines
from fieldsvc.deadlines.report import by_step, first_day
from fieldsvc.households.rules import TIERS
from fieldsvc.kit import clock
from fieldsvc.kit.web import site

MONTHS = 6


@page("/dashboard", TOWNSHIP, COUNTY, menu=(55, "统计"))
def dashboard() -> Any:
    """Shows numbers and nobody's data, so it leaves no access row."""
    since = first_day(clock.today(), MONTHS)
    with site().db.read() as session:
        alerts = counts.alerts_by_kind_and_age(session, actor())
        towns = counts.alerts_by_township(session, actor()) if actor().role == COUNTY else []
        villages = counts.coverage_by_village(session, actor())
        workers = counts.coverage_by_worker(session, actor())
        waiting = counts.referrals_outstanding(session, actor())
        tiers = counts.persons_by_tier(session, actor())
        steps = by_step(
            deadlines.counts(session, actor(), clock.now(), since), deadlines.durations(session, actor(), since)
        )
        places = region_names(session, site().county, {code for code, _h, _v in [*villages, *towns]})
    ages = [label for _days, label in counts.AGES]
    return show("dashboard.html", ages=ages, alerts=[(_(KINDS.get(kind, kind)), *row) for kind, row in alerts.items()],
                towns=[(places.get(code, ""), *rest) for code, *rest in towns],
                villages=[(places.get(code, ""), *rest) for code, *rest in villages], workers=workers, referrals=waiting,
                kind_links={_(KINDS.get(kind, kind)): ("desk", {"kind": kind}) for kind in alerts},
                town_links={places.get(code, ""): ("desk", {"village": code}) for code, *_rest in towns},
                village_links={places.get(code, ""): ("households", {"village": code}) for code, *_rest in villages},
                tier_links={_(TIERS.get(tier, "未认定")): ("households", {"tier": tier}) for tier in tiers},
                tiers=[(_(TIERS.get(tier, "未认定")), tiers[tier]) for tier in TIERS if tier in tiers], steps=steps,
                days=counts.COVERED_DAYS, months=MONTHS)  # fmt: skip
