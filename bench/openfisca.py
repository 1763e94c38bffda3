"""One benefit over 100,000 stored persons, read included, beside openfisca-core's build + calculate of an equivalent benefit.

    python bench/openfisca.py [--persons 100000] [--rounds 9] [--engine postgresql]

The benefit is openfisca-country-template's ``parenting_allowance``: the household's summed income is at most a threshold, and a
child is under 8 with a single adult, or under 6. openfisca-core pins other versions of what our development group needs, so it
runs in an environment of its own, made by ``uv run --no-project --with openfisca-country-template``, as a process that answers
on a pipe; the two take turns. There, persons lie ready as arrays; here, they are stored documents of five facts each.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import common
import orjson
from sqlalchemy import insert

from fieldsvc.eligibility.load import load_rulebook
from fieldsvc.eligibility.rulebook import RuleBook
from fieldsvc.facts.models import FactDocument
from fieldsvc.households.models import Household
from fieldsvc.kit import clock
from fieldsvc.kit.site import Site
from fieldsvc.policy.load import load_policies
from fieldsvc.screening.county import judge_county
from tests.eligibility.world import PLACES, parameter

ON = date(2024, 6, 1)
THEIRS = """
import sys, time, json
import numpy as np
from openfisca_core.simulation_builder import SimulationBuilder
from openfisca_country_template import CountryTaxBenefitSystem

system, told = CountryTaxBenefitSystem(), json.load(open(sys.argv[1]))
birth, salary = np.array(told["birth"], dtype="datetime64[D]"), np.array(told["income"], dtype=float)
roles = np.where(np.array(told["adult"]), "adult", "child")
homes = list(dict.fromkeys(told["home"]))
print(system.parameters("2024-06").benefits.parenting_allowance.income_threshold, flush=True)
for _ in sys.stdin:
    wall, cpu = time.perf_counter(), time.process_time()
    builder = SimulationBuilder()
    builder.create_entities(system)
    builder.declare_person_entity("person", told["id"])
    builder.join_with_persons(builder.declare_entity("household", homes), told["home"], roles)
    simulation = builder.build(system)
    simulation.set_input("birth", "2024-06", birth)
    simulation.set_input("salary", "2024-06", salary)
    paid = simulation.calculate("parenting_allowance", "2024-06")
    print(time.perf_counter() - wall, time.process_time() - cpu, int((paid > 0).sum()), flush=True)
