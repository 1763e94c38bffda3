"""A household to look at on pages: two adults and a child, identity numbers, visits, sources that differ, a long aid chain."""

import re
from datetime import date

import pytest

from fieldsvc.accounts.regions import load_regions
from fieldsvc.aidchain.service import News, append_many
from fieldsvc.facts.service import record
from fieldsvc.households.models import Household, Person
from fieldsvc.kit import clock

from .jiaozhou import INPATIENT, departments, medical_visit
from .river import COUNTY, DAY, uid

NUMBER, CHILD_NUMBER = "370281196005011225", "370281201503070012"
CODES = re.compile(r"[a-z]+_[a-z]+|[0-9a-f]{8}-[0-9a-f]{4}-|[{}]|None|null|True|False")


@pytest.fixture
def home(town, screen):
    """Household a, known in the register as H-001, in 北山村; ``home`` is its id."""
    here, site = uid("a"), town
    with site.db.write() as session:
        load_regions(
            session, COUNTY, {COUNTY: "胶州市", "370281001": "样例镇", "370281001001": "北山村", "370281002": "邻镇"}
        )
        row = session.get(Household, (COUNTY, here))
        row.ref, row.address, row.name = "H-001", "北山村 12 号", "张桂兰"
        head = session.get(Person, (COUNTY, uid("a/p1")))
        head.name, head.relation = "张桂兰", "户主"
        number(site, head, NUMBER)
        child = Person(county_code=COUNTY, id=uid("a/child"), household_id=here, name="李小朵", sex="female", relation="孙女",
                       birth_date=date(2015, 3, 7), identity_kind="none", source="import", created_at=DAY, updated_at=DAY)  # fmt: skip
        number(site, child, CHILD_NUMBER)
        session.add(child)
    medical_visit(site, "a", INPATIENT)
    screen()
    return here


def number(site, person, text):
    person.identity_kind, person.identity_sealed = "identity", site.vault.seal_text(text, "persons.identity")
    person.identity_index = site.vault.index("identity", text)


def told(site, person, source="department", **facts):
    """Facts of a member from a source other than the visit."""
    with site.db.write() as session:
        record(session, COUNTY, uid("a"), person, facts, as_of=clock.now(), source_kind=source, source_id=f"{source}-1",
               declared=departments().vocabulary.facts)  # fmt: skip


def long_chain(site, entries=200):
    """Steps of many kinds on household a's chain."""
    about = {"alert": uid("alert"), "rule": "medical.aid", "title": "医疗救助"}
    referral = {
        "referral": uid("referral"),
        "duty": "medical_aid",
        "office": "市医疗保障局",
        "programme": "medical.aid",
    }
    outcome = {"result": "给予医疗救助 2400 元", "facts": {"medical_aid_received": True}}
    kinds = [("alert_opened", about | {"channels": ["visit"]}), ("referral_sent", referral | {"department": "medical"}),
             ("alert_closed", about | {"kind": "carry_out", "carried_out": "补发救助金 1200 元", "done_on": "2025-03-01", "note": None}),
             ("referral_done", referral | {"outcome": outcome})]  # fmt: skip
    with site.db.write() as session:
        append_many(
            session,
            COUNTY,
            [News(uid("a"), *kinds[n % 4][:1], "刘敏", kinds[n % 4][1], uid("a/p1")) for n in range(entries)],
        )


def asked(statements):
    """Statements but the begin of a transaction."""
    return [text for text in statements if not text.startswith("BEGIN")]
