"""Health, readiness, metrics, logs and the API's own page."""

import json
import re

import pytest
from sqlalchemy import delete

from fieldsvc.departments.forms import publish_forms
from fieldsvc.facts.service import mark_dirty
from fieldsvc.feed.models import Counter
from tests.support.jiaozhou import departments
from tests.support.logs import logged
from tests.support.river import COUNTY, uid

CANARY = "370281199001011234"


def test_ready_only_when_everything_is_there(site, client):
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json["missing"]) == (503, ["forms"])
    assert "fieldsvc migrate" in answer.json["detail"]
    with site.db.write() as session:
        publish_forms(session, COUNTY, departments().form_files)
    assert client.get("/readyz").json == {"status": "ready"}
    with site.db.write() as session:
        session.execute(delete(Counter))
    assert client.get("/readyz").json["missing"] == ["counter"]
    with site.db.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE fieldsvc_version")
    assert client.get("/readyz").json["missing"] == ["migrations"]
    assert client.get("/healthz").json == {"status": "ok"}


def test_metrics_count_requests_by_route_and_what_waits(site, client):
    with site.db.write() as session:
        mark_dirty(session, COUNTY, [uid("a"), uid("b")])
    client.get(f"/breaks/{CANARY}")
    client.get(f"/{CANARY}")
    text = client.get("/metrics").text
    assert re.search(r'fieldsvc_requests_total\{method="GET",route="/breaks/<number>",status="500"\} [1-9]', text)
    assert 'route="unmatched",status="404"' in text
    assert 'fieldsvc_dirty_households{state="waiting"} 2.0' in text
    assert CANARY not in text


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_logs_tell_what_was_asked_and_nothing_of_anybody(client):
    with logged() as told:
        client.get(f"/breaks/{CANARY}?q={CANARY}", headers={"X-Request-ID": f"{CANARY}!"})
        client.post(f"/{CANARY}", json={"id_number": CANARY, "name": "张三"})
        client.post("/api/v1/auth/login", json={"username": CANARY, "password": CANARY, "device_id": CANARY})
        client.get("/api/v1/households", headers={"Authorization": f"Bearer {CANARY}"})
        lines = [json.loads(line) for line in told().splitlines()]
    assert [line["status"] for line in lines if line["event"] == "request"] == [500, 404, 401, 401]
    assert any(line["event"] == "unexpected" and line["error"] == "ValueError" for line in lines)
    text = json.dumps(lines, ensure_ascii=False)
    assert CANARY not in text and "张三" not in text


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_the_api_page_needs_no_outside_host(client):
    page = client.get("/api/docs")
    assert page.status_code == 200 and "https://" not in page.text and "http://" not in page.text
    for asset in re.findall(r'(?:src|href)="([^"]+)"', page.text):
        assert client.get(asset).status_code == 200, asset
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "http" not in policy
    assert client.get("/api/docs/../../app.py").status_code == 404


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_the_description_is_openapi_3_1_and_names_the_doors(client):
    spec = client.get("/api/v1/openapi.json").json
    assert spec["openapi"].startswith("3.1")
    doors = {"/api/v1/auth/login", "/api/v1/sync/pull", "/api/v1/sync/push", "/api/v1/alerts", "/api/v1/forms", "/readyz"}
    assert doors <= spec["paths"].keys()
    error = spec["paths"]["/api/v1/auth/login"]["post"]["responses"]["422"]
    assert "application/problem+json" in json.dumps(error | spec["components"]["responses"])
