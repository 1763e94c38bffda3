"""Syncs with random edits, faults and changes of caseload: some here, a thousand and more by command;
``FIELDSVC_CAMPAIGN=1000:7`` means 1,000 of seed 7."""

import os

import pytest

from tests.clients.campaign import Campaign, Hands


def campaign_size() -> tuple[int, int]:
    """Syncs and seed."""
    syncs, _, seed = os.environ.get("FIELDSVC_CAMPAIGN", "120").partition(":")
    return int(syncs), int(seed or 1)


@pytest.mark.slow
def test_many_syncs_from_three_phones_end_in_agreement(live_world, tmp_path):
    """Ann on two phones, Bob on one that keeps its store on disk; households change hands meanwhile."""
    world, (syncs, seed) = live_world, campaign_size()
    phones = [world.phone("ann"), world.phone("ann"), world.phone("bob", database=tmp_path / "bob.db")]
    hands = Hands(fresh=lambda phone: world.phone(phone.worker), move=world.swap, quiet=world.screened)
    campaign = Campaign(phones, hands, seed)
    campaign.run(syncs)
    found = campaign.differences()
    assert not found, f"{len(found)} differences:\n" + "\n".join(found[:40])
    assert [line for phone in phones for line in phone.diagnostics()] == []
    assert world.set_aside() == {}
    assert {visit for visit in campaign.written if not world.visits(visit)} == set()
    print(f"seed {seed}: {dict(campaign.done)}, {len(campaign.written)} visits")
