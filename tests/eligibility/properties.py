"""Properties of the real rule books over random households: ``python -m tests.eligibility.properties --count 10000``.

Households are made and judged as whole frames; a household that breaks a property is then shrunk: persons and facts are taken
away as long as it still breaks it.
"""

import argparse
import random
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

import polars as pl

from fieldsvc.eligibility.determination import FactValue
from fieldsvc.eligibility.evaluate import evaluate, plan_of
from fieldsvc.eligibility.explain import Explanation, worked_through
from fieldsvc.eligibility.miss import nearest_miss
from fieldsvc.eligibility.plan import Tier, verdict_column
from fieldsvc.eligibility.replay import replay, snapshot
from fieldsvc.eligibility.rulebook import RuleBook
from fieldsvc.eligibility.vocabulary import NO_TIER, RECOGNISED_TIER, TIER, Fact

MEANS = ("civil.tekun", "civil.dibao", "civil.dibao_margin", "civil.rigid_expense")
"""Programmes tested on means; more income may lead from one tier to the next, never from none of them into one."""
INCOME = "income_month"
MISSES = 0.02
"""Of so many refusals the nearest miss is looked for and tried."""


@dataclass(frozen=True)
class Home:
    """A random household: its facts, and those of its persons by id, as stored (JSON values)."""

    id: str
    facts: dict[str, Any]
    persons: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class World:
    """The rules under test, at a place and on a day."""

    book: RuleBook
    place: str
    on: date

    def frames(self, homes: list[Home]) -> tuple[pl.DataFrame, pl.DataFrame]:
        people = [{"person_id": p, "household_id": h.id, **f} for h in homes for p, f in h.persons.items()]
        houses = [{"household_id": h.id, **h.facts} for h in homes]
        return self._frame(people, "person", ["person_id", "household_id"]), self._frame(houses, "household", ["household_id"])

    def _frame(self, rows: list[dict[str, Any]], subject: str, keys: list[str]) -> pl.DataFrame:
        facts = [f for f in self.book.vocabulary.facts.values() if f.subject == subject]
        schema = dict.fromkeys(keys, pl.String) | {f.name: {"bool": pl.Boolean, "integer": pl.Int64}.get(f.type, pl.String) for f in facts}
        return pl.DataFrame(rows, schema=schema)

    def verdicts(self, homes: list[Home]) -> dict[tuple[str, str], str]:
        """``{(subject, programme): letter}`` for every household at once."""
        results = evaluate(self.book, self.place, self.on, *self.frames(homes))
        found = {}
        for subject, rows in (("person", results.persons), ("household", results.households)):
            order = self.book.order(subject)
            for who, packed in rows.select(f"{subject}_id", "verdicts").iter_rows():
                found |= {(who, rule): letter for rule, letter in zip(order, packed, strict=True)}
        return found

    def tiers(self, homes: list[Home]) -> dict[str, str | None]:
        results = evaluate(self.book, self.place, self.on, *self.frames(homes))
        return dict(results.persons.select("person_id", TIER).iter_rows())

    def explained(self, home: Home) -> Explanation:
        given = {p: _given(facts) for p, facts in home.persons.items()}
        return worked_through(self.book, self.place, self.on, _given(home.facts), given, home.id)


def _given(facts: dict[str, Any]) -> dict[str, FactValue]:
    return {name: FactValue(value) for name, value in facts.items() if value is not None}


SIZES = (0, 1, 1, 2, 3, 5)


def homes(world: World, seed: int, count: int, sizes: tuple[int, ...] = SIZES) -> list[Home]:
    """Households of none to five persons; how much is known of each differs from household to household."""
    chance = random.Random(seed)
    facts = {s: [f for f in world.book.vocabulary.facts.values() if f.subject == s and f.name != TIER] for s in ("person", "household")}
    return [_home(world, chance, number, facts, sizes) for number in range(count)]


def _home(world: World, chance: random.Random, number: int, facts: dict[str, list[Fact]], sizes: tuple[int, ...]) -> Home:
    known = chance.choice([0.3, 0.8, 0.97, 1.0])

    def some(subject: str) -> dict[str, Any]:
        return {f.name: _value(f, chance, world.on) for f in facts[subject] if chance.random() < _odds(f, known)}

    persons = {f"h{number}p{n}": some("person") for n in range(chance.choice(sizes))}
    return Home(f"h{number}", some("household"), persons)


