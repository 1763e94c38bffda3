"""Who may deliver, see, approve and take away; what a department gets back; each view and export is written down."""

import io
import itertools
from datetime import UTC, datetime

import openpyxl
import pytest
from sqlalchemy import func, select

from fieldsvc.accounts.models import AccessEntry
from fieldsvc.accounts.rules import ROLES, Actor, may_see
from fieldsvc.facts.service import record
from fieldsvc.matching import desk as desks
from fieldsvc.matching import queries, service
from fieldsvc.matching.desk import Desk
from fieldsvc.matching.models import MatchingFile, MatchingRow, MatchingRun
from tests.matching.conftest import EDUCATION, FEED, OFFICER, number
from tests.matching.county import as_csv, told
from tests.support.jiaozhou import departments
from tests.support.river import COUNTY, VILLAGE, uid
from tests.support.statements import statements_of

ROWS = [told(姓名="王小明", 身份证号=number(2)), told(姓名="陌生人", 身份证号=number(66)), told(姓名="无号")]
TOWN, OTHER_TOWN = (
    {"role": "township_officer", "region": "370281001"},
    {"role": "township_officer", "region": "370281002"},
)
HOUSING = {"role": "department_officer", "region": COUNTY, "department": "housing"}


@pytest.fixture
def run(named, post_list):
    status, made = post_list(as_csv(ROWS))
    assert status == 202, made
    while service.work(named, departments()):
        pass
    return made["id"]


def accesses(site, purpose):
    with site.db.read() as session:
        return list(session.scalars(select(AccessEntry).where(AccessEntry.purpose == purpose)))


def test_delivered_previewed_approved_and_shown_over_http(named, call, run, screen):
    shown = call("get", f"/runs/{run}")[1]
    assert (shown["state"], shown["by_state"]) == ("previewed", {"matched": 1, "unknown": 2})
    assert shown["file_name"] == "名单.csv" and len(shown["file_hash"]) == 64 and shown["counts"]["read"] == 3
    assert call("post", f"/runs/{run}/approval", {"purpose": " "})[0] == 422
    assert call("post", f"/runs/{run}/approval", {"purpose": "动态监测"})[1]["state"] == "approved"
    while service.work(named, departments()):
        pass
    done = call("get", f"/runs/{run}")[1]
    assert (done["state"], done["purpose"], done["new_alerts"]) == ("applied", "动态监测", 0)
    assert call("get", "/runs")[1]["items"][0]["id"] == run


def test_the_file_is_sealed_while_it_waits_and_gone_afterwards(named, post_list):
    post_list(as_csv(ROWS, "utf-8"))
    with named.db.read() as session:
        (piece,) = session.scalars(select(MatchingFile.piece_sealed))
    assert number(2).encode() not in piece
    service.work(named, departments())
    with named.db.read() as session:
        assert session.scalar(select(func.count()).select_from(MatchingFile)) == 0
        row = session.scalars(select(MatchingRow).where(MatchingRow.n == 2)).one()
    assert number(2).encode() not in row.number_sealed and len(row.who) == 16


@pytest.mark.parametrize(("who", "statuses"), [
    ({}, (200, 200, 200)), (EDUCATION, (200, 200, 200)), (TOWN, (200, 403, 200)), (HOUSING, (404, 404, 404)),
    ({"role": "grid_worker", "region": VILLAGE}, (403, 403, 403)), ({"role": "administrator", "region": COUNTY}, (403, 403, 403)),
])  # fmt: skip
def test_who_may_see_and_approve(call, run, who, statuses):
    found = (call("get", f"/runs/{run}", **who)[0], call("post", f"/runs/{run}/approval", {"purpose": "监测"}, **who)[0],
             call("get", f"/runs/{run}/rows", **who)[0])  # fmt: skip
    assert found == statuses


def test_foreign_and_missing_answer_the_same(call, run):
    for method, paths, body, who in (
        ("get", (f"/runs/{run}", f"/runs/{uid('nothing')}"), None, HOUSING),
        ("post", [f"/runs/{run}/rows/{n}/settlement" for n in (2, 99)], {"same": True}, OTHER_TOWN),
    ):
        answers = [call(method, path, body, **who) for path in paths]
        assert [status for status, _ in answers] == [404, 404]
        assert len({repr({k: v for k, v in told.items() if k != "request_id"}) for _, told in answers}) == 1


@pytest.mark.parametrize(("who", "status"), [(EDUCATION, 202), (HOUSING, 404), (TOWN, 403), ({}, 202)])
def test_who_may_deliver(named, post_list, who, status):
    assert post_list(as_csv(ROWS), **who)[0] == status


def test_a_department_sees_only_its_own_lists(call, run):
    assert [feed["id"] for feed in call("get", "/feeds", **EDUCATION)[1]["items"]] == [FEED]
    assert call("get", "/runs", **HOUSING)[1]["items"] == []


def test_a_township_sees_the_rows_of_its_villages(call, run):
    assert call("get", f"/runs/{run}", **TOWN)[1]["by_state"] == {"matched": 1}
    assert [row["n"] for row in call("get", f"/runs/{run}/rows", **TOWN)[1]["items"]] == [2]
    assert call("get", f"/runs/{run}/rows", **OTHER_TOWN)[1]["items"] == []


