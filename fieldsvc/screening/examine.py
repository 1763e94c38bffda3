"""Reading and judging a batch. The read ends before anything is judged: no transaction is open while rules run."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import orjson
import polars as pl

from fieldsvc.alerts.queries import fired
from fieldsvc.alerts.rules import Finding
from fieldsvc.departments.load import Departments
from fieldsvc.eligibility.evaluate import Results, evaluate, plan_of
from fieldsvc.eligibility.explain import Explanation
from fieldsvc.eligibility.plan import Plan
from fieldsvc.eligibility.rulebook import RuleBook
from fieldsvc.facts.gather import gather
from fieldsvc.facts.learn import HomeFacts, learn
from fieldsvc.kit import clock
from fieldsvc.kit.site import Site
from fieldsvc.tasks.queries import in_a_caseload
from fieldsvc.tasks.service import Needs

from . import queries
from .frames import frame, given
from .queries import Before

Fired = dict[str, dict[str, bool]]
"""``{subject: {rule: whether its alert still knows the facts that fired it}}`` of all alerts there are."""


@dataclass(slots=True)
class Verdict:
    """What the rules say of one subject now; ``amounts`` and ``facts`` as JSON text. ``raised``: ids of the rules whose alert holds
    and may be news; ``quiet``: of those that are decided and raise none, though their alert remembers facts."""

    subject: str
    subject_id: str
    household_id: str
    verdicts: str
    tier: str | None
    amounts: str
    facts: str
    bits: str
    raised: tuple[str, ...] = ()
    quiet: tuple[str, ...] = ()


@dataclass(slots=True)
class Judged:
    """One household: what became known, what the rules say, what stood before. ``served``: somebody answers for it. ``differs``:
    subjects of which the rules say something else than before, or the same from other facts or under other rules."""

    facts: HomeFacts
    on: date
    verdicts: list[Verdict] = field(default_factory=list)
    before: dict[str, Before] = field(default_factory=dict)
    differs: list[Verdict] = field(default_factory=list)
    plan: Plan | None = None
    worked: Explanation | None = None
    found: list[Finding] = field(default_factory=list)
    served: bool = False
    needs: Needs | None = None

    @property
    def id(self) -> str:
        return self.facts.home.id

    @property
    def changed(self) -> bool:
        """Whether anything was learned of the household or is now said of it that was not said before."""
        home = self.facts.home
        return bool(self.differs or home.fresh or home.gone or home.news)

    @property
    def news(self) -> bool:
        """Whether anything is to be written but that the household was looked at."""
        return self.changed or any(v.raised or v.quiet for v in self.verdicts)

    @property
    def explanation(self) -> Explanation:
        """Worked through when first asked for: most households need none."""
        if self.worked is None:
            assert self.plan is not None
            self.worked = explained(self.plan, self)
        return self.worked


def examine(site: Site, departments: Departments, household_ids: Iterable[str]) -> list[Judged]:
    """Derive facts and judge the households that exist, in the order of their ids."""
    book = departments.rulebook
    with site.db.read() as session:
        homes = gather(session, site.county, household_ids, book.vocabulary.facts)
        before = queries.standing(session, site.county, (s for home in homes for s in home.subjects))
        served = in_a_caseload(session, site.county, (home.id for home in homes))
        alerts = fired(session, site.county, (home.id for home in homes))
    on = clock.today()
    judged = [Judged(learn(site.vault, home, book.vocabulary.facts), on) for home in homes]
    for each in judged:
        each.before = {s: before[s] for s in each.facts.home.subjects if s in before}
        each.served = each.id in served
    if judged:
        _judge(site, departments, on, judged)
        for each in judged:
            _compare(book, site.settings.jurisdiction, each, alerts)
    return judged


def _judge(site: Site, departments: Departments, on: date, judged: list[Judged]) -> None:
    book, place = departments.rulebook, site.settings.jurisdiction
    people = [(person.id, each) for each in judged for person in each.facts.home.persons]
    keys = {"person_id": [p for p, _ in people], "household_id": [each.id for _, each in people]}
    plan = plan_of(book, place, on)
    persons = frame(book.vocabulary, keys, [each.facts.known[p].document for p, each in people], "person", plan.facts)
    homes = frame(book.vocabulary, {"household_id": [each.id for each in judged]},
                  [each.facts.known[each.id].document for each in judged], "household", plan.facts)  # fmt: skip
    results = evaluate(book, place, on, persons, homes)
    by_id = {each.id: each for each in judged}
    for verdict in _verdicts(results, by_id):
        by_id[verdict.household_id].verdicts.append(verdict)
    for each in judged:
        each.plan = plan


def explained(plan: Plan, judged: Judged) -> Explanation:
    documents = {s: given(known.document) for s, known in judged.facts.known.items()}
    return Explanation(plan, documents.pop(judged.id), documents, judged.id)


def _verdicts(results: Results, by_id: dict[str, Judged]) -> Iterator[Verdict]:
    amounts: dict[str, dict[str, str]] = {}
    for subject_id, programme, amount in results.amounts.select("subject_id", "programme", "amount").iter_rows():
        amounts.setdefault(subject_id, {})[programme] = str(amount)
    facts = {home: _text({s: known.n for s, known in each.facts.known.items()}) for home, each in by_id.items()}
    columns = "household_id", "verdicts", "indicators", "tier", "alerts"
    for subject, rows in (("household", results.households), ("person", results.persons)):
        for subject_id, home, verdicts, indicators, tier, bits in rows.select(_id(subject), *columns).iter_rows():
            paid = _text(amounts[subject_id]) if subject_id in amounts else "{}"
            yield Verdict(subject, subject_id, home, f"{verdicts}|{indicators}", tier, paid, facts[home], bits)


def _id(subject: str) -> Any:
    return pl.col(f"{subject}_id").alias("@id")


def _text(value: Any) -> str:
    return orjson.dumps(value).decode()


def _compare(book: RuleBook, jurisdiction: str, judged: Judged, alerts: Fired) -> None:
    judged.differs = [v for v in judged.verdicts if differs(judged.before.get(v.subject_id), v, jurisdiction, book.hash)]
    for verdict in judged.verdicts:
        known = alerts.get(verdict.subject_id, {})
        if "1" in verdict.bits or any(known.values()):
            _alerts(book, verdict, known, judged.changed)


def _alerts(book: RuleBook, verdict: Verdict, known: dict[str, bool], changed: bool) -> None:
    """The same facts under the same rules fire the same alert: where it stands and remembers them there is nothing to tell."""
    rules = rules_of(book, verdict.subject)
    letters = verdict.verdicts.replace("|", "")
    raised = (rule for rule, bit in zip(rules, verdict.bits, strict=True) if bit == "1")
    verdict.raised = tuple(rule for rule in raised if changed or not known.get(rule))
    quiet = (r for r, bit, letter in zip(rules, verdict.bits, letters, strict=True) if bit == "0" and letter in "ne")
    verdict.quiet = tuple(rule for rule in quiet if known.get(rule))


def rules_of(book: RuleBook, subject: Any) -> tuple[str, ...]:
    """Ids of the rules behind a subject's letters and bits: programmes, then indicators."""
    kept: dict[str, tuple[str, ...]] = book.__dict__.setdefault("_letters", {})
    if subject not in kept:
        kept[subject] = (*book.order(subject), *book.indicator_order(subject))
    return kept[subject]


def differs(before: Before | None, v: Verdict, jurisdiction: str, rule_set: str) -> bool:
    """A verdict, the tier, an amount, a fact read, or the rules are other than before."""
    now = (v.verdicts, v.tier, v.facts, v.household_id, jurisdiction, rule_set)
    if before is None or now != (before.verdicts, before.tier, before.facts, before.household_id, before.jurisdiction, before.rule_set):
        return True
    return v.amounts != before.amounts
