"""A client nobody here wrote: stock WatermelonDB 0.28 does the whole job with its own ``synchronize()``."""

import json
import threading
from contextlib import contextmanager

import pytest
from werkzeug.serving import make_server

from fieldsvc.app import create_app
from fieldsvc.kit.errors import Problem
from fieldsvc.sync import push
from tests.clients.agreement import compare
from tests.clients.campaign import Campaign, Hands
from tests.clients.phones import PhoneDied, PhoneError
from tests.clients.world import World, campaign_size, publish

GOOD, OTHER = {"note": "甲"}, {"note": "乙"}
HOLDER = "37028119500501001X"


def verdicts(answer):
    return {verdict["id"]: verdict["verdict"] for verdict in answer["verdicts"]}


def pulled(answer):
    """Records received in a sync, all pages."""
    return sum(sum(map(sum, page["pulled"].values())) for page in answer["rounds"])


def agrees(world, phone, except_for="nothing"):
    """The phone holds what a new phone of the same worker would get, and WatermelonDB had nothing to complain of."""
    fresh = world.phone(phone.worker)
    assert compare("phone", phone.dump(), fresh.dump()) == []
    assert [line for line in phone.diagnostics() + fresh.diagnostics() if except_for not in line] == []


def test_first_sync_brings_the_caseload_and_nothing_else(world):
    phone = world.phone("ann")
    held = phone.dump()
    assert {row["id"] for row in held["households"]} == world.caseload("ann")
    assert {row["household_id"] for row in held["persons"]} == world.caseload("ann")
    assert held["forms"] and phone.pending()["count"] == 0
    assert phone.diagnostics() == []


def test_numbers_arrive_masked(world):
    phone = world.phone("ann")
    numbers = [row["id_number"] for row in phone.dump("persons")["persons"] if row["id_number"]]
    assert numbers and all("*" in number for number in numbers)


def test_second_sync_brings_nothing(world):
    phone = world.phone("ann")
    assert pulled(phone.sync()) == 0


def test_incremental_sync_brings_only_what_changed(world):
    phone, other = world.phone("ann"), world.phone("ann")
    household = world.one("ann")
    other.edit("households", household, address="新址一号")
    other.sync()
    answer = phone.sync()
    assert answer["rounds"][0]["pulled"] == {"households": [0, 1, 0]}
    assert phone.rows("households")[household]["address"] == "新址一号"


def test_offline_work_goes_in_and_comes_back_with_its_revision(world):
    phone = world.phone("ann")
    household = world.one("ann")
    phone.options(offline=True)
    visit = phone.visit(household, world.form(phone), GOOD)
    phone.edit("households", household, address="村西头")
    assert phone.try_sync() == "Offline" and phone.pending()["count"] == 2
    phone.options(offline=False)
    given = verdicts(phone.sync())
    assert given == {visit: "applied", household: "applied"}
    phone.sync()
    row = phone.rows("visits")[visit]
    assert (row["revision"], row["author_id"]) == (1, phone.user["id"])
    assert json.loads(row["answers"]) == GOOD
    agrees(world, phone)


def test_changed_visit_becomes_a_revision(world):
    phone = world.phone("ann")
    visit = phone.visit(world.one("ann"), world.form(phone), GOOD)
    phone.settle()
    phone.edit("visits", visit, answers=json.dumps(OTHER))
    phone.settle()
    assert phone.rows("visits")[visit]["revision"] == 2
    assert world.visits(visit) == [1, 2]


def test_new_household_with_its_people_and_visit_in_one_push(world):
    phone = world.phone("ann")
    like = phone.rows("households")[world.one("ann")]
    household = phone.create("households", name="新户", village_code=like["village_code"], address="村口")
    person = phone.create("persons", household_id=household, name="来人", relation="户主")
    visit = phone.visit(household, world.form(phone), GOOD, person_id=person)
    assert set(verdicts(phone.sync()).values()) == {"applied"}
    phone.settle()
    assert {household, person, visit} <= {row["id"] for rows in phone.dump().values() for row in rows}
    agrees(world, phone)


def test_bad_record_is_named_and_its_neighbours_go_in(world):
    phone = world.phone("ann")
    household, form = world.one("ann"), world.form(phone)
    good = phone.visit(household, form, GOOD)
    bad = phone.visit(household, {**form, "form_id": "no_such_form"}, GOOD)
    answer = phone.sync()
    assert verdicts(answer) == {good: "applied", bad: "quarantined"}
    named = next(verdict for verdict in answer["verdicts"] if verdict["id"] == bad)
    assert named["code"]
    assert phone.pending()["count"] == 0 and world.set_aside() == {bad: "quarantined"}


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


