"""What a screening leaves workers to do: facts to ask for, visits that recur. Worked out before the results are written."""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from fieldsvc.departments.load import Departments
from fieldsvc.eligibility.plan import ELIGIBLE, Plan
from fieldsvc.eligibility.rulebook import RuleBook
from fieldsvc.facts.learn import HomeFacts
from fieldsvc.kit.site import Site
from fieldsvc.tasks import needs
from fieldsvc.tasks.checks import keep_checks
from fieldsvc.tasks.service import Needs, keep_up

from .examine import Judged, explained


def add_needs(departments: Departments, plan: Plan, judged: list[Judged]) -> None:
    """For households somebody answers for and of which anything changed since they were last judged."""
    for each in judged:
        if each.served and _changed(each, departments.rulebook.hash):
            explanation = each.explanation or explained(plan, each)
            cycles = list(needs.cycles(plan, each.id, _visits(departments.rulebook, each)))
            each.needs = Needs(each.id, needs.to_ask(explanation, departments), cycles, known(each.facts))


def _changed(judged: Judged, rule_set: str) -> bool:
    if judged.facts.home.fresh or judged.facts.home.gone:
        return True
    before = judged.before
    return any(v.subject_id not in before or (v.verdicts, v.facts, rule_set) != (
        before[v.subject_id].verdicts, before[v.subject_id].facts, before[v.subject_id].rule_set) for v in judged.verdicts)  # fmt: skip


def _visits(book: RuleBook, judged: Judged) -> Iterator[tuple[str, str]]:
    for verdict in judged.verdicts:
        order = book.indicator_order("household" if verdict.subject == "household" else "person")
        letters = verdict.verdicts.partition("|")[2]
        for rule in needs.schedules(book.indicators):
            if rule.subject == verdict.subject and letters[order.index(rule.id)] == ELIGIBLE:
                yield rule.id, verdict.subject_id


def known(facts: HomeFacts) -> frozenset[str]:
    """Facts known of the household, or of every one of its persons."""
    home = facts.known[facts.home.id].document
    persons = [set(known.document) for subject, known in facts.known.items() if subject != facts.home.id]
    return frozenset(home) | (frozenset(set.intersection(*persons)) if persons else frozenset())


def keep_tasks(session: Session, site: Site, departments: Departments, judged: list[Judged]) -> None:
    """Questions and visits of households somebody answers for; checks of whatever an alert asks to be looked into."""
    forms = {r.id: r.alert.visit for r in departments.rulebook.rules() if r.alert and r.alert.visit}
    keep_checks(session, site.county, (each.id for each in judged), forms)
    found = [each.needs for each in judged if each.needs is not None]
    if found:
        titles = {rule.id: rule.title for rule in departments.rulebook.rules()}
        child_forms = frozenset(form.id for form in departments.forms if form.klass == "child")
        keep_up(session, site.county, found, titles, child_forms)

