"""What a phone must never send, sent: each record is judged by itself, what was a record is kept, nothing is a 5xx."""

import gzip
import json
import time
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from fieldsvc.feed.models import Change
from fieldsvc.households.models import Household
from fieldsvc.visits.models import SetAside, Visit
from fieldsvc.visits.quarantine import COLUMN
from tests.support.river import VILLAGE, uid

ID = "11111111-1111-4111-8111-111111111111"
ONLY_SQLITE = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)


def visit(**changed):
    base = {"id": ID, "household_id": uid("h1"), "person_id": None, "form_id": "plain", "form_version": "1",
            "answers": {"age": 60}, "started_at": None, "finished_at": None}  # fmt: skip
    return json.dumps(base | changed).encode()


def spliced(raw: bytes) -> bytes:
    """A good visit whose age is these bytes."""
    return visit(answers={"age": "HERE"}).replace(b'"HERE"', raw)


GOOD = visit()
DEEP = b"[" * 5000 + b"]" * 5000
VISITS = {
    "depth 5000": (spliced(DEEP), "too-deep"),
    "5000 digits": (spliced(b"1" * 5000), "number-too-big"),
    "NaN": (spliced(b"NaN"), "not-json"),
    "Infinity": (spliced(b"Infinity"), "not-json"),
    "minus Infinity": (spliced(b"-Infinity"), "not-json"),
    "1e999": (spliced(b"1e999"), "number-too-big"),
    "lone surrogate": (spliced(b'"\\ud800"'), "not-json"),
    "lone low surrogate in a key": (spliced(b'{"\\udc00": 1}'), "not-json"),
    "U+0000": (spliced(b'"a\\u0000b"'), "nul-character"),
    "U+0000 in a key": (spliced(b'{"a\\u0000": 1}'), "nul-character"),
    "raw NUL": (spliced(b'"a\x00b"'), "not-json"),
    "duplicate key": (visit().replace(b'"answers"', b'"answers": {}, "answers"', 1), "duplicate-key"),
    "duplicate key inside answers": (spliced(b'1, "age": 2'), "duplicate-key"),
    "duplicate key by escape": (spliced(b'1, "\\u0061ge": 2'), "duplicate-key"),
    "invalid UTF-8": (spliced(b'"\xff\xfe"'), "not-json"),
    "overlong UTF-8": (spliced(b'"\xc0\xaf"'), "not-json"),
    "surrogate as UTF-8": (spliced(b'"\xed\xa0\x80"'), "not-json"),
    "a number": (b"5", "not-a-record"),
    "null": (b"null", "not-a-record"),
    "true": (b"true", "not-a-record"),
    "a text": (json.dumps(ID).encode(), "not-a-record"),
    "a list": (b"[[1]]", "not-a-record"),
    "an empty object": (b"{}", "bad-id"),
    "a huge id": (visit(id="x" * 100_000), "bad-id"),
    "an id that is a list": (visit(id=[ID]), "bad-id"),
    "an id that is an object": (visit(id={"id": ID}), "bad-id"),
    "an id that is a number": (visit(id=7), "bad-id"),
    "an id in capitals": (visit(id="A" * 8 + ID[8:]), "bad-id"),
    "an id with a newline": (visit(id=ID + "\n"), "bad-id"),
    "an id with a NUL": (visit().replace(ID.encode(), ID.encode() + b"\\u0000"), "nul-character"),
    "unknown form": (visit(form_id="nobody"), "unknown-form"),
    "unknown version": (visit(form_version="99"), "unknown-form"),
    "form that is a list": (visit(form_id=["plain"]), "unknown-form"),
    "form of 100,000 letters": (visit(form_id="f" * 100_000), "unknown-form"),
    "foreign household": (visit(household_id=uid("h4")), "out-of-scope"),
    "household that is an object": (visit(household_id={"a": 1}), "bad-reference"),
    "person that is a number": (visit(person_id=5), "bad-reference"),
    "answers that are a list": (visit(answers=[1]), "answers-not-object"),
    "answers as text, 5000 deep": (visit(answers=DEEP.decode()), "answers-too-deep"),
    "answers as text with NaN": (visit(answers='{"age": NaN}'), "answers-not-json"),
    "answers as text with a surrogate": (visit(answers='{"note": "\\ud800"}'), "answers-not-json"),
    "answers as text with U+0000": (visit(answers='{"note": "\\u0000"}'), "answers-nul-character"),
    "answers as text with 5000 digits": (visit(answers='{"age": ' + "1" * 5000 + "}"), "answers-number-too-big"),
    "an unknown question": (visit(answers={"age": 60, "x" * 5000: 1}), None),
    "an answer of the wrong kind": (visit(answers={"age": {"a": 1}}), "invalid-answers"),
    "an answer that is a list": (visit(answers={"age": [1, 2]}), "invalid-answers"),
    "a number as text with marks": (visit(answers={"age": "６０"}), None),
    "times that are lists": (visit(started_at=[1], finished_at={}), None),
    "times beyond the calendar": (visit(started_at="0001-01-01T00:00:00+14:00", finished_at="9999-12-31T23:59:59-14:00"), None),
    "times of year one": (visit(started_at="0001-06-01T00:00:00Z", finished_at="0001-06-01T01:00:00Z"), None),
    "times as huge numbers": (visit(started_at=10**18, finished_at=-(10**18)), None),
    "a revision that is huge": (visit(revision=2**62), None),
    "server fields made up": (visit(server_status="applied", problems=[1], author_id=[2], _status={}, _changed=[]), None),
}  # fmt: skip


