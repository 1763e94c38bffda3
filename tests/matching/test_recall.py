"""A synthetic county with planted cases: who is found, who is mistaken for somebody else."""

import pytest

from tests.matching.county import as_csv, made, register
from tests.matching.measure import measured


@pytest.mark.parametrize("seed", [1, 7])
def test_planted_cases_are_found_and_nobody_is_mistaken(named, deliver, seed):
    county = made(seed, 3_000, 2_000)
    register(named, county)
    run = deliver(None, data=as_csv([row.cells for row in county.rows]))
    assert run["counts"]["read"] == 2_000, run
    found = measured(named, run["id"], county)
    assert found.recall["same_number"] == 1.0 and found.exact["same_number"] == 1.0, found.missed[:5]
    assert found.recall["name_birth"] >= 0.95, found.missed[:5]
    assert found.exact["name_birth"] == 0, "what is not found by its number is for somebody to look at"
    assert found.precision == 1.0 and found.proposed_precision >= 0.99, found
