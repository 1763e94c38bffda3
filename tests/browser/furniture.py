"""What the demo's day leaves out: one record of every kind that has a page of its own."""

import csv
import io
import time
from datetime import date

import orjson
from sqlalchemy import select

from fieldsvc.accounts.models import Account
from fieldsvc.accounts.rules import Actor
from fieldsvc.checking.models import Authorisation, Check
from fieldsvc.checking.outbox import COLUMN
from fieldsvc.demo.client import Client
from fieldsvc.demo.stage import HOST
from fieldsvc.households.models import Household, Person
from fieldsvc.kit import clock
from fieldsvc.kit.ids import new_id
from fieldsvc.matching import service as matching
from fieldsvc.matching.models import MatchingRun
from fieldsvc.matching.rules import PREVIEWED

LIST = [("姓名", "身份证号", "出生日期", "学段", "助学金", "学校", "数据日期"),
        ("查无此人", "", "2011-01-05", "义务教育", "是", "第一小学", "2026-10-01")]  # fmt: skip


def furnish(stage):
    township = Client(HOST, stage.port, "township", stage.password)
    with stage.site.db.read() as session:
        home = session.scalars(select(Household.id).order_by(Household.village_code, Household.id)).all()[7]
    township.post("/api/v1/emergencies", {"household_id": home, "kind": "emergency", "cause": "fire"})
    application = township.post(
        "/api/v1/applications", {"household_id": home, "tier": "dibao", "consent": {"scope": ["classification"]}}
    )
    township.post(
        f"/api/v1/applications/{application['id']}/decision",
        {"kind": "override", "tier": "rigid_expense", "reason": "集体研究"},
    )
    township.post(f"/api/v1/applications/{application['id']}/notices", {"days": 5})
    township.close()
    hand_in(stage)
    look_up(stage, home)


def look_up(stage, home):
    """A check with its report, as a platform answers it."""
    report = {"as_of": "2026-10-01", "parts": [{"kind": "vehicle", "found": "名下无车辆", "facts": {"owns_vehicle": False}}]}
    kinds, now = {"vehicle": "车辆", "tax": "税务"}, clock.now()
    with stage.site.db.write() as session:
        person = session.scalars(select(Person).where(Person.household_id == home).order_by(Person.id)).first()
        place = {"county_code": stage.site.county, "household_id": home, "person_id": person.id,
                 "village_code": session.get_one(Household, (stage.site.county, home)).village_code}  # fmt: skip
        given = Authorisation(id=new_id(), scope=kinds, signed_by=person.name, signed_on=date(2026, 9, 1), valid_until=date(2030, 9, 1),
                              recorded_by=1, at=now, **place)  # fmt: skip
        session.add(given)
        session.add(Check(id=new_id(), authorisation_id=given.id, unit="镇人民政府", purpose="低保审核", kinds=kinds, platform="near",
                          platform_title="省核对平台", state="answered", next_at=now, requested_by=1, requested_at=now, answered_at=now,
                          report_sealed=stage.site.vault.seal(orjson.dumps(report), COLUMN), **place))  # fmt: skip


def hand_in(stage):
    """A list as the county hands it in; the worker looks through it."""
    held = io.StringIO()
    csv.writer(held).writerows(LIST)
    with stage.site.db.read() as session:
        county = session.scalars(select(Account).where(Account.username == "county")).one()
    actor = Actor(county.county_code, county.id, county.name, county.role, county.region)
    data = held.getvalue().encode("utf-8-sig")
    run = matching.uploaded_by(
        stage.site, actor, stage.departments, "education.student_aid", "名单.csv", data, date(2026, 10, 1)
    )
    for _ in range(240):
        with stage.site.db.read() as session:
            if session.get_one(MatchingRun, (stage.site.county, run)).state == PREVIEWED:
                return
        time.sleep(0.25)
    raise AssertionError("the worker did not look through the list")
