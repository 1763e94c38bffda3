"""Who may ask what (岗位 × 地址 × 区域): the table in routes.toml holds for every address of the application.

A record of another township, of another county, and one that does not exist answer with the same bytes.
"""

import re
import tomllib
from datetime import timedelta
from pathlib import Path

import pytest

from fieldsvc.accounts import service as accounts
from fieldsvc.accounts import tokens
from fieldsvc.accounts.models import Account
from fieldsvc.accounts.rules import (
    ADMIN,
    AUDITOR,
    CHILD_DIRECTOR,
    COUNTY,
    DEPARTMENT,
    GRID_WORKER,
    REPORTER,
    ROLES,
    TOWNSHIP,
)
from tests.scope.records import COUNTY_WIDE, KINDS, make, stood, uid
from tests.support import river
from tests.support.application import application
from tests.support.jiaozhou import departments, sampled

HERE = Path(__file__).parent
DECLARED = {route: frozenset(group["roles"]) for group in tomllib.loads((HERE / "routes.toml").read_text("utf-8"))["group"]
            for route in group["routes"]}  # fmt: skip
READS_ALL = {"auditor"}
"""A role that reads every page the county reads and has no other address."""
DECLARED = {route: roles | READS_ALL if "county_officer" in roles and route.startswith("GET /console/") else roles
            for route, roles in DECLARED.items()}  # fmt: skip
BODIES = tomllib.loads((HERE / "bodies.toml").read_text("utf-8"))
PEOPLE = {
    "own": (1, TOWNSHIP, "370281001", None), "sibling": (2, TOWNSHIP, "370281002", None), "parent": (3, COUNTY, "370281", None),
    "child": (4, GRID_WORKER, "370281001001", None), "other child": (5, GRID_WORKER, "370281001002", None),
    "director": (6, CHILD_DIRECTOR, "370281001", None), "asked": (7, DEPARTMENT, "370281", "medical"),
    "not asked": (8, DEPARTMENT, "370281", "education"), "admin": (9, ADMIN, "370281", None), "reporter": (10, REPORTER, "370281001", None),
    "auditor": (11, AUDITOR, "370281", None),
}  # fmt: skip
OFFICERS, HOLDERS = {"own", "parent", "auditor"}, {"child", "director"}
SEES = {"household_id": OFFICERS | HOLDERS, "person_id": OFFICERS | HOLDERS, "alert_id": OFFICERS | HOLDERS, "application_id": OFFICERS,
        "referral_id": OFFICERS | HOLDERS | {"asked"}, "aside_id": OFFICERS, "report_id": OFFICERS, "plan_id": OFFICERS | HOLDERS,
        "simulation_id": {"parent", "auditor"}, "item_id": {"parent", "admin", "auditor"}, "filter_id": {"own"},
        "check_id": OFFICERS, "authorisation_id": OFFICERS, "breach_id": OFFICERS, "notice_id": OFFICERS,
        "emergency_id": OFFICERS, "need_id": OFFICERS}  # fmt: skip
"""Who sees the record that stands in the own village. Kinds not named here have rules of their own, tested with their feature."""


def route_of(rule, method):
    return f"{method} {rule.rule}"


def addresses(app):
    for rule in app.url_map.iter_rules():
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
            yield rule, method


def guard(view):
    while view is not None:
        if hasattr(view, "signed_in_roles"):
            return frozenset(view.signed_in_roles)
        view = getattr(view, "__wrapped__", None)
    return frozenset()


@pytest.fixture
def app(site):
    made = application(sampled(site), departments())
    made.config["WTF_CSRF_METHODS"] = set()  # tested by itself; here every form is taken
    return made


@pytest.fixture
def people(app, site):
    """``people[name]`` = a client signed in for both doors. Records of every kind stand in the own village, in a sibling
    township's, and in another county's."""
    with site.db.write() as session:
        for number, role, region, department in PEOPLE.values():
            river.account(session, number, role, region, department)
        make(session, "370281", "here", "370281001001", 1)
        make(session, "370281", "there", "370281002001", 2)
        make(session, "370212", "abroad", "370212001001", 99)
        session.flush()
        for holder in (4, 6):
            river.assign(session, stood("here", "household_id"), holder)
    return {name: Client(app, site, number) for name, (number, *_rest) in PEOPLE.items()}


