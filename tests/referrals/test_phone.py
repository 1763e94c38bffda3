"""What a visitor sent in comes back to the visitor's phone, state by state (办件跟踪、办结反馈)."""

from datetime import timedelta

import pytest

from fieldsvc.accounts import service as accounts
from fieldsvc.accounts import tokens
from fieldsvc.accounts.models import Account
from fieldsvc.wiring import connect
from tests.referrals.test_referrals import alert, answer, post, sent  # noqa: F401
from tests.sync.conftest import Phone


@pytest.fixture
def phone(town, app, client):
    """Grid worker 1's phone, whose visit found what was referred."""
    connect()
    with app.app_context(), town.db.write() as session:
        account = session.get(Account, ("370281", 1))
        family = accounts.open_family(session, account, "d1", timedelta(days=1))
        return Phone(client, tokens.pair(1, family.id, family.current_jti)["access_token"])


@pytest.mark.requirement("REF-05")
def test_the_visitors_phone_shows_the_three_states_of_what_it_sent_in(phone, sent, answer):  # noqa: F811
    def state():
        return phone.pull()["referrals"]["updated"][sent]["status"]

    assert state() == "sent"
    assert answer("accept")[0] == 200
    assert state() == "accepted"
    assert answer("done", outcome={"result": "已资助参保"})[0] == 200
    page = phone.pull()["referrals"]["updated"][sent]
    assert page["status"] == "done" and "已资助参保" in page["outcome"]
