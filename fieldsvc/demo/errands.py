"""Whom the workers visit this day and what they find there, each with what must come of it. Invented, like the township."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import date

from fieldsvc.households.rules import age

from .phone import Phone, Record

NOBODY_ILL: Record = {"inpatient_year": "no", "emergency_treatment": "no"}
INSURED = NOBODY_ILL | {"insured": "yes"}
UNINSURED = NOBODY_ILL | {"insured": "no"}
INPATIENT = {"insured": "yes", "inpatient_year": "yes", "hospital_designated": "yes", "cost_within_policy": "yes",
             "insurance_settled": "yes", "self_paid_year": 30000, "own_borne_year": 18000, "medical_aid_received": "no",
             "emergency_treatment": "no"}  # fmt: skip
CHILD = {"met_child": "yes", "child_guardian": "grandparent", "child_attends_school": "yes", "child_neglected": "no",
         "remark": "父母在外务工，由祖父母照料。"}  # fmt: skip
MISTYPED = {"rigid_expense_year": -9600}
MENDED = {"rigid_expense_year": 9600}
ROUTINE = 6
CHILDREN = 2  # in each village
Home = tuple[Record, list[Record]]
Wanted = Callable[[Record, list[Record]], bool]


@dataclass(slots=True)
class Errand:
    """``raises`` = {(rule, id of the person or household)}: the alerts this visit must raise; ``verdict``: of its first push."""

    worker: str
    visit: Record
    raises: frozenset[tuple[str, str]] = frozenset()
    verdict: str = "applied"

    @property
    def household(self) -> str:
        return str(self.visit["household_id"])


class Diary:
    """One phone's day: its homes but those already ``visited``, each for one reason only."""

    def __init__(self, phone: Phone, visited: Collection[str] = ()) -> None:
        self.phone, self.worker = phone, str(phone.user["username"])
        self._left = [home for home in homes(phone) if home[0]["id"] not in visited]
        self.errands: list[Errand] = []

    def take(self, wanted: Wanted) -> Home:
        """The next home that is as wanted; it is not offered again."""
        found = next((home for home in self._left if wanted(*home)), None)
        if found is None:
            raise LookupError(f"{self.worker} 的责任户里没有合适的家庭")
        self._left.remove(found)
        return found

    def note(self, form: str, answers: Record, home: str, person: str | None = None, *raises: tuple[str, str],
             verdict: str = "applied") -> Errand:  # fmt: skip
        made = Errand(self.worker, self.phone.visit(form, answers, home, person), frozenset(raises), verdict)
        self.errands.append(made)
        return made


def homes(phone: Phone) -> Iterator[Home]:
    """The caseload by address, each household with its members, its head first."""
    members: dict[str, list[Record]] = {}
    for person in sorted(phone.records.get("persons", {}).values(), key=lambda p: (p["relation"] != "户主", p["id"])):
        members.setdefault(person["household_id"], []).append(person)
    for home in sorted(phone.records.get("households", {}).values(), key=lambda h: (len(h["address"] or ""), h["address"] or "")):
        yield home, members.get(home["id"], [])


def on_dibao(home: Record, _members: list[Record]) -> bool:
    return bool(home["tier"] == "dibao")


def on_no_list(home: Record, members: list[Record]) -> bool:
    return not home["tier"] and len(members) > 1


def with_child(village: str, on: date) -> Wanted:
    return lambda home, members: home["village_code"] == village and not home["tier"] and any(young(m, on) for m in members)


def young(member: Record, on: date) -> bool:
    return bool(member["birth_date"]) and age(date.fromisoformat(member["birth_date"]), on) < 14


def routine(diary: Diary) -> None:
    """Households in which nothing is wrong: no alert may come of them."""
    for _ in range(ROUTINE):
        home, members = diary.take(on_no_list)
        diary.note("medical_visit", INSURED, home["id"], members[0]["id"])


def inpatient(diary: Diary) -> Errand:
    """低保 inpatient: insurance has settled, 30 000 yuan were left to pay."""
    home, members = diary.take(on_dibao)
    person = members[0]["id"]
    return diary.note("medical_visit", INPATIENT, home["id"], person,
                      ("medical.aid", person), ("medical.expense_surge", home["id"]))  # fmt: skip


def uninsured(diary: Diary) -> Errand:
    home, members = diary.take(on_dibao)
    person = members[0]["id"]
    return diary.note("medical_visit", UNINSURED, home["id"], person, ("medical.insurance_subsidy", person))


def unlisted(diary: Diary) -> Errand:
    """On no list, but as poor as 低保: the tier must be found by the rules before the subsidy can be."""
    home, members = diary.take(on_no_list)
    person = members[0]["id"]
    money = {"household_income_last_year": 9600, "rigid_expense_year": 1200, "financial_assets": 3000}
    told = {"area": "rural", **money, "owns_vehicle": "no", "owns_second_home": "no",
            "members": [_member(m["id"], 400) for m in members]}  # fmt: skip
    diary.note("civil_household_visit", told, home["id"])
    return diary.note("medical_visit", UNINSURED, home["id"], person, ("medical.insurance_subsidy", person))


def _member(person: str, income: int) -> Record:
    plain = dict.fromkeys(("disability_certificate", "no_labour_capacity", "no_capable_supporter"), "no")
    return {"person_id": person, "income_month": income, **plain}


def undelivered(diary: Diary) -> Errand:
    home, _ = diary.take(on_dibao)
    return diary.note("civil_household_visit", {"policy_not_delivered": "yes"}, home["id"], None,
                      ("civil.policy_not_delivered", home["id"]))  # fmt: skip


def better_off(diary: Diary) -> Errand:
    """低保 household that now earns more than the line."""
    home, members = diary.take(on_dibao)
    told = {"members": [{"person_id": m["id"], "income_month": 3000} for m in members]}
    return diary.note("civil_household_visit", told, home["id"], None, ("civil.income_over_dibao", home["id"]))


def mistyped(diary: Diary) -> Errand:
    home, _ = diary.take(on_no_list)
    return diary.note("civil_household_visit", MISTYPED, home["id"], verdict="quarantined")


def newcomers(diary: Diary) -> Errand:
    """A family the register does not know. The visit is pushed before the household it belongs to."""
    village = next(iter(diary.phone.records["households"].values()))["village_code"]
    home = diary.phone.write("households", {"name": "样例新迁入", "village_code": village, "area": "urban"})
    head = {"household_id": home["id"], "name": "样例新迁入", "relation": "户主", "sex": "female", "birth_date": "1971-05-04"}
    diary.phone.write("persons", head)
    return diary.note("civil_household_visit", {"hardship_complex": "yes", "visit_needs": "刚迁来，住房和孩子上学都没有着落。"},
                      home["id"], None, ("civil.hardship_complex", home["id"]), verdict="held")  # fmt: skip


def children(diary: Diary, on: date) -> None:
    villages = sorted({home["village_code"] for home in diary.phone.records["households"].values()})
    for village in villages * CHILDREN:
        home, members = diary.take(with_child(village, on))
        child = next(m for m in members if young(m, on))
        diary.note("civil_child_visit", CHILD, home["id"], child["id"])