def _odds(fact: Fact, known: float) -> float:
    """Few are recognised already: the rest of the rules would hardly be reached otherwise."""
    return 0.2 if fact.name == RECOGNISED_TIER else known


def _value(fact: Fact, chance: random.Random, on: date) -> Any:
    if fact.type == "bool":
        return chance.random() < 0.4
    if fact.choices:
        return chance.choice(list(fact.choices))
    if fact.type == "date":
        return (on - timedelta(chance.randrange(33_000 if "birth" in fact.name else 1_500))).isoformat()
    if fact.type == "integer":
        return chance.choice([0, 1, 2, 3, 4, 6, 12, 30])
    if fact.type in ("money", "number"):
        return str(chance.choice([0, 0, 400, 800, 979, 980, 1120, 1300, 2000, 9000, 30000, 200000]))
    return chance.choice(["甲", "乙"])


Property = Callable[[World, list[Home]], Iterator[tuple[Home, str]]]


def highest_priority(world: World, given: list[Home]) -> Iterator[tuple[Home, str]]:
    """The tier is the first of the jurisdiction's order whose programmes are met, and none before it is met or undecided."""
    step = next((s for s in plan_of(world.book, world.place, world.on).steps if isinstance(s, Tier)), None)
    if step is None or not step.ordered:
        return
    tiers, verdicts = world.tiers(given), world.verdicts(given)
    for home in given:
        for person, facts in home.persons.items():
            recognised = facts.get(RECOGNISED_TIER)
            wanted = recognised if recognised not in (None, NO_TIER) else _first(step, person, verdicts)
            if tiers[person] != wanted:
                yield home, f"{person}: tier {tiers[person]}, the order gives {wanted}"


def _first(step: Tier, person: str, verdicts: dict[tuple[str, str], str]) -> str | None:
    for tier, columns in step.choices:
        letters = [verdicts[person, column.removeprefix("rule:")] for column in columns]
        if "e" in letters:
            return tier
        if "u" in letters or not letters:
            return None
    return NO_TIER


def more_income(world: World, given: list[Home]) -> Iterator[tuple[Home, str]]:
    """Raising every known income never turns a refusal in all means-tested tiers up to one into a grant of that one.

    A text may give the margin a lower end (会宁 一(三)「1-1.5倍」): who is below it is too poor for the margin, not too rich, so
    the end is left out here.
    """
    world = _without_lower_end(world)
    raised = [_raised(home) for home in given]
    before, after = world.verdicts(given), world.verdicts(raised)
    programmes = [p for p in MEANS if p in world.book.by_id and world.book.by_id[p].subject == "person"]
    for home in given:
        for person in home.persons:
            for place, programme in enumerate(programmes):
                refused = all(before[person, p] == "n" for p in programmes[: place + 1])
                if refused and after[person, programme] == "e":
                    yield home, f"{person}: {programme} granted at a higher income"


def _without_lower_end(world: World) -> World:
    policy = world.book.policy
    open_ended = tuple(
        replace(p, value=["-1000", p.value[1]]) if p.name == "civil_margin_income_multiplier" and isinstance(p.value, list) else p
        for p in policy.parameters
    )
    return replace(world, book=replace(world.book, policy=replace(policy, parameters=open_ended)))


def _raised(home: Home) -> Home:
    def more(facts: dict[str, Any]) -> dict[str, Any]:
        return facts | ({INCOME: str(int(facts[INCOME]) + 700)} if facts.get(INCOME) is not None else {})

    return replace(home, persons={p: more(f) for p, f in home.persons.items()})


def less_known(world: World, given: list[Home]) -> Iterator[tuple[Home, str]]:
    """Forgetting facts never turns a yes into a no or a no into a yes."""
    chance = random.Random(len(given))
    forgotten = [_forgetful(home, chance) for home in given]
    before, after = world.verdicts(given), world.verdicts(forgotten)
    for home in given:
        for who in (home.id, *home.persons):
            for rule in world.book.order("household" if who == home.id else "person"):
                if {before[who, rule], after[who, rule]} == {"e", "n"}:
                    yield home, f"{who}: {rule} {before[who, rule]} → {after[who, rule]} when less is known"


def _forgetful(home: Home, chance: random.Random) -> Home:
    def kept(facts: dict[str, Any]) -> dict[str, Any]:
        return {n: v for n, v in facts.items() if n == RECOGNISED_TIER or chance.random() > 0.15}

    return replace(home, facts=kept(home.facts), persons={p: kept(f) for p, f in home.persons.items()})


