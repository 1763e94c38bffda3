"""What the phones were told, held against what the database holds."""

import json
import threading
from collections import Counter
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fieldsvc.aidchain.models import Link
from fieldsvc.aidchain.service import verify
from fieldsvc.alerts.models import Alert
from fieldsvc.facts.models import FactRow
from fieldsvc.feed.models import Change
from fieldsvc.feed.models import Counter as Head
from fieldsvc.kit.site import Site
from fieldsvc.visits import quarantine, service
from fieldsvc.visits.models import SetAside, Visit, VisitRevision

APPLIED, HELD, QUARANTINED = "applied", "held", "quarantined"


class Ledger:
    """Shared by the phones. ``told``: the first verdict each acknowledged record was given."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.sent: dict[str, dict[str, Any]] = {}
        self.expected: dict[str, str] = {}
        self.author: dict[str, int] = {}
        self.told: dict[str, str] = {}
        self.counts: Counter[str] = Counter()
        self.partial: list[Any] = []

    def wrote(self, record: dict[str, Any], expected: str, author: int) -> None:
        with self.lock:
            self.sent[record["id"]], self.expected[record["id"]], self.author[record["id"]] = record, expected, author

    def count(self, what: str) -> None:
        with self.lock:
            self.counts[what] += 1

    def refused(self, status: int) -> None:
        self.count("503 answers" if status == 503 else f"answers {status}")

    def acknowledged(self, verdicts: list[dict[str, Any]], sent: int) -> None:
        """A push is one transaction: of a push sent again, either all was in already or nothing."""
        known = {verdict["verdict"] == "duplicate" for verdict in verdicts}
        with self.lock:
            self.counts["pushes"] += 1
            self.counts["pushes sent again"] += sent > 1
            self.counts["answers lost after the commit"] += known == {True}
            if len(known) > 1:
                self.partial.append(verdicts)
            for verdict in verdicts:
                self.told[verdict["id"]] = verdict["first"] or verdict["verdict"]


def faults(site: Site, ledger: Ledger) -> list[str]:
    """Everything that may not be; empty is the aim."""
    found = [f"half a push was in: {verdicts}" for verdicts in ledger.partial]
    found += [f"{n} × {what}" for what, n in ledger.counts.items() if what.startswith("answers 5")]
    with site.db.read() as session:
        found += [*visits(session, site, ledger), *set_aside(session, site, ledger), *alerts(session, ledger), *feed(session, ledger)]
        found += [f"aid chain: {link}" for link in verify(session, site.county)]
    ledger.counts["visits acknowledged"] = sum(ledger.expected.get(i) != QUARANTINED for i in ledger.told if i in ledger.sent)
    return found


def visits(session: Session, site: Site, ledger: Ledger) -> list[str]:
    found, stored = [], {v.id: v for v in session.scalars(select(Visit))}
    for name, record in ledger.sent.items():
        if name not in ledger.told:
            found.append(f"never acknowledged: {name}")
        elif ledger.expected[name] != QUARANTINED:
            kept = stored.pop(name, None)
            if kept is None:
                found.append(f"acknowledged as {ledger.told[name]} and lost: {name}")
            elif json.loads(site.vault.open(kept.answers_sealed, service.COLUMN)) != record or kept.revision != 1:
                found.append(f"changed: {name}")
    found += [f"nobody sent {name}" for name in stored]
    found += [f"{name}: a second revision" for name in session.scalars(select(VisitRevision.visit_id))]
    fact = FactRow.source_id, FactRow.subject_id, FactRow.name
    twice = select(*fact).group_by(*fact).having(func.count() > 1)
    return found + [f"learned twice: {row}" for row in session.execute(twice)]


def set_aside(session: Session, site: Site, ledger: Ledger) -> list[str]:
    found, seen = [], Counter(session.scalars(select(SetAside.record_id)))
    states = {HELD: "released", QUARANTINED: QUARANTINED}
    for row in session.scalars(select(SetAside)):
        if row.state != states.get(ledger.expected.get(row.record_id, "")):
            found.append(f"{row.record_id} is {row.state}, sent as {ledger.expected.get(row.record_id)}")
        elif json.loads(site.vault.open(row.content_sealed, quarantine.COLUMN)) != ledger.sent[row.record_id]:
            found.append(f"kept otherwise than sent: {row.record_id}")
    due = [name for name, kind in ledger.expected.items() if kind in states and name in ledger.told]
    return found + [f"{seen[name]} rows set aside for {name}" for name in due if seen[name] != 1]


def alerts(session: Session, ledger: Ledger) -> list[str]:
    """Each visited household of the township raises one alert of the medical office, told once in its aid chain."""
    raised = Counter(session.execute(select(Alert.rule_id, Alert.subject_id)).tuples())
    homes = Counter(session.scalars(select(Alert.household_id).where(Alert.duty == "medical_insurance")))
    visited = {record["household_id"] for name, record in ledger.sent.items() if ledger.expected[name] == APPLIED}
    found = [f"{n} alerts of {key}" for key, n in raised.items() if n != 1]
    found += [f"{homes[home]} alerts for household {home}" for home in visited | homes.keys() if homes[home] != 1 or home not in visited]
    links = Counter(session.execute(select(Link.household_id, Link.kind)).tuples())
    opened = Counter(session.scalars(select(Alert.household_id)))
    found += [f"{links[home, 'alert_opened']} openings told of {n} alerts of {home}" for home, n in opened.items()
              if links[home, "alert_opened"] != n]  # fmt: skip
    ledger.counts["alerts"] = sum(homes.values())
    return found + [f"reopened: {home}" for home, kind in links if kind == "alert_reopened"]


def feed(session: Session, ledger: Ledger) -> list[str]:
    """Every applied visit is announced to its author, under numbers the counter has given out."""
    announced = set(session.execute(select(Change.record_id, Change.scope)).tuples())
    silent = [name for name, kind in ledger.expected.items() if kind != QUARANTINED and (name, ledger.author[name]) not in announced]
    beyond = session.scalar(select(func.max(Change.seq))) or 0
    given = session.scalar(select(Head.seq)) or 0
    return [f"never announced: {name}" for name in silent] + ([f"feed at {beyond}, counter at {given}"] if beyond > given else [])
