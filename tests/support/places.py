"""A whole county under the policy of any of the places, over HTTP: households, what is told of them, officers who sign in."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import update

from fieldsvc.accounts import service
from fieldsvc.accounts.models import Account
from fieldsvc.departments.load import Departments, load_departments
from fieldsvc.facts.service import record
from fieldsvc.forms.service import publish
from fieldsvc.kit import clock
from fieldsvc.kit.settings import Settings
from fieldsvc.screening.service import screen_due
from fieldsvc.wiring import connect

from .accounts import HASH, PASSWORD, header
from .application import application
from .jiaozhou import ROOT
from .river import COUNTY, account, assign, household, uid, visit

TOWNSHIP, VILLAGE = "370281001", "370281001001"
HOME = {"financial_assets": "1000", "owns_vehicle": False, "owns_second_home": False, "has_deductible_cost": False,
        "rigid_expense_year": "0", "household_income_last_year": "90000", "basic_life_hard": False}  # fmt: skip
PERSON = {"disability_certificate": False, "listed_major_disease": False, "employment_status": "employed", "income_month": "500",
          "single_household_applied": False, "no_capable_supporter": False, "no_labour_capacity": False,
          "has_uncounted_income": False, "full_time_student": False}  # fmt: skip


def supplements(place: str) -> tuple[Path, ...]:
    """The samples (样例) of every department for a place."""
    plugins = sorted(ROOT.glob(f"plugins/*/fieldsvc_*/sample/{place}.toml"))
    return (ROOT / f"fieldsvc/civil/sample/{place}.toml", *plugins)


@cache
def departments_of(place: str) -> Departments:
    return load_departments(Settings(Path("unused"), "sqlite://", supplements=supplements(place)))


class County:
    """``tell`` and ``visited`` happen now unless a day is given; ``call`` answers ``(status, JSON)`` for an officer's role."""

    def __init__(self, site, place, patch):
        settings = replace(site.settings, jurisdiction=place, supplements=supplements(place))
        self.site, self.place, self.patch, self.departments = replace(site, settings=settings), place, patch, departments_of(place)
        self.app = application(self.site, self.departments)
        self.client, self.known, self.number = self.app.test_client(), {}, 0
        with site.db.write() as session:
            for file in self.departments.form_files:
                publish(session, COUNTY, file.form, file.department, file.source, file.name)

    def on(self, day):
        """From now on it is noon of that day."""
        self.patch.setattr(clock, "now", lambda: datetime(day.year, day.month, day.day, 4, tzinfo=UTC))

    def later(self, **span):
        now = clock.now() + timedelta(**span)
        self.patch.setattr(clock, "now", lambda: now)

    def household(self, name="a", worker=1, **extra):
        with self.site.db.write() as session:
            household(session, name, **extra)
            if worker:
                self._account(session, worker)
                assign(session, uid(name), worker)
        return uid(name)

    def worker(self, number, role="grid_worker", region=VILLAGE, serves=(), **more):
        with self.site.db.write() as session:
            self._account(session, number, role, region, **more)
            for name in serves:
                assign(session, uid(name), number)

    def _account(self, session, number, role="grid_worker", region=VILLAGE, **more):
        if number not in self.known:
            self.known[number] = f"u{number}"
            account(session, number, role, region, **more)

    def tell(self, name="a", person="p1", source="officer", **facts):
        """Facts of the household and of one member; each goes where it belongs. Screens."""
        self.number += 1
        declared = self.departments.vocabulary.facts
        with self.site.db.write() as session:
            record(session, COUNTY, uid(name), uid(f"{name}/{person}"), facts, as_of=clock.now(), source_kind=source,
                   source_id=f"told-{self.number}", declared=declared)  # fmt: skip
        self.screen()

    def visited(self, form, answers, name="a", person=None, **more):
        """A visit as a push stores it, now; screens. Returns its id."""
        self.number += 1
        member = uid(f"{name}/{person}") if person else None
        with self.site.db.write() as session:
            made = visit(self.site, session, uid(name), f"visit-{self.number}", answers, person=member, form=form,
                         at=more.pop("at", clock.now()), **more)  # fmt: skip
        self.screen()
        return made

    def screen(self):
        while screen_due(self.site, self.departments):
            pass

    def headers(self, role="township_officer", region=None, **more):
        region = region or (TOWNSHIP if role == "township_officer" else COUNTY)
        name = "-".join([role, region, *map(str, more.values())])
        if name not in self.known:
            with self.site.db.write() as session:
                service.create_account(session, COUNTY, username=name, password_hash=HASH, name=name, role=role, region=region, **more)
            self.known[name] = self._sign_in(name)
        return self.known[name]

    def _sign_in(self, name):
        body = {"username": name, "password": PASSWORD, "device_id": "desk"}
        answer = self.client.post("/api/v1/auth/login", json=body)
        assert answer.status_code == 200, answer.get_json()
        return header(answer.get_json()["access_token"])

    def call(self, method, path, body=None, role="township_officer", **more):
        sent = {"json": body} if body is not None else {}
        got = getattr(self.client, method)(f"/api/v1{path}", headers=self.headers(role, **more), **sent)
        return got.status_code, got.get_json()

    def get(self, path, role="township_officer", **more):
        status, body = self.call("get", path, None, role, **more)
        assert status == 200, body
        return body

    def post(self, path, body=None, role="township_officer", expect=(200, 201), **more):
        status, answer = self.call("post", path, body or {}, role, **more)
        assert status in expect, answer
        return answer

    def related(self, name):
        """The township officer says to be related to household ``name``."""
        said = self.client.post(f"/api/v1/households/{uid(name)}/kin", json={"relation": "表兄"}, headers=self.headers())
        assert said.status_code == 204

    def refused(self, path, body=None, role="township_officer", **more):
        """``(status, code)`` of a request that is refused."""
        status, answer = self.call("post", path, body or {}, role, **more)
        assert status >= 400, answer
        return status, answer["code"]

    def seen_by(self, number, path, expect=200):
        """What worker ``number`` is answered."""
        with self.site.db.write() as session:
            session.execute(update(Account).where(Account.id == number, Account.county_code == COUNTY).values(password_hash=HASH))
        got = self.client.get(f"/api/v1{path}", headers=self._sign_in(f"u{number}"))
        assert got.status_code == expect, got.get_json()
        return got.get_json()

    def alerts(self, name="a"):
        return {a["rule_id"]: a for a in self.get(f"/alerts?household_id={uid(name)}&limit=200")["items"]}

    def chain(self, name="a", role="township_officer"):
        return [(link["kind"], link["content"]) for link in self.get(f"/households/{uid(name)}/chain", role)["items"]]


@pytest.fixture
def county(site, monkeypatch):
    """``county("puning")`` → the county under that place's policy, with the samples (样例)."""
    connect()
    return lambda place: County(site, place, monkeypatch)
