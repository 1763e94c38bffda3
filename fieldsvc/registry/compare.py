"""Two records side by side (对照): fields, facts with source and date, members, visits, tier, aid, what is open. Few statements:
each table is asked once for both."""

from collections import defaultdict
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fieldsvc.accounts.rules import CLASSES, Actor
from fieldsvc.aidchain.models import Aid, Head
from fieldsvc.alerts.models import Alert
from fieldsvc.alerts.rules import CLOSED, STATUSES
from fieldsvc.applications.models import Application
from fieldsvc.eligibility.vocabulary import Vocabulary
from fieldsvc.facts import queries as facts
from fieldsvc.households import queries as registry
from fieldsvc.households import views
from fieldsvc.households.models import Household, Person
from fieldsvc.kit import clock
from fieldsvc.kit.crypto import Vault
from fieldsvc.kit.errors import Problem, not_found
from fieldsvc.referrals.models import Referral
from fieldsvc.visits.models import Visit

Side = dict[str, Any]
LATEST = 10


def households(session: Session, vault: Vault, actor: Actor, vocabulary: Vocabulary, ids: tuple[str, str]) -> dict[str, Any]:
    """Problem 404 unless both are the actor's to see."""
    held = session.scalars(select(Household).where(Household.county_code == actor.county, Household.id.in_(ids))).all()
    homes = [registry.visible_household(session, actor, one) for one in ids]  # found in the session: ``held``
    workers = registry.workers_of_homes(session, actor.county, [home.id for home in held])
    members: dict[str, list[Person]] = defaultdict(list)
    for person in registry.members(session, actor.county, ids):
        members[person.household_id].append(person)
    known = facts.known(session, actor.county, ids)
    beside = _beside(session, actor, ids, "household_id")
    sides = [
        views.whole(vault, home, None, members[home.id], workers[home.id])
        | {"facts": _facts(known, home.id, vocabulary)} | beside[home.id] for home in homes
    ]  # fmt: skip
    return _answer("household", sides, {p.id for each in members.values() for p in each})


def persons(session: Session, vault: Vault, actor: Actor, vocabulary: Vocabulary, ids: tuple[str, str]) -> dict[str, Any]:
    found = [session.get(Person, (actor.county, one)) for one in ids]
    people = [person for person in found if person is not None]
    if len(people) < len(ids):
        raise not_found()
    homes = {p.household_id: registry.visible_household(session, actor, p.household_id) for p in people}
    known = facts.known(session, actor.county, ids)
    beside = _beside(session, actor, ids, "person_id")
    sides = [
        views.person(vault, person) | {"household": _home(homes[person.household_id]), "facts": _facts(known, person.id, vocabulary)}
        | beside[person.id] for person in people
    ]  # fmt: skip
    return _answer("person", sides, set(ids))


def _answer(kind: str, sides: list[Side], shown: set[str]) -> dict[str, Any]:
    if sides[0]["id"] == sides[1]["id"]:
        raise Problem(409, "same-record", "请选择两条不同的记录。")
    differing = [name for name in sides[0] if name in FIELDS[kind] and sides[0][name] != sides[1][name]]
    return {"kind": kind, "sides": sides, "differing": differing, "persons": sorted(shown),
            "homes": [side["id"] if kind == "household" else side["household"]["id"] for side in sides]}  # fmt: skip


FIELDS = {
    "household": ("ref", "name", "village_code", "address", "area", "phone", "tier"),
    "person": ("name", "sex", "birth_date", "relation", "id_number", "phone", "tier"),
}


def _home(home: Household) -> dict[str, Any]:
    return {"id": home.id, "name": home.name, "village_code": home.village_code, "address": home.address}


def _facts(known: dict[str, Any], subject: str, vocabulary: Vocabulary) -> list[dict[str, Any]]:
    document = known[subject].document if subject in known else {}
    return [{"name": name, "label": vocabulary.label(name), "value": entry[0], "as_of": entry[1], "source_kind": entry[2],
             "source_id": entry[3]} for name, entry in sorted(document.items())]  # fmt: skip


def _beside(session: Session, actor: Actor, ids: tuple[str, str], column: str) -> dict[str, Side]:
    """Visits, aid and what is open, of both."""
    county, classes = actor.county, CLASSES[actor.role]

    def rows(model: Any, *where: Any, order: Any) -> dict[str, list[Any]]:
        whose = getattr(model, column)
        found: dict[str, list[Any]] = defaultdict(list)
        for row in session.scalars(select(model).where(model.county_code == county, whose.in_(ids), *where).order_by(order)):
            found[getattr(row, column)].append(row)
        return found

    visits = rows(Visit, Visit.klass.in_(classes), order=Visit.observed_at.desc())
    alerts = rows(Alert, Alert.klass.in_(classes), Alert.status != CLOSED, order=Alert.opened_at.desc())
    aids, asked = rows(Aid, order=Aid.starts.desc()), rows(Application, order=Application.opened_at.desc())
    sent = rows(Referral, order=Referral.created_at.desc())
    heads = select(Head.household_id, Head.n).where(Head.county_code == county, Head.household_id.in_(ids))
    chains = dict(session.execute(heads).tuples().all())
    whose = getattr(Visit, column)
    counted = select(whose, func.count()).where(Visit.county_code == county, whose.in_(ids)).group_by(whose)
    counts = dict(session.execute(counted).tuples().all())
    return {one: {
        "visits_count": counts.get(one, 0), "chain_entries": chains.get(one, 0),
        "visits": [{"id": v.id, "form_id": v.form_id, "person_id": v.person_id, "observed_at": clock.show(v.observed_at)}
                   for v in visits[one][:LATEST]],
        "alerts": [{"id": a.id, "title": a.title, "status": STATUSES[a.status], "opened_at": clock.show(a.opened_at)} for a in alerts[one]],
        "aids": [{"programme": a.programme, "office": a.office, "amount": a.amount, "starts": a.starts.isoformat(),
                  "ends": a.ends.isoformat() if a.ends else None} for a in aids[one]],
        "applications": [{"id": a.id, "applied": a.applied, "state": a.state} for a in asked[one]],
        "referrals": [{"id": r.id, "duty": r.duty, "office": r.office, "state": r.state} for r in sent[one]],
    } for one in ids}  # fmt: skip
