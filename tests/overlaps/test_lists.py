"""The lists: aid twice, exclusive aids, aid that should have ended, aid left out; a justified line is hidden until facts change."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from fieldsvc.accounts.rules import Actor, Item, may_see
from fieldsvc.aidchain.aids import Grant, grant
from fieldsvc.aidchain.models import Aid, Link
from fieldsvc.applications.models import Application
from fieldsvc.eligibility.rulebook import Exclusive
from fieldsvc.facts.service import record
from fieldsvc.households.models import Household, Person
from fieldsvc.overlaps import service
from fieldsvc.overlaps.rules import ENDED, EXCLUSIVE, OMISSION, TWICE, Wanted, clauses
from fieldsvc.policy.clauses import ClausedText
from tests.support.jiaozhou import UNINSURED, departments, medical_visit
from tests.support.river import COUNTY, uid

A, B, P1 = uid("a"), uid("b"), uid("a/p1")
OFFICER = Actor(COUNTY, 2, "李经办", "township_officer", "370281001")
SUBSIDY = "medical.insurance_subsidy"


@pytest.fixture(autouse=True)
def two_people(request):
    """The township's two persons do not seem to be one."""
    if "town" in request.fixturenames:
        with request.getfixturevalue("town").db.write() as session:
            session.get(Person, (COUNTY, uid("b/p1"))).name = "李四"


def lines(site, *kinds, actor=OFFICER, book=None, **more):
    place = service.place_of(departments(), "jiaozhou")
    with site.db.read() as session:
        return service.found(session, actor, replace(place, book=book or place.book), Wanted(kinds, **more))


def told(found):
    return {(line.kind, line.subject_id, line.programmes) for line in found}


def give(site, programme, source, home=A, person=P1, office="市医疗保障局", **more):
    starts = more.pop("starts", date(2026, 1, 1))
    with site.db.write() as session:
        return grant(session, COUNTY, Grant(home, person, programme, office, "referral", source, starts, **more))


def know(site, home, person=None, **facts):
    with site.db.write() as session:
        record(session, COUNTY, home, person, facts, as_of=datetime(2026, 3, 1, tzinfo=UTC), source_kind="officer",
               source_id=str(sorted(facts)), declared=departments().vocabulary.facts)  # fmt: skip


@pytest.mark.requirement("CHN-03")
def test_the_same_aid_twice_at_one_time_is_listed_with_both_offices(town):
    give(town, "medical.aid", "r1")
    give(town, "medical.aid", "r2", office="市总工会")
    give(town, "medical.aid", "r3", home=B, person=uid("b/p1"))
    (line,) = lines(town, TWICE)
    assert (line.subject_id, line.programmes) == (P1, ("medical.aid",)) and "市医疗保障局、市总工会" in line.why
    assert (line.cite.clause, line.cite.quote) == ("三(二)", "形成“一户（人）一条救助链”，避免救助遗漏或重复救助")


def test_one_after_the_other_is_not_twice(town):
    give(town, "medical.aid", "r1", ends=date(2099, 1, 1))
    give(town, "medical.aid", "r2", starts=date(2099, 1, 1))
    assert lines(town, TWICE) == []


def test_two_registered_persons_who_seem_to_be_one_and_both_are_aided(town):
    with town.db.write() as session:
        for one in session.scalars(select(Person)):
            one.name, one.birth_date = "王芳", date(1950, 3, 4)
    (line,) = lines(town, TWICE)
    assert line.programmes == ("tier:dibao",) and {line.subject_id, *line.others} == {P1, uid("b/p1")}
    assert lines(town, TWICE, programme="tier:tekun") == [] and lines(town, TWICE, programme="tier:dibao") == [line]


def test_exclusive_aids_together_are_listed_with_the_clause_that_excludes(town):
    give(town, "housing.public_rental", "r1", person=None)
    give(town, "housing.rental_subsidy", "r2", person=None)
    (line,) = lines(town, EXCLUSIVE)
    assert line.programmes == ("housing.public_rental", "housing.rental_subsidy")
    assert (line.cite.clause, line.cite.quote) == ("四(二)3", "通过配租公租房或发放住房租赁补贴给予住房救助")
    book = replace(departments().rulebook, exclusive=(Exclusive("medical.aid", SUBSIDY, "jiaozhou", reference="本地〔2026〕1号"),))
    give(town, "medical.aid", "r3")
    give(town, SUBSIDY, "r4")
    assert {line.reference for line in lines(town, EXCLUSIVE, book=book)} == {"本地〔2026〕1号"}