class Client:
    def __init__(self, app, site, number):
        self.http = app.test_client()
        with app.app_context(), site.db.write() as session:
            account = session.get(Account, (site.county, number))
            family = accounts.open_family(session, account, "d", timedelta(days=1))
            self.bearer = tokens.pair(account.id, family.id, family.current_jti)["access_token"]
        with self.http.session_transaction(base_url="http://localhost/console/") as held:
            held.update(account=number, family=family.id)

    def ask(self, rule, method, values, route):
        path = address(rule, values)
        body = BODIES.get(route, {})
        if rule.rule.startswith("/console"):
            return self.http.open(path, method=method, data=body if method == "POST" else None)
        return self.http.open(
            path,
            method=method,
            json=body if method == "POST" else None,
            headers={"Authorization": f"Bearer {self.bearer}"},
        )


def address(rule, values):
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(values[found[1]]), rule.rule)


def at(rule, place):
    """Values of an address's arguments: the records of a place, or ones that nobody made."""
    return {
        name: (stood(place, name) if place else uid("missing", name)) if name in KINDS else 1 for name in rule.arguments
    }


def bytes_of(response):
    """The answer without what differs each time and without the address that was asked."""
    text = response.get_data(as_text=True).replace(response.request.path, "")
    return response.status_code, re.sub(r'"request_id": ?"[^"]*"|name="csrf_token" value="[^"]*"', "", text)


def test_every_address_is_declared_with_the_roles_that_its_guard_lets_in(app):
    found = {route_of(rule, method): guard(app.view_functions[rule.endpoint]) for rule, method in addresses(app)}
    undeclared = {route: sorted(found[route]) for route in sorted(found.keys() - DECLARED.keys())}
    assert not undeclared, "tests/scope/routes.toml lacks:\n" + "\n".join(
        f'  "{r}", for {w}' for r, w in undeclared.items()
    )
    assert not DECLARED.keys() - found.keys(), sorted(DECLARED.keys() - found.keys())
    assert {route: DECLARED[route] for route in found} == found


def test_nobody_enters_without_signing_in_and_no_role_where_it_is_not_declared(app, people):
    wrong = []
    nobody = app.test_client()
    for rule, method in addresses(app):
        route, roles = route_of(rule, method), DECLARED.get(route_of(rule, method))
        if not roles:
            continue
        answer = nobody.open(address(rule, at(rule, "here")), method=method)
        entered = answer.status_code != 401 and "/console/login" not in answer.headers.get("Location", "")
        wrong += [f"{route}: nobody {answer.status_code}"] if entered else []
        for name, (_n, role, *_r) in PEOPLE.items():
            if role not in roles:
                refused = people[name].ask(rule, method, at(rule, "here"), route)
                wrong += [f"{route}: {name} {refused.status_code}"] if refused.status_code != 403 else []
    assert not wrong, "\n".join(wrong)


def test_foreign_and_missing_are_the_same_bytes_and_own_is_there(app, people):
    """Reads first: what is asked of the own record last may change it."""
    wrong = []
    ordered = sorted(addresses(app), key=lambda each: (each[1] != "GET", each[0].rule))
    for rule, method in ordered:
        route, kinds = route_of(rule, method), [name for name in rule.arguments if name in SEES]
        if not kinds or not DECLARED.get(route):
            continue
        for name, (_n, role, *_r) in PEOPLE.items():
            if role in DECLARED[route]:
                wrong += [f"{route}: {name} {told}" for told in cells(people[name], rule, method, route, name, kinds)]
    assert not wrong, "\n".join(wrong)


def cells(client, rule, method, route, name, kinds):
    ask = lambda place: client.ask(rule, method, at(rule, place), route)  # noqa: E731
    client.http.get("/console/nowhere")  # the sentence of what was done before is shown there
    missing = bytes_of(ask(None))
    sees = all(name in SEES[kind] for kind in kinds)
    strange = ["abroad"] + (["there"] if name in ("own", "child", "director") and not COUNTY_WIDE & set(kinds) else [])
    for place in strange + ([] if sees else ["here"]):
        found = bytes_of(ask(place))
        if found != missing or found[0] < 400:
            yield f"{place} {found[0]} is not as missing {missing[0]}: {found[1][:160]}"
    if sees:
        own = ask("here")
        if own.status_code in (401, 403, 404):
            yield f"here {own.status_code}: {own.get_data(as_text=True)[:160]}"


def test_every_role_has_somebody_here():
    assert set(ROLES) - {role for _n, role, *_r in PEOPLE.values()} == {"child_supervisor"}
