"""The properties hold for random households under the real rules; each of them can fail."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from fieldsvc.departments.load import load_departments
from fieldsvc.eligibility.state import Changed, run
from fieldsvc.kit.settings import Settings

from . import properties
from .properties import PROPERTIES, World, failures, homes

ROOT = Path(__file__).resolve().parents[2]
DAYS = {"jiaozhou": date(2026, 3, 1), "huining": date(2023, 6, 1), "zhangdian": date(2023, 6, 1), "puning": date(2023, 6, 1),
        "changle": date(2023, 6, 1)}  # fmt: skip
"""The five places; Zhangdian stands for Zibo, whose text it forwards."""
COUNT = 500


@cache
def world(place: str) -> World:
    """The place with every department's sample supplements."""
    files = [ROOT / f"fieldsvc/civil/sample/{place}.toml", *sorted(ROOT.glob(f"plugins/*/fieldsvc_*/sample/{place}.toml"))]
    samples = tuple(file for file in files if file.is_file())
    return World(load_departments(Settings(Path("unused"), "sqlite://", supplements=samples)).rulebook, place, DAYS[place])


def worlds() -> Iterator[World]:
    yield from map(world, DAYS)


@cache
def given(place: str) -> list[properties.Home]:
    return homes(world(place), 7, COUNT)


@pytest.mark.parametrize("name", PROPERTIES)
@pytest.mark.parametrize("place", DAYS)
def test_holds(place, name):
    assert list(failures(world(place), given(place), [name])) == []


def test_the_households_reach_every_answer_and_tier():
    letters = set(world("jiaozhou").verdicts(given("jiaozhou")).values())
    assert {"e", "n", "u"} <= letters
    assert {"tekun", "dibao", "dibao_margin", "none", None} <= set(world("jiaozhou").tiers(given("jiaozhou")).values())


def test_a_broken_rule_book_is_caught_and_the_household_shrunk():
    """With the comparison of 低保 turned round, more income grants it."""
    sound = world("jiaozhou")
    turned = tuple(
        replace(p, value=p.value.replace("<", ">")) if p.name == "dibao_income_test" else p for p in sound.book.policy.parameters
    )
    broken = replace(sound, book=replace(sound.book, policy=replace(sound.book.policy, parameters=turned)))
    ((name, home, told),) = failures(broken, given("jiaozhou"), ["more income"])
    assert name == "more income" and "civil.dibao" in told
    assert len(home.persons) <= 2 and len(home.facts) <= 8


@pytest.mark.parametrize("place", ["jiaozhou", "huining"])
def test_a_changed_fact_leaves_alone_only_what_does_not_stand_on_it(place):
    """What ``Changed`` takes over from the household as it was is what working everything out again would give."""
    chance = random.Random(3)
    for home in given(place)[:25]:
        before = world(place).explained(home).state
        facts = world(place).book.vocabulary.facts
        whole = {None: dict(before.household), **{p: dict(row) for p, row in before.persons.items()}}
        for owner in whole:
            name = chance.choice([n for n in before.plan.facts if facts[n].subject == ("household" if owner is None else "person")])
            value = chance.choice([None, *(row[name] for row in whole.values() if name in row)])
            changed = {who: row | ({name: value} if who == owner else {}) for who, row in whole.items()}
            again = run(before.plan, changed[None], {who: row for who, row in changed.items() if who is not None})
            now = Changed(before, name, owner, value)
            for step in before.plan.steps:
                for who in [None] if step.subject == "household" else before.persons:
                    assert now.get(who)(step.name) == again.get(who)(step.name), (name, step.name)