def test_a_tiers_aid_beside_another_recognised_tier(town):
    give(town, "civil.tekun", "r1")
    (line,) = lines(town, EXCLUSIVE)
    assert line.programmes == ("tier:dibao", "civil.tekun")


def test_aid_and_tier_that_go_on_though_the_rules_say_no(town, screen):
    know(town, A, P1, income_month="9000", insured=True, inpatient_year=False, self_paid_year="0")
    give(town, "medical.aid", "r1")
    screen()
    found = told(lines(town, ENDED))
    assert (ENDED, P1, ("medical.aid",)) in found
    line = next(line for line in lines(town, ENDED))
    assert (line.cite.clause, line.cite.quote) == ("三(四)", "对符合终止条件的按规定终止救助")


def test_the_dead_draw_nothing(town, screen):
    know(town, A, P1, died=True)
    give(town, "medical.aid", "r1")
    screen()
    assert told(lines(town, ENDED)) == {(ENDED, P1, ("medical.aid",)), (ENDED, P1, ("tier:dibao",))}


@pytest.mark.requirement("CHN-04")
def test_the_list_of_what_is_left_out_shrinks_as_referrals_are_taken(town, screen, client, signed):
    for name in ("a", "b"):
        medical_visit(town, name, UNINSURED)
    screen()
    path = f"/api/v1/omissions?programme={SUBSIDY}&alerted=true"
    shown = client.get(path, headers=signed()).json
    assert shown["total"] == 2 and {i["programmes"][0]["title"] for i in shown["items"]} == {"参保资助"}
    assert all(i["clause"] and i["quote"] and i["alert"] for i in shown["items"])
    assert client.get(f"/api/v1/omissions?programme={SUBSIDY}", headers=signed()).json["total"] == 0  # an open alert is at it
    alert = next(i["alert"] for i in shown["items"] if i["household_id"] == A)
    for body in ({"kind": "verify", "result": "confirmed"}, {"kind": "refer"}):
        assert client.post(f"/api/v1/alerts/{alert}/disposal", json=body, headers=signed()).status_code == 200
    assert [i["household_id"] for i in client.get(path, headers=signed()).json["items"]] == [B]


def test_who_fits_a_tier_and_did_not_apply_is_left_out_until_they_do(town, screen):
    with town.db.write() as session:
        for model in (Household, Person):
            for row in session.scalars(select(model)):
                row.tier = None
    fits = {"tekun_eligible": True}
    verdicts = _with_letter(town, screen, "civil.dibao", "civil.dibao_margin")
    assert fits and told(lines(town, OMISSION)) >= {(OMISSION, P1, ("civil.dibao",))} and verdicts
    assert (OMISSION, P1, ("civil.dibao_margin",)) not in told(lines(town, OMISSION))  # only the first in order
    with town.db.write() as session:
        session.get(Person, (COUNTY, P1)).tier = "dibao_margin"
    assert (OMISSION, P1, ("civil.dibao",)) in told(lines(town, OMISSION))  # what goes before one's own tier is left out
    with town.db.write() as session:
        session.get(Person, (COUNTY, P1)).tier = "tekun"
    assert told(lines(town, OMISSION, household=A)) == set()
    with town.db.write() as session:
        session.get(Person, (COUNTY, P1)).tier = None
        now = datetime(2026, 3, 1, tzinfo=UTC)
        session.add(Application(county_code=COUNTY, id=uid("app"), household_id=A, person_id=None, village_code="370281001001",
                                jurisdiction="jiaozhou", applied="dibao", procedure="dibao", state="open", proposal={}, facts={},
                                rule_set="", on_date=date(2026, 3, 1), opened_by=2, opened_at=now, updated_at=now))  # fmt: skip
    assert told(lines(town, OMISSION, household=A)) == set()


