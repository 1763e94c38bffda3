"""Numbers of persons go into every place a push has; afterwards they stand nowhere but under the seal."""

import gzip
import itertools
import json
from uuid import uuid4

import pytest
from sqlalchemy import MetaData, select

from fieldsvc.households.rules import check_character
from fieldsvc.screening.service import screen_due
from tests.support.jiaozhou import departments
from tests.support.river import VILLAGE, account, assign, household, publish_form, uid
from tests.sync.conftest import FORM, Field

_numbers = itertools.count(1)
INSIDE = """| survey | | | | |
| | type | name | label | bind::fieldsvc:identifier |
| | begin_repeat | members | 成员 | |
| | text | card | 银行卡号 | account |
| | end_repeat | | | |
| settings | | | | |
| | form_title | form_id | version | |
| | 收款 | inside | 1 | |
"""


class Canary:
    """Every number it gave out, to be looked for."""

    def __init__(self):
        self.given, self.free = [], set()

    def free_text(self):
        """In words a worker wrote, which come back to the phone as they were written."""
        return f"电话 {self.own(self.phone())}"

    def own(self, number):
        self.free.add(number)
        return number

    def identity(self):
        body = f"37028119550101{next(_numbers) + 100:03}"
        return self.note(body + check_character(body))

    def phone(self):
        return self.note(f"1397777{next(_numbers):04}")

    def card(self):
        return self.note(f"62284801{next(_numbers):011}")

    def note(self, number):
        self.given.append(number)
        return number

    def found_in(self, *texts):
        """Also split by spaces or dashes, and base64 or hex of the digits."""
        whole = b"\n".join(t if isinstance(t, bytes) else str(t).encode() for t in texts)
        shapes = {n: (n.encode(), n.encode().hex().encode(), n.encode("utf-16-le")) for n in self.given}
        return [n for n, ways in shapes.items() if any(way in whole for way in ways)]


@pytest.fixture
def place(site):
    made = Field(site)
    with site.db.write() as session:
        for number in (1, 2):
            account(session, number)
        account(session, 5, "township_officer", "370281001")
        account(session, 6, "county_officer", "370281")
        publish_form(session, FORM.format("plain", "general"), "plain.md")
        publish_form(session, INSIDE, "inside.md")
        household(session, "h1")
        household(session, "h4")
        session.flush()
        assign(session, uid("h1"), 1)
        assign(session, uid("h4"), 2)
    return made


def pushes(canary, field):
    """Bodies of every kind."""
    person, home = str(uuid4()), str(uuid4())
    visit = field.visit
    bad = [
        visit(age=60) | {"form_id": canary.own(canary.identity())},
        visit(age=60) | {"form_version": canary.own(canary.phone())},
        visit(age=60) | {"household_id": canary.identity()},
        visit(age=60) | {"person_id": canary.identity()},
        visit(age=60) | {"id": canary.identity()},
        visit(age=60) | {"id": canary.phone() + "x" * 100},
        visit(age=canary.own(canary.phone())),
        visit(age=int(canary.own(canary.phone()))),
        visit(note=canary.free_text()),
        visit(age=60, holder=canary.identity()[:-4] + "****"),
        visit(age=60, **{canary.own(canary.identity()): 1}),
        visit(age=60) | {"answers": '{"holder": "' + canary.identity()},
        visit(age=60) | {"answers": [canary.identity()]},
        visit(age=60) | {canary.identity(): canary.phone()},
        canary.identity(), [canary.phone()], int(canary.phone()),
    ]  # fmt: skip
    yield {"visits": {"created": bad}}
    yield {"visits": {"created": [visit(age=60, holder=canary.identity(), note=canary.free_text()),
                                  visit(form="inside", members=[{"card": canary.card()}, {"card": canary.card()}])]}}  # fmt: skip
    yield {"visits": {"created": [visit(person=person, age=60, holder=canary.identity()) | {"household_id": home}]}}
    yield {"households": {"created": [{"id": home, "name": "新户", "village_code": VILLAGE, "phone": canary.phone()}]}}
    about = {"household_id": home, "name": "李"}
    yield {"persons": {"created": [{"id": person, **about, "id_number": canary.identity(), "phone": canary.phone()}]}}
    yield {"persons": {"updated": [{"id": person, "id_number": canary.identity(), "phone": canary.phone()}]}}
    yield {"persons": {"created": [{"id": str(uuid4()), **about, "id_number": n, "birth_date": n, "sex": n}
                                   for n in (canary.identity()[:-1] + "?", canary.phone())]}}  # fmt: skip
    yield {"households": {"created": [{"id": str(uuid4()), "name": "外", "village_code": canary.identity(), "area": canary.phone()}]}}
    task = {"status": canary.phone(), "due_on": canary.identity(), "person_id": canary.identity()}
    yield {"tasks": {"created": [{"id": str(uuid4()), **task}, {"id": str(uuid4()), "person_id": canary.identity()}]}}
    yield {canary.identity(): {"created": [{"id": str(uuid4()), "x": canary.phone()}]}, "alerts": {"deleted": [canary.phone()]}}
    yield {"visits": {canary.identity(): []}}
    yield [canary.phone()]


