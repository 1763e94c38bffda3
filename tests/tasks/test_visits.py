"""Visits fall due by the text's own periods or by a deployment's; a visit starts the next period."""

from datetime import UTC, date, datetime, timedelta
from functools import cache

import pytest
from sqlalchemy import select, update

from fieldsvc.departments.load import load_departments
from fieldsvc.facts.service import mark_dirty, record
from fieldsvc.feed.models import Change
from fieldsvc.households.models import Person, Task
from fieldsvc.kit import clock
from fieldsvc.kit.settings import Settings
from fieldsvc.kit.site import Site
from fieldsvc.screening.service import screen_due
from fieldsvc.tasks.models import VisitSchedule
from fieldsvc.tasks.rules import VISIT
from fieldsvc.tasks.service import raise_due
from tests.support.jiaozhou import ROOT, open_township
from tests.support.river import COUNTY, account, assign, uid, visit

EVERY_TWO_MONTHS = """
jurisdiction = "{place}"
[[parameter]]
name = "{name}"
value = 2
unit = "month"
from = 2022-01-01
reference = "本地走访办法"
"""


@cache
def ruled(place, folder, *names):
    files = [ROOT / f"fieldsvc/civil/sample/{place}.toml", ROOT / f"plugins/medical/fieldsvc_medical/sample/{place}.toml"]
    for name in names:
        (folder / f"{name}.toml").write_text(EVERY_TWO_MONTHS.format(place=place, name=name), encoding="utf-8")
        files.append(folder / f"{name}.toml")
    return load_departments(Settings(folder, "sqlite://", supplements=tuple(files)))


class World:
    def __init__(self, site, place, departments, monkeypatch):
        self.site = Site(Settings(site.settings.home, site.settings.database_url, jurisdiction=place), site.db, site.vault)
        self.departments, self.patch = departments, monkeypatch

    def on(self, day):
        self.patch.setattr(clock, "now", lambda: datetime(day.year, day.month, day.day, 4, tzinfo=UTC))

    def screen(self):
        with self.site.db.write() as session:
            mark_dirty(session, COUNTY, [uid("a")])
        while screen_due(self.site, self.departments):
            pass
        with self.site.db.write() as session:
            return raise_due(session, COUNTY)

    def tasks(self):
        with self.site.db.read() as session:
            wanted = select(Task).where(Task.household_id == uid("a"), Task.kind == VISIT).order_by(Task.updated_at, Task.id)
            return list(session.scalars(wanted))

    def due(self):
        with self.site.db.read() as session:
            return {s.form_id: (s.months, s.due_on) for s in session.scalars(select(VisitSchedule))}

    def tell(self, day, person=None, **facts):
        with self.site.db.write() as session:
            record(session, COUNTY, uid("a"), person, facts, as_of=datetime(day.year, day.month, day.day, tzinfo=UTC),
                   source_kind="officer", source_id="o", declared=self.departments.vocabulary.facts)  # fmt: skip

    def visited(self, day, name, form="civil_household_visit", person=None, **more):
        with self.site.db.write() as session:
            visit(self.site, session, uid("a"), name, {}, form=form, person=person,
                  at=datetime(day.year, day.month, day.day, tzinfo=UTC), **more)  # fmt: skip


@pytest.fixture
def jiaozhou(site, tmp_path_factory, monkeypatch):
    world = World(site, "jiaozhou", ruled("jiaozhou", tmp_path_factory.mktemp("s"), "low_income_visit_months"), monkeypatch)
    world.on(date(2026, 1, 10))
    open_township(site, "a")
    return world


@pytest.fixture
def huining(site, tmp_path_factory, monkeypatch):
    world = World(site, "huining", ruled("huining", tmp_path_factory.mktemp("s"), "child_visit_months", "tekun_visit_months"), monkeypatch)
    world.on(date(2023, 1, 10))
    open_township(site, "a")
    return world


