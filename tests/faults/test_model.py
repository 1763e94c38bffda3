"""Two phones push the same and different records, again, late, mixed and side by side: the county equals a simple model."""

import json
import os
from threading import Thread
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from sqlalchemy import func, select

from fieldsvc.feed.models import Change
from fieldsvc.visits import quarantine, service
from fieldsvc.visits.models import SetAside, Visit, VisitRevision
from tests.support.river import VILLAGE, uid

EXAMPLES, STEPS = int(os.environ.get("FIELDSVC_MODEL_EXAMPLES", "12")), int(os.environ.get("FIELDSVC_MODEL_STEPS", "25"))


class Model:
    """``standing``: every content a visit id was given, oldest first. ``aside``: contents kept apart, by author and id."""

    def __init__(self):
        self.homes, self.standing, self.aside, self.waiting = {uid("h1"), uid("h4")}, {}, {}, {}

    def push(self, author, records):
        return [self.take(author, table, record) for table, record in sorted(records, key=lambda r: r[0] != "households")]

    def take(self, author, table, record):
        if table == "households":
            return self.arrive(record["id"])
        content = json.dumps(record, sort_keys=True)
        if json.loads(record["answers"]).get("age", 999) > 149:
            return self.keep(author, record["id"], content, "quarantined")
        if record["household_id"] not in self.homes:
            said = self.keep(author, record["id"], content, "held")
            if said == "held":
                self.waiting.setdefault(record["household_id"], []).append((author, record["id"], content))
            return said
        if self.author(record["household_id"]) not in (author, None):
            return self.keep(author, record["id"], content, "quarantined")
        return self.stand(record["id"], content)

    def author(self, home):
        return {uid("h1"): 1, uid("h4"): 2}.get(home)

    def stand(self, name, content):
        seen = self.standing.setdefault(name, [])
        if content in seen:
            return "duplicate"
        seen.append(content)
        for key in [key for key in self.aside if key[1] == name and self.aside[key] in ("quarantined", "held")]:
            self.aside[key] = "superseded"
        return "applied"

    def keep(self, author, name, content, state):
        if (author, name, content) in self.aside:
            return "duplicate"
        self.aside[author, name, content] = state
        return state

    def arrive(self, home):
        if home in self.homes:
            return "duplicate"
        self.homes.add(home)
        for author, name, content in self.waiting.pop(home, []):
            if self.aside[author, name, content] == "held":
                self.aside[author, name, content] = "released"
                self.standing.setdefault(name, []).append(content)
        return "applied"


class Pushes(RuleBasedStateMachine):
    """Each household that comes later, and each visit id, belongs to one phone; only ``h1`` and ``h4`` are held from the start."""

    field = None
    numbers = 0
    pushed = Bundle("pushed")

    @initialize()
    def begin(self):
        self.model, self.sent, self.counts = Model(), [], {}
        self.phones = {1: self.field.phone(1, "p1"), 2: self.field.phone(2, "p2")}

    def fresh(self):
        Pushes.numbers += 1
        return str(UUID(int=Pushes.numbers * 2**64 + 0x4000800000000000))

    def visit(self, home, age, name=None):
        return {"id": name or self.fresh(), "household_id": home, "person_id": None, "form_id": "plain", "form_version": "1",
                "answers": json.dumps({"age": age}), "started_at": None, "finished_at": None}  # fmt: skip

    def send(self, author, records):
        """Push, and compare each verdict with the model's."""
        self.same(self.request(author, records), self.model.push(author, records))

    def request(self, author, records):
        changes = {}
        for table, record in records:
            changes.setdefault(table, {"created": []})["created"].append(record)
        return self.phones[author].verdicts(changes)

    def same(self, answered, expected):
        assert [v["verdict"] for v in answered] == expected

    @rule(target=pushed, author=st.sampled_from((1, 2)), ages=st.lists(st.sampled_from((60, 61, 999)), min_size=1, max_size=4))
    def new_visits(self, author, ages):
        records = [("visits", self.visit(uid("h1" if author == 1 else "h4"), age)) for age in ages]
        self.send(author, records)
        return author, records

    @rule(target=pushed, author=st.sampled_from((1, 2)))
    def visits_before_their_household(self, author):
        home = self.fresh()
        records = [("visits", self.visit(home, 60)), ("visits", self.visit(home, 61))]
        self.send(author, records)
        return author, [("households", {"id": home, "name": "新户", "village_code": VILLAGE})]

    @rule(push=pushed, backwards=st.booleans())
    def again(self, push, backwards):
        author, records = push
        self.send(author, records[::-1] if backwards else records)

    @rule(one=pushed, other=pushed)
    def mixed(self, one, other):
        """What two pushes brought, in one, records of either in turn; nothing twice in it."""
        if one[0] != other[0]:
            return
        records = {record["id"]: (table, record) for table, record in one[1] + other[1]}
        self.send(one[0], list(records.values()))

    @rule(target=pushed, push=pushed, age=st.sampled_from((60, 61, 62, 999)))
    def edited(self, push, age):
        author, records = push
        changed = [(t, r | {"answers": json.dumps({"age": age})} if t == "visits" else r) for t, r in records]
        self.send(author, changed)
        return author, changed

    @rule(push=pushed)
    def at_the_same_time(self, push):
        """Four copies side by side: one of them counts, whichever."""
        author, records = push
        answers = []
        threads = [Thread(target=lambda: answers.append(self.request(author, records))) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(answers) == 4
        expected = [self.model.push(author, records) for _ in range(4)]
        for n in range(len(records)):
            assert sorted(a[n]["verdict"] for a in answers) == sorted(e[n] for e in expected)

    def teardown(self):
        if hasattr(self, "model"):
            compare(self.field.site, self.model)


def compare(site, model):
    told = [key[1] for key in model.aside] + list(model.standing)
    with site.db.read() as session:
        for name in set(told):
            contents = model.standing.get(name, [])
            row = session.get(Visit, ("370281", name))
            assert (row.revision if row else 0) == len(contents), name
            if row:
                assert json.loads(site.vault.open(row.answers_sealed, service.COLUMN)) == json.loads(contents[-1])
                earlier = session.scalars(select(VisitRevision.answers_sealed).where(VisitRevision.visit_id == name)
                                          .order_by(VisitRevision.revision))  # fmt: skip
                opened = [json.loads(site.vault.open(sealed, service.COLUMN)) for sealed in earlier]
                assert opened == [json.loads(content) for content in contents[:-1]]
                assert session.scalar(select(func.count()).select_from(Change).where(Change.record_id == name)) >= len(contents)
            kept = session.scalars(select(SetAside).where(SetAside.record_id == name))
            states = {(r.author_id, json.dumps(json.loads(site.vault.open(r.content_sealed, quarantine.COLUMN)), sort_keys=True)): r.state
                      for r in kept}  # fmt: skip
            assert states == {(a, c): s for (a, n, c), s in model.aside.items() if n == name}


@pytest.mark.slow
def test_pushes_in_any_order_equal_the_model(field):
    Pushes.field = field
    phases = [Phase.generate, Phase.shrink] if os.environ.get("FIELDSVC_MODEL_EXAMPLES") else [Phase.generate]
    chosen = settings(max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None, derandomize=True, database=None, phases=phases,
                      suppress_health_check=list(HealthCheck))  # fmt: skip
    run_state_machine_as_test(Pushes, settings=chosen)
