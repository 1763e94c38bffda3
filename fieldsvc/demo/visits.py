"""What the workers find this day: whom they visit, and the answers they fill in offline."""

import json
from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import uuid4

from fieldsvc.households.rules import age

Record = dict[str, Any]
UNINSURED = {"insured": "no", "inpatient_year": "no", "emergency_treatment": "no"}
INPATIENT = {"insured": "yes", "inpatient_year": "yes", "hospital_designated": "yes", "cost_within_policy": "yes",
             "insurance_settled": "yes", "self_paid_year": 30000, "own_borne_year": 18000, "medical_aid_received": "no",
             "emergency_treatment": "no"}  # fmt: skip
CHILD = {"met_child": "yes", "child_guardian": "grandparent", "child_attends_school": "yes", "child_neglected": "no",
         "remark": "父母在外务工，由祖父母照料。"}  # fmt: skip


def visit(form: str, answers: Record, household: str, person: str | None = None) -> Record:
    """A finished visit as the phone keeps it until there is a network."""
    return {"id": str(uuid4()), "household_id": household, "person_id": person, "form_id": form, "form_version": "1",
            "answers": json.dumps(answers, ensure_ascii=False), "started_at": None, "finished_at": None}  # fmt: skip


def household_answers(members: list[Record]) -> Record:
    return {"area": "rural", "household_income_last_year": 9600, "members": [
        {"person_id": member["id"], "income_month": 400} for member in members
    ]}  # fmt: skip


def of_tier(records: dict[str, dict[str, Record]], tier: str) -> list[tuple[Record, list[Record]]]:
    """Households of a recognised tier in the phone's caseload, with their members; in the order of their addresses."""
    return _homes(records, lambda home, _: home["tier"] == tier)


def with_child(records: dict[str, dict[str, Record]], on: date) -> list[tuple[Record, list[Record]]]:
    """Households of the caseload with somebody under 14, who stands first among the members."""
    found = _homes(records, lambda _, members: any(_young(m, on) for m in members))
    return [(home, sorted(members, key=lambda m: not _young(m, on))) for home, members in found]


def _young(member: Record, on: date) -> bool:
    return bool(member["birth_date"]) and age(date.fromisoformat(member["birth_date"]), on) < 14


def _homes(
    records: dict[str, dict[str, Record]], wanted: Callable[[Record, list[Record]], bool]
) -> list[tuple[Record, list[Record]]]:
    members: dict[str, list[Record]] = {}
    for person in sorted(records.get("persons", {}).values(), key=lambda p: (p["relation"] != "户主", p["id"])):
        members.setdefault(person["household_id"], []).append(person)
    homes = sorted(records.get("households", {}).values(), key=lambda home: home["address"])
    return [(home, members.get(home["id"], [])) for home in homes if wanted(home, members.get(home["id"], []))]
