"""动态管理: how a household's tiers and verdicts changed from screening to screening, and which facts had changed before."""

from itertools import pairwise
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldsvc.accounts.rules import Actor
from fieldsvc.eligibility.behind import behind_rule, facts_behind
from fieldsvc.eligibility.determination import VERDICTS
from fieldsvc.eligibility.explain import worked_through
from fieldsvc.eligibility.rulebook import RuleBook
from fieldsvc.eligibility.vocabulary import TIER
from fieldsvc.facts import queries as facts
from fieldsvc.kit import clock

from .determinations import rules_of
from .models import DeterminationRow
from .register import words
from .views import closed_to


def changes(session: Session, actor: Actor, household_id: str, book: RuleBook) -> list[dict[str, Any]]:
    """Newest first: subject, day, tier before and after, verdicts that changed, facts that were told in between."""
    mine = DeterminationRow.county_code == actor.county, DeterminationRow.household_id == household_id
    rows = list(session.scalars(select(DeterminationRow).where(*mine).order_by(DeterminationRow.subject_id, DeterminationRow.n)))
    pairs = [(a, b) for a, b in pairwise(rows) if a.subject_id == b.subject_id]
    subjects = sorted({subject for _, b in pairs for subject in b.facts})
    told = facts.history(session, actor.county, subjects) if subjects else {}
    teller = _Teller(session, actor, book, told)
    made = [teller.change(a, b) for a, b in pairs]
    return sorted((m for m in made if m), key=lambda m: m["at"], reverse=True)


class _Teller:
    def __init__(self, session: Session, actor: Actor, book: RuleBook, told: dict[str, list[Any]]):
        self.session, self.actor, self.book, self.told = session, actor, book, told
        self.closed = closed_to(actor, book)

    def change(self, a: DeterminationRow, b: DeterminationRow) -> dict[str, Any] | None:
        """None where neither tier nor verdicts differ."""
        before, after = self._letters(a), self._letters(b)
        plan = worked_through(self.book, b.jurisdiction, b.on_date, {}, {}).plan
        hidden = {r for r in after if r in plan.rulings and behind_rule(plan, r) & self.closed}
        differ = [r for r in after if r not in hidden and r in before and before[r] != after[r] and r in self.book.by_id]
        tier = None if facts_behind(plan, TIER) & self.closed or a.tier == b.tier else {"before": a.tier, "after": b.tier}
        if not differ and tier is None:
            return None
        return {
            "subject_id": b.subject_id, "at": clock.show(b.at), "on": b.on_date.isoformat(), "tier": tier,
            "verdicts": [{"rule": r, "title": self.book.by_id[r].title, "before": VERDICTS[before[r]], "after": VERDICTS[after[r]]}
                         for r in differ],
            "facts": self._facts(a, b), "rules_changed": a.rule_set != b.rule_set,
        }  # fmt: skip

    def _letters(self, row: DeterminationRow) -> dict[str, str]:
        rules = self.book if row.rule_set == self.book.hash else rules_of(self.session, row.county_code, row.rule_set)
        subject = "household" if row.subject == "household" else "person"
        programmes, _, indicators = row.verdicts.partition("|")
        return dict(zip((*rules.order(subject), *rules.indicator_order(subject)), programmes + indicators, strict=True))

    def _facts(self, a: DeterminationRow, b: DeterminationRow) -> list[dict[str, Any]]:
        """What was told between the two, of whichever member."""
        found = []
        for subject, n in b.facts.items():
            for row in self.told.get(subject, ()):
                if a.facts.get(subject, 0) < row.n <= n and row.name not in self.closed:
                    found.append({**_named(self.book, row.name, row.value), "subject_id": subject,
                                  "before": _before(self.told[subject], row), "source_kind": row.source_kind,
                                  "source_id": row.source_id})  # fmt: skip
        return found


def _named(book: RuleBook, name: str, value: Any) -> dict[str, Any]:
    fact = book.vocabulary.facts.get(name)
    return {"fact": name, "label": fact.label if fact else name, "after": value, "shown": words(fact, value) if fact else str(value)}


def _before(rows: list[Any], row: Any) -> Any:
    earlier = [each.value for each in rows if each.name == row.name and each.n < row.n]
    return earlier[-1] if earlier else None
