"""Every error is problem+json with a stable code; no body, however made, becomes a 5xx."""

import gzip

import pytest

ONLY_SQLITE = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
pytestmark = ONLY_SQLITE
LOGIN = "/api/v1/auth/login"


def problem(answer, status, code):
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json"), answer.text
    body = answer.json
    assert (body["status"], body["code"], body["type"]) == (status, code, f"urn:fieldsvc:problem:{code}")
    assert body["title"] and body["detail"] and body["request_id"] == answer.headers["X-Request-ID"]
    return body


def test_what_werkzeug_and_webargs_refuse_is_a_problem_too(client):
    problem(client.get("/nowhere"), 404, "not-found")
    assert "POST" in client.put(LOGIN).headers["Allow"]
    problem(client.put(LOGIN), 405, "method-not-allowed")
    assert problem(client.post(LOGIN, json={"username": "a"}), 422, "invalid")["errors"]["json"]["password"]
    problem(client.post("/echo", data="a=1", content_type="text/plain"), 415, "unsupported-media-type")
    problem(client.post("/echo", data="", content_type="application/json"), 400, "bad-request")


def test_a_fault_of_ours_says_nothing_of_what_happened(client):
    answer = client.get("/breaks/370281199001011234")
    problem(answer, 500, "server-error")
    assert "370281199001011234" not in answer.text and "ValueError" not in answer.text


@pytest.mark.parametrize(("body", "status", "code"), [
    (b"[" * 5000 + b"]" * 5000, 400, "too-deep"),
    (b"[" * 200_000, 400, "too-deep"),
    (b'{"n": ' + b"1" * 5000 + b"}", 400, "number-too-big"),
    (b'{"n": NaN}', 400, "not-json"),
    (b'{"n": 1e999}', 400, "number-too-big"),
    (b'{"s": "\\ud800"}', 400, "not-json"),
    (b'{"s": "\\u0000"}', 400, "nul-character"),
    (b'{"s": 1, "s": 2}', 400, "duplicate-key"),
    (b"\xff\xfe", 400, "not-json"),
    (b'{"s": "' + b"x" * (9 * 1024 * 1024) + b'"}', 413, "too-large"),
])  # fmt: skip
@pytest.mark.parametrize("path", ["/echo", LOGIN])
def test_a_body_made_to_hurt_is_answered(client, path, body, status, code):
    problem(client.post(path, data=body, content_type="application/json"), status, code)
    assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize(("packed", "encoding", "status", "code"), [
    (gzip.compress(b"0" * 60_000_000, mtime=0), "gzip", 413, "too-large"),
    (b"not gzip", "gzip", 400, "bad-encoding"),
    (gzip.compress(b'{"a": 1}', mtime=0)[:-4], "gzip", 400, "bad-encoding"),
    (gzip.compress(b'{"a": 1}', mtime=0) * 2, "gzip", 400, "bad-encoding"),
    (b'{"a": 1}', "br", 415, "unsupported-encoding"),
])  # fmt: skip
def test_packed_bodies_are_bounded(client, packed, encoding, status, code):
    headers = {"Content-Encoding": encoding}
    problem(client.post("/echo", data=packed, content_type="application/json", headers=headers), status, code)


def test_a_sound_body_passes_plain_and_packed(client):
    body = b'{"a": [1, "\xe5\xbc\xa0\\\\u0000"]}'
    told = {"got": {"a": [1, "张\\u0000"]}}
    assert client.post("/echo", data=body, content_type="application/json").json == told
    packed = {"data": gzip.compress(body, mtime=0), "headers": {"Content-Encoding": "gzip"}}
    assert client.post("/echo", content_type="application/json", **packed).json == told


def test_200_000_empty_items_are_a_clear_answer(client):
    answer = client.post(LOGIN, data=b"[" + b"{}," * 200_000 + b"{}]", content_type="application/json")
    problem(answer, 422, "invalid")
