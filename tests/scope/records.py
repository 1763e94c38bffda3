"""One record of every kind that an address can name, in a place of its own: whatever its columns need is filled in."""

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import NAMESPACE_OID, uuid5

from sqlalchemy import Boolean, Date, Integer, LargeBinary, String, Text

from fieldsvc.alerts.models import Alert
from fieldsvc.applications.models import Application
from fieldsvc.charity.models import SharedNeed
from fieldsvc.checking.models import Authorisation, Check
from fieldsvc.console.models import SavedFilter
from fieldsvc.emergency.models import Emergency
from fieldsvc.honesty.models import Breach
from fieldsvc.households.models import Household, Person
from fieldsvc.intake.models import Report
from fieldsvc.kit.columns import JsonText, Moment, Yuan
from fieldsvc.matching.models import MatchingRun
from fieldsvc.plans.models import Plan
from fieldsvc.publicity.models import Notice
from fieldsvc.referrals.models import OutboxItem, Referral
from fieldsvc.registry.models import Merge
from fieldsvc.simulations.models import Simulation
from fieldsvc.visits.models import SetAside

KINDS = {
    "household_id": Household, "person_id": Person, "alert_id": Alert, "application_id": Application, "referral_id": Referral,
    "aside_id": SetAside, "report_id": Report, "run_id": MatchingRun, "plan_id": Plan, "merge_id": Merge,
    "simulation_id": Simulation, "filter_id": SavedFilter, "item_id": OutboxItem, "check_id": Check,
    "authorisation_id": Authorisation, "breach_id": Breach, "notice_id": Notice, "emergency_id": Emergency,
    "need_id": SharedNeed,
}  # fmt: skip
COUNTY_WIDE = {"simulation_id", "filter_id", "item_id"}
"""Kinds without a place: they belong to a county, or to the account that made them."""
STATES = {"alert_id": {"status": "open", "kind": "carry_out", "severity": "high", "rule_id": "civil.none", "subject": "household"},
          "application_id": {"state": "open", "procedure": "dibao", "applied": "dibao", "jurisdiction": "jiaozhou"},
          "referral_id": {"state": "sent", "duty": "medical_insurance", "department": "medical", "office": "市医疗保障局"},
          "aside_id": {"state": "quarantined", "tbl": "body"}, "report_id": {"state": "open", "channel": "petition"},
          "emergency_id": {"state": "found", "kind": "emergency", "cause": "fire", "residence": "registered"},
          "breach_id": {"state": "found"}, "need_id": {"state": "shown"}, "check_id": {"state": "sent", "kinds": {}},
          "notice_id": {"state": "posted"},
          "plan_id": {"state": "running"}, "run_id": {"state": "previewed"}}  # fmt: skip
NOW = datetime(2026, 1, 5, tzinfo=UTC)


def uid(*words):
    return str(uuid5(NAMESPACE_OID, "/".join(words)))


def stood(place, kind):
    """The id of the record of a kind that stands at a place."""
    return uid(place, kind)


def make(session, county, place, village, author):
    """One record of every kind at ``village``, all of them of one household."""
    for kind, model in KINDS.items():
        known = {"county_code": county, "id": stood(place, kind), "household_id": stood(place, "household_id"), "village_code": village,
                 "region": village, "author_id": author, "account_id": author, "klass": "general", "name": "某某",
                 "person_id": stood(place, "person_id"), "first_contact_id": author, "subject_id": stood(place, "household_id"),
                 "referral_id": stood(place, "referral_id"), "alert_id": None,
                 "application_id": stood(place, "application_id"), "identity_kind": "none"}  # fmt: skip
        session.add(filled(model, known | STATES.get(kind, {}), stood(place, kind)))


def filled(model, known, own_id):
    """``known`` where the model has such a column; elsewhere the plainest value that its type takes."""
    values = {}
    for column in model.__table__.columns:
        if column.name in known:
            values[column.name] = known[column.name]
        elif not column.nullable:
            values[column.name] = plainest(column, own_id)
    return model(**values)


def plainest(column, own_id):
    kind = column.type
    if isinstance(kind, Yuan):
        return Decimal(1)
    if isinstance(kind, Moment):
        return NOW
    if isinstance(kind, JsonText):
        return {}
    if isinstance(kind, Date):
        return date(2026, 1, 5)
    if isinstance(kind, Boolean):
        return True
    if isinstance(kind, Integer):
        return 1
    if isinstance(kind, LargeBinary):
        return own_id.encode()[:16]
    assert isinstance(kind, String | Text), f"{column}: {kind}"
    return own_id[: kind.length or 36]
