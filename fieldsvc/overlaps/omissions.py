"""遗漏救助: who fits a programme, has nothing of it, and nobody is at it. Worked out over the stored verdicts of a whole region."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import polars as pl
from sqlalchemy.orm import Session

from fieldsvc.accounts.rules import Actor
from fieldsvc.eligibility.evaluate import plan_of
from fieldsvc.eligibility.oracle import value_of
from fieldsvc.eligibility.plan import ELIGIBLE, ORDER_PARAMETER, Expression, unless_column
from fieldsvc.eligibility.reading import read
from fieldsvc.eligibility.tree import facts_of
from fieldsvc.kit.clock import CHINA
from fieldsvc.policy.book import Found

from . import queries
from .rules import OMISSION, TIER, Line, Place, Wanted, can_be_left_out, ranks

KEYS = ["subject_id", "programme"]


def lines(session: Session, actor: Actor, place: Place, wanted: Wanted) -> Iterator[Line]:
    """By village, household and programme."""
    fits = _fits(session, actor, place, wanted)
    fits = fits.join(queries.taken_up(session, actor, wanted, place.on), on=KEYS, how="anti")
    fits = _without_tier(fits, queries.tiers(session, actor, wanted), place)
    fits = _not_applied(fits, queries.applied(session, actor, wanted), place)
    fits = fits.join(queries.alerted(session, actor, wanted), on=KEYS, how="left")
    fits = fits.filter(pl.col("alert").is_null() | (pl.lit(wanted.alerted) & pl.col("open")))
    fits = _not_received(session, actor, fits, place, wanted)
    cites = {one: _cite(place, one) for one in fits["programme"].unique()}
    for row in fits.sort("village_code", "household_id", "subject_id", "programme").iter_rows(named=True):
        yield _line(row, place, *cites[row["programme"]])


def _fits(session: Session, actor: Actor, place: Place, wanted: Wanted) -> pl.DataFrame:
    """Who fits what can be left out. What the rules watch raises an alert when it is known not to be received, so that in a whole
    region those with an alert are looked at, and all of them only when unsure ones are wanted."""
    chosen = programmes(place, wanted)
    tiered = [one for one in chosen if place.book.by_id[one].tier]
    if wanted.programme or wanted.household or wanted.unsure:
        return letters(session, actor, place, wanted, chosen, ELIGIBLE)
    found = letters(session, actor, place, wanted, tiered, ELIGIBLE)
    if not wanted.alerted:
        return found
    watched = [one for one in chosen if one not in tiered]
    return pl.concat([found, letters(session, actor, place, wanted, watched, ELIGIBLE, queries.being_alerted())])


def programmes(place: Place, wanted: Wanted) -> list[str]:
    if wanted.programme:
        return [wanted.programme] if wanted.programme in place.book.by_id else []
    found = (rule for rule in place.book.programmes if can_be_left_out(rule))
    return [rule.id for rule in found if place.book.body(rule, place.jurisdiction) is not None]


def letters(session: Session, actor: Actor, place: Place, wanted: Wanted, chosen: list[str], letter: str, *more: Any) -> pl.DataFrame:
    """subject_id, household_id, village_code, subject, programme: of which programmes the packed verdict has the letter. Rows that
    are alike are read once."""
    frame = queries.verdicts(session, actor, wanted, place.book, dict.fromkeys(chosen, letter), *more)
    alike, parts = frame.select("subject", "verdicts").unique(), []
    for subject in ("person", "household"):
        order = place.book.order(subject)  # type: ignore[arg-type]
        mine = alike.filter(pl.col("subject") == subject)
        parts += [mine.filter(pl.col("verdicts").str.slice(order.index(one), 1) == letter).with_columns(programme=pl.lit(one))
                  for one in chosen if one in order]  # fmt: skip
    who = "subject_id", "household_id", "village_code", "subject"
    if not parts:
        return frame.select(*who, programme=pl.lit("")).clear()
    return frame.join(pl.concat(parts), on=["subject", "verdicts"]).select(*who, "programme")


def _without_tier(fits: pl.DataFrame, tiers: pl.DataFrame, place: Place) -> pl.DataFrame:
    """Of the tiers a person fits only the first in order counts, and only where it goes before the one they have."""
    order = ranks(tier_order(place))
    behind = len(order)
    own = {rule.id: order.get(rule.tier, behind) for rule in place.book.programmes if rule.tier}
    ranked = fits.with_columns(rank=pl.col("programme").replace_strict(own, default=None, return_dtype=pl.Int64))
    has = tiers.select("subject_id", has=pl.col("tier").replace_strict(order, default=behind, return_dtype=pl.Int64))
    ranked = ranked.join(has, on="subject_id", how="left").with_columns(first=pl.col("rank").min().over("subject_id"))
    first = (pl.col("rank") == pl.col("first")) & (pl.col("rank") < pl.col("has").fill_null(behind + 1))
    kept = ranked.filter(pl.col("rank").is_null() | first)
    once = pl.col("rank").is_null() | pl.struct("subject_id", "rank").is_first_distinct()
    return kept.filter(once).drop("rank", "has", "first")


def tier_order(place: Place) -> tuple[str, ...]:
    """The place's order, else the order in which the tiers are named everywhere."""
    answer = place.book.policy.at(place.jurisdiction, ORDER_PARAMETER, place.on)
    if isinstance(answer, Found) and isinstance(answer.value, tuple):
        return tuple(map(str, answer.value))
    return tuple(place.titles)


