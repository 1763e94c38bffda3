"""渐退: aid that is to end stands for the jurisdiction's months; it ends on its day, by a last check, never by itself.

The period is kept as facts of the household, which rules read: ``gradual_exit_from``, ``_until``, ``_state``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from sqlalchemy.orm import Session

from fieldsvc.aidchain.service import append
from fieldsvc.alerts.kinds import Desk, end_tier
from fieldsvc.alerts.models import Alert
from fieldsvc.departments.load import Departments
from fieldsvc.eligibility.determination import FactValue
from fieldsvc.eligibility.explain import Explanation, worked_through
from fieldsvc.eligibility.plan import verdict_column
from fieldsvc.eligibility.vocabulary import shift
from fieldsvc.facts.service import record
from fieldsvc.kit import clock
from fieldsvc.kit.errors import Problem
from fieldsvc.policy.book import Found
from fieldsvc.screening.determinations import present
from fieldsvc.tasks.checks import answered

MONTHS = "civil_gradual_exit_months"
OPENS, PERIOD, LAST_CHECK = "civil.gradual_exit", "civil.gradual_exit_period", "civil.gradual_exit_ends"
FROM, UNTIL, STATE = "gradual_exit_from", "gradual_exit_until", "gradual_exit_state"
RUNNING, OVER, KEPT = "running", "over", "kept"


@dataclass(frozen=True, slots=True)
class Matter:
    """An alert that is to end aid, with the household as it is known."""

    session: Session
    alert: Alert
    desk: Desk
    known: Explanation

    @property
    def departments(self) -> Departments:
        return self.desk.departments  # type: ignore[return-value]

    @property
    def running(self) -> bool:
        return self.told(STATE) == RUNNING

    def told(self, fact: str) -> Any:
        return self.known.state.get(None)(fact)

    def record(self, **facts: str) -> None:
        record(self.session, self.alert.county_code, self.alert.household_id, None, facts, as_of=clock.now(), source_kind="officer",
               source_id=self.alert.id, declared=self.departments.vocabulary.facts)  # fmt: skip

    def chain(self, kind: str, content: Mapping[str, Any]) -> None:
        append(self.session, self.alert.county_code, self.alert.household_id, kind, self.desk.actor.name,
               {"alert": self.alert.id, **content}, person_id=self.alert.person_id, klass=self.alert.klass)  # fmt: skip


def end(session: Session, alert: Alert, desk: Desk, body: Mapping[str, Any]) -> dict[str, Any]:
    """How aid ends: through gradual exit where the place has one that fits the household, else at once.

    Problems: 409 ``in-gradual-exit``, ``not-yet-due``, ``not-checked``; 422 ``bad-months``.
    """
    matter = of(session, alert, desk)
    if alert.rule_id == LAST_CHECK:
        return _end_of_period(matter, body)
    if matter.running:
        until = matter.told(UNTIL)
        raise Problem(409, "in-gradual-exit", f"该户在渐退期内（至{until}止），最后一个月核查后再按程序退出。", {"until": str(until)})
    period = desk.departments.policy.at(desk.jurisdiction, MONTHS, clock.today())
    if isinstance(period, Found) and _opens(matter):
        return _open(matter, period, body)
    return end_tier(session, alert, desk, body)


def ends_now(matter: Matter) -> bool:
    """Whether the end asked for is one, and does not open the months before it."""
    if matter.alert.rule_id == LAST_CHECK:
        return True
    period = matter.desk.departments.policy.at(matter.desk.jurisdiction, MONTHS, clock.today())
    return not matter.running and not (isinstance(period, Found) and _opens(matter))


def of(session: Session, alert: Alert, desk: Desk) -> Matter:
    departments: Departments = desk.departments  # type: ignore[assignment]
    known = present(session, alert.county_code, alert.household_id, departments.rulebook, desk.jurisdiction, clock.today())
    return Matter(session, alert, desk, known)


def _opens(matter: Matter) -> bool:
    """Where it is not known that the household is outside the rule, it has the benefit of it; of one person there is none."""
    ruling = matter.known.plan.rulings.get(OPENS)
    if ruling is None or ruling.status or matter.alert.person_id:
        return False
    return matter.known.state.get(None)(verdict_column(OPENS)) is not False


def _open(matter: Matter, period: Found, body: Mapping[str, Any]) -> dict[str, Any]:
    begins = clock.today()
    months = body.get("months") or _usual(period.value)
    until = shift(begins, months, "MONTH") if months else None
    if until is None or not _allowed(matter, begins, until):
        raise Problem(422, "bad-months", f"请写明渐退期的月数：{_said(period.value)}。", {"errors": {"months": _said(period.value)}})
    matter.record(**{FROM: begins.isoformat(), UNTIL: until.isoformat(), STATE: RUNNING})
    cite = period.parameter.cite
    told = {"from": begins.isoformat(), "until": until.isoformat(), "months": months,
            "clause": cite.clause if cite else None, "quote": cite.quote if cite else None}  # fmt: skip
    matter.chain("gradual_exit_opened", told)
    return {"gradual_exit": told}


def _usual(value: Any) -> int | None:
    """The text's own number of months; None where it leaves a range to choose from."""
    return int(value) if isinstance(value, Fraction | int) else None


def _said(value: Any) -> str:
    return f"{value[0]}至{value[1]}个月" if isinstance(value, tuple) else f"{value}个月"


def _allowed(matter: Matter, begins: date, until: date) -> bool:
    """The place's own rule of how long it may last, asked of these dates."""
    home = {FROM: FactValue(begins.isoformat()), UNTIL: FactValue(until.isoformat())}
    plan = matter.known.plan
    asked = worked_through(plan.book, plan.jurisdiction, plan.on, home, {})
    return asked.state.get(None)(verdict_column(PERIOD)) is True


def _end_of_period(matter: Matter, body: Mapping[str, Any]) -> dict[str, Any]:
    until = matter.told(UNTIL)
    if matter.running and until is not None and clock.today() < until:
        raise Problem(409, "not-yet-due", f"渐退期至{until}止，届时再办理退出；现在可先入户核查。", {"until": str(until)})
    require_check(matter)
    ended = end_tier(matter.session, matter.alert, matter.desk, body)
    matter.record(**{STATE: OVER})
    return ended | {"gradual_exit": {"until": str(until)}}


def require_check(matter: Matter) -> None:
    """The last check is a visit made since it was asked for."""
    rule = matter.known.plan.book.by_id[LAST_CHECK]
    form = rule.alert.visit if rule.alert else ""
    if not answered(matter.session, matter.alert, form):
        raise Problem(409, "not-checked", "期满前的最后一次核查还没有结果，请先安排入户核查，再作决定。")


def keep(session: Session, alert: Alert, desk: Desk) -> dict[str, Any]:
    """The last check found that aid goes on: the period is over without an end."""
    matter = of(session, alert, desk)
    require_check(matter)
    matter.record(**{STATE: KEPT})
    matter.chain("gradual_exit_kept", {})
    return {"gradual_exit": {"state": KEPT}}
