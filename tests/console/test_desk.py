"""The desk in the browser: order, filters, counts that equal the lists, assignment in bulk, saved filters, files."""

import io

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from fieldsvc.accounts.models import AccessEntry
from fieldsvc.accounts.regions import load_regions
from fieldsvc.alerts.models import Alert
from fieldsvc.console.models import SavedFilter
from tests.support.alerts import awaited, raised
from tests.support.desk import app, screen, town  # noqa: F401
from tests.support.river import COUNTY, account, household, uid

TOWNSHIP, OTHER = "370281001", "370281002"
PLACES = {COUNTY: "胶州市", TOWNSHIP: "样例镇", OTHER: "邻镇", f"{TOWNSHIP}001": "北山村", f"{TOWNSHIP}002": "东湖村",
          f"{OTHER}001": "西岭村"}  # fmt: skip


@pytest.fixture
def desk(town, db):
    """Five alerts of the township, one of the next."""
    with db.write() as session:
        load_regions(session, COUNTY, PLACES)
        household(session, "c", village=f"{TOWNSHIP}002")
        household(session, "d", village=f"{OTHER}001")
        raised(session, "late", severity="low", hours=90)
        awaited(session, "late", -5)
        raised(session, "soon", severity="low")
        awaited(session, "soon", 3)
        raised(session, "grave", severity="high", kind="verify_and_end", found_by="matching visit", finder=None)
        raised(session, "old", kind="joint_study", hours=500, found_by="petition", finder=None, duty=None)
        raised(session, "done", "c", status="closed", village=f"{TOWNSHIP}002", assignee=2)
        raised(session, "far", "d", village=f"{OTHER}001")
    return town


@pytest.fixture
def liu(desk, officer):
    return officer("township_officer", TOWNSHIP)


def titles(page):
    return [text.removeprefix("预警") for text in page.links if text.startswith("预警")]


def number(page, tab):
    """What a tab says of itself."""
    return next(int(text.split()[-1]) for text in page.links if text.startswith(f"{tab} "))


def test_what_is_overdue_or_due_first_stands_first_then_severity_and_age(liu):
    page = liu.open("/console/desk")
    assert titles(page) == ["late", "soon", "grave", "old"]
    assert "已超期" in page.text and "还剩 2 小时" in page.text and "a户" in page.text and "北山村" in page.text
    assert "共 4 条" in page.text and uid("a") not in page.text


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("severity=high", ["grave"]),
        ("kind=joint_study", ["old"]),
        ("channel=matching", ["grave"]),
        ("channel=visit", ["late", "soon", "grave"]),
        ("worker=1", ["late", "soon"]),
        ("duty=medical_insurance", ["late", "soon", "grave"]),
        (f"status=closed&village={TOWNSHIP}002", ["done"]),
        (f"village={TOWNSHIP}002", []),
        ("status=open&state=overdue", ["late"]),
        ("assignee=mine", []),
        ("assignee=unassigned", ["late", "soon", "grave", "old"]),
        ("status=closed&assignee=2", ["done"]),
        (f"village={OTHER}001", []),
    ],
)
def test_filters_and_the_count_beside_them_agree(liu, query, shown):
    page = liu.open(f"/console/desk?{query}")
    assert titles(page) == shown and page.status == 200
    assert f"共 {len(shown)} 条" in page.text


def test_every_tab_says_how_many_its_list_holds(liu):
    page = liu.open("/console/desk")
    for tab in ("待办", "待核实", "已核实待处置", "已转办", "已办结", "已超期"):
        address = next(href for text, href in page.links.items() if text.startswith(f"{tab} "))
        assert len(titles(liu.open(address))) == number(page, tab), tab
    assert [number(page, tab) for tab in ("待办", "已办结", "已超期")] == [4, 1, 1]


def test_the_county_sees_every_township_and_chooses_by_name(desk, officer):
    page = officer("county_officer", COUNTY).open("/console/desk")
    assert set(titles(page)) == {"late", "soon", "grave", "old", "far"}
    assert "邻镇" in page.text and "西岭村" in page.text
    assert f"{TOWNSHIP}001" not in page.form("筛选").choices["village"], "villages once a township is chosen"
    page = officer("county_officer", COUNTY).open(f"/console/desk?village={OTHER}")
    assert titles(page) == ["far"] and f"{OTHER}001" in page.form("筛选").choices["village"]


