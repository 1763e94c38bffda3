"""What a screening leaves workers to do: facts to ask for, visits that recur. Worked out before the results are written."""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from fieldsvc.departments.load import Departments
from fieldsvc.eligibility.plan import ELIGIBLE, UNKNOWN
from fieldsvc.eligibility.rulebook import RuleBook
from fieldsvc.facts.learn import HomeFacts
from fieldsvc.kit.site import Site
from fieldsvc.tasks import needs
from fieldsvc.tasks.checks import keep_checks
from fieldsvc.tasks.service import Needs, keep_up

from .examine import Judged, rules_of


def add_needs(departments: Departments, judged: list[Judged]) -> None:
    """For households somebody answers for and of which anything changed since they were last judged."""
    for each in judged:
        if each.served and each.changed:
            plan = each.explanation.plan
            cycles = list(needs.cycles(plan, each.id, _visits(departments.rulebook, each)))
            asked = needs.to_ask(each.explanation, departments, set(_undecided(departments.rulebook, each)))
            each.needs = Needs(each.id, asked, cycles, known(each.facts))


def _undecided(book: RuleBook, judged: Judged) -> Iterator[tuple[str, str | None]]:
    for verdict in judged.verdicts:
        who = None if verdict.subject == "household" else verdict.subject_id
        letters = verdict.verdicts.replace("|", "")
        yield from ((rule, who) for rule, letter in zip(rules_of(book, verdict.subject), letters, strict=True) if letter == UNKNOWN)


def _visits(book: RuleBook, judged: Judged) -> Iterator[tuple[str, str]]:
    for verdict in judged.verdicts:
        met = dict(zip(rules_of(book, verdict.subject), verdict.verdicts.replace("|", ""), strict=True))
        for rule in needs.schedules(book.indicators):
            if met.get(rule.id) == ELIGIBLE:
                yield rule.id, verdict.subject_id


def known(facts: HomeFacts) -> frozenset[str]:
    """Facts known of the household, or of every one of its persons."""
    home = facts.known[facts.home.id].document
    persons = [set(known.document) for subject, known in facts.known.items() if subject != facts.home.id]
    return frozenset(home) | (frozenset(set.intersection(*persons)) if persons else frozenset())


def keep_tasks(session: Session, site: Site, departments: Departments, judged: list[Judged]) -> None:
    """Questions and visits of households somebody answers for; checks of whatever an alert asks to be looked into."""
    forms = {r.id: r.alert.visit for r in departments.rulebook.rules() if r.alert and r.alert.visit}
    raised = {each.id for each in judged if any(rule in forms for verdict in each.verdicts for rule in verdict.raised)}
    keep_checks(session, site.county, (each.id for each in judged), raised, forms)
    found = [each.needs for each in judged if each.needs is not None]
    if found:
        titles = {rule.id: rule.title for rule in departments.rulebook.rules()}
        child_forms = frozenset(form.id for form in departments.forms if form.klass == "child")
        keep_up(session, site.county, found, titles, child_forms)

