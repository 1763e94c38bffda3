"""Every page of the console with the ids of records that exist: from the URL map, so that no page is forgotten."""

from flask import url_for
from sqlalchemy import select

from fieldsvc.accounts.models import Account
from fieldsvc.accounts.rules import ADMIN, COUNTY, DEPARTMENT, TOWNSHIP
from fieldsvc.alerts.models import Alert, Disposal
from fieldsvc.alerts.rules import JOINT_STUDY
from fieldsvc.applications.models import Application
from fieldsvc.checking.models import Check
from fieldsvc.emergency.models import Emergency
from fieldsvc.households.models import Household, Person
from fieldsvc.intake.models import Report
from fieldsvc.matching.models import MatchingRun
from fieldsvc.publicity.models import Notice
from fieldsvc.referrals.models import Referral
from fieldsvc.visits.models import SetAside

WHO = {TOWNSHIP: "township", COUNTY: "county", DEPARTMENT: "medical", ADMIN: "admin"}
MODELS = {"alert_id": Alert, "household_id": Household, "person_id": Person, "referral_id": Referral,
          "application_id": Application, "aside_id": SetAside, "report_id": Report, "notice_id": Notice,
          "emergency_id": Emergency, "account_id": Account, "run_id": MatchingRun, "meeting_id": Disposal, "check_id": Check}  # fmt: skip
# Of what is not all alike, the one with most to show: a household with somebody without a number (their temporary one has letters).
UNNUMBERED = select(Person.household_id).where(Person.temporary_number.is_not(None))
CHOSEN = {Disposal: [Disposal.kind == JOINT_STUDY], Household: [Household.id.in_(UNNUMBERED)]}
NOT_A_PAGE = {"console.static", "console.missing", "console.login", "console.home"}


def addresses(app, session):
    """``(endpoint, role, path)`` of every page, for the first role that may see it; a record it needs and nobody has made
    raises LookupError."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.endpoint):
        if rule.endpoint.startswith("console.") and "GET" in rule.methods and rule.endpoint not in NOT_A_PAGE:
            roles = app.view_functions[rule.endpoint].signed_in_roles
            values = {name: _one(session, rule.endpoint, name) for name in rule.arguments} | _two(
                session, rule.endpoint
            )
            with app.test_request_context():
                yield (
                    rule.endpoint.removeprefix("console."),
                    next(r for r in WHO if r in roles),
                    url_for(rule.endpoint, **values),
                )


def _one(session, endpoint, name):
    model = MODELS.get(name)
    if model is None:
        raise LookupError(f"{endpoint}: say in tests/browser/places.py where a {name} comes from")
    wanted = select(model.id).where(*CHOSEN.get(model, ()))
    found = session.scalar(wanted.order_by(model.id).limit(1))
    if found is None:
        raise LookupError(f"{endpoint}: the stage has no {name}")
    return found


def _two(session, endpoint):
    """The comparison names its two records in the query."""
    if endpoint != "console.compare_two":
        return {}
    one, other = session.scalars(select(Household.id).order_by(Household.id).limit(2))
    return {"kind": "household", "one": one, "other": other}