def misses_flip(world: World, given: list[Home]) -> Iterator[tuple[Home, str]]:
    """Applying a nearest miss to the stored facts turns the refusal, by the vectorised engine too."""
    mended: list[Home] = []
    expected: list[tuple[Home, str, str, str]] = []
    for home in given:
        for rule, who, miss in _misses(world, home):
            changed = _with(home, f"{home.id}m{len(mended)}", miss.subject_id, miss.fact, _stored(miss.value))
            mended.append(changed)
            expected.append((home, rule, changed.id if who is None else f"{changed.id}/{who}", miss.becomes))
    verdicts = world.verdicts(mended) if mended else {}
    for home, rule, subject, letter in expected:
        if verdicts[subject, rule] != letter:
            yield home, f"{rule}: the miss promised {letter}, found {verdicts[subject, rule]}"


def _misses(world: World, home: Home) -> Iterator[tuple[str, str | None, Any]]:
    explanation = world.explained(home)
    chance = random.Random(home.id)
    for rule in world.book.programmes:
        for who in [None] if rule.subject == "household" else list(home.persons):
            refused = explanation.state.get(who)(verdict_column(rule.id)) is False
            if refused and chance.random() < MISSES and (miss := nearest_miss(explanation, rule, who)) is not None:
                yield rule.id, who, miss


def _with(home: Home, id: str, subject: str, fact: str, value: Any) -> Home:
    persons = {f"{id}/{p}": facts | ({fact: value} if p == subject else {}) for p, facts in home.persons.items()}
    return Home(id, home.facts | ({fact: value} if subject == home.id else {}), persons)


def _stored(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value if isinstance(value, bool) else str(value)


def replays(world: World, given: list[Home]) -> Iterator[tuple[Home, str]]:
    """A stored determination gives the same bytes again, from the stored rules and facts (one household in twenty)."""
    rules = world.book.to_json()
    for home in given[::20]:
        facts, persons = _given(home.facts), {p: _given(f) for p, f in home.persons.items()}
        kept = snapshot(world.book, world.place, world.on, facts, persons, home.id).to_json()
        if replay(rules, kept) != world.explained(home).determination().to_json():
            yield home, "another determination"


PROPERTIES: dict[str, Property] = {
    "highest priority": highest_priority, "more income": more_income, "less known": less_known, "misses flip": misses_flip,
    "replays": replays,
}  # fmt: skip


def failures(world: World, given: list[Home], names: list[str] | None = None) -> Iterator[tuple[str, Home, str]]:
    """The first household that breaks each property, shrunk."""
    for name in names or list(PROPERTIES):
        broken = next(PROPERTIES[name](world, given), None)
        if broken is not None:
            yield name, *shrunk(world, name, *broken)


def shrunk(world: World, name: str, home: Home, told: str) -> tuple[Home, str]:
    """The household with every person and fact taken away that the failure does not need."""
    smaller = True
    while smaller:
        smaller = False
        for each in _smaller(home):
            again = next(PROPERTIES[name](world, [each]), None)
            if again is not None:
                (home, told), smaller = again, True
                break
    return home, told


def _smaller(home: Home) -> Iterator[Home]:
    """Without a person; without half of somebody's facts, a quarter, down to one."""
    for person in home.persons:
        yield replace(home, persons={p: f for p, f in home.persons.items() if p != person})
    for facts in _fewer(home.facts):
        yield replace(home, facts=facts)
    for person, known in home.persons.items():
        for facts in _fewer(known):
            yield replace(home, persons=home.persons | {person: facts})


def _fewer(facts: dict[str, Any]) -> Iterator[dict[str, Any]]:
    names, size = list(facts), len(facts)
    while size > 1:
        size = (size + 1) // 2
        for start in range(0, len(names), size):
            left_out = set(names[start : start + size])
            yield {n: v for n, v in facts.items() if n not in left_out}
    if len(names) == 1:
        yield {}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    from .test_properties import worlds

    failed = 0
    for world in worlds():
        given = homes(world, asked.seed, asked.count)
        found = list(failures(world, given))
        persons = sum(len(h.persons) for h in given)
        told = f"{len(found)} of {len(PROPERTIES)} properties broken"
        print(f"{world.place} {world.on}: {len(given)} households, {persons} persons, {told}", flush=True)
        for name, home, why in found:
            print(f"  {name}: {why}\n  {home}")
        failed += len(found)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
