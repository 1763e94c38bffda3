"""Generated requests to every described operation, signed in as each desk: never a 5xx, every error a problem."""

import os

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode

from fieldsvc.wiring import connect
from tests.support.application import application
from tests.support.jiaozhou import UNINSURED, departments, medical_visit, open_township, sampled
from tests.support.river import account
from tests.sync.conftest import Field

EXAMPLES = int(os.environ.get("FIELDSVC_API_EXAMPLES", "2"))
DESKS = {1: "grid_worker", 2: "township_officer", 3: "department_officer", 5: "county_officer", 6: "administrator"}
GENERATED = settings(max_examples=EXAMPLES, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
                     suppress_health_check=list(HealthCheck))  # fmt: skip


@pytest.fixture
def desks(site):
    """The application on a screened township, and headers of one account of each role."""
    connect()
    open_township(site, "a", "b")
    with site.db.write() as session:
        account(session, 5, "county_officer", "370281")
        account(session, 6, "administrator", "370281")
    medical_visit(site, "a", UNINSURED)
    made = Field(sampled(site))
    made.app = application(sampled(site), departments())
    made.client = made.app.test_client()
    return made.app, [made.phone(number).headers for number in DESKS]


def test_no_described_operation_breaks(desks):
    app, people = desks
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    schema.config.generation.update(modes=[GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
    tried, broken = 0, []
    for operation in (result.ok() for result in schema.get_all_operations()):
        tried += 1

        @GENERATED
        @given(case=operation.as_strategy(generation_mode=GenerationMode.POSITIVE))
        def sensible(case):
            judge(case)

        @GENERATED
        @given(case=operation.as_strategy(generation_mode=GenerationMode.NEGATIVE))
        def senseless(case):
            judge(case)

        def judge(case):
            for headers in (*people, {}):
                answer = case.call(headers=headers)
                kind = answer.headers.get("content-type", [""])[0]
                wrong = answer.status_code >= 500 and not (answer.status_code == 503 and case.path == "/readyz")
                if wrong or (answer.status_code >= 400 and not kind.startswith("application/problem+json")):
                    broken.append((case.method, case.path, answer.status_code, kind, case.query, case.body, answer.text[:200]))

        sensible()
        try:
            senseless()
        except Exception as error:  # an operation without parameters has no senseless case
            if "negative" not in str(error).lower() and type(error).__name__ not in ("Unsatisfiable", "SkipTest"):
                raise
    assert broken == []
    assert tried >= 20


ODD = ["%00", "a%00b", "%ed%a0%80", "%ff", "x" * 3000, "../../etc/passwd", "'%20OR%201=1--", "9" * 400, "-1", "1e400", "NaN",
       "%F0%9F%98%80", "null", "[]", "{}", "٣", "%0d%0aX: y"]  # fmt: skip


def test_odd_values_in_every_parameter_and_path(desks):
    """What a schema forbids or does not know, in each place a value can stand."""
    app, people = desks
    client, broken = app.test_client(), []
    for path, methods in client.get("/api/v1/openapi.json").json["paths"].items():
        if path == "/readyz" or "get" not in methods:
            continue
        named = [p["name"] for m in methods.values() if isinstance(m, dict) for p in m.get("parameters", []) if p.get("in") == "query"]
        for odd in ODD:
            filled = path.replace("{", "\0").split("\0")
            place = filled[0] + "".join(odd + part.split("}", 1)[1] for part in filled[1:])
            for query in ("", *(f"?{name}={odd}" for name in (*named, "made_up"))):
                answer = client.get(place + query, headers=people[1] if "sync" not in path else people[0])
                if answer.status_code >= 500 or (answer.status_code >= 400 and answer.mimetype != "application/problem+json"):
                    broken.append((place + query, answer.status_code, answer.text[:300]))
    assert broken == []


BODIES = [b"", b"null", b"[]", b'"x"', b"{", b"\xff", b'{"a":NaN}', b'{"a":1,"a":2}', b'{"a":"\\ud800"}', b'{"a":"\\u0000"}',
          b"[" * 5000 + b"]" * 5000, b"1" * 5000,
          b'{"a":' + b"1" * 5000 + b"}", b"[" + b"{}," * 50_000 + b"{}]", b'{"a":1e999}']  # fmt: skip
TYPES = ["application/json", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml",
         "application/json; charset=utf-16", ""]  # fmt: skip


def test_bodies_made_to_hurt_at_every_door_that_takes_one(desks):
    app, people = desks
    client, broken, tried = app.test_client(), [], 0
    for path, methods in client.get("/api/v1/openapi.json").json["paths"].items():
        for method in set(methods) & {"post", "put", "patch", "delete"}:
            filled = path.replace("{", "\0").split("\0")
            place = filled[0] + "".join("0190d2a4-0000-7000-8000-000000000000" + part.split("}", 1)[1] for part in filled[1:])
            cases = [(body, "application/json") for body in BODIES] + [(b'{"a":1}', kind) for kind in TYPES]
            for body, kind in cases:
                headers = people[0] if "/sync/" in path else people[1]
                answer = client.open(place, method=method.upper(), data=body, content_type=kind, headers=headers)
                tried += 1
                if answer.status_code >= 500 or (answer.status_code >= 400 and answer.mimetype != "application/problem+json"):
                    broken.append((method, place, body[:60], kind, answer.status_code, answer.text[:300]))
    assert broken == []
    assert tried > 80
