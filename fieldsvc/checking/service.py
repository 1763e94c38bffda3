"""Verbs of checking: record an authorisation, withdraw it, ask for a check."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from fieldsvc.accounts.rules import DEPARTMENT, Actor
from fieldsvc.aidchain.service import append
from fieldsvc.applications import queries as applications
from fieldsvc.departments.load import Departments
from fieldsvc.households.models import Household, Person
from fieldsvc.households.queries import household, members, visible_household
from fieldsvc.kit import clock
from fieldsvc.kit.crypto import masked_text
from fieldsvc.kit.db import after_commit
from fieldsvc.kit.errors import Problem
from fieldsvc.kit.ids import new_id
from fieldsvc.kit.wake import wake
from fieldsvc.referrals import queries as referrals
from fieldsvc.referrals.rules import ACCEPTED
from fieldsvc.referrals.rules import SENT as REFERRED

from . import queries
from .models import Authorisation, Check
from .platforms import Platform
from .rules import CANCELLED, WAITING, holds, kinds_of


@dataclass(frozen=True, slots=True)
class Office:
    """Who asks, under which jurisdiction's list, of which platforms."""

    actor: Actor
    jurisdiction: str
    departments: Departments
    platforms: Mapping[str, Platform]

    def kinds(self) -> dict[str, str]:
        return kinds_of(self.departments.policy, self.jurisdiction, clock.today())


def authorise(session: Session, at: Office, household_id: str, told: Mapping[str, Any]) -> Authorisation:
    """个人授权. Problems: 404; 422 ``person-elsewhere``, ``bad-period``, ``unknown-kind``; 409 ``no-kinds``."""
    home = visible_household(session, at.actor, household_id)
    person = _member(session, home, str(told["person_id"]))
    signed, until = told["signed_on"], told["valid_until"]
    if signed > clock.today() or until < signed:
        raise Problem(
            422,
            "bad-period",
            "签署日期不能晚于今天，有效期止不能早于签署日期。",
            {"errors": {"valid_until": "请核对日期"}},
        )
    made = Authorisation(
        county_code=home.county_code, id=new_id(), household_id=home.id, person_id=person.id, village_code=home.village_code,
        scope=_kinds(at, told.get("scope")), signed_by=told["signed_by"], signed_on=signed, valid_until=until, withdrawn_on=None,
        recorded_by=at.actor.id, at=clock.now(),
    )  # fmt: skip
    session.add(made)
    about = {
        "scope": list(made.scope),
        "signed_by": masked_text(made.signed_by),
        "signed_on": signed.isoformat(),
        "valid_until": until.isoformat(),
    }
    append(session, home.county_code, home.id, "check_authorised", at.actor.name, about, person_id=person.id)
    return made


def withdraw(session: Session, at: Office, authorisation_id: str) -> Authorisation:
    """撤回授权: nothing more goes out under it. What waits is cancelled; a report that came stays. Problems: 404; 409 ``withdrawn``."""
    found = queries.authorisation(session, at.actor, authorisation_id)
    if found.withdrawn_on is not None:
        raise Problem(409, "withdrawn", "这份授权已经撤回。")
    found.withdrawn_on = clock.today()
    mine = Check.county_code == found.county_code, Check.authorisation_id == found.id, Check.state == WAITING
    session.execute(update(Check).where(*mine).values(state=CANCELLED, lease=None))
    append(session, found.county_code, found.household_id, "check_withdrawn", at.actor.name,
           {"withdrawn_on": found.withdrawn_on.isoformat()}, person_id=found.person_id)  # fmt: skip
    return found


def ask(session: Session, at: Office, told: Mapping[str, Any]) -> list[Check]:
    """单位委托: ask for a check of a person, or of every member of a household; all of them or none.

    ``told``: household_id or (a department's) referral_id, person_id, unit, purpose, kinds, platform. Problems: 404; 403
    ``referral-missing``; 409 ``authorisation-missing``, ``no-platform``, ``no-kinds``, ``referral-closed``; 422 ``unknown-kind``,
    ``identity-missing``, ``person-elsewhere``, ``unknown-platform``.
    """
    home, persons, referral = _about(session, at.actor, told)
    kinds, platform = _kinds(at, told.get("kinds")), _platform(at, told.get("platform"))
    given = [_authorisation(session, person, kinds) for person in persons]
    made = []
    for person, allowed in zip(persons, given, strict=True):
        if person.identity_sealed is None:
            raise Problem(422, "identity-missing", f"{person.name}没有登记证件号码，不能核对，请先补登。")
        made.append(_check(session, at, home, person, allowed.id, referral, kinds, platform, told))
    session.add_all(made)
    for one in made:
        about = {"check": one.id, "unit": one.unit, "platform": one.platform_title, "kinds": len(kinds)}
        append(
            session, one.county_code, one.household_id, "check_requested", at.actor.name, about, person_id=one.person_id
        )
    after_commit(session, "wake", wake)
    return made


