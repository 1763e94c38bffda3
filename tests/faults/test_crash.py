"""SIGKILL under load, a short campaign; the long one is ``python -m tests.faults.crash --count 40``."""

import os

import pytest

from tests.support.jiaozhou import sampled

from .crash import Campaign

KILLS = int(os.environ.get("FIELDSVC_CRASHES", "4"))


@pytest.mark.slow
def test_killed_under_load_nothing_is_lost_and_nothing_happens_twice(site):
    campaign = Campaign(sampled(site), seed=KILLS, homes=12, pause=(0.1, 0.5))
    assert campaign.run(KILLS) == [], campaign.report()
    assert campaign.ledger.counts["pushes sent again"] > 0, "no kill has met a push"
    assert campaign.ledger.counts["visits acknowledged"] > KILLS