def body(*records: bytes, table: str = "visits") -> bytes:
    return b'{"changes":{"%s":{"created":[%s],"updated":[],"deleted":[]}},"last_pulled_at":1}' % (table.encode(), b",".join(records))


def kept(site, **where):
    with site.db.read() as session:
        rows = session.scalars(select(SetAside).filter_by(**where)).all()
    return [(row, site.vault.open(row.content_sealed, COLUMN)) for row in rows]


def stored(site):
    with site.db.read() as session:
        return set(session.scalars(select(Visit.id)))


def same_record(content: bytes, sent: bytes) -> bool:
    """Kept verbatim, or in canonical form where it could be read."""
    try:
        return content == sent or json.loads(content) == {k: v for k, v in json.loads(sent).items() if not k.startswith("_")}
    except (ValueError, RecursionError, AttributeError):
        return False


def test_every_bad_visit_is_kept_and_its_neighbours_are_taken_in(field, phone, site):
    for name, (record, code) in VISITS.items():
        before, after = str(uuid4()), str(uuid4())
        sent = record.replace(ID.encode(), str(uuid4()).encode())
        answer = phone.send(body(visit(id=before), sent, visit(id=after)))
        assert answer.status_code == 200, (name, answer.text)
        first, middle, last = answer.json["verdicts"]
        assert [first["verdict"], last["verdict"]] == ["applied", "applied"], name
        assert {before, after} <= stored(site), name
        if code is None:
            assert middle["verdict"] in ("applied", "quarantined"), (name, middle)
        else:
            assert (middle["verdict"], middle["code"]) == ("quarantined", code), (name, middle)
        if middle["verdict"] == "quarantined":
            assert any(same_record(content, sent) for _, content in kept(site, code=middle["code"])), name
    assert stored(site) <= phone.pull()["visits"]["updated"].keys()
    assert db_reads(site)


def db_reads(site):
    """Whatever was stored can be read back as it is read elsewhere."""
    with site.db.read() as session:
        return session.scalars(select(Visit)).all()


def test_the_same_bad_bytes_again_are_known(field, phone, site):
    for _ in range(2):
        verdicts = [phone.send(body(record)).json["verdicts"][0] for record, code in VISITS.values() if code]
    assert {v["verdict"] for v in verdicts} == {"duplicate"}
    assert len(kept(site)) == len({record for record, code in VISITS.values() if code})


OTHERS = {
    "households": {"village_code": "370281009009", "name": "外村"},
    "persons": {"household_id": uid("h1"), "name": "李"},
    "tasks": {"title": "事"},
}
VALUES = [[], [1], {}, {"a": 1}, 1, -1, 10**18, 1.5, True, "", "x" * 5000, "\t\n", "‮", "0001-01-01T00:00:00+14:00",
          "9999-12-31T23:59:59-14:00", "'; DROP TABLE visits; --", "==", "１２３", "\U0001f600"]  # fmt: skip
FIELDS = {
    "households": ("name", "address", "area", "phone", "village_code"),
    "persons": ("name", "sex", "birth_date", "relation", "phone", "id_number", "household_id"),
    "tasks": ("status", "done_at", "title", "detail", "household_id", "person_id", "due_on"),
}


