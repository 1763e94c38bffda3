"""The line cut at any byte of a push: the whole push is in, or nothing; the same bytes again make it whole."""

import json
import random
import socket
import time
from uuid import uuid4

import pytest
from sqlalchemy import select

from fieldsvc.visits.models import SetAside, Visit
from tests.support.field import Person, give_passwords
from tests.support.processes import serve
from tests.support.river import account, assign, household, publish_form, uid
from tests.sync.conftest import FORM

CUTS = 4
VISITS = 3


@pytest.fixture
def town(site):
    with site.db.write() as session:
        publish_form(session, FORM.format("plain", "general"), "plain.md")
        account(session, 1)
        household(session, "h1")
        session.flush()
        assign(session, uid("h1"), 1)
    give_passwords(site)
    return site


@pytest.fixture
def running(town):
    with serve(town.settings, hands=0, workers=1) as made:
        yield made


def records():
    return [{"id": str(uuid4()), "household_id": uid("h1"), "person_id": None, "form_id": "plain", "form_version": "1",
             "answers": {"age": 60, "note": "老人精神尚可"}, "started_at": None, "finished_at": None} for _ in range(VISITS)]  # fmt: skip


def request(bearer, made, chunked):
    """Head and body of a push, as bytes on the line."""
    body = json.dumps({"changes": {"visits": {"created": made}}, "last_pulled_at": 1}, ensure_ascii=False).encode()
    framing = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {len(body)}"
    head = f"POST /api/v1/sync/push HTTP/1.1\r\nHost: x\r\nAuthorization: {bearer}\r\n{framing}\r\n\r\n".encode()
    if chunked:
        body = b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in (body[:100], body[100:])) + b"0\r\n\r\n"
    return head, body


def places(head, body, dice):
    """One cut in each class of bytes, as offsets into the whole."""
    letters = [i for i, byte in enumerate(body) if byte & 0xC0 == 0x80]
    return {
        "in the request line": dice.randrange(1, 30),
        "in the headers": dice.randrange(60, len(head) - 4),
        "before the empty line": len(head) - 2,
        "after the headers": len(head),
        "inside a token": len(head) + body.index(b"household_id") + 5,
        "inside a letter": len(head) + dice.choice(letters),
        "somewhere": len(head) + dice.randrange(len(body)),
        "between two records": len(head) + body.index(b"}, {") + 1,
        "before the last byte": len(head) + len(body) - 1,
    }


def send_part(port, sent, hard):
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        line.sendall(sent)
        if hard:  # a reset instead of an orderly end
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")


def stored(site, ids):
    with site.db.read() as session:
        return set(session.scalars(select(Visit.id).where(Visit.id.in_(ids))))


def test_a_push_cut_anywhere_is_in_whole_or_not_at_all(town, running):
    dice, bearer = random.Random(5), Person(running.url, "u1").http.headers["Authorization"]
    cut, afterwards = {}, []
    for turn in range(CUTS):
        made = records()
        head, body = request(bearer, made, chunked=turn % 2)
        for where, offset in places(head, body, dice).items():
            made = records()
            head, body = request(bearer, made, chunked=turn % 2)
            send_part(running.port, (head + body)[:offset], hard=turn >= CUTS / 2)
            cut[where, turn] = made
    # requests are read in order of arrival by few threads: when a whole one is answered, the cut ones are over or stand idle
    person = Person(running.url, "u1")
    person.push({"visits": {"created": records()}})
    time.sleep(1)
    for place, made in cut.items():
        ids = [record["id"] for record in made]
        assert stored(town, ids) == set(), place
        verdicts = person.push({"visits": {"created": made}})
        assert [v["verdict"] for v in verdicts] == ["applied"] * VISITS, place
        afterwards += ids
    assert stored(town, afterwards) == set(afterwards)
    with town.db.read() as session:
        assert session.scalars(select(SetAside.code)).all() == [], "half a body is no body"


def test_an_answer_that_is_lost_after_the_commit_is_given_again(town, running):
    person = Person(running.url, "u1")
    for hard in (False, True):
        made = records()
        ids = {record["id"] for record in made}
        head, body = request(person.http.headers["Authorization"], made, chunked=False)
        with socket.create_connection(("127.0.0.1", running.port), timeout=10) as line:
            line.sendall(head + body)
            person.wait_for(lambda ids=ids: stored(town, ids))
            if hard:
                line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        assert stored(town, ids) == ids
        verdicts = person.push({"visits": {"created": made}})
        assert [(v["verdict"], v["first"]) for v in verdicts] == [("duplicate", "applied")] * VISITS
    assert "unexpected" not in running.server.words()
