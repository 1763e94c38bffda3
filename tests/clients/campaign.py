"""Random field days: three phones edit, lose the line, die and sync; in the end phones and server must agree.

The tests run it; by command it plays against a server of your own, one phone per name (a name may stand twice):
``python -m tests.clients.campaign --url http://127.0.0.1:8000 --password … worker1 worker1 worker2``.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from tests.clients.agreement import compare, lost_visits, same_text
from tests.clients.node import install_packages
from tests.clients.phones import Phone, PhoneDied


@dataclass
class Hands:
    """What a campaign may do to the world besides syncing. ``move`` gives a household to the other worker; ``quiet`` waits
    until the server changes nothing by itself."""

    fresh: Callable[[Phone], Phone]
    move: Callable[[str], None] | None = None
    quiet: Callable[[], None] = lambda: None
    answers: Callable[[random.Random], dict[str, Any]] = lambda dice: {"note": dice.choice("甲乙丙丁")}


@dataclass
class Campaign:
    """``written`` is the ledger: every answer set a phone ever gave a visit id. No visit may be lost or doubled."""

    phones: list[Phone]
    hands: Hands
    seed: int
    dice: random.Random = field(init=False)
    done: Counter[str] = field(default_factory=Counter)
    written: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)

    def run(self, syncs: int) -> None:
        while self.done["syncs"] < syncs:
            self.day(self.dice.choice(self.phones))
        for phone in self.phones:
            phone.options(offline=False, drop_push=0, drop_pull=0, limit=None, die_at=None)
        for _ in range(2):
            self.hands.quiet()
            for phone in self.phones:
                phone.settle()

    def day(self, phone: Phone) -> None:
        for _ in range(self.dice.choice((0, 1, 1, 2, 4))):
            self.edit(phone)
        if self.hands.move and self.dice.random() < 0.04:
            self.move(phone)
        self.bad_luck(phone)
        self.done[self.sync(phone)] += 1
        self.done["syncs"] += 1

    def sync(self, phone: Phone) -> str:
        try:
            return phone.try_sync() or "whole"
        except PhoneDied:
            phone.restart()
            return "killed"

    def bad_luck(self, phone: Phone) -> None:
        luck = self.dice.random()
        phone.options(
            offline=luck < 0.03,
            drop_push=int(0.03 <= luck < 0.10),
            drop_pull=int(0.10 <= luck < 0.15),
            limit=self.dice.choice((None, None, 7, 20)),
            die_at=self.dice.choice(("pulled", "applied", "pushed")) if phone.database and luck > 0.95 else None,
        )

    def edit(self, phone: Phone) -> None:
        kinds = (self.new_visit, self.change_visit, self.change_household, self.change_person, self.finish_task,
                 self.new_household)  # fmt: skip
        kind = self.dice.choices(kinds, (8, 4, 3, 3, 2, 1))[0]
        if kind(phone) is not False:
            self.done[kind.__name__] += 1

    def pick(self, phone: Phone, table: str, **wanted: Any) -> dict[str, Any] | None:
        rows = [row for row in phone.dump(table)[table] if all(row[name] == value for name, value in wanted.items())]
        return self.dice.choice(rows) if rows else None

    def new_visit(self, phone: Phone, household_id: str | None = None) -> bool | None:
        household_id = household_id or (self.pick(phone, "households") or {}).get("id")
        form = self.pick(phone, "forms")
        if not household_id or not form:
            return False
        answers = self.hands.answers(self.dice)
        self.note(phone.visit(household_id, form, answers, id=self.new_id()), answers)
        return None

    def new_id(self) -> str:
        return str(UUID(int=self.dice.getrandbits(128), version=4))

    def note(self, visit_id: str, answers: dict[str, Any]) -> None:
        self.written[visit_id].add(same_text(answers))

    def change_visit(self, phone: Phone) -> bool | None:
        visit = self.pick(phone, "visits")
        if not visit:
            return False
        answers = self.hands.answers(self.dice)
        phone.edit("visits", visit["id"], answers=json.dumps(answers, ensure_ascii=False))
        self.note(visit["id"], answers)
        return None

    def change_household(self, phone: Phone) -> bool | None:
        return self.change(phone, "households", {"address": f"{self.dice.randrange(99)}号", "phone": self.number()})

    def change_person(self, phone: Phone) -> bool | None:
        relation = self.dice.choice(("子", "女", "配偶"))
        return self.change(phone, "persons", {"relation": relation, "phone": self.number()})

    def change(self, phone: Phone, table: str, fields: dict[str, str]) -> bool | None:
        row = self.pick(phone, table)
        if not row:
            return False
        name = self.dice.choice(sorted(fields))
        phone.edit(table, row["id"], **{name: fields[name]})
        return None

    def number(self) -> str:
        return f"139{self.dice.randrange(10**8):08}"

    def finish_task(self, phone: Phone) -> bool | None:
        task = self.pick(phone, "tasks", status="open")
        if not task:
            return False
        phone.edit("tasks", task["id"], status="done", done_at="2025-03-01T10:00:00+08:00")
        return None

    def new_household(self, phone: Phone) -> bool | None:
        like = self.pick(phone, "households")
        if not like:
            return False
        fields = {"village_code": like["village_code"], "area": "rural", "address": "村东"}
        household = phone.create("households", self.new_id(), name=f"新户{self.dice.randrange(999)}", **fields)
        about = {"name": "来人", "sex": "male", "birth_date": "1951-05-05", "relation": "户主"}
        phone.create("persons", self.new_id(), household_id=household, **about)
        self.new_visit(phone, household)
        return None

    def move(self, phone: Phone) -> None:
        household = self.pick(phone, "households", _status="synced")
        if household and self.hands.move:
            self.hands.move(household["id"])
            self.done["moved"] += 1

    def differences(self) -> list[str]:
        """Where a phone and a new phone of the same worker disagree, and what the ledger misses. Empty is the aim."""
        found, held = [], {}
        for phone in self.phones:
            fresh = self.hands.fresh(phone)
            theirs = fresh.dump()
            found += compare(phone.device_id, phone.dump(), theirs)
            held |= {row["id"]: row for row in theirs["visits"]}
            fresh.close()
        return found + lost_visits(held, self.written)


def logged_in(url: str, username: str, password: str) -> Phone:
    phone = Phone()
    phone.user = {**phone.login(url, username, password), "username": username}
    phone.sync()
    return phone


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Random field days of stock WatermelonDB phones against a server")
    parser.add_argument("accounts", nargs="+", help="one phone for each name")
    parser.add_argument("--url", required=True)
    parser.add_argument("--password", required=True)
    parser.add_argument("--syncs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args(arguments)
    install_packages()
    phones = [logged_in(chosen.url, name, chosen.password) for name in chosen.accounts]
    hands = Hands(fresh=lambda phone: logged_in(chosen.url, phone.user["username"], chosen.password))
    campaign = Campaign(phones, hands, chosen.seed)
    begun = time.monotonic()
    campaign.run(chosen.syncs)
    found = campaign.differences() + [line for phone in phones for line in phone.diagnostics()]
    print(f"{time.monotonic() - begun:.1f} s", dict(campaign.done), f"{len(campaign.written)} visits", sep=", ")
    print(*found, f"{len(found)} differences", sep="\n")
    for phone in phones:
        phone.close()
    return bool(found)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
