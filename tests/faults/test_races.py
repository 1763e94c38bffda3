"""Two pushes at the same moment that need to know of each other."""

from threading import Barrier, Thread
from uuid import uuid4

from sqlalchemy import select

from fieldsvc.households.models import Household, Person
from fieldsvc.visits.models import SetAside, Visit
from tests.support.river import VILLAGE

ROUNDS = 12


def at_once(*calls):
    """Start them together; their results."""
    start, results = Barrier(len(calls)), [None] * len(calls)

    def run(n):
        start.wait()
        results[n] = calls[n]()

    threads = [Thread(target=run, args=(n,)) for n in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_a_visit_and_its_household_that_pass_each_other_still_meet(field, site):
    phones = [field.phone(1, f"d{n}") for n in range(3)]
    visits = []
    for _ in range(ROUNDS):
        home, person = str(uuid4()), str(uuid4())
        visit = field.visit(person=person) | {"household_id": home}
        visits.append(visit["id"])
        sent = [("visits", visit), ("persons", {"id": person, "household_id": home, "name": "李四"}),
                ("households", {"id": home, "name": "新户", "village_code": VILLAGE})]  # fmt: skip
        told = at_once(*(lambda p=p, s=s: p.verdict(*s) for p, s in zip(phones, sent, strict=True)))
        assert {v["verdict"] for v in told} <= {"applied", "held"}, told
    with site.db.read() as session:
        assert set(session.scalars(select(Visit.id))) == set(visits)
        assert set(session.scalars(select(SetAside.state))) <= {"released"}


def test_the_same_new_household_and_person_from_four_sides_at_once(field, site):
    phones = [field.phone(1, f"d{n}") for n in range(4)]
    for _ in range(ROUNDS):
        home, person = str(uuid4()), str(uuid4())
        changes = {"households": {"created": [{"id": home, "name": "新户", "village_code": VILLAGE}]},
                   "persons": {"created": [{"id": person, "household_id": home, "name": "李四"}]}}  # fmt: skip
        told = at_once(*(lambda p=p, c=changes: p.verdicts(c) for p in phones))
        for n in range(2):
            assert sorted(v[n]["verdict"] for v in told) == ["applied"] + ["duplicate"] * 3
            assert {v[n]["first"] for v in told} == {None, "applied"}
    with site.db.read() as session:
        for model in (Household, Person):
            assert len(session.scalars(select(model.id).where(model.source == "phone")).all()) == ROUNDS