def _with_letter(site, screen, *programmes):
    """Set the stored verdict of a's person to eligible for these programmes."""
    from fieldsvc.screening.models import DeterminationRow

    screen()
    order = departments().rulebook.order("person")
    with site.db.write() as session:
        row = session.scalars(select(DeterminationRow).where(DeterminationRow.subject_id == P1, DeterminationRow.current)).one()
        letters = list(row.verdicts)
        for one in programmes:
            letters[order.index(one)] = "e"
        row.verdicts = "".join(letters)
    return True


def test_what_is_received_or_not_asked_yet_is_not_left_out(town, screen):
    medical_visit(town, "a", UNINSURED | {"insured": "yes"})
    _with_letter(town, screen, SUBSIDY, "medical.aid")
    assert lines(town, OMISSION, programme=SUBSIDY) == []  # insured: has it
    assert lines(town, OMISSION, programme="medical.aid") == []  # nobody knows whether it is received
    assert told(lines(town, OMISSION, programme="medical.aid", unsure=True)) == {(OMISSION, P1, ("medical.aid",))}
    know(town, A, P1, medical_aid_received=False)
    assert told(lines(town, OMISSION, programme="medical.aid")) == {(OMISSION, P1, ("medical.aid",))}
    give(town, "medical.aid", "r1")
    assert lines(town, OMISSION, programme="medical.aid") == []


def test_a_justified_line_is_hidden_until_a_fact_changes(town, screen, client, signed):
    give(town, "medical.aid", "r1")
    give(town, "medical.aid", "r2")
    (line,) = lines(town, TWICE)
    path = f"/api/v1/overlaps/{line.id}/override"
    assert client.post(path, json={"household_id": A}, headers=signed()).status_code == 422
    foreign = client.post(path, json={"household_id": A, "reason": "x"}, headers=signed(region="370281002"))
    missing = client.post("/api/v1/overlaps/0/override", json={"household_id": A, "reason": "x"}, headers=signed())
    assert foreign.status_code == missing.status_code == 404 and foreign.json["detail"] == missing.json["detail"]
    done = client.post(path, json={"household_id": A, "reason": "两次住院，病种不同"}, headers=signed())
    assert done.status_code == 201, done.json
    assert lines(town, TWICE) == []
    kept = client.get("/api/v1/overlaps?overridden=true", headers=signed()).json["items"]
    assert [o["reason"] for o in kept[0]["overrides"]] == ["两次住院，病种不同"]
    with town.db.read() as session:
        assert session.scalars(select(Link).where(Link.kind == "overlap_justified")).one().content["reason"] == "两次住院，病种不同"
    know(town, A, P1, self_paid_year="1")
    assert told(lines(town, TWICE)) == {(TWICE, P1, ("medical.aid",))}


def test_lists_are_the_officers_region_and_go_out_with_a_purpose(town, client, signed):
    with town.db.write() as session:
        session.get(Household, (COUNTY, B)).village_code = "370281002001"
    for home, person in ((A, P1), (B, uid("b/p1"))):
        give(town, "medical.aid", f"{home}1", home=home, person=person)
        give(town, "medical.aid", f"{home}2", home=home, person=person)
    homes = {A: "370281001001", B: "370281002001"}
    for role, region in (("township_officer", "370281001"), ("township_officer", "370281002"), ("county_officer", "370281")):
        actor = Actor(COUNTY, 9, "x", role, region)
        seen = {home for home, village in homes.items() if may_see(actor, Item(village))}
        assert {line.household_id for line in lines(town, TWICE, actor=actor)} == seen
    for role in ("grid_worker", "child_director", "department_officer", "administrator"):
        assert lines(town, TWICE, actor=Actor(COUNTY, 9, "x", role, "370281")) == []
        more = {"region": COUNTY, "department": "medical"} if role == "department_officer" else {"region": "370281001001"}
        more = {"region": COUNTY} if role == "administrator" else more
        assert client.get("/api/v1/overlaps", headers=signed(role, **more)).status_code == 403
    assert client.get("/api/v1/overlaps?export=csv", headers=signed()).status_code == 422
    file = client.get("/api/v1/overlaps?export=csv&purpose=audit", headers=signed())
    assert file.data.startswith("\ufeff类别".encode()) and "医疗救助".encode() in file.data
    assert client.get("/api/v1/overlaps?kind=twice&village=370281002", headers=signed()).json["total"] == 0