@contextmanager
def in_process(site):
    server = make_server("127.0.0.1", 0, create_app(site), threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


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


def test_revoked_household_leaves_only_after_its_unsent_work(world):
    phone, heir = world.phone("ann"), world.phone("bob")
    household = world.one("ann")
    visit = phone.visit(household, world.form(phone), GOOD)
    phone.edit("households", household, address="搬走以后")
    world.move(household, "ann", "bob")
    first = phone.sync()
    assert household in phone.rows("households"), "removal came before the unsent work went in"
    assert verdicts(first)[visit] == "applied"
    phone.settle()
    left = phone.dump()
    assert household not in {row["id"] for row in left["households"]}
    assert household not in {row["household_id"] for table in ("persons", "visits", "tasks") for row in left[table]}
    heir.settle()
    seen = heir.rows("visits")[visit]
    assert seen["author_id"] == phone.user["id"] and heir.rows("households")[household]["address"] == "搬走以后"
    agrees(world, phone)
    agrees(world, heir)


def test_lost_removal_is_sent_again(world):
    phone = world.phone("ann")
    household = world.one("ann")
    world.move(household, "ann", "bob")
    phone.options(drop_pull=1)
    assert phone.try_sync() == "LostResponse"
    phone.settle()
    assert household not in phone.rows("households")
    agrees(world, phone)


def test_removal_that_was_lost_is_not_taken_for_heard(world):
    """The answer with the removal is lost; the next ones carry none, because there is unsent work again, but their cursor
    is beyond it."""
    phone = world.phone("ann")
    household, other = sorted(world.caseload("ann"))[:2]
    world.move(household, "ann", "bob")
    phone.options(drop_pull=1)
    assert phone.try_sync() == "LostResponse"
    phone.edit("households", other, address="后来改的")
    phone.sync()
    assert household in phone.rows("households")
    phone.settle()
    assert household not in phone.rows("households")
    agrees(world, phone)


def test_household_given_back_before_the_phone_heard_stays(world):
    phone = world.phone("ann")
    household = world.one("ann")
    world.move(household, "ann", "bob")
    world.move(household, "bob", "ann")
    phone.settle()
    assert household in phone.rows("households")
    agrees(world, phone)


def test_granted_household_arrives_whole_however_old(world):
    giver, heir = world.phone("ann"), world.phone("bob")
    household = world.one("ann")
    visit = giver.visit(household, world.form(giver), GOOD)
    giver.settle()
    heir.settle()
    members = {row["id"] for row in giver.dump("persons")["persons"] if row["household_id"] == household}
    tasks = {row["id"] for row in giver.dump("tasks")["tasks"] if row["household_id"] == household}
    assert members and tasks
    world.move(household, "ann", "bob")
    heir.settle()
    held = heir.dump()
    assert household in {row["id"] for row in held["households"]}
    assert members <= {row["id"] for row in held["persons"]} and tasks <= {row["id"] for row in held["tasks"]}
    assert visit in {row["id"] for row in held["visits"]}
    agrees(world, heir)


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


def test_change_back_to_an_earlier_answer_counts(world):
    """甲, then 乙, then 甲 again: the third is a decision of the worker's, not a late copy of the first."""
    phone = world.phone("ann")
    household = world.one("ann")
    visit = phone.visit(household, world.form(phone), GOOD)
    for answers, address in ((GOOD, "东"), (OTHER, "西"), (GOOD, "东")):
        phone.edit("visits", visit, answers=json.dumps(answers))
        phone.edit("households", household, address=address)
        phone.settle()
    assert json.loads(phone.rows("visits")[visit]["answers"]) == GOOD
    assert phone.rows("households")[household]["address"] == "东"
    agrees(world, phone)


@pytest.mark.parametrize("luck", ["heard", "lost"])
def test_masked_answer_comes_back_without_harm(world, luck):
    """The phone holds the masked number after its own visit came back; what it sends then must not replace the number."""
    phone = world.phone("ann")
    visit = phone.visit(world.one("ann"), world.form(phone), {**GOOD, "holder": HOLDER})
    if luck == "lost":
        phone.options(drop_push=1)
        assert phone.try_sync() == "LostResponse"
    phone.settle()
    answers = json.loads(phone.rows("visits")[visit]["answers"])
    assert "*" in answers["holder"] and len(world.visits(visit)) == 1
    phone.edit("visits", visit, answers=json.dumps({**answers, "note": "乙"}))
    phone.settle()
    assert world.answers(visit) == {"note": "乙", "holder": HOLDER}
    agrees(world, phone)


def test_task_done_on_the_phone(world):
    phone = world.phone("ann")
    task = next(row for row in phone.dump("tasks")["tasks"] if row["status"] == "open")
    phone.edit("tasks", task["id"], status="done", done_at="2025-03-01T10:00:00+08:00")
    assert verdicts(phone.sync()) == {task["id"]: "applied"}
    phone.settle()
    assert phone.rows("tasks")[task["id"]]["status"] == "done"
    agrees(world, phone)


def test_same_field_changed_on_two_phones_ends_the_same_on_both(world):
    one, two = world.phone("ann"), world.phone("ann")
    household = world.one("ann")
    one.edit("households", household, address="东")
    two.edit("households", household, address="西")
    one.sync()
    two.sync()
    one.settle()
    two.settle()
    agrees(world, one)
    agrees(world, two)


def test_foreign_household_cannot_be_written(world):
    phone = world.phone("ann")
    visit = phone.visit(world.one("bob"), world.form(phone), GOOD)
    assert verdicts(phone.sync())[visit] in {"quarantined", "held", "applied"}
    phone.settle()
    assert phone.pending()["count"] == 0


def test_wrong_password_is_a_clear_refusal(world):
    phone = world.bare_phone()
    with pytest.raises(PhoneError) as refused:
        phone.login(world.url, world.username("ann"), "a wrong password")
    assert refused.value.status == 401 and refused.value.body["code"]


def test_what_a_phone_may_not_delete_comes_back(world):
    phone = world.phone("ann")
    household = world.one("ann")
    visit = phone.visit(household, world.form(phone), GOOD)
    phone.settle()
    phone.remove("visits", visit)
    assert verdicts(phone.sync()) == {visit: "quarantined"}
    phone.settle()
    assert visit in phone.rows("visits")
    agrees(world, phone)


def test_refused_edit_of_a_household_gives_way_to_what_stands(world):
    phone = world.phone("ann")
    household = world.one("ann")
    phone.edit("households", household, area="moon")
    assert verdicts(phone.sync()) == {household: "quarantined"}
    phone.settle()
    assert phone.rows("households")[household]["area"] == "rural"
    agrees(world, phone)


@pytest.mark.slow
def test_a_thousand_syncs_from_three_phones_end_in_agreement(live_world, tmp_path):
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
