"""重复救助、互斥救助同享、条件消失仍在享受: over aid that runs, recognised tiers, and what the rules say now."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from itertools import combinations
from typing import Any

import polars as pl
from sqlalchemy.orm import Session

from fieldsvc.accounts.rules import Actor
from fieldsvc.eligibility.exclusive import exclusive_in, tiers_in_order
from fieldsvc.eligibility.plan import NOT_ELIGIBLE
from fieldsvc.eligibility.vocabulary import NO_TIER
from fieldsvc.registry import duplicates
from fieldsvc.registry.duplicates import SLIP, WHY

from . import queries
from .omissions import KEYS, letters, tier_key
from .rules import ENDED, EXCLUSIVE, TIER, TWICE, Line, Place, Wanted

EXIT = "gradual_exit_until"


def twice(session: Session, actor: Actor, place: Place, wanted: Wanted) -> Iterator[Line]:
    """The same aid for one person or household at one time, and the same aid for two registered persons who seem to be one."""
    running = queries.aids(session, actor, wanted, place.on)
    for row, other in _at_once(running, lambda a, b: a.programme == b.programme):
        offices = "、".join(dict.fromkeys((row.office, other.office)))
        yield _of_aid(TWICE, place, (row, other), (row.programme,), f"同一时期两次给予“{place.title(row.programme)}”（{offices}）")
    yield from _twins(session, actor, place, wanted, running)


def _at_once(running: list[Any], same: Any) -> Iterator[tuple[Any, Any]]:
    """Pairs of one subject whose times meet."""
    by_subject: dict[str, list[Any]] = defaultdict(list)
    for row in running:
        by_subject[row.subject_id].append(row)
    for rows in by_subject.values():
        for one, other in combinations(rows, 2):
            if same(one, other) and (one.ends is None or other.starts < one.ends) and (other.ends is None or one.starts < other.ends):
                yield one, other


def _twins(session: Session, actor: Actor, place: Place, wanted: Wanted, running: list[Any]) -> Iterator[Line]:
    tiers = queries.tiers(session, actor, wanted).filter(pl.col("tier") != NO_TIER)
    has: dict[str, set[str]] = defaultdict(set)
    for subject, tier in tiers.select("subject_id", "tier").iter_rows():
        has[subject].add(tier_key(tier))
    for row in running:
        has[row.subject_id].add(row.programme)
    for pair in duplicates.persons(session, actor, wanted.village) if has and not wanted.household else ():
        for both in sorted(has[pair.survivor] & has[pair.merged]) if SLIP not in pair.why else ():
            cite, reference = place.clause(TWICE, both)
            why = f"疑似同一人登记两次（{WHY[pair.why[0]]}），两处都享受“{place.title(both)}”"
            yield Line(TWICE, pair.survivor, pair.homes[0], pair.survivor, pair.village_code, (both,), why, (both, *pair.homes),
                       (pair.merged,), cite, reference)  # fmt: skip


def exclusive(session: Session, actor: Actor, place: Place, wanted: Wanted) -> Iterator[Line]:
    """Aids of which the place's text grants only one; a tier's aid beside another recognised tier."""
    pairs = {frozenset((p.a, p.b)): p for p in (*tiers_in_order(place.book, place.jurisdiction, place.on),
                                                *exclusive_in(place.book, place.jurisdiction))}  # fmt: skip
    running = queries.aids(session, actor, wanted, place.on)
    for row, other in _at_once(running, lambda a, b: frozenset((a.programme, b.programme)) in pairs):
        pair = pairs[frozenset((row.programme, other.programme))]
        both = tuple(sorted((row.programme, other.programme)))
        why = f"“{place.title(both[0])}”与“{place.title(both[1])}”只能享受一项，现同时享受"
        yield _of_aid(EXCLUSIVE, place, (row, other), both, why, pair)
    yield from _beside_tier(session, actor, place, wanted, running, pairs)


def _beside_tier(session: Session, actor: Actor, place: Place, wanted: Wanted, running: list[Any], pairs: dict[Any, Any]) -> Iterator[Line]:
    rules, tiers = place.book.by_id, {}
    if any(rules[row.programme].tier for row in running if row.programme in rules):
        tiers = dict(queries.tiers(session, actor, wanted).select("subject_id", "tier").iter_rows())
    for row in running:
        own, has = rules[row.programme].tier if row.programme in rules else "", tiers.get(row.subject_id)
        met = next((p for p in pairs.values() if own and row.programme in (p.a, p.b) and has in (rules[p.a].tier, rules[p.b].tier)), None)
        if met and has != own:
            both = tier_key(str(has)), row.programme
            why = f"已认定为{place.title(both[0])}，同时享受“{place.title(row.programme)}”"
            yield _of_aid(EXCLUSIVE, place, (row,), both, why, met)


def ended(session: Session, actor: Actor, place: Place, wanted: Wanted) -> Iterator[Line]:
    """Aid or a tier that goes on though its condition is gone: the rules say no, or the person has died."""
    running = queries.aids(session, actor, wanted, place.on)
    tiers = queries.tiers(session, actor, wanted).filter(pl.col("tier") != NO_TIER)
    dead = queries.dead(session, actor, wanted) if running or tiers.height else set()
    yield from _dead(place, running, tiers, dead)
    refused = _refused(session, actor, place, wanted, running, tiers)
    leaving = _leaving(session, actor, place, {row["household_id"] for row in refused})
    said = {first: place.clause(ENDED, first) for first in {row["first"] for row in refused}}
    for row in refused:
        if row["subject_id"] not in dead and row["household_id"] not in leaving:
            cite, reference = said[row["first"]]
            why = f"“{place.title(row['programme'])}”的条件按现有情况已不符合，仍在享受"
            person = row["subject_id"] if row["subject"] == "person" else None
            yield Line(ENDED, row["subject_id"], row["household_id"], person, row["village_code"], (row["programme"],), why,
                       (row["programme"],), (), cite, reference)  # fmt: skip


def _dead(place: Place, running: list[Any], tiers: pl.DataFrame, dead: set[str]) -> Iterator[Line]:
    for row in running:
        if row.subject_id in dead:
            yield _of_aid(ENDED, place, (row,), (row.programme,), f"本人已去世，“{place.title(row.programme)}”仍在享受")
    for subject, home, village, tier in tiers.select("subject_id", "household_id", "village_code", "tier").iter_rows():
        if subject in dead:
            key = tier_key(tier)
            why = f"本人已去世，仍认定为{place.title(key)}"
            yield Line(ENDED, subject, home, subject, village, (key,), why, (key,), (), *place.clause(ENDED, key))


def _refused(session: Session, actor: Actor, place: Place, wanted: Wanted, running: list[Any], tiers: pl.DataFrame) -> list[dict[str, Any]]:
    """Subjects with aid whose programme, or with a tier of which every programme, the rules refuse."""
    book = place.book
    of_tier = {rule.id: rule.tier for rule in book.programmes if rule.tier and book.body(rule, place.jurisdiction)}
    watched = sorted({row.programme for row in running if row.programme in book.by_id} | of_tier.keys())
    refused = letters(session, actor, place, wanted, watched, NOT_ELIGIBLE, queries.having_aid(place.on))
    has = pl.DataFrame([(row.subject_id, row.programme) for row in running], schema=dict.fromkeys(KEYS, pl.String), orient="row")
    by_aid = refused.join(has.unique(), on=KEYS).with_columns(first=pl.col("programme"))
    each = {tier: sum(t == tier for t in of_tier.values()) for tier in of_tier.values()}
    named = refused.filter(pl.col("programme").is_in(list(of_tier)))
    named = named.with_columns(tier=pl.col("programme").replace_strict(of_tier, default=None, return_dtype=pl.String))
    named = named.join(tiers.select("subject_id", "tier"), on=["subject_id", "tier"])
    whose = named.group_by("subject_id", "household_id", "village_code", "subject", "tier")
    by_tier = whose.agg(pl.len().alias("n"), pl.col("programme").min().alias("first"))
    by_tier = by_tier.filter(pl.col("n") == pl.col("tier").replace_strict(each, default=0, return_dtype=pl.Int64))
    by_tier = by_tier.with_columns(programme=pl.lit(TIER) + pl.col("tier"))
    columns = ["subject_id", "household_id", "village_code", "subject", "programme", "first"]
    found = pl.concat([by_aid.select(columns), by_tier.select(columns)])
    return list(found.sort("village_code", "household_id", "subject_id", "programme").iter_rows(named=True))


def _leaving(session: Session, actor: Actor, place: Place, homes: set[str]) -> set[str]:
    """Households in their gradual exit (渐退期): what they draw they draw by rule."""
    known = queries.documents(session, actor.county, homes)
    return {home for home, document in known.items() if EXIT in document and date.fromisoformat(document[EXIT][0]) >= place.on}


def _of_aid(kind: str, place: Place, rows: tuple[Any, ...], programmes: tuple[str, ...], why: str, pair: Any = None) -> Line:
    row = rows[0]
    cite, reference = (pair.cite, pair.reference) if pair else place.clause(kind, programmes[-1])
    return Line(kind, row.subject_id, row.household_id, row.person_id, row.village_code, programmes, why,
                tuple(each.id for each in rows), (), cite, reference)  # fmt: skip