def test_ticked_alerts_are_given_to_an_officer_and_the_filters_stay(liu, db):
    with db.write() as session:
        account(session, 70, "township_officer", TOWNSHIP)
        account(session, 71, "township_officer", OTHER)
    page = liu.open("/console/desk?severity=low")
    assert "70" in page.form("交办选中的预警").choices["account_id"]
    assert "71" not in page.form("交办选中的预警").choices["account_id"]
    page = liu.press(page, "交办选中的预警", alert_ids=[uid("late"), uid("soon")], account_id="70")
    assert "已交办 2 条预警。" in page.text and titles(page) == ["late", "soon"] and "用户70" in page.text
    assert page.response.request.args["severity"] == "low"
    with db.read() as session:
        assert {a.assignee_id for a in session.scalars(select(Alert).where(Alert.severity == "low"))} == {70}
    assert titles(liu.open("/console/desk?assignee=70")) == ["late", "soon"]


def test_nothing_ticked_or_nobody_chosen_says_so_and_keeps_the_page(liu):
    page = liu.press(liu.open("/console/desk"), "交办选中的预警", account_id="2")
    assert page.status == 422 and titles(page) == ["late", "soon", "grave", "old"]


def test_filters_are_kept_under_a_name_of_ones_own(liu, officer, db):
    page = liu.open("/console/desk?severity=high&page=1")
    page = liu.press(page, "保存", name="紧要")
    assert "筛选条件已保存" in page.text and titles(page) == ["grave"]
    assert liu.open("/console/desk").links["紧要"].endswith("?severity=high")
    liu.press(liu.open("/console/desk?severity=low"), "保存", name="紧要")
    assert liu.open("/console/desk").links["紧要"].endswith("?severity=low"), "the name takes the new filters"
    other = officer("county_officer", COUNTY)
    assert "紧要" not in other.open("/console/desk").text
    with db.read() as session:
        (held,) = session.scalars(select(SavedFilter))
    token = other.open("/console/desk").form("退出").fields["csrf_token"][0]
    data = {"csrf_token": token, "page": "console.desk"}
    assert other.client.post(f"/console/filters/{held.id}/drop", data=data).status_code == 404
    data["page"] = "https://example.org"
    assert other.client.post("/console/filters", data=data | {"name": "x"}).status_code == 422
    page = liu.press(liu.open("/console/desk"), "删除“紧要”")
    assert "紧要" not in page.links


def test_the_file_holds_what_the_page_shows_and_names_its_purpose(liu, db):
    refused = liu.client.get("/console/desk?export=xlsx")
    assert refused.status_code == 422
    got = liu.client.get("/console/desk?severity=low&export=xlsx&purpose=meeting")
    rows = list(load_workbook(io.BytesIO(got.get_data())).active.iter_rows(values_only=True))
    assert [row[0] for row in rows] == ["预警", "预警late", "预警soon"]
    assert rows[1][1:5] == ("a户", "p1", "北山村", "低") and rows[1][9:11] == ("走访", "用户1")
    with db.read() as session:
        assert "export-meeting" in [each.purpose for each in session.scalars(select(AccessEntry))]


def test_the_number_of_queries_is_bounded_and_does_not_grow_with_the_rows(liu, statements, db):
    with statements() as few:
        liu.open("/console/desk")
    with db.write() as session:
        for n in range(60):
            household(session, f"h{n}")
            raised(session, f"n{n}", f"h{n}")
    with statements() as many:
        page = liu.open("/console/desk")
    assert len(titles(page)) == 50 and len(page.html.encode()) < 100_000
    asked = [text for text in many if not text.startswith(("BEGIN", "COMMIT", "PRAGMA"))]
    assert len(many) == len(few) and len(asked) <= 15, asked
    assert liu.open("/console/desk?page=2").links["上一页"]
