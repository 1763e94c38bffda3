"""After a refusal (昌乐 二(二)13、15): the family is passed on to what else fits it, and stays under monitoring (监测帮扶)."""

from typing import Any

from sqlalchemy.orm import Session

from fieldsvc.departments.load import Departments
from fieldsvc.eligibility.catalogue import offers, shown
from fieldsvc.facts.service import record
from fieldsvc.kit import clock
from fieldsvc.screening.determinations import present

from .models import Application

MONITORED = "under_monitoring"


def after_refusal(session: Session, application: Application, departments: Departments) -> dict[str, Any]:
    """What the decision carries besides: ``next_offers``, what they say in one sentence, and that monitoring goes on. The caller
    holds the household's mark."""
    book, county = departments.rulebook, application.county_code
    known = present(session, county, application.household_id, book, application.jurisdiction, clock.today())
    tiers = frozenset(rule.id for rule in book.programmes if rule.tier)
    found = offers(known, [application.person_id] if application.person_id else None, but=tiers)
    record(session, county, application.household_id, None, {MONITORED: True}, as_of=clock.now(), source_kind="officer",
           source_id=application.id, declared=book.vocabulary.facts)  # fmt: skip
    return {"next_offers": [shown(offer) for offer in found], "next_said": _said(len(found)), "monitored": True}


def _said(number: int) -> str:
    if number:
        return f"不符合所审核的类别；另有 {number} 项救助帮扶可以转办，该户纳入监测帮扶范围。"
    return "不符合所审核的类别；现有情况也不符合其他救助帮扶项目，该户纳入监测帮扶范围。"
