"""Fixtures: accounts to try, and a client of the whole application. A feature's conftest imports what it uses."""

import pytest

from fieldsvc.accounts import passwords, service

from .application import application

PASSWORD = "correct horse battery staple"
HASH = passwords.hashed(PASSWORD)


@pytest.fixture
def make_account(site):
    """``make_account("wang", role="grid_worker", region="370281001001")`` → the stored account, password ``PASSWORD``."""

    def make(username, role="grid_worker", region="370281001001", **more):
        with site.db.write() as session:
            return service.create_account(session, site.county, username=username, password_hash=HASH,
                                          name=more.pop("name", username), role=role, region=region, **more)  # fmt: skip

    return make


@pytest.fixture
def app(site):
    return application(site)


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture
def login(client):
    """``login("wang")`` → the answer's JSON; ``login.raw(...)`` the response."""

    def raw(username, password=PASSWORD, device_id="phone-1"):
        body = {"username": username, "password": password, "device_id": device_id}
        return client.post("/api/v1/auth/login", json=body)

    def login(*args, **kwargs):
        response = raw(*args, **kwargs)
        assert response.status_code == 200, response.json
        return response.json

    login.raw = raw
    return login


@pytest.fixture
def bearer(login):
    """``bearer("wang")`` → headers of a signed-in request."""
    return lambda username: header(login(username)["access_token"])


def header(token):
    return {"Authorization": f"Bearer {token}"}