def raw(canary):
    """Bodies that are not JSON, or not a push."""
    number = canary.identity()
    yield b'{"changes":{"visits":{"created":[{"id":"%s","a":NaN}]}}}' % number.encode()
    yield b'{"changes":{"visits":{"created":[{"a":"%s"' % canary.phone().encode()
    yield canary.identity().encode()
    yield b"\xff" + canary.phone().encode()


def test_no_number_stands_anywhere_but_under_the_seal(site, place, capfd):
    canary, answers, field = Canary(), [], place
    phone, other, officer = field.phone(1), field.phone(2), field.phone(5)
    for changes in list(pushes(canary, field)) * 2:
        answers.append(phone.push(changes))
        answers.append(other.push(changes))
    for body in raw(canary):
        answers += [phone.send(body), phone.send(gzip.compress(body), Content_Encoding="gzip"), phone.send(body, Content_Encoding="gzip")]
        answers.append(field.client.post("/api/v1/auth/login", data=body, content_type="application/json"))
    while screen_due(site, departments()):
        pass
    answers += [answer for who in (phone, other) for answer in (who.page(), who.page(last_pulled_at=1))]
    echoed = [answer.data for answer in answers]
    for path in paths(canary):
        for who in (phone, officer, field.phone(6)):
            answers.append(field.client.get(path, headers=who.headers))
    assert not [a.status for a in answers if a.status_code >= 500]
    assert len(canary.given) > 40
    own = identifiers_sent_as_ids(canary, echoed) | canary.free
    assert [n for n in canary.found_in(*echoed) if n not in own] == []
    assert canary.found_in(*[a.data for a in answers[len(echoed):]]) == []
    assert canary.found_in(field.client.get("/metrics").data, *capfd.readouterr()) == []
    site.db.dispose()
    assert canary.found_in(*dump(site)) == []


def identifiers_sent_as_ids(canary, bodies):
    """A verdict names the record by the id and table its sender gave it: the one echo there is, to nobody else."""
    named = set()
    for body in bodies:
        for verdict in json.loads(body).get("verdicts") or []:
            named |= {n for n in canary.given if n in (verdict["id"] or "") or n in verdict["table"]}
    return named


def paths(canary):
    for number in (canary.identity(), canary.phone()):
        yield from (f"/api/v1/households?q={number}", f"/api/v1/households/{number}", f"/api/v1/alerts?household_id={number}",
                    f"/api/v1/households/{number}/chain", f"/{number}", f"/api/v1/sync/pull?epoch={number}&limit={number}")  # fmt: skip
    yield from ("/api/v1/households", f"/api/v1/households/{uid('h1')}", "/api/v1/quarantine?limit=500", "/api/v1/alerts",
                f"/api/v1/households/{uid('h1')}/determinations", f"/api/v1/households/{uid('h1')}/chain")  # fmt: skip


def dump(site):
    """The bytes of the database as they lie there: SQLite's files, or every row of every table."""
    if site.db.dialect == "sqlite":
        file = site.settings.database_url.removeprefix("sqlite:///")
        for part in (file, file + "-wal"):
            try:
                with open(part, "rb") as opened:
                    yield opened.read()
            except FileNotFoundError:
                continue
    tables = MetaData()
    tables.reflect(site.db.engine)
    assert len(tables.tables) > 20
    with site.db.read() as session:
        for table in tables.sorted_tables:
            for row in session.execute(select(table)):
                yield from (bytes(cell) if isinstance(cell, bytes | memoryview) else str(cell) for cell in row)
