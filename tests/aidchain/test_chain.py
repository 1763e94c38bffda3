"""The aid chain: numbered, linked, and every way of touching it shows."""

import threading

import pytest
from sqlalchemy import text

from fieldsvc.aidchain import service
from fieldsvc.aidchain.service import append, verify
from tests.support.river import uid

COUNTY = "370281"


@pytest.fixture
def chained(db):
    with db.write() as session:
        for number in range(4):
            append(session, COUNTY, "h1", "aid", "民政", {"元": "120.50", "次": number})
        append(session, COUNTY, "h2", "referral_sent", "王主任", {}, person_id="p1")
    return db


def breaks(db):
    with db.read() as session:
        return [(b.household_id, b.n, b.fault) for b in verify(session, COUNTY)]


def touch(db, statement):
    with db.write() as session:
        session.execute(text(statement))


def test_an_untouched_chain_holds(chained):
    assert breaks(chained) == []


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE aid_chain SET content = '{\"元\":\"999\"}' WHERE household_id = 'h1' AND n = 2", ("h1", 2, "changed")),
        ("UPDATE aid_chain SET actor = '别人' WHERE household_id = 'h2'", ("h2", 1, "changed")),
        ("UPDATE aid_chain SET klass = 'child' WHERE household_id = 'h2'", ("h2", 1, "changed")),
        ("UPDATE aid_chain SET at = '2020-01-01 00:00:00' WHERE household_id = 'h1' AND n = 4", ("h1", 4, "changed")),
        ("DELETE FROM aid_chain WHERE household_id = 'h1' AND n = 2", ("h1", 2, "missing")),
        ("DELETE FROM aid_chain WHERE household_id = 'h1' AND n = 1", ("h1", 1, "missing")),
        ("DELETE FROM aid_chain WHERE household_id = 'h1' AND n > 2", ("h1", 3, "cut")),
        ("DELETE FROM aid_chain WHERE household_id = 'h2'", ("h2", 1, "cut")),
        ("DELETE FROM aid_chain_heads WHERE household_id = 'h2'", ("h2", 1, "headless")),
        ("UPDATE aid_chain SET household_id = 'h3' WHERE household_id = 'h2'", ("h3", 1, "changed")),
    ],
)
def test_tampering_shows_where_it_was_done(chained, statement, found):
    touch(chained, statement)
    assert breaks(chained)[0] == found


def test_one_touched_chain_does_not_hide_another(chained):
    touch(chained, "UPDATE aid_chain SET kind = 'x' WHERE n = 1")
    assert [b[:2] for b in breaks(chained)] == [("h1", 1), ("h2", 1)]


def test_chains_are_read_page_by_page(chained, monkeypatch):
    monkeypatch.setattr(service, "PAGE", 1)
    assert breaks(chained) == []
    touch(chained, "UPDATE aid_chain SET kind = 'x' WHERE n = 1")
    assert [b[:2] for b in breaks(chained)] == [("h1", 1), ("h2", 1)]


def test_writers_at_once_never_fork_a_chain(db):
    def write():
        for _ in range(5):
            with db.write() as session:
                append(session, COUNTY, "h1", "aid", "民政", {})

    threads = [threading.Thread(target=write) for _ in range(4)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    with db.read() as session:
        assert session.execute(text("SELECT max(n), count(*) FROM aid_chain")).one() == (20, 20)
    assert breaks(db) == []


def test_a_long_chain_is_read_by_pages(client, signed, town):
    with town.db.write() as session:
        for number in range(5):
            append(
                session, COUNTY, uid("a"), "aid", "民政", {"次": number}, klass="child" if number == 2 else "general"
            )
    path, seen, after = f"/api/v1/households/{uid('a')}/chain", [], 0
    while after is not None:
        page = client.get(f"{path}?limit=2&after={after}", headers=signed()).get_json()
        seen, after = seen + [item["n"] for item in page["items"]], page["next"]
    assert seen == [1, 2, 3, 4, 5]
    assert client.get(f"{path}?limit=0", headers=signed()).status_code == 422