"""
FACTS = """
[[fact]]
name = "birth_date"
label = "出生日期"
subject = "person"
type = "date"
[[fact]]
name = "income_month"
label = "月收入"
subject = "person"
type = "money"
[[fact]]
name = "adult"
label = "成年"
subject = "person"
type = "bool"
[[derived]]
name = "age"
label = "周岁"
subject = "person"
type = "integer"
years_since = "birth_date"
[[derived]]
name = "household_income"
label = "家庭月收入"
subject = "household"
type = "money"
members = { op = "sum", of = "income_month" }
[[derived]]
name = "adults"
label = "成年人数"
subject = "household"
type = "integer"
members = { op = "count", where = "adult" }
[[derived]]
name = "child_under_8"
label = "有8岁以下儿童"
subject = "household"
type = "bool"
members = { op = "any", where = "age < 8" }
[[derived]]
name = "child_under_6"
label = "有6岁以下儿童"
subject = "household"
type = "bool"
members = { op = "any", where = "age < 6" }
"""
RULES = """
[[programme]]
id = "parenting_allowance"
title = "育儿津贴"
subject = "household"
[[programme.in.north.condition]]
id = "income"
label = "家庭收入不超过限额"
test = "household_income <= :income_threshold"
cite = { clause = "一", quote = "引文" }
[[programme.in.north.condition]]
id = "child"
label = "单亲有8岁以下儿童，或有6岁以下儿童"
test = "(adults = 1 AND child_under_8) OR child_under_6"
cite = { clause = "一", quote = "引文" }
"""


def invented(persons: int) -> dict[str, list[Any]]:
    """Three to a household: two adults, or one, and children."""
    chance, told = Random(1), {"id": [], "home": [], "birth": [], "income": [], "adult": []}
    for n in range(persons):
        adult = n % 3 == 0 or (n % 3 == 1 and chance.random() < 0.6)
        years = chance.randrange(18, 90) if adult else chance.randrange(0, 18)
        row = (f"{n:08d}-0000-7000-8000-{n:012d}", f"{n // 3:08d}-1111-7000-8000-{n // 3:012d}",
               f"{2024 - years}-{chance.randrange(1, 6):02d}-11", chance.choice([0, 0, 400, 2000]) if adult else 0, adult)  # fmt: skip
        for column, value in zip(told.values(), row, strict=True):
            column.append(value)
    return told


def store(site: Site, told: dict[str, list[Any]]) -> None:
    def entry(value: Any, n: int) -> list[Any]:
        return [value, "2024-05-01T00:00:00.000000+00:00", "visit", "01939a0e-0000-7000-8000-000000000000", n]

    rows = [
        {"county_code": site.county, "subject_id": who, "household_id": home, "subject": "person", "n": 5, "visits": {},
         "document": {"birth_date": entry(birth, 1), "sex": entry("female", 2), "income_month": entry(str(income), 3),
                      "recognised_tier": entry("none", 4), "adult": entry(adult, 5)}}
        for who, home, birth, income, adult in zip(*told.values(), strict=True)
    ]  # fmt: skip
    ids, now = list(dict.fromkeys(told["home"])), clock.now()
    documents = [{"county_code": site.county, "subject_id": home, "household_id": home, "subject": "household", "n": 1, "visits": {},
                  "document": {"area": entry("urban", 1)}} for home in ids]  # fmt: skip
    homes = [{"county_code": site.county, "id": home, "name": "户", "village_code": "370281001001", "source": "import",
              "created_at": now, "updated_at": now} for home in ids]  # fmt: skip
    with site.db.write() as session:
        for table, each in ((FactDocument, rows), (FactDocument, documents), (Household, homes)):
            session.execute(insert(table), each)


def rule_book(folder: Path, threshold: str) -> RuleBook:
    (folder / "policy").mkdir(parents=True)
    (folder / "rules").mkdir()
    (folder / "facts.toml").write_text(FACTS)
    (folder / "rules" / "rules.toml").write_text(RULES)
    (folder / "policy" / "jurisdictions.toml").write_text(PLACES)
    limit = parameter("income_threshold", f'"{threshold}"', "yuan")
    (folder / "policy" / "north.toml").write_text('jurisdiction = "north"\n' + limit)
    return load_rulebook([folder], load_policies([folder / "policy"]))


def ours(site: Site, book: RuleBook) -> tuple[float, float, int]:
    wall, cpu = time.perf_counter(), time.process_time()
    found = judge_county(site, book, "parenting_allowance", "north", ON)
    met = int((found.households["verdicts"] == "e").sum())
    return time.perf_counter() - wall, time.process_time() - cpu, met


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--persons", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--engine", choices=["sqlite", "postgresql"], default="sqlite")
    asked = parser.parse_args()
    told, folder = invented(asked.persons), Path(tempfile.mkdtemp(prefix="fieldsvc-bench-"))
    (folder / "persons.json").write_bytes(orjson.dumps(told))
    (folder / "theirs.py").write_text(THEIRS)
    command = ["uv", "run", "--no-project", "--with", "openfisca-country-template", "python", "theirs.py", "persons.json"]
    them = subprocess.Popen(command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert them.stdin and them.stdout
    threshold = them.stdout.readline().strip()
    if not threshold:
        sys.exit("openfisca did not start")
    with common.deployment(asked.engine) as (running, bare):
        running.stop()
        site = replace(bare)
        store(site, told)
        book = rule_book(folder / "rules", threshold.removesuffix(".0"))
        pairs = []
        for number in range(asked.rounds + 1):
            them.stdin.write("go\n")
            them.stdin.flush()
            wall, cpu, paid = them.stdout.readline().split()
            mine = ours(site, book)
            if mine[2] != int(paid):
                sys.exit(f"{mine[2]} households here, {paid} there")
            if number:
                pairs.append((float(wall), float(cpu), *mine))
    them.stdin.close()
    them.wait()
    for name, theirs, here in (("wall", 0, 2), ("CPU", 1, 3)):
        speeds = [asked.persons / statistics.median(pair[place] for pair in pairs) for place in (theirs, here)]
        ratio = statistics.median(pair[theirs] / pair[here] for pair in pairs)
        print(f"{asked.persons} persons on {asked.engine}, {pairs[0][4]} households eligible both sides, by {name}: openfisca "
              f"{speeds[0]:,.0f} persons/s, stored persons {speeds[1]:,.0f} persons/s, median ratio {ratio:.0%}", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
