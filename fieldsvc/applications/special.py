"""特殊情况特殊处理 (会宁 二(二)三是2): a reviewer recognises a child whom the rule refuses, in the child's best interest, with reasons.
What the rule said stays beside it on the aid chain."""

from sqlalchemy.orm import Session

from fieldsvc.accounts.rules import CHILD
from fieldsvc.aidchain.service import append
from fieldsvc.eligibility.plan import ELIGIBLE
from fieldsvc.facts.service import mark_dirty, record
from fieldsvc.households.kin import refuse_kin
from fieldsvc.households.queries import visible_household
from fieldsvc.households.rules import age
from fieldsvc.kit import clock
from fieldsvc.kit.crypto import masked_text
from fieldsvc.kit.errors import Problem, not_found
from fieldsvc.kit.ids import new_id
from fieldsvc.screening.determinations import present

from .service import Counter

PROTECTION, STATUS, ADULT = "civil.child_protection", "child_welfare_status", 18


def decide_specially(session: Session, at: Counter, household_id: str, person_id: str, status: str, reason: str) -> None:
    """Recognise a child as ``status`` (a choice of ``child_welfare_status``) against the rule. The decision is a fact from now on.

    Problems: 404; 409 ``no-body`` where the place's text has no such protection, ``fits-already``, ``kin-stands-aside``; 422
    ``not-a-child``, ``status-unknown``, ``reason-missing``.
    """
    home = visible_household(session, at.actor, household_id)
    refuse_kin(session, at.actor, home.id)
    mark_dirty(session, home.county_code, [home.id])
    book = at.departments.rulebook
    known = present(session, home.county_code, home.id, book, at.jurisdiction, clock.today())
    if person_id not in known.given:
        raise not_found()
    born = known.state.get(person_id)("birth_date")
    if born is None or age(born, clock.today()) >= ADULT:
        raise Problem(422, "not-a-child", "只对不满十八周岁、出生日期已登记的儿童适用。")
    if status not in book.vocabulary.facts[STATUS].choices or status == "none":
        raise Problem(422, "status-unknown", "请选择认定为哪一类儿童。", {"errors": {"status": "请选择"}})
    if not reason.strip():
        raise Problem(422, "reason-missing", "特殊处理须写明理由。", {"errors": {"reason": "必填"}})
    ruled = known.ruled(book.by_id[PROTECTION], person_id)
    if known.plan.rulings[PROTECTION].status:
        raise Problem(409, "no-body", "本地区的文件没有规定这项儿童保障，不能作特殊处理。")
    if ruled.verdict == ELIGIBLE:
        raise Problem(409, "fits-already", "该儿童按规定已经符合，不需要特殊处理。")
    decided = new_id()
    told = {"decision": decided, "programme": PROTECTION, "status": status, "verdict": ruled.verdict_label,
            "reason": masked_text(reason.strip())}  # fmt: skip
    append(session, home.county_code, home.id, "special_decision", at.actor.name, told, person_id=person_id, klass=CHILD)
    record(session, home.county_code, home.id, person_id, {STATUS: status}, as_of=clock.now(), source_kind="officer", source_id=decided,
           declared=book.vocabulary.facts)  # fmt: skip
