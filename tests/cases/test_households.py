"""Every golden household in every place, and the 25 points at which the texts contradict each other or themselves."""

from dataclasses import replace

import pytest

from .golden import kind_of, mistakes, read_households, shown_points

HOUSEHOLDS = read_households()
ROWS = [(h, row) for h in HOUSEHOLDS for row in h.case.expect]
POINTS = set(range(1, 26))


@pytest.mark.parametrize(
    ("household", "row"), ROWS, ids=[f"{h.file[:-5]}-{r['jurisdiction']}-{r[kind_of(r)]}" for h, r in ROWS]
)
def test_household(books, household, row):
    assert mistakes(books, household, row) == []


def test_there_are_at_least_sixty_households():
    assert len(HOUSEHOLDS) >= 60


def test_every_point_is_shown_by_a_household_that_differs_between_places():
    assert shown_points(HOUSEHOLDS) == POINTS


@pytest.mark.parametrize("point", sorted(POINTS))
def test_a_point_without_its_households_is_missed(point):
    without = [replace(h, points=tuple(p for p in h.points if p != point)) for h in HOUSEHOLDS]
    assert shown_points(without) == POINTS - {point}


def test_a_point_whose_places_agree_is_missed():
    household = next(h for h in HOUSEHOLDS if h.points == (14,))
    same = tuple({**row, "verdict": "eligible"} for row in household.case.expect)
    assert shown_points([replace(household, case=replace(household.case, expect=same))]) == set()


def test_a_wrong_expectation_is_seen(books):
    for kind, wrong in (("programme", {"verdict": "off"}), ("parameter", {"value": 0}), ("duty", {"office": "外星局"})):
        household, row = next((h, r) for h, r in ROWS if kind_of(r) == kind)
        assert mistakes(books, household, {**row, **wrong})
    household, row = next((h, r) for h, r in ROWS if kind_of(r) == "standard")
    assert mistakes(books, household, {**row, "states": {"gap": "fine"}})
