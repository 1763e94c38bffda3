"""A lost phone: what it could still fetch is shut off; its holder goes on with another."""

import pytest
from sqlalchemy import select

from fieldsvc.accounts.models import Account


@pytest.fixture
def wang(make_account, login, client):
    """A grid worker signed in on two phones: ``wang[phone]`` = tokens."""
    make_account("wang", role="grid_worker", region="370281001001")
    return {phone: login("wang", device_id=phone) for phone in ("lost", "kept")}


def pull(client, tokens):
    return client.get("/api/v1/sync/pull", headers={"Authorization": f"Bearer {tokens['access_token']}"}).status_code


def renew(client, tokens):
    return client.post(
        "/api/v1/auth/refresh", headers={"Authorization": f"Bearer {tokens['refresh_token']}"}
    ).status_code


@pytest.mark.requirement("CHK-07")
def test_a_lost_phones_data_can_be_shut_off(wang, client, signed, db):
    with db.read() as session:
        number = session.scalar(select(Account.id).where(Account.username == "wang"))
    assert {pull(client, wang["lost"]), pull(client, wang["kept"])} == {200}
    phones = client.get(f"/api/v1/accounts/{number}/devices", headers=signed()).json["items"]
    assert {phone["id"] for phone in phones} == {"lost", "kept"}
    shut = f"/api/v1/accounts/{number}/devices/shut-off"
    assert client.post(shut, json={"device_id": "lost"}, headers=signed()).status_code == 204
    assert (pull(client, wang["lost"]), renew(client, wang["lost"])) == (401, 401)
    assert (pull(client, wang["kept"]), renew(client, wang["kept"])) == (200, 200)
    assert client.post(shut, json={"device_id": "lost"}, headers=signed()).status_code == 404
    far = signed("township_officer", "370281999")
    assert client.post(shut, json={"device_id": "kept"}, headers=far).status_code == 404


def test_on_the_page_of_the_account(wang, officer, client, db):
    with db.read() as session:
        number = session.scalar(select(Account.id).where(Account.username == "wang"))
    liu = officer("township_officer", "370281001")
    page = liu.open(f"/console/organisation/accounts/{number}")
    assert "第 2 部" in page.text
    after = liu.press(page, "第 1 部丢失，停止使用")
    assert "登录已失效" in after.text and "第 2 部" not in after.text
    assert 401 in {pull(client, wang["lost"]), pull(client, wang["kept"])}
