"""The scope of checks in SQL is the one scope function."""

from itertools import product

from sqlalchemy import select

from fieldsvc.accounts.rules import ROLES, Actor, may_see
from fieldsvc.checking import queries
from fieldsvc.checking.models import Check
from tests.scope.records import filled, uid

VILLAGES, DEPARTMENTS = ("370281001001", "370281002001"), (None, "medical", "education")


def test_what_sql_lets_through_is_what_may_see_says(db):
    with db.write() as session:
        for village, department in product(VILLAGES, DEPARTMENTS):
            known = {"county_code": "370281", "id": uid(village, str(department)), "village_code": village, "department": department}
            session.add(filled(Check, known, uid(village, str(department))))
    with db.read() as session:
        everything = session.scalars(select(Check)).all()
        for role, region, department in product(ROLES, ("370281", "370281001", "370281001001"), ("medical", None)):
            actor = Actor("370281", 1, "某", role, region, department)
            shown = set(session.scalars(select(Check.id).where(queries.scope(actor))))
            assert shown == {one.id for one in everything if may_see(actor, queries.item_of(actor, one))}, actor
