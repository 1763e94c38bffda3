"""Fixtures: the whole application with Jiaozhou's rules, a township screened once, officers who sign in."""

import pytest

from fieldsvc.screening.service import screen_due

from .accounts import bearer, client, login, make_account
from .application import application
from .jiaozhou import departments, open_township, sampled

__all__ = ["app", "bearer", "client", "login", "make_account", "screen", "signed", "town"]


@pytest.fixture
def app(site):
    return application(sampled(site), departments())


@pytest.fixture
def screen(site):
    """``screen()`` works like the worker until nothing is due."""

    def run():
        while screen_due(site, departments()):
            pass

    return run


@pytest.fixture
def town(site, screen):
    """Households a and b of one person on 低保, in the caseload of grid worker 1; nothing is due."""
    open_township(site, "a", "b")
    screen()
    return site


@pytest.fixture
def signed(make_account, bearer):
    """``signed("township_officer")`` → headers of such an officer, made on first use."""
    known = {}

    def headers(role="township_officer", region="370281001", **more):
        name = "-".join([role, region, *map(str, more.values())])
        if name not in known:
            make_account(name, role, region, **more)
            known[name] = bearer(name)
        return known[name]

    return headers
