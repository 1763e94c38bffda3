"""Import of a roster (花名册导入): a report row by row, nothing half imported, and a second import changes nothing."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from fieldsvc.accounts.models import Account
from fieldsvc.accounts.regions import in_region
from fieldsvc.accounts.service import normal_name
from fieldsvc.kit import clock
from fieldsvc.kit.bulk import look_over
from fieldsvc.kit.crypto import Vault
from fieldsvc.kit.errors import Problem
from fieldsvc.kit.ids import new_id

from . import assignments, queries, records, service
from .models import Assignment, Household, Person
from .plan import HEAD, Home, Member, homes_of, refuse
from .report import ADDED, CHANGED, Report
from .roster import Roster
from .rules import is_temporary

MANY = 1_000
Progress = Callable[[int, int], None]


def import_roster(
    session: Session, vault: Vault, county: str, roster: Roster, *, partial: bool = False, region: str | None = None,
    author_id: int | None = None, progress: Progress | None = None,
) -> Report:  # fmt: skip
    """Store a roster read by ``roster.read_roster`` and answer the report.

    Any refused row keeps the whole file out, unless ``partial``: then whole households without a refused row are stored.
    ``region`` limits what may be touched (default: the county). ``progress(done, total)`` counts rows.
    """
    run = _Run(session, vault, county, region or county, author_id, clock.now())
    homes = homes_of(roster.rows, county, clock.today())
    report = Report([m.result for home in homes for m in home.members], roster.ignored)
    report.rows.sort(key=lambda row: row.number)
    with session.no_autoflush:
        known = _Known.of(session, vault, county, homes)
        for home in _counted(homes, len(report.rows), progress):
            run.take(home, known)
    for home in homes:
        home.give_up()
    if report.refused and not partial:
        run.undo()
        return report
    run.store()
    report.stored = True
    return report


def _counted(homes: list[Home], total: int, progress: Progress | None) -> Iterator[Home]:
    done = 0
    for home in homes:
        yield home
        done += len(home.members)
        if progress:
            progress(done, total)


@dataclass(slots=True)
class _Known:
    """What the store holds of the roster, read with a handful of queries."""

    homes: dict[str, Household]
    members: dict[str, list[Person]]
    by_index: dict[bytes, Person]
    refs: dict[str, str | None]
    accounts: list[Account]
    serving: dict[str, set[int]]
    villages: set[str]
    merged: dict[str, str]
    matched: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, session: Session, vault: Vault, county: str, homes: list[Home]) -> "_Known":
        found = queries.by_refs(session, county, [home.ref for home in homes])
        numbers = [m.values.get("id_number") for home in homes for m in home.members]
        persons = queries.by_identities(session, county, [i for n in numbers if (i := vault.index("identity", n))])
        members = defaultdict(list)
        ids = [home.id for home in found]
        for person in queries.members(session, county, ids):
            members[person.household_id].append(person)
        return cls(
            {home.ref: home for home in found if home.ref}, members,
            {p.identity_index: p for p in persons if p.identity_index}, queries.refs_of(session, county, persons),
            queries.workers(session, county), queries.serving(session, county, ids), queries.villages(session, county),
            queries.merged_refs(session, county, [home.ref for home in homes if home.ref not in {h.ref for h in found}]),
        )  # fmt: skip


@dataclass(slots=True)
class _Run:
    session: Session
    vault: Vault
    county: str
    region: str
    author_id: int | None
    at: datetime
    added: list[Household | Person] = field(default_factory=list)
    changed: list[tuple[Household | Person, set[str]]] = field(default_factory=list)
    grants: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    revocations: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))

    def take(self, home: Home, known: _Known) -> None:
        """Decide one household and note what is to be stored; a refused one leaves no trace."""
        if home.refused:
            return
        before = len(self.added), len(self.changed)
        household = known.homes.get(home.ref)
        try:
            household = self._household(home, household, known)
        except Problem as problem:
            refuse(home.members[0].result, problem.detail)
        if household is not None and not home.refused:
            for member in home.members:
                self._member(member, household, known)
        workers = _workers(home, known)
        if home.refused or household is None:
            self._drop(before)
            return
        self._assign(home, household, workers, known)

    def _household(self, home: Home, held: Household | None, known: _Known) -> Household:
        _allowed(home, held, known, self.region)
        if held is None and home.ref in known.merged:
            raise Problem(409, "merged-away", f"这一户已并入“{known.merged[home.ref]}”，请在名册中改用后者的户编号。")
        household = held or records.new_household(self.county, new_id(), "import", self.author_id, self.at)
        changed = records.apply_household(self.vault, household, home.values)
        self._note(household, held is None, changed, home.members[0])
        return household

    def _member(self, member: Member, household: Household, known: _Known) -> None:
        try:
            held = _match(member, household, self.vault, known)
            person = held or records.new_person(self.vault, self.county, household.id, new_id(), "import",
                                                self.author_id, self.at)  # fmt: skip
            changed = records.apply_person(self.vault, person, member.values)
        except Problem as problem:
            refuse(member.result, problem.detail)
            return
        self._note(person, held is None, changed, member)
        if person.relation == HEAD and household.head_person_id != person.id:
            household.head_person_id = person.id
            if household in self.session:
                self._note(household, False, {"head_person_id"}, member)

    def _note(self, record: Household | Person, new: bool, changed: set[str], member: Member) -> None:
        if new:
            self.added.append(record)
        elif changed:
            self.changed.append((record, changed))
        if isinstance(record, Person) and new:
            member.result.status = ADDED
        elif (new or changed) and member.result.status != ADDED:
            member.result.status = CHANGED

    def _assign(self, home: Home, household: Household, workers: dict[str, Account], known: _Known) -> None:
        serving = known.serving.get(household.id, set())
        for role, account in workers.items():
            if account.id not in serving:
                self.grants[account.id].add(household.id)
                _touch(home)
            for other in known.accounts:
                if other.role == role and other.id in serving and other.id != account.id:
                    self.revocations[other.id].add(household.id)
                    _touch(home)

    def _drop(self, before: tuple[int, int]) -> None:
        self._expire(self.changed[before[1] :])
        del self.added[before[0] :], self.changed[before[1] :]

    def _expire(self, changed: list[tuple[Household | Person, set[str]]]) -> None:
        for record, _ in changed:
            if record in self.session:
                self.session.expire(record)

    def undo(self) -> None:
        self._expire(self.changed)

    def store(self) -> None:
        """Write, then announce everything at once: the feed's counter is taken only at the transaction's end."""
        self.session.add_all(self.added)
        for record, fields in self.changed:
            record.updated_at = self.at
            service.stamp_fields(self.session, record, fields)
        self.session.flush()
        told = dict.fromkeys(self.added + [record for record, _ in self.changed])
        moved = [record.id for record, fields in self.changed if "village_code" in fields]
        service.tell_all(self.session, self.county, [_entry(record) for record in told], moved)
        for account, homes in sorted(self.grants.items()):
            assignments.grant(self.session, self.county, account, homes)
        for account, homes in sorted(self.revocations.items()):
            assignments.revoke(self.session, self.county, account, homes)
        if len(self.added) >= MANY:
            look_over(self.session, Household, Person, Assignment)


def _entry(record: Household | Person) -> tuple[str, str, str]:
    if isinstance(record, Household):
        return "households", record.id, record.id
    return "persons", record.id, record.household_id


def _touch(home: Home) -> None:
    first = home.members[0].result
    if first.status != ADDED:
        first.status = CHANGED


def _allowed(home: Home, held: Household | None, known: _Known, region: str) -> None:
    village = home.values.get("village_code") or (held.village_code if held else "")
    places = [village] + ([held.village_code] if held else [])
    if not all(in_region(place, region) for place in places):
        raise Problem(422, "invalid-record", "村（社区）不在您的管辖区域内。")
    if known.villages and village not in known.villages:
        raise Problem(422, "invalid-record", f"村（社区）代码 {village} 不在区划名录中。")


def _match(member: Member, household: Household, vault: Vault, known: _Known) -> Person | None:
    """Who of the register this row is: by number, else by name and birth date within the household."""
    number = member.values.get("id_number")
    index = vault.index("identity", number)
    held = known.by_index.get(index) if index else None
    if held is not None and held.household_id != household.id:
        raise Problem(
            409, "identity-taken", f"此人已登记在另一户（户编号 {known.refs.get(held.household_id) or '无'}）。"
        )
    if held is not None:
        return held
    if number and is_temporary(number):
        raise Problem(422, "invalid-record", "没有这个临时身份号；没有身份证号的，请留空。")
    found = _namesake(member, number, [p for p in known.members.get(household.id, []) if p.id not in known.matched])
    if found is not None:
        known.matched.add(found.id)
    return found


def _namesake(member: Member, number: str | None, members: Iterable[Person]) -> Person | None:
    born = member.values.get("birth_date")
    same = [p for p in members if p.name == member.values["name"] and (not born or p.birth_date in (None, born))]
    if number:
        other = [p for p in same if p.identity_kind == "identity"]
        same = [p for p in same if p.identity_kind != "identity"]
        if other and not same:
            raise Problem(409, "identity-differs", "同户已有同名且出生日期相同的人，身份证号不同，请先核对。")
    if len(same) > 1:
        raise Problem(422, "invalid-record", "同户有同名的人，请补充身份证号或出生日期。")
    return same[0] if same else None


def _workers(home: Home, known: _Known) -> dict[str, Account]:
    """Workers named by user name or, when only one bears it, by name."""
    found: dict[str, Account] = {}
    for role, named in home.workers.items():
        of_role = [account for account in known.accounts if account.role == role]
        matching: list[Any] = [a for a in of_role if a.username == normal_name(named)]
        matching = matching or [a for a in of_role if a.name == named]
        if len(matching) == 1:
            found[role] = matching[0]
        else:
            why = "不止一个，请填写用户名" if matching else "没有这个账号"
            refuse(home.members[0].result, f"责任人“{named}”{why}。")
    return found