@pytest.mark.requirement("DAT-02")
def test_a_list_gives_matches_and_people_not_on_the_register(call, run):
    found = {state: [r["name"] for r in call("get", f"/runs/{run}/rows", query={"state": state})[1]["items"]]
             for state in ("matched", "unknown")}  # fmt: skip
    assert found == {"matched": ["王小明"], "unknown": ["陌生人", "无号"]}


def test_a_department_gets_back_whether_not_where_nor_what_others_know(call, named, deliver):
    seen = datetime(2026, 9, 1, tzinfo=UTC)
    with named.db.write() as session:
        record(session, COUNTY, uid("a"), uid("a/p1"), {"education_stage": "senior"}, as_of=seen, source_kind="visit", source_id="v",
               declared=departments().vocabulary.facts)  # fmt: skip
    path = f"/runs/{deliver(ROWS)['id']}/rows"
    shown = {}
    for name, who in (("county", {}), ("department", EDUCATION)):
        (shown[name],) = call("get", path, query={"state": "matched"}, **who)[1]["items"]
    row = shown["department"]
    assert (row["state"], row["household"], row["household_id"], row["person_id"], row["village_code"]) == (
        "matched",
        *[None] * 4,
    )
    assert row["id_number"] == number(2)[:6] + "********" + number(2)[-4:]
    olds = {name: {c["fact"]: c["old"] for c in each["changes"]}["education_stage"] for name, each in shown.items()}
    assert olds == {"county": "senior", "department": None}


def test_every_view_and_export_is_written_down(named, call, run):
    call("get", f"/runs/{run}/rows")
    (seen,) = accesses(named, "matching-rows")
    assert (seen.persons, seen.households) == ([uid("a/p1")], [uid("a")])
    assert call("get", f"/runs/{run}/file", query={"kind": "csv"})[0] == 422, "an export says what for"
    status, data = call("get", f"/runs/{run}/file", query={"kind": "csv", "purpose": "会商研判"})
    assert status == 200 and data.startswith(b"\xef\xbb\xbf") and number(2).encode() not in data
    assert [entry.persons for entry in accesses(named, "export-会商研判")] == [[uid("a/p1")]]
    data = call("get", f"/runs/{run}/file", query={"purpose": "会商研判"})[1]
    sheet = openpyxl.load_workbook(io.BytesIO(data)).active
    assert [row[1].value for row in sheet.iter_rows(min_row=2)] == ["王小明", "陌生人", "无号"]


def test_a_run_can_be_withdrawn_before_it_is_approved(call, run):
    assert call("post", f"/runs/{run}/withdrawal", {"reason": "发错了"})[1]["state"] == "withdrawn"
    assert call("post", f"/runs/{run}/approval", {"purpose": "动态监测"})[0] == 409


def test_a_list_too_long_or_empty_is_refused(named, post_list):
    assert post_list(b"")[1]["code"] == "bad-list"
    assert post_list(as_csv(ROWS), feed="no.such")[0] == 404
    assert post_list(as_csv(ROWS), as_of="2100-01-01")[1]["code"] == "bad-day"


REGIONS = {"township_officer": ("370281001", "370281002"), "county_officer": (COUNTY,), "department_officer": (COUNTY,),
           "administrator": (COUNTY,)}  # fmt: skip


def test_the_scope_of_rows_is_what_may_see_decides(named):
    """Every role and region against rows of every place and class, the department's own list and another's."""
    places = (COUNTY, "370281001", VILLAGE, "370281002", "370281002001")
    with named.db.write() as session:
        service_run = MatchingRun(
            county_code=COUNTY, id=uid("r"), feed_id=FEED, title="名单", duty="education", klass="general", file_name="", file_hash="",
            file_bytes=0, state="previewed", counts={}, headings={}, attempts=1, asked_by=1, asked_at=service.clock.now())  # fmt: skip
        session.add(service_run)
        for n, (place, klass) in enumerate(itertools.product(places, ("general", "child")), 1):
            session.add(MatchingRow(county_code=COUNTY, run_id=uid("r"), n=n, state="unknown", klass=klass, village_code=place, name="",
                                    facts={}, changes=[], candidates=[], reasons=[]))  # fmt: skip
    with named.db.read() as session:
        run, rows = session.get(MatchingRun, (COUNTY, uid("r"))), list(session.scalars(select(MatchingRow)))
        for role, holder in itertools.product(ROLES, ("education", "housing")):
            for region in REGIONS.get(role, (VILLAGE,)):
                actor = Actor(COUNTY, 5, "x", role, region, "education" if role == "department_officer" else None)
                seen = {row.n for row in queries.rows(session, actor, run, holder, limit=100)}
                assert seen == {row.n for row in rows if may_see(actor, queries.row_item(actor, row, holder))}, (
                    role,
                    region,
                    holder,
                )


@pytest.mark.parametrize(("name", "most"), [("runs", 1), ("run", 3), ("rows", 3), ("deliveries", 1)])
def test_a_page_costs_a_few_statements_however_many_rows(named, deliver, name, most):
    run = deliver([told(姓名="王小明", 身份证号=number(2)), told(姓名="李梅", 身份证号=number(4))])["id"]
    with named.db.read() as session, statements_of(named.db) as asked:
        desk = Desk(named, OFFICER, departments())
        getattr(desks, name)(session, desk, *([run] if name in ("run", "rows") else []))
    assert 0 < len(asked) <= most, asked