def answer(client, signed, referral, **outcome):
    return client.post(f"/api/v1/referrals/{referral}/feedback", json={"action": "done", "outcome": outcome},
                       headers=signed("department_officer", region=COUNTY, department="medical"))  # fmt: skip


def refer(client, signed, summary):
    body = {"household_id": A, "person_id": P1, "duty": "medical_insurance", "programme": "medical.aid", "summary": summary}
    return client.post("/api/v1/referrals", json=body, headers=signed()).json["id"]


@pytest.mark.requirement("CHN-03")
def test_a_department_is_told_of_the_same_aid_before_it_is_paid(town, client, signed):
    first, second = refer(client, signed, "第一次"), refer(client, signed, "第二次")
    aid = {"granted": True, "amount": "24000.00", "from": "2026-01-01", "until": "2027-01-01"}
    assert answer(client, signed, first, aid=aid).status_code == 200
    refused = answer(client, signed, second, aid=aid)
    assert (refused.status_code, refused.json["code"]) == (409, "duplicate-aid")
    assert refused.json["standing"][0] == {"programme": "medical.aid", "title": "医疗救助", "office": "市医疗保障局", "from": "2026-01-01",
                                           "until": "2027-01-01", "amount": "24000.00"}  # fmt: skip
    assert answer(client, signed, second, aid=aid | {"from": "2027-01-01", "until": None, "once": True}).status_code == 200
    with town.db.read() as session:
        rows = session.scalars(select(Aid).order_by(Aid.starts)).all()
        assert [(r.programme, r.amount, r.office) for r in rows] == [("medical.aid", "24000.00", "市医疗保障局")] * 2
        assert rows[0].chain_n == session.scalars(select(Link.n).where(Link.kind == "referral_done").order_by(Link.n)).first()


@pytest.mark.parametrize("aid", [
    {"granted": True, "amount": 12.5}, {"granted": True, "amount": "-1"}, {"granted": True, "from": "soon"}, {"granted": "yes"}, [],
    {"granted": True, "from": "2026-02-01", "until": "2026-01-01"}, {"granted": True, "programme": "no.such"},
])  # fmt: skip
def test_an_aid_that_cannot_be_read_is_refused_by_name(town, client, signed, aid):
    sent = refer(client, signed, "x")
    told = answer(client, signed, sent, aid=aid)
    assert (told.status_code, told.json["code"]) == (422, "bad-aid")
    assert answer(client, signed, sent, aid={"granted": False}).status_code == 200
    with town.db.read() as session:
        assert session.scalars(select(Aid)).all() == []


def test_what_is_carried_out_is_aid_until_it_is_taken_back(town, screen, client, signed):
    medical_visit(town, "a", UNINSURED)
    screen()
    alert = client.get("/api/v1/alerts", headers=signed()).json["items"][0]["id"]
    for body in ({"kind": "verify", "result": "confirmed"}, {"kind": "carry_out", "carried_out": "已代缴参保费", "done_on": "2026-02-01"}):
        assert client.post(f"/api/v1/alerts/{alert}/disposal", json=body, headers=signed()).status_code == 200
    with town.db.read() as session:
        made = session.scalars(select(Aid)).one()
        assert (made.programme, made.starts, made.person_id, made.office) == (SUBSIDY, date(2026, 2, 1), P1, "市医疗保障局")
    undone = client.post(f"/api/v1/alerts/{alert}/undo", json={"reason": "记错了"}, headers=signed())
    assert undone.status_code == 200, undone.json
    with town.db.read() as session:
        assert session.scalars(select(Aid)).all() == []


def test_every_quote_of_the_lists_stands_in_its_text(shared):
    texts = {path.name[:3]: ClausedText(path.name[:3], path.read_text("utf-8")) for path in (shared / "seeds").glob("*.txt")}
    number = {"zibo-2021-45": "000", "puning-2021-77": "001", "changle-2021-21": "002", "jiaozhou-2024-61": "003", "huining-2022": "004"}
    for place, held in clauses().items():
        assert held["document"] in departments().policy.documents, place
        for kind in (TWICE, EXCLUSIVE, ENDED, OMISSION):
            if kind in held:
                said = held[kind]
                assert texts[number[held["document"]]].find(said["clause"], said["quote"]) is not None, (place, kind)