def test_any_value_in_any_column_is_applied_or_kept_beside_a_good_visit(field, phone, site):
    for table, column in [(t, c) for t in FIELDS for c in (*FIELDS[t], "_changed", "_status", "versions")]:
        records = [json.dumps({"id": str(uuid4())} | OTHERS[table] | {column: value}).encode() for value in VALUES]
        changes = body(*records, table=table).replace(b'{"changes":{', b'{"changes":{"visits":{"created":[%s]},' % visit(id=str(uuid4())))
        answer = phone.send(changes)
        assert answer.status_code == 200, (column, answer.text)
        *others, good = answer.json["verdicts"]
        assert good["verdict"] == "applied"
        assert {v["verdict"] for v in others} <= {"applied", "quarantined", "held"}, (column, others)


def test_any_value_as_a_change_of_what_stands_too(field, phone, site):
    standing = {"households": uid("h1"), "persons": uid("h1/p1"), "tasks": ID}
    phone.verdict("tasks", {"id": ID, "title": "事", "household_id": uid("h1")})
    for table, column in [(t, c) for t in FIELDS for c in FIELDS[t]]:
        records = [{"id": standing[table], column: value, "_changed": column} for value in [None, *VALUES]]
        verdicts = phone.verdicts({table: {"updated": records}})
        assert {v["verdict"] for v in verdicts} <= {"applied", "merged", "quarantined", "held", "duplicate"}, (column, verdicts)


def test_a_change_refused_for_one_field_changes_no_other(field, phone, site):
    """It waits as a whole: a field written with the rest of the push would be neither announced nor screened."""
    refused = {"id": uid("h1"), "address": "改过的住址", "name": "", "_changed": "address,name"}
    verdicts = phone.verdicts({"households": {"updated": [refused]}, "visits": {"created": [json.loads(GOOD)]}})
    assert [v["verdict"] for v in verdicts] == ["quarantined", "applied"]
    with site.db.read() as session:
        assert session.get(Household, ("370281", uid("h1"))).address is None


STRUCTURES = {
    "changes twice": b'{"changes":{"visits":{"created":[%s]}},"changes":{}}',
    "a table twice": b'{"changes":{"visits":{"created":[%s]},"visits":{}}}',
    "a list twice": b'{"changes":{"visits":{"created":[%s],"created":[]}}}',
    "spaces everywhere": b' { "changes" :\t{ "visits" : { "created" : [ %s ] } } , "other" : [ {} ] }\r\n',
    "names written with escapes": b'{"\\u0063hanges":{"visits":{"\\u0063reated":[%s]}}}',
}


@ONLY_SQLITE
def test_no_record_is_overlooked_however_the_envelope_is_written(field, phone, site):
    for name, envelope in STRUCTURES.items():
        own = str(uuid4())
        answer = phone.send(envelope % visit(id=own))
        assert [v["verdict"] for v in answer.json["verdicts"]] == ["applied"], name
        assert own in stored(site), name


UNREADABLE = [b"", b"null", b"[]", b"{}", b'{"visits":[%s]}' % GOOD,
              b'"x"', b"\xff\xfe", b"{", b'{"changes":[]}', b'{"changes":{"visits":[]}}', GOOD[:-1],
              b'{"changes":{"visits":{"created":{}}}}', b'{"changes":{"visits":{"created":[%s}}}' % GOOD,
              b'{"changes":{"visits":{"craeted":[%s]}}}' % GOOD, body(GOOD)[:-1], body(GOOD) + b"x", b"[" * 100_000,
              b"[" * 8_000_000, b'"' + b'\\"' * 4_000_000 + b"\\"]  # fmt: skip


@ONLY_SQLITE
def test_a_body_that_cannot_be_followed_is_kept_and_asked_for_in_smaller_parts(field, phone, site):
    for sent in UNREADABLE:
        begun = time.monotonic()
        answer = phone.send(sent)
        assert time.monotonic() - begun < 10
        assert (answer.status_code, answer.json["code"], answer.json["split"]) == (422, "unreadable-body", True)
        assert answer.content_type == "application/problem+json"
        assert sent[: 64 * 1024] in [content for _, content in kept(site, tbl="body")]
    for n in range(10):
        phone.send(b"{" * n + b"\x01")
    assert len(kept(site)) == 20