def _not_applied(fits: pl.DataFrame, applied: pl.DataFrame, place: Place) -> pl.DataFrame:
    """An open application covers every tier, of the person or of the whole household."""
    tiered = pl.col("programme").is_in([rule.id for rule in place.book.programmes if rule.tier])
    whole = applied.filter(pl.col("person_id").is_null())["household_id"].implode()
    one = applied["person_id"].drop_nulls().implode()
    return fits.filter(~(tiered & (pl.col("household_id").is_in(whole) | pl.col("subject_id").is_in(one))))


def _not_received(session: Session, actor: Actor, fits: pl.DataFrame, place: Place, wanted: Wanted) -> pl.DataFrame:
    """What the rules read as "has it already" (``unless``) is looked up for those who are left and for whom no alert says it; what
    nobody has asked yet is a question and no omission, unless it is wanted."""
    plan = plan_of(place.book, place.jurisdiction, place.on)
    steps = {step.name: step for step in plan.steps if isinstance(step, Expression)}
    nodes = {p: steps[unless_column(p)].node for p in fits["programme"].unique() if unless_column(p) in steps}
    asked = fits.filter(pl.col("programme").is_in(list(nodes)) & pl.col("alert").is_null())
    if asked.is_empty():
        return fits
    known = queries.documents(session, actor.county, [*asked["subject_id"].unique(), *asked["household_id"].unique()])
    told: dict[Any, bool | None] = {}
    dropped: list[bool] = []
    for subject, home, programme in asked.select("subject_id", "household_id", "programme").iter_rows():
        values = {name: _value(place, known, subject, home, name) for name in facts_of(nodes[programme])}
        key = programme, tuple(values.items())
        if key not in told:
            told[key] = value_of(nodes[programme], plan, values.get)
        dropped.append(told[key] is True or (told[key] is None and not wanted.unsure))
    gone = asked.filter(pl.Series(dropped, dtype=pl.Boolean)).select(KEYS)
    return fits.join(gone, on=KEYS, how="anti")


def _value(place: Place, known: dict[str, dict[str, Any]], subject: str, home: str, name: str) -> Any:
    fact = place.book.vocabulary.facts.get(name)
    entry = (known.get(subject, {}) if fact is None or fact.subject == "person" else known.get(home, {})).get(name)
    if fact is None or entry is None:
        return None
    day = datetime.fromisoformat(entry[1]).astimezone(CHINA).date()
    return read(fact, entry[0]) if place.book.vocabulary.still_known(name, day, place.on) else None


def _cite(place: Place, programme: str) -> tuple[Any, str]:
    cite, reference = place.cite_of(programme)
    return (cite, reference) if cite or reference else place.clause(OMISSION, programme)


def _line(row: dict[str, Any], place: Place, cite: Any, reference: str) -> Line:
    programme = row["programme"]
    person = row["subject_id"] if row["subject"] == "person" else None
    why = f"符合“{place.title(programme)}”条件，没有享受，也没有申请、转办{'' if row['alert'] else '或预警'}"
    return Line(OMISSION, row["subject_id"], row["household_id"], person, row["village_code"], (programme,), why, (programme,),
                cite=cite, reference=reference, alert=row["alert"])  # fmt: skip


def tier_key(tier: str) -> str:
    return TIER + tier
