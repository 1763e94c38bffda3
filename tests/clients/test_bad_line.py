"""What a village network does to a sync: lost answers, killed pages, a phone that dies, a server restored from a backup."""

import pytest

from fieldsvc.kit.errors import Problem
from fieldsvc.sync import push
from tests.clients.agreement import agrees, verdicts
from tests.clients.phones import PhoneDied
from tests.clients.world import GOOD, World, in_process, publish


def test_paging_by_twenty_ends_as_one_page_does(world):
    phone = world.phone("ann", sync=False)
    phone.options(limit=20)
    assert len(phone.sync()["rounds"]) >= 4
    agrees(world, phone)


@pytest.mark.parametrize("place", ["pulled", "applied"])
def test_any_page_may_be_killed_and_asked_again(world, tmp_path, place):
    phone = world.phone("ann", database=tmp_path / "phone.db", sync=False)
    cursors, kills = [], 0
    while True:
        phone.options(limit=20)
        page = phone.sync(max_rounds=1)["rounds"][0]
        if not page["more"]:
            break
        phone.options(die_at=place)
        with pytest.raises(PhoneDied):
            phone.sync(max_rounds=1)
        phone.restart()
        cursors.append(phone.cursor()["cursor"])
        kills += 1
    assert kills > 2 and cursors == sorted(cursors)
    agrees(world, phone)


def test_lost_page_is_asked_again(world):
    phone = world.phone("ann", sync=False)
    phone.options(limit=20, drop_pull=1)
    assert phone.try_sync() == "LostResponse"
    phone.sync()
    agrees(world, phone)


def test_phone_killed_after_the_push_was_taken_in(world, tmp_path):
    phone = world.phone("ann", database=tmp_path / "phone.db")
    visit = phone.visit(world.one("ann"), world.form(phone), GOOD)
    phone.options(die_at="pushed")
    with pytest.raises(PhoneDied):
        phone.sync()
    phone.restart()
    assert verdicts(phone.sync()) == {visit: "duplicate"}
    phone.settle()
    agrees(world, phone)


def test_unknown_epoch_heals_without_losing_unsent_work(world):
    phone = world.phone("ann")
    household = world.one("ann")
    visit = phone.visit(household, world.form(phone), GOOD)
    phone.edit("households", household, address="未上报的地址")
    phone.hold_epoch("an epoch of long ago")
    phone.options(limit=20)
    answer = phone.sync()
    assert len(answer["rounds"]) >= 4, "an unknown epoch starts from the beginning"
    assert verdicts(answer) == {visit: "applied", household: "applied"}
    phone.settle()
    assert phone.rows("households")[household]["address"] == "未上报的地址"
    agrees(world, phone, except_for="previous pulled-at time was greater")


def test_lost_response_then_retry_is_one_row(world):
    phone = world.phone("ann")
    visit = phone.visit(world.one("ann"), world.form(phone), GOOD)
    phone.options(drop_push=1)
    assert phone.try_sync() == "LostResponse" and phone.pending()["count"] == 1
    again = phone.sync()["verdicts"]
    assert [(verdict["verdict"], verdict["first"]) for verdict in again] == [("duplicate", "applied")]
    assert world.visits(visit) == [1]
    phone.settle()
    agrees(world, phone)


def test_record_the_server_failed_at_stays_dirty_and_goes_in_later(packages, site, monkeypatch):
    """``retry``: nothing stored. The server runs in this process, so that one record can be made to fail."""
    publish(site)
    with in_process(site) as url:
        world = World(site, url)
        world.seed()
        phone = world.phone("ann")
        good, bad = sorted(world.caseload("ann"))[:2]
        for household in (good, bad):
            phone.edit("households", household, address="新址")
        with monkeypatch.context() as patch:
            patch.setattr(push, "apply_or_set_aside", failing_at(bad))
            assert verdicts(phone.sync()) == {good: "applied", bad: "retry"}
        assert phone.pending()["ids"] == {"households": [bad]}
        assert verdicts(phone.sync()) == {bad: "applied"}
        phone.settle()
        agrees(world, phone)
        world.close()


def failing_at(record_id):
    real = push.apply_or_set_aside

    def apply(session, site, common, one):
        if one.id == record_id:
            raise Problem(500, "failed", "这条记录未能保存，请稍后重试。")
        return real(session, site, common, one)

    return apply