@ONLY_SQLITE
def test_more_items_than_a_push_may_hold_is_a_clear_answer(field, phone, site):
    for items in (b"{}", b'{"a":NaN}'):
        answer = phone.send(body(*[items] * 200_000))
        assert (answer.status_code, answer.json["code"], answer.json["split"]) == (413, "too-many-records", True)
    verdicts = phone.send(body(*[b"{}"] * 2000)).json["verdicts"]
    assert {v["verdict"] for v in verdicts if v["code"] != "later"} == {"quarantined", "duplicate"}
    assert len(kept(site)) == 1


PACKED = [
    (gzip.compress(b"[" * 50_000_000), 413, "too-large"),
    (gzip.compress(gzip.compress(b"0" * 50_000_000)), 422, "unreadable-body"),
    (gzip.compress(body(GOOD))[:-5], 400, "bad-encoding"),
    (gzip.compress(body(GOOD))[:30], 400, "bad-encoding"),
    (b"\x1f\x8b", 400, "bad-encoding"),
    (body(GOOD), 400, "bad-encoding"),
]  # fmt: skip


@ONLY_SQLITE
def test_packed_pushes_are_bounded_whole_or_nothing(field, phone, site):
    for packed, status, code in PACKED:
        answer = phone.send(packed, Content_Encoding="gzip")
        assert (answer.status_code, answer.json["code"], answer.content_type) == (status, code, "application/problem+json")
        assert stored(site) == set()
    assert phone.send(gzip.compress(body(GOOD)), Content_Encoding="gzip").json["verdicts"][0]["verdict"] == "applied"


TABLES = ("alerts", "referrals", "forms", "accounts", "x" * 1000, "表", "", "a b", "visits\\u0000", "../x")
CURSORS = ("9" * 30, "9" * 5000, str(2**63), "-5", "1.5", '"7"', "null", "[]", "1e400")
TIMES = ("0001-01-01T00:00:00+14:00", "0001-01-02T00:00:00Z", "9999-12-31T23:59:59-14:00", "NaN", "x" * 1000, "-1", "10" * 15)


def test_tables_that_are_not_a_phones_are_kept_not_obeyed(field, phone, site):
    for table in TABLES:
        own = str(uuid4())
        answer = phone.send(body(visit(id=own), table=table))
        assert [v["verdict"] for v in answer.json["verdicts"]] == ["quarantined"], table
        assert [json.loads(content)["id"] for _, content in kept(site, record_id=own)] == [own], table
    assert stored(site) == set()


def test_any_cursor_and_any_device_time_is_survived(field, phone, site):
    for cursor in CURSORS:
        own = visit(id=str(uuid4()))
        for expected in ("applied", "duplicate"):
            answer = phone.send(body(own).replace(b'"last_pulled_at":1', b'"last_pulled_at":' + cursor.encode()))
            assert answer.status_code == 200, answer.text
            assert answer.json["verdicts"][0]["verdict"] == expected
    for told in TIMES:
        sent = body(visit(id=str(uuid4())), visit(id=str(uuid4()), finished_at="2026-01-01T00:00:00Z"))
        assert {v["verdict"] for v in phone.send(sent, X_Device_Time=told).json["verdicts"]} == {"applied"}
    assert db_reads(site)


@ONLY_SQLITE
def test_a_fault_of_ours_in_one_record_is_its_retry_and_nobody_elses(field, phone, site, monkeypatch):
    """Whatever we forgot: the record stays on the phone, the others are taken in."""
    from fieldsvc.visits import rules

    bad = str(uuid4())
    read = rules.clock.parse

    def breaks(text):
        return read(text) if text != "break" else 1 / 0

    monkeypatch.setattr(rules.clock, "parse", breaks)
    home = json.dumps({"id": str(uuid4()), "name": "新户", "village_code": VILLAGE}).encode()
    sent = body(GOOD, visit(id=bad, started_at="break")).replace(b'{"changes":{', b'{"changes":{"households":{"created":[%s]},' % home)
    answer = phone.send(sent)
    assert [v["verdict"] for v in answer.json["verdicts"]] == ["applied", "applied", "retry"]
    assert answer.json["experimentalRejectedIds"] == {"visits": [bad]}
    with site.db.read() as session:
        assert session.scalar(select(func.count()).select_from(Change).where(Change.record_id == bad)) == 0
