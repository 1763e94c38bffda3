"""What the lists of overlaps and omissions and the search for duplicates cost in a county of 30,000 households.

usage: python bench/overlaps.py [sqlite|postgresql] [households]
"""

import random
import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import psycopg
from sqlalchemy import insert

from fieldsvc.accounts.rules import Actor
from fieldsvc.aidchain.models import Aid
from fieldsvc.alerts.models import Alert
from fieldsvc.eligibility.evaluate import plan_of
from fieldsvc.facts.models import FactDocument
from fieldsvc.households.models import Household, Person
from fieldsvc.kit.db import Database
from fieldsvc.overlaps import service, views
from fieldsvc.overlaps.rules import ENDED, EXCLUSIVE, OMISSION, TWICE, Wanted
from fieldsvc.registry import duplicates
from fieldsvc.screening.models import DeterminationRow
from tests.support import databases, postgres
from tests.support.jiaozhou import departments
from tests.support.river import COUNTY, uid

NOW = datetime(2026, 3, 1, tzinfo=UTC)
SURNAMES, GIVEN = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗", "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰"


def main() -> None:
    engine = sys.argv[1] if len(sys.argv) > 1 else "sqlite"
    homes = int(sys.argv[2]) if len(sys.argv) > 2 else 30_000
    with tempfile.TemporaryDirectory(prefix="fieldsvc-bench-") as folder:
        if engine == "sqlite":
            measure(f"sqlite:///{folder}/bench.db", homes)
            return
        with postgres.start() as pattern:
            with psycopg.connect(pattern.format("postgres"), autocommit=True) as admin:
                admin.execute("CREATE DATABASE bench")
            measure(pattern.format("bench"), homes)


def measure(url: str, homes: int) -> None:
    databases.prepare(url)
    db = Database(url)
    fill(db, homes)
    county, township = Actor(COUNTY, 1, "x", "county_officer", COUNTY), Actor(COUNTY, 2, "x", "township_officer", f"{COUNTY}001")
    place = service.place_of(departments(), "jiaozhou")
    plan_of(place.book, place.jurisdiction, place.on)  # compiled once a process, as in a server that has answered before
    for who, actor in (("county", county), ("township", township)):
        for kind in (OMISSION, ENDED, EXCLUSIVE, TWICE):
            timed(f"{who} {kind}", lambda kind=kind, actor=actor: page(db, actor, place, Wanted((kind,))))
        timed(f"{who} duplicates", lambda actor=actor: look(db, actor))
    db.dispose()


def page(db: Database, actor: Actor, place: Any, wanted: Wanted) -> int:
    with db.read() as session:
        found = service.found(session, actor, place, wanted)
        views.shown(session, actor, place, found[:50])
    return len(found)


def look(db: Database, actor: Actor) -> int:
    with db.read() as session:
        return len(duplicates.persons(session, actor))


def timed(name: str, work: Any) -> None:
    took = []
    for _ in range(3):
        began = time.perf_counter()
        count = work()
        took.append(time.perf_counter() - began)
    print(f"{name:24} {min(took):6.2f} s  {count} lines", flush=True)


def fill(db: Database, homes: int) -> None:
    chance, book = random.Random(7), departments().rulebook
    common = {"county_code": COUNTY, "source": "import", "created_at": NOW, "updated_at": NOW, "versions": {}}
    patterns = {s: [pattern(book, s, chance) for _ in range(400)] for s in ("person", "household")}
    rows: dict[Any, list[dict[str, Any]]] = {m: [] for m in (Household, Person, DeterminationRow, FactDocument, Aid, Alert)}
    for n in range(homes):
        home, village = uid(f"h{n}"), f"{COUNTY}{n % 20 + 1:03d}{n % 13 + 1:03d}"
        tier = chance.choice(["dibao", "dibao_margin", None, None, None])
        rows[Household].append(common | {"id": home, "name": name(chance), "village_code": village, "area": "rural", "tier": tier,
                                         "address": f"{n}号"})  # fmt: skip
        people = [uid(f"h{n}/{p}") for p in range(3)]
        for person in people:
            born = date(1940, 1, 1) + timedelta(days=chance.randrange(28_000))
            rows[Person].append(common | {"id": person, "household_id": home, "name": name(chance), "birth_date": born, "sex": "female",
                                          "identity_kind": "identity" if chance.random() < 0.9 else "temporary"})  # fmt: skip
        for subject, kind in [(home, "household"), *((p, "person") for p in people)]:
            rows[DeterminationRow].append({
                "county_code": COUNTY, "subject_id": subject, "n": 1, "household_id": home, "subject": kind, "jurisdiction": "jiaozhou",
                "on_date": date(2026, 3, 1), "verdicts": chance.choice(patterns[kind]), "tier": None, "amounts": {}, "facts": {subject: 3},
                "rule_set": book.hash, "at": NOW, "current": True})  # fmt: skip
            rows[FactDocument].append({"county_code": COUNTY, "subject_id": subject, "household_id": home, "subject": kind, "n": 3,
                                       "document": document(chance), "visits": {}})  # fmt: skip
        if n % 3 == 0:
            rows[Aid].append(aid(home, people[0], chance.choice(["medical.aid", "education.grant", "civil.heating"]), n))
        if n % 6 == 0:
            rows[Alert].append(alert(home, people[1], village, n))
    for model, given in rows.items():
        for start in range(0, len(given), 5_000):
            with db.write() as session:
                session.execute(insert(model), given[start : start + 5_000])


def name(chance: random.Random) -> str:
    return chance.choice(SURNAMES) + "".join(chance.choice(GIVEN) for _ in range(chance.choice((1, 2))))


def pattern(book: Any, subject: Any, chance: random.Random) -> str:
    def letters(count: int) -> str:
        return "".join(chance.choices("ensu", (6, 40, 40, 14), k=count))

    return f"{letters(len(book.order(subject)))}|{letters(len(book.indicator_order(subject)))}"


def document(chance: random.Random) -> dict[str, Any]:
    entry = ["2026-03-01T00:00:00.000000+00:00", "visit", uid("v"), 3]
    yes = {f: [chance.random() < 0.4, *entry] for f in ("insured", "medical_aid_received", "education_grant_received", "inpatient_year")}
    return yes | {"income_month": ["1200", *entry]} | ({"died": [True, *entry]} if chance.random() < 0.001 else {})


def aid(home: str, person: str, programme: str, n: int) -> dict[str, Any]:
    return {"county_code": COUNTY, "id": uid(f"aid{n}"), "household_id": home, "person_id": person, "subject_id": person,
            "programme": programme, "office": "x", "amount": None, "starts": date(2026, 1, 1), "ends": None, "source": "referral",
            "source_id": str(n), "chain_household_id": home, "chain_n": 1, "klass": "general", "recorded_at": NOW}  # fmt: skip


def alert(home: str, person: str, village: str, n: int) -> dict[str, Any]:
    return {"county_code": COUNTY, "id": uid(f"alert{n}"), "rule_id": "medical.aid", "subject": "person", "subject_id": person,
            "household_id": home, "person_id": person, "village_code": village, "klass": "general", "kind": "carry_out",
            "severity": "medium", "duty": None, "title": "x", "message": "x", "reasons": {}, "channels": [], "fingerprint": "x",
            "status": "open", "opened_at": NOW}  # fmt: skip


if __name__ == "__main__":
    main()