def _about(session: Session, actor: Actor, told: Mapping[str, Any]) -> tuple[Household, list[Person], str | None]:
    """Whom it is about. A department asks within a referral that is with it (部门使用权限)."""
    person_id = str(told["person_id"]) if told.get("person_id") else None
    if actor.role != DEPARTMENT:
        home = visible_household(session, actor, str(told["household_id"]))
        return home, _persons(session, home, person_id), None
    if not told.get("referral_id"):
        raise Problem(403, "referral-missing", "部门在转给本部门的事项中申请核对，请从转办进入。")
    referral = referrals.visible(session, actor, str(told["referral_id"]))
    if referral.state not in (REFERRED, ACCEPTED):
        raise Problem(409, "referral-closed", "这件转办已不在本部门办理，不能再申请核对。")
    home = household(session, actor.county, referral.household_id)
    return home, _persons(session, home, referral.person_id or person_id), referral.id


def _persons(session: Session, home: Household, person_id: str | None) -> list[Person]:
    return [_member(session, home, person_id)] if person_id else members(session, home.county_code, [home.id])


def _member(session: Session, home: Household, person_id: str) -> Person:
    person = session.get(Person, (home.county_code, person_id))
    if person is None or person.household_id != home.id:
        raise Problem(
            422, "person-elsewhere", "这个人不属于这一户，请核对编号。", {"errors": {"person_id": "请选择家庭成员"}}
        )
    return person


def _kinds(at: Office, wanted: Iterable[str] | None) -> dict[str, str]:
    """With their titles, which stay readable when the list changes. All of the jurisdiction's list where none is named."""
    known = at.kinds()
    if not known:
        raise Problem(409, "no-kinds", "本地区没有规定核对信息的种类，请管理员在本地设定中写明。")
    chosen = list(dict.fromkeys(wanted or known))
    if unknown := [kind for kind in chosen if kind not in known]:
        raise Problem(
            422,
            "unknown-kind",
            f"有 {len(unknown)} 种信息不在本地区的核对范围内。",
            {"errors": {"kinds": "请从列表中选择"}},
        )
    return {kind: known[kind] for kind in chosen}


def _platform(at: Office, wanted: str | None) -> Platform:
    if not at.platforms:
        raise Problem(409, "no-platform", "本部署没有设定核对平台，请联系管理员。")
    found = at.platforms.get(wanted) if wanted else next(iter(at.platforms.values()))
    if found is None:
        raise Problem(422, "unknown-platform", "没有这个核对平台。", {"errors": {"platform": "请从列表中选择"}})
    return found


def valid(session: Session, county: str, person_id: str, kinds: Iterable[str], on: date) -> Authorisation | None:
    """The person's authorisation that covers these kinds on that day, the longest one."""
    asked = list(kinds)
    return next((one for one in queries.of_person(session, county, person_id) if holds(one, asked, on)), None)


def _authorisation(session: Session, person: Person, kinds: Iterable[str]) -> Authorisation:
    found = valid(session, person.county_code, person.id, kinds, clock.today())
    if found is None:
        raise Problem(409, "authorisation-missing", f"{person.name}没有有效的核对授权（未签署、已过期、已撤回或范围不够），请先取得授权。",
                      {"person_id": person.id})  # fmt: skip
    return found


def _check(
    session: Session, at: Office, home: Household, person: Person, authorisation: str, referral: str | None, kinds: Mapping[str, str],
    platform: Platform, told: Mapping[str, Any],
) -> Check:  # fmt: skip
    """Tied to the application under way, of the person or of the whole household."""
    standing = applications.standing(session, home.county_code, home.id, person.id) or applications.standing(
        session, home.county_code, home.id, None
    )
    now = clock.now()
    return Check(
        county_code=home.county_code, id=new_id(), household_id=home.id, person_id=person.id, village_code=home.village_code,
        authorisation_id=authorisation, application_id=standing, referral_id=referral, department=at.actor.department,
        unit=masked_text(told["unit"]), purpose=masked_text(told["purpose"]), kinds=dict(kinds), platform=platform.name,
        platform_title=platform.title, state=WAITING, attempts=0, next_at=now, lease=None, last_error=None,
        requested_by=at.actor.id, requested_at=now, answered_at=None, report_sealed=None,
    )  # fmt: skip
