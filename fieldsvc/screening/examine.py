"""Reading and judging a batch. The read ends before anything is judged: no transaction is open while rules run."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from fieldsvc.alerts.rules import Finding
from fieldsvc.departments.load import Departments
from fieldsvc.eligibility.evaluate import Results, evaluate, plan_of
from fieldsvc.eligibility.explain import Explanation
from fieldsvc.eligibility.plan import Plan
from fieldsvc.facts.gather import gather
from fieldsvc.facts.learn import HomeFacts, learn
from fieldsvc.kit import clock
from fieldsvc.kit.site import Site
from fieldsvc.tasks.queries import in_a_caseload
from fieldsvc.tasks.service import Needs

from . import queries
from .frames import frame, given
from .models import DeterminationRow


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rules say of one subject now. ``raised``: ids of the rules whose alert holds; ``quiet``: of those that are
    decided and raise none."""

    subject: str
    subject_id: str
    household_id: str
    verdicts: str
    tier: str | None
    amounts: dict[str, str]
    facts: dict[str, int]
    raised: tuple[str, ...]
    quiet: tuple[str, ...]


@dataclass(slots=True)
class Judged:
    """One household: what became known, what the rules say, what stood before. ``served``: somebody answers for it."""

    facts: HomeFacts
    on: date
    verdicts: list[Verdict] = field(default_factory=list)
    before: dict[str, DeterminationRow] = field(default_factory=dict)
    explanation: Explanation | None = None
    found: list[Finding] = field(default_factory=list)
    served: bool = False
    needs: Needs | None = None

    @property
    def id(self) -> str:
        return self.facts.home.id


def examine(site: Site, departments: Departments, household_ids: Iterable[str]) -> list[Judged]:
    """Derive facts and judge the households that exist, in the order of their ids."""
    book = departments.rulebook
    with site.db.read() as session:
        homes = gather(session, site.county, household_ids, book.vocabulary.facts)
        before = queries.current(session, site.county, (s for home in homes for s in home.subjects))
        served = in_a_caseload(session, site.county, (home.id for home in homes))
    on = clock.today()
    judged = [Judged(learn(site.vault, home, book.vocabulary.facts), on) for home in homes]
    for each in judged:
        each.before = {s: before[s] for s in each.facts.home.subjects if s in before}
        each.served = each.id in served
    if judged:
        _judge(site, departments, on, judged)
    return judged


def _judge(site: Site, departments: Departments, on: date, judged: list[Judged]) -> None:
    book, place = departments.rulebook, site.settings.jurisdiction
    people = [(person.id, each) for each in judged for person in each.facts.home.persons]
    keys = {"person_id": [p for p, _ in people], "household_id": [each.id for _, each in people]}
    persons = frame(book.vocabulary, keys, [each.facts.known[p].document for p, each in people], "person")
    homes = frame(book.vocabulary, {"household_id": [each.id for each in judged]},
                  [each.facts.known[each.id].document for each in judged], "household")  # fmt: skip
    results = evaluate(book, place, on, persons, homes)
    by_id = {each.id: each for each in judged}
    for verdict in _verdicts(book, results, by_id):
        by_id[verdict.household_id].verdicts.append(verdict)
    plan = plan_of(book, place, on)
    for each in judged:
        if any(verdict.raised for verdict in each.verdicts):
            each.explanation = explained(plan, each)


def explained(plan: Plan, judged: Judged) -> Explanation:
    documents = {s: given(known.document) for s, known in judged.facts.known.items()}
    return Explanation(plan, documents.pop(judged.id), documents, judged.id)


def _verdicts(book: Any, results: Results, by_id: dict[str, Judged]) -> Iterator[Verdict]:
    amounts: dict[str, dict[str, str]] = {}
    for row in results.amounts.iter_rows(named=True):
        amounts.setdefault(row["subject_id"], {})[row["programme"]] = str(row["amount"])
    for subject, rows, key in (("household", results.households, "household_id"), ("person", results.persons, "person_id")):
        rules = (*book.order(subject), *book.indicator_order(subject))
        for row in rows.iter_rows(named=True):
            letters, bits = row["verdicts"] + row["indicators"], row["alerts"]
            raised = tuple(rule for rule, bit in zip(rules, bits, strict=True) if bit == "1")
            quiet = tuple(r for r, bit, letter in zip(rules, bits, letters, strict=True) if bit == "0" and letter in "ne")
            facts = {s: known.n for s, known in by_id[row["household_id"]].facts.known.items()}
            yield Verdict(subject, row[key], row["household_id"], f"{row['verdicts']}|{row['indicators']}", row["tier"],
                          amounts.get(row[key], {}), facts, raised, quiet)  # fmt: skip
