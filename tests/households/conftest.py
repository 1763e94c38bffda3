"""A small registry: two villages, a worker in each, and one household with an identity number."""

import pytest

from fieldsvc.accounts.rules import Actor
from fieldsvc.households import service
from fieldsvc.households.rules import check_character
from fieldsvc.kit import notify
from tests.support.accounts import app, bearer, client, login, make_account  # noqa: F401

VILLAGE, OTHER = "370281001001", "370281002001"


def number(serial, born="19800101"):
    body = f"370281{born}{serial:03d}"
    return body + check_character(body)


@pytest.fixture
def told(monkeypatch):
    """Households of which later stages were told, in order."""
    heard = []
    monkeypatch.setattr(notify, "_changed", [lambda session, county, ids: heard.extend(sorted(ids))])
    monkeypatch.setattr(notify, "_collectors", [])
    return heard


@pytest.fixture
def make_home(site):
    """``make_home("张三", VILLAGE, [("张三", number(1)), ("张小", None)])`` → (household, persons)."""

    def make(name, village=VILLAGE, persons=(), **more):
        with site.db.write() as session:
            home = service.create_household(session, site.vault, site.county,
                                            {"name": name, "village_code": village, **more}, source="console")  # fmt: skip
            people = [
                service.create_person(session, site.vault, site.county, home.id, {"name": n, "id_number": i}, source="console")
                for n, i in persons
            ]
            return home, people

    return make


def actor_of(account):
    return Actor(account.county_code, account.id, account.name, account.role, account.region, account.department)
