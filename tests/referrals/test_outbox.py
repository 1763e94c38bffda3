"""What is owed to a department's plugin is delivered at least once, answered once, and never lost."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from fieldsvc.accounts.rules import Actor
from fieldsvc.alerts.kinds import Desk
from fieldsvc.facts.service import record
from fieldsvc.kit import clock
from fieldsvc.kit.backoff import BACKOFF, TRIES
from fieldsvc.kit.owed import Queue
from fieldsvc.plugin_api.referral import ReferralAnswer
from fieldsvc.referrals import outbox, queries
from fieldsvc.referrals.models import OutboxItem, Referral, ReferralEvent
from fieldsvc.referrals.outbox import deliver_due, replay
from fieldsvc.referrals.service import Matter, feedback, open_referral
from tests.support.jiaozhou import departments
from tests.support.river import COUNTY, DAY, VILLAGE, uid

TOWNSHIP = Actor(COUNTY, 2, "王主任", "township_officer", "370281001")
OFFICER = Actor(COUNTY, 3, "李科长", "department_officer", COUNTY, "medical")


@dataclass
class Fake:
    """The real departments, with another handler."""

    handle: Any
    seen: list = field(default_factory=list)
    missing: bool = False

    def __getattr__(self, name):
        return getattr(departments(), name)

    def plugin_for(self, duty):
        return None if self.missing else departments().plugin_for(duty)

    def handler(self, duty):
        def handler(view):
            self.seen.append(view)
            return self.handle(view)

        return handler if self.handle else None


def answers(state, **more):
    return Fake(lambda view: ReferralAnswer(state, **more))


@pytest.fixture
def sent(town):
    matter = Matter(uid("a"), uid("a/p1"), VILLAGE, "general", "medical_insurance", "请落实参保资助", "medical.insurance_subsidy")
    with town.db.write() as session:
        return open_referral(session, Desk(TOWNSHIP, "jiaozhou", departments()), matter).id


def item(site):
    with site.db.read() as session:
        return session.scalars(select(OutboxItem)).one()


def referral(site, key):
    with site.db.read() as session:
        return session.get(Referral, (COUNTY, key))


def make_due(site):
    with site.db.write() as session:
        session.execute(update(OutboxItem).values(next_at=clock.now() - timedelta(seconds=1)))


@pytest.mark.parametrize(("state", "more", "left"), [
    ("queued", {}, "sent"), ("accepted", {}, "accepted"), ("returned", {"reason": "缺少材料"}, "returned"),
    ("done", {"outcome": {"金额": "400.00"}}, "done"),
])  # fmt: skip
def test_the_plugins_answer_is_the_departments_step(town, sent, state, more, left):
    assert deliver_due(town, answers(state, **more)) == 1
    found = referral(town, sent)
    assert (item(town).state, found.state, found.reason) == ("delivered", left, more.get("reason"))
    assert found.outcome == more.get("outcome", {})
    assert deliver_due(town, answers(state, **more)) == 0


def test_the_real_medical_plugin_answers_in_a_process_of_its_own(town, sent):
    assert deliver_due(town, departments()) == 1
    assert (item(town).state, referral(town, sent).state) == ("delivered", "returned")
    assert "参加基本医疗保险" in referral(town, sent).reason


def crash(view):
    raise ValueError("张三 370281196005011234")


def hang(view):
    import time

    time.sleep(30)


@pytest.mark.parametrize(("handle", "named"), [
    (crash, "ValueError"), (hang, "hangs"), (lambda view: {"state": "done"}, "TypeError|不是 ReferralAnswer"),
    (lambda view: ReferralAnswer("finished"), "不是 ReferralAnswer"),
    (lambda view: ReferralAnswer("returned"), "写明原因"),
    (lambda view: ReferralAnswer("done", outcome={"facts": {"no_such_fact": 1}}), "no_such_fact"),
])  # fmt: skip
def test_a_plugin_that_raises_hangs_or_answers_rubbish_is_named_and_tried_again(town, sent, monkeypatch, handle, named):
    import re

    monkeypatch.setattr(outbox, "SECONDS", 0.3)
    assert deliver_due(town, Fake(handle)) == 1
    tried = item(town)
    assert (tried.state, tried.attempts, referral(town, sent).state) == ("waiting", 1, "sent")
    assert re.search(named, tried.last_error) and "张三" not in tried.last_error
    assert BACKOFF[0] - timedelta(seconds=3) < tried.next_at - clock.now() <= BACKOFF[0]
    make_due(town)
    assert deliver_due(town, answers("accepted")) == 1
    assert (item(town).state, item(town).last_error, referral(town, sent).state) == ("delivered", None, "accepted")


def test_after_ten_tries_over_three_days_it_is_a_dead_letter_replayed_by_hand(town, sent, client, signed):
    waits = []
    for _ in range(TRIES):
        make_due(town)
        deliver_due(town, Fake(crash))
        waits.append(item(town).next_at - clock.now())
    dead = item(town)
    assert (dead.state, dead.attempts, TRIES) == ("dead", 10, 10)
    assert timedelta(days=3) < sum(waits[:-1], timedelta()) < timedelta(days=4)
    make_due(town)
    assert deliver_due(town, answers("done")) == 0
    letters = client.get("/api/v1/referrals/dead-letters", headers=signed("administrator", COUNTY)).get_json()["items"]
    assert [(one["referral_id"], one["last_error"]) for one in letters] == [(sent, "ValueError")]
    path = f"/api/v1/referrals/dead-letters/{dead.id}/replay"
    assert client.post(path, headers=signed("township_officer")).status_code == 403
    assert client.post(path, headers=signed("county_officer", COUNTY)).get_json()["state"] == "waiting"
    assert client.post(path, headers=signed("county_officer", COUNTY)).get_json()["code"] == "not-dead"
    assert deliver_due(town, answers("done")) == 1
    assert referral(town, sent).state == "done"


def test_a_worker_that_dies_over_a_delivery_uses_up_a_try(town, sent):
    for _ in range(TRIES):
        make_due(town)
        assert outbox.QUEUE.claim(town)
    make_due(town)
    assert deliver_due(town, answers("done")) == 0
    assert (item(town).state, "中断" in item(town).last_error) == ("dead", True)
    with town.db.write() as session:
        replay(session, COUNTY, item(town).id)


def test_a_lost_answer_given_again_is_one_step(town, sent, monkeypatch):
    """The step is stored, the worker dies before it notes the delivery."""
    monkeypatch.setattr(Queue, "held", lambda *args: None)
    deliver_due(town, answers("accepted"), limit=1)
    monkeypatch.undo()
    make_due(town)
    deliver_due(town, answers("accepted"))
    with town.db.read() as session:
        assert [e.state for e in queries.events(session, COUNTY, sent)] == ["sent", "accepted"]
    assert item(town).state == "delivered"


def test_what_an_officer_answered_by_hand_is_not_handed_over(town, sent):
    with town.db.write() as session:
        feedback(session, Desk(OFFICER, "jiaozhou", departments()), sent, "done", {"outcome": {"结果": "已办"}})
    fake = answers("returned", reason="late")
    deliver_due(town, fake)
    assert (fake.seen, item(town).state, referral(town, sent).state) == ([], "delivered", "done")


def test_a_department_without_a_handler_answers_by_hand(town, sent):
    deliver_due(town, Fake(None))
    assert (item(town).state, referral(town, sent).state) == ("delivered", "sent")


def test_a_plugin_set_aside_gets_it_when_it_is_mended(town, sent):
    fake = answers("accepted")
    fake.missing = True
    deliver_due(town, fake)
    assert (item(town).state, "没有装载" in item(town).last_error) == ("waiting", True)
    fake.missing = False
    make_due(town)
    deliver_due(town, fake)
    assert referral(town, sent).state == "accepted"


def test_the_plugin_sees_facts_of_the_matter_and_nothing_of_child_visits(town, sent):
    told = {"insured": False, "self_paid_year": "120.5", "child_neglected": True, "income_month": "100"}
    with town.db.write() as session:
        record(session, COUNTY, uid("a"), uid("a/p1"), told, as_of=DAY, source_kind="visit", source_id="v",
               declared=departments().vocabulary.facts)  # fmt: skip
        record(session, COUNTY, uid("a"), uid("a/p1"), {"cannot_self_care": True}, as_of=DAY - timedelta(days=800),
               source_kind="visit", source_id="old", declared=departments().vocabulary.facts)  # fmt: skip
    fake = answers("queued")
    deliver_due(town, fake)
    (view,) = fake.seen
    assert {name: view.facts.get(name) for name in told} == told | {"child_neglected": None}
    assert "cannot_self_care" not in view.facts, "knowledge of two years ago has expired"
    assert (view.id, view.person_name, view.programme) == (sent, "p1", "medical.insurance_subsidy")


def test_two_workers_at_once_deliver_once(town, sent):
    import threading

    fake = answers("accepted")
    workers = [threading.Thread(target=deliver_due, args=(town, fake)) for _ in range(3)]
    [w.start() for w in workers]
    [w.join() for w in workers]
    assert len(fake.seen) == 1
    with town.db.read() as session:
        assert len(list(session.scalars(select(ReferralEvent)))) == 2
