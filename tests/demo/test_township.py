"""The synthetic township: the same people for the same seed, sound numbers of nobody, and it moves in whole."""

import re
from datetime import date

from sqlalchemy import func, select

from fieldsvc.demo.settle import settle
from fieldsvc.demo.township import BRANCHES, NOWHERE, STEMS, make_town, roster
from fieldsvc.households.models import Assignment, Household, Person
from fieldsvc.households.rules import age, read_identity
from tests.support.jiaozhou import departments

ON = date(2025, 3, 3)


def test_five_hundred_households_of_about_thirteen_hundred_persons():
    town = make_town(500)
    assert len(town.homes) == 500
    assert 1200 <= town.persons <= 1400
    assert make_town(500) == town
    assert make_town(500, seed=2) != town
    roles = [login.role for login in town.logins]
    assert (roles.count("grid_worker"), roles.count("child_director"), roles.count("child_supervisor")) == (4, 2, 1)
    assert {"township_officer", "county_officer", "department_officer"} < set(roles)


def test_every_number_is_well_formed_belongs_to_nobody_and_to_one_person():
    members = [m for home in make_town(500).homes for m in home.members]
    for m in members:
        read = read_identity(m.id_number, ON)
        assert (read.birth_date, read.sex) == (m.born, m.sex)
        assert m.id_number.startswith(NOWHERE)
    assert len({m.id_number for m in members}) == len(members)


def test_nobody_can_take_them_for_real_people():
    for home in make_town(200).homes:
        assert re.fullmatch(r"100\d{8}", home.phone)
        assert all(re.fullmatch(rf".[{STEMS}][{BRANCHES}]", m.name) for m in home.members)


def test_every_worker_has_somebody_on_dibao_and_every_child_a_director():
    homes = make_town(100).homes
    for worker in ("grid1", "grid2", "grid3", "grid4"):
        assert sum(h.grid_worker == worker and h.tier == "dibao" for h in homes) >= 2
    for home in homes:
        assert bool(home.child_director) == any(age(m.born, ON) < 18 for m in home.members)


def test_the_township_moves_in_whole(site):
    town = make_town(40)
    report = settle(site, departments(), town, "a long enough sentence")
    assert report.stored and not report.refused, report.refused[:3]
    with site.db.read() as session:
        def count(table):
            return session.scalar(select(func.count()).select_from(table))

        assert count(Household) == 40
        assert count(Person) == town.persons == roster(town).count(b"\n") - 1
        assert count(Assignment) == 40 + sum(bool(home.child_director) for home in town.homes)
