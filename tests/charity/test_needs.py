"""Social forces see what is needed, and whose need it is only once the person agrees to them (不多给)."""

import pytest
from sqlalchemy import select

from fieldsvc.accounts.models import AccessEntry, Account
from fieldsvc.aidchain.models import Link
from fieldsvc.households.models import Household, Person
from tests.support.desk import app, bearer, client, login, make_account, screen, signed, town  # noqa: F401
from tests.support.river import COUNTY, uid

HELPER, OTHER = ("reporter", "370281001"), ("reporter", "370281002")
WHAT = "八十岁独居老人，需要有人每周送一次米面"


@pytest.fixture
def ask(client, signed, town):
    with town.db.write() as session:
        session.get(Household, (COUNTY, uid("a"))).name = "孙大山"
        session.get(Person, (COUNTY, uid("a/p1"))).name = "孙大山"

    def send(path, body=None, who=("township_officer", "370281001")):
        call = client.get if body is None else client.post
        answer = call(f"/api/v1/{path}", headers=signed(*who), **({} if body is None else {"json": body}))
        return answer.status_code, answer.json if answer.data else None

    return send


@pytest.fixture
def need(ask):
    status, made = ask(f"households/{uid('a')}/needs", {"what": WHAT})
    assert status == 201
    return made["id"]


def number(site, role, region):
    with site.db.read() as session:
        return session.scalars(select(Account.id).where(Account.role == role, Account.region == region)).one()


@pytest.mark.requirement("DAT-10")
def test_a_charity_sees_needs_without_names_until_the_person_agrees(ask, need, town):
    status, told = ask("needs", who=HELPER)
    assert status == 200 and [(one["what"], one["name"], one["address"]) for one in told["items"]] == [(WHAT, None, None)]
    assert "孙" not in str(told) and uid("a") not in str(told)
    helper = number(town, *HELPER)
    agreement = {"account_id": helper, "agreed_by": "孙大山本人", "agreed_on": "2026-01-05"}
    assert ask(f"needs/{need}/agreement", agreement)[0] == 204
    assert ask("needs", who=HELPER)[1]["items"][0]["name"] == "孙大山"
    with town.db.read() as session:
        seen = session.scalars(select(AccessEntry).where(AccessEntry.account_id == helper)).all()
        kinds = session.scalars(select(Link.kind).where(Link.household_id == uid("a"))).all()
    assert [(row.purpose, row.households) for row in seen] == [("needs", [uid("a")])]
    assert {"need_shared", "need_agreed"} <= set(kinds)
    assert ask(f"needs/{need}/closing", {"how": "已有人送"})[0] == 204
    assert ask("needs", who=HELPER)[1]["items"] == []


def test_agreeing_to_one_tells_no_other(ask, need, town, make_account):
    make_account("second", "reporter", "370281001")
    ask("needs", who=HELPER)
    with town.db.read() as session:
        second = session.scalars(select(Account.id).where(Account.username == "second")).one()
    ask(f"needs/{need}/agreement", {"account_id": second, "agreed_by": "本人", "agreed_on": "2026-01-05"})
    assert ask("needs", who=HELPER)[1]["items"][0]["name"] is None


def test_words_that_name_somebody_are_not_shown(ask):
    assert ask(f"households/{uid('a')}/needs", {"what": "孙大山缺米面"})[1]["code"] == "names-someone"


def test_who_helps_elsewhere_sees_nothing_and_officers_elsewhere_settle_nothing(ask, need):
    assert ask("needs", who=OTHER)[1]["items"] == []
    other = ("township_officer", "370281002")
    assert ask(f"needs/{need}/closing", {"how": "x"}, other)[0] == ask(f"needs/{uid('no')}/closing", {"how": "x"}, other)[0] == 404
