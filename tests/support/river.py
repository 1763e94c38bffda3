"""A small household to stand on: registry rows, workers, a published form, visits stored as a push stores them."""

from datetime import UTC, date, datetime, timedelta
from uuid import NAMESPACE_OID, uuid5

import orjson
from sqlalchemy import select, update

from fieldsvc.accounts.models import Account
from fieldsvc.facts.service import mark_dirty
from fieldsvc.forms.compile import compile_form
from fieldsvc.forms.models import FormVersion
from fieldsvc.forms.service import publish
from fieldsvc.households.models import Assignment, Household, Person
from fieldsvc.visits.models import Visit
from fieldsvc.visits.rules import content_hash
from fieldsvc.visits.service import COLUMN

COUNTY = "370281"
VILLAGE = "370281001001"
DAY = datetime.now(UTC).replace(microsecond=0) - timedelta(days=30)

FORM = """| survey | | | | |
| | type | name | label | save_to |
| | decimal | income | 月收入 | income_month |
| | select_one yes_no | car | 有车 | owns_vehicle |
| | integer | grade | 残疾等级 | disability_grade |
| | text | later | 以后才认识的事实 | not_yet_declared |
| | begin_repeat | members | 家庭成员 | |
| | text | person_id | 成员 | |
| | decimal | member_income | 成员月收入 | income_month |
| | end_repeat | | | |
| choices | | | | |
| | list_name | name | label | |
| | yes_no | yes | 是 | |
| | yes_no | no | 否 | |
| | yes_no | unknown | 不清楚 | |
| settings | | | | |
| | form_title | form_id | version | |
| | 走访 | river_visit | 1 | |
"""


def uid(name: str) -> str:
    """The same UUID for the same name."""
    return str(uuid5(NAMESPACE_OID, name))


def publish_form(session, text=FORM, origin="river_visit.md"):
    publish(session, COUNTY, compile_form(text.encode(), origin=origin), "civil", text.encode(), origin)


def household(session, name, persons=("p1",), village=VILLAGE, tier=None, area="rural", born=date(1960, 5, 1), **extra):
    """Household ``name`` with persons ``{name}/{person}``; ids are ``uid`` of those names."""
    common = {"county_code": COUNTY, "source": "import", "created_at": DAY, "updated_at": DAY}
    home = uid(name)
    session.add(Household(id=home, name=f"{name}户", village_code=village, area=area, tier=tier, **common, **extra))
    for person in persons:
        session.add(Person(id=uid(f"{name}/{person}"), household_id=home, name=person, sex="female", birth_date=born,
                           identity_kind="none", **common))  # fmt: skip
    return home


def account(session, number, role="grid_worker", region=VILLAGE, department=None):
    session.add(Account(county_code=COUNTY, id=number, username=f"u{number}", password_hash="-", name=f"用户{number}", role=role,
                        region=region, department=department, active=True, created_at=DAY))  # fmt: skip


def assign(session, home, number):
    session.add(Assignment(county_code=COUNTY, household_id=home, account_id=number, active=True, granted_at=DAY))


def visit(site, session, home, name, answers, *, person=None, at=DAY, revision=1, form="river_visit", version=None, klass="general"):
    """Store a visit, or the next revision of one, and mark the household dirty. ``version``: the published one by default."""
    mark_dirty(session, COUNTY, [home])
    published = select(FormVersion.version).where(FormVersion.form_id == form, FormVersion.current)
    version = version or session.scalar(published) or "1"
    content = orjson.dumps({"id": uid(name), "answers": answers, "person_id": person})
    values = {"household_id": home, "person_id": person, "form_id": form, "form_version": version, "klass": klass,
              "author_id": 1, "device_id": "d1", "verdict": "applied", "content_hash": content_hash(content),
              "answers_sealed": site.vault.seal(content, COLUMN), "observed_at": at, "received_at": at,
              "revision": revision}  # fmt: skip
    if revision > 1:
        session.execute(update(Visit).where(Visit.id == uid(name)).values(**values))
    else:
        session.add(Visit(county_code=COUNTY, id=uid(name), **values))
    return uid(name)