def test_a_due_visit_becomes_a_task_and_reaches_the_worker(jiaozhou):
    assert jiaozhou.screen() == 0
    assert jiaozhou.due() == {"civil_household_visit": (2, date(2026, 3, 10))}
    jiaozhou.on(date(2026, 2, 10))
    assert (jiaozhou.screen(), jiaozhou.screen()) == (1, 0)
    (task,) = jiaozhou.tasks()
    assert (task.status, task.due_on, task.about) == ("open", date(2026, 3, 10), "civil.visit_low_income")
    assert task.form_id == "civil_household_visit"
    with jiaozhou.site.db.read() as session:
        assert session.scalar(select(Change.seq).where(Change.scope == 1, Change.record_id == task.id))


def test_a_finished_visit_closes_the_task_and_starts_the_next_period(jiaozhou):
    jiaozhou.screen()
    jiaozhou.on(date(2026, 3, 1))
    jiaozhou.screen()
    jiaozhou.visited(date(2026, 3, 3), "v1")
    jiaozhou.on(date(2026, 3, 4))
    assert jiaozhou.screen() == 0
    (task,) = jiaozhou.tasks()
    assert (task.status, task.closed_by) == ("done", "engine")
    assert jiaozhou.due() == {"civil_household_visit": (2, date(2026, 5, 3))}
    jiaozhou.on(date(2026, 4, 20))
    assert jiaozhou.screen() == 1
    assert [t.status for t in jiaozhou.tasks()] == ["done", "open"]


def test_a_visit_with_another_form_does_not_count(jiaozhou):
    jiaozhou.screen()
    jiaozhou.visited(date(2026, 3, 3), "v1", form="medical_visit")
    jiaozhou.screen()
    assert jiaozhou.due() == {"civil_household_visit": (2, date(2026, 3, 10))}


def test_who_is_no_longer_in_a_tier_is_no_longer_visited(jiaozhou):
    jiaozhou.screen()
    jiaozhou.on(date(2026, 3, 1))
    jiaozhou.screen()
    with jiaozhou.site.db.write() as session:
        session.execute(update(Person).values(tier="none"))
    jiaozhou.screen()
    assert (jiaozhou.due(), [t.status for t in jiaozhou.tasks()]) == ({}, ["cancelled"])


@pytest.mark.requirement("VIS-03")
def test_a_dibao_household_is_checked_yearly_and_half_yearly_where_income_is_unsteady(huining):
    day = date(2023, 1, 10)
    huining.tell(day, income_unsteady=False)
    huining.tell(day, uid("a/p1"), no_labour_capacity=True, employment_status="jobless")
    huining.screen()
    assert huining.due() == {"civil_household_visit": (12, date(2024, 1, 10))}
    huining.tell(day + timedelta(1), income_unsteady=True)
    huining.screen()
    assert huining.due() == {"civil_household_visit": (6, date(2023, 7, 10))}


def test_a_child_is_visited_by_the_director_with_the_child_form(huining):
    day = date(2023, 1, 10)
    with huining.site.db.write() as session:
        session.execute(update(Person).values(birth_date=date(2015, 1, 1)))
        account(session, 9, "child_director")
        assign(session, uid("a"), 9)
    huining.tell(day, uid("a/p1"), child_welfare_status="orphan")
    huining.on(date(2023, 2, 20))
    huining.screen()
    huining.on(date(2023, 4, 1))
    huining.screen()
    (task,) = [t for t in huining.tasks() if t.form_id == "civil_child_visit"]
    assert (task.person_id, task.klass) == (uid("a/p1"), "child")
    with huining.site.db.read() as session:
        assert set(session.scalars(select(Change.scope).where(Change.record_id == task.id))) == {9}
    huining.visited(date(2023, 4, 2), "v9", form="civil_child_visit", person=uid("a/p1"), klass="child")
    huining.on(date(2023, 4, 3))
    huining.screen()
    assert huining.due()["civil_child_visit"] == (2, date(2023, 6, 2))



