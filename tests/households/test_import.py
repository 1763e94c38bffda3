"""Roster import: every refusal with its row and reason, nothing half stored, twice changes nothing."""

import csv
import io
import time

import pytest
from openpyxl import Workbook
from sqlalchemy import func, select, text

from fieldsvc.accounts.regions import load_regions
from fieldsvc.feed.models import Change
from fieldsvc.households import assignments, queries, records
from fieldsvc.households.importer import import_roster
from fieldsvc.households.models import Assignment, Household, Person
from fieldsvc.households.report import ADDED, CHANGED, REFUSED, UNCHANGED
from fieldsvc.households.roster import read_roster
from fieldsvc.kit import notify
from fieldsvc.kit.errors import Problem
from tests.households.conftest import OTHER, VILLAGE, number
from tests.households.test_service import changes, last_seq

HEAD = ["户编号", "户主", "姓名", "身份证号", "与户主关系", "性别", "出生日期", "村（社区）代码", "住址", "城乡", "联系电话",
        "认定类别", "网格员", "儿童主任"]  # fmt: skip


@pytest.fixture(autouse=True)
def _quiet(told):
    """Nobody else listens."""


@pytest.fixture
def workers(make_account):
    return make_account("wang", name="王网格"), make_account("lin", role="child_director", name="林主任")


def line(ref, name, identity="", relation="户主", **more):
    row = dict.fromkeys(HEAD, "") | {"户编号": ref, "户主": "张三", "姓名": name, "身份证号": identity,
                                     "与户主关系": relation, "村（社区）代码": VILLAGE}  # fmt: skip
    return row | more


def family(ref="A-001", serial=1, **more):
    """Three members, one of them without a number."""
    return [
        line(ref, "张三", number(serial), 住址="东街1号", 城乡="农村", 联系电话="138 0000 1111", 认定类别="低保对象",
             网格员="王网格", 儿童主任="lin", **more),
        line(ref, "李梅", number(serial + 1, "19820304"), "配偶", 认定类别="低保对象"),
        line(ref, "张小", "", "子女", 性别="女", 出生日期="2015/3/4"),
    ]  # fmt: skip


def csv_file(rows, encoding="utf-8-sig", head=HEAD):
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(head)
    writer.writerows([[row.get(name, "") for name in head] for row in rows])
    return out.getvalue().encode(encoding)


def xlsx_file(rows, head=HEAD):
    book, out = Workbook(), io.BytesIO()
    book.active.append(head)
    for row in rows:
        book.active.append([row.get(name) for name in head])
    book.save(out)
    return out.getvalue()


@pytest.fixture
def load(site):
    def load(data, **options):
        with site.db.write() as session:
            return import_roster(session, site.vault, site.county, read_roster(data), **options)

    return load


def statuses(report):
    return [row.status for row in report.rows]


def counts(site):
    with site.db.read() as session:
        return [session.scalar(select(func.count()).select_from(t)) for t in (Household, Person, Assignment, Change)]


@pytest.mark.parametrize("make", [
    csv_file, lambda rows: csv_file(rows, "utf-8"), lambda rows: csv_file(rows, "gb18030"), xlsx_file,
], ids=["bom", "utf-8", "gb18030", "xlsx"])  # fmt: skip
def test_a_family_is_registered(site, load, workers, make):
    report = load(make(family()))
    assert report.stored and statuses(report) == [ADDED] * 3 and report.rows[0].number == 2
    with site.db.read() as session:
        home = session.scalars(select(Household)).one()
        persons = queries.members(session, site.county, [home.id])
        assert (home.ref, home.name, home.area, home.tier, home.address) == ("A-001", "张三", "rural", "dibao", "东街1号")
        assert site.vault.open_text(home.phone_sealed, "households.phone") == "13800001111"
        assert [(p.name, p.identity_kind, p.tier, str(p.birth_date), p.sex) for p in persons] == [
            ("张三", "identity", "dibao", "1980-01-01", "male"), ("李梅", "identity", "dibao", "1982-03-04", "female"),
            ("张小", "temporary", None, "2015-03-04", "female")]  # fmt: skip
        assert records.identity_of(site.vault, persons[0]) == number(1) and home.head_person_id == persons[0].id
        assert {w.username for w in queries.workers_of(session, site.county, home.id)} == {"wang", "lin"}


def test_both_workers_receive_household_and_persons(site, load, workers):
    start = last_seq(site)
    load(csv_file(family()))
    made = changes(site, start)
    assert {(scope, tbl) for scope, tbl, _, _ in made} == {(w.id, t) for w in workers for t in (1, 2)}
    assert len(made) == len(set(made)) == 8


def test_the_same_file_again_changes_nothing(site, load, workers, told):
    load(csv_file(family()))
    before, heard, seq = counts(site), list(told), last_seq(site)
    report = load(xlsx_file(family()))
    assert report.stored and statuses(report) == [UNCHANGED] * 3
    assert (counts(site), told, last_seq(site)) == (before, heard, seq)


def test_what_differs_is_changed_and_announced(site, load, workers):
    load(csv_file(family()))
    seq = last_seq(site)
    rows = family()
    rows[0]["住址"] = "西街2号"
    rows[2]["身份证号"] = number(8, "20150304")  # 8 is even: a girl
    report = load(csv_file(rows))
    assert statuses(report) == [CHANGED, UNCHANGED, CHANGED]
    assert len(changes(site, seq)) == 4
    with site.db.read() as session:
        child = session.scalars(select(Person).where(Person.name == "张小")).one()
        assert child.identity_kind == "identity"
        home = session.scalars(select(Household)).one()
        assert home.address == "西街2号" and set(home.versions) == {"address"}


def test_a_household_with_another_village_moves(site, load, workers, monkeypatch):
    moved = []
    monkeypatch.setattr(notify, "_moved", [lambda session, county, ids: moved.extend(ids)])
    load(csv_file(family()))
    load(csv_file([row | {"住址": "西街2号"} for row in family()]))
    assert moved == []
    load(csv_file([row | {"村（社区）代码": OTHER, "网格员": "", "儿童主任": ""} for row in family()]))
    with site.db.read() as session:
        assert moved == [session.scalars(select(Household.id)).one()]


def test_another_worker_named_takes_the_household_over(site, load, workers, make_account):
    load(csv_file(family()))
    zhao = make_account("zhao", name="赵网格")
    rows = family()
    rows[0]["网格员"] = "zhao"
    assert statuses(load(csv_file(rows))) == [CHANGED, UNCHANGED, UNCHANGED]
    with site.db.read() as session:
        home = session.scalars(select(Household)).one()
        assert {w.id for w in queries.workers_of(session, site.county, home.id)} == {zhao.id, workers[1].id}
        assert session.get(Assignment, (site.county, home.id, workers[0].id)).revoked_seq


BAD = {
    "姓名为空": {"姓名": ""},
    "校验码不正确": {"身份证号": "370281199001011235"},
    "15 位": {"身份证号": "370281900101123"},
    "须为 18 位": {"身份证号": "3702811990"},
    "带有星号": {"身份证号": "370281********1234"},
    "出生日期与身份证号不一致": {"出生日期": "1980-01-02"},
    "性别与身份证号不一致": {"性别": "女"},
    "性别只能是": {"性别": "不详"},
    "出生日期须形如": {"出生日期": "去年", "身份证号": ""},
    "户籍类别只能是": {"城乡": "镇上"},
    "认定类别只能是": {"认定类别": "富裕"},
    "联系电话只能是": {"联系电话": "无"},
    "村（社区）代码须为 12 位": {"村（社区）代码": "110101001001"},
    "户编号为空": {"户编号": ""},
    "责任人“钱多多”没有这个账号": {"网格员": "钱多多"},
    "没有这个临时身份号": {"身份证号": "T370281000000000X"},
}


@pytest.mark.parametrize("says", BAD, ids=str)
def test_one_bad_row_keeps_the_whole_file_out(site, load, workers, says):
    bad = family("B-001", 51)
    bad[0].update(BAD[says])
    report = load(csv_file([*family(), *bad]))
    assert not report.stored and counts(site) == [0, 0, 0, 0]
    assert statuses(report)[:3] == [ADDED] * 3
    refused = {row.number: row.reason for row in report.refused}
    assert says in refused[5] or (says == "没有这个临时身份号" and "须为 18 位" in refused[5]), refused


def test_partial_stores_whole_households_only(site, load, workers):
    bad = family("B-001", 51)
    bad[1]["身份证号"] = "370281199001011235"
    report = load(csv_file([*family(), *bad]), partial=True)
    assert report.stored and statuses(report) == [ADDED] * 3 + [REFUSED] * 3
    assert "同户第 6 行有误" in report.rows[3].reason and "校验码" in report.rows[4].reason
    assert counts(site)[:2] == [1, 3]


def test_a_refused_change_leaves_the_register_as_it_was(site, load, workers):
    load(csv_file([*family(), *family("B-001", 51)]))
    seq = last_seq(site)
    rows = [*family(), *family("B-001", 51)]
    rows[0]["住址"], rows[3]["住址"], rows[4]["身份证号"] = "改一", "改二", "370281199001011235"
    assert not load(csv_file(rows)).stored
    assert load(csv_file(rows), partial=True).counts == {ADDED: 0, CHANGED: 1, UNCHANGED: 2, REFUSED: 3}
    with site.db.read() as session:
        found = dict(session.execute(select(Household.ref, Household.address)).all())
    assert found == {"A-001": "改一", "B-001": "东街1号"} and len(changes(site, seq)) == 2


def test_one_person_in_two_households_or_twice_in_the_file(site, load, workers):
    load(csv_file(family()))
    again = load(csv_file([line("C-001", "张三", number(1))]))
    assert "户编号 A-001" in again.rows[0].reason
    twice = load(csv_file([line("D-1", "甲", number(60)), line("D-2", "乙", number(60))]))
    assert "与第 2 行相同" in twice.rows[1].reason and not twice.stored


def test_rows_of_a_household_must_agree(load, workers):
    rows = family()
    rows[1]["村（社区）代码"] = OTHER
    assert "“村（社区）代码”与同户第 2 行不一致" in load(csv_file(rows)).rows[1].reason


def test_namesakes_without_numbers_need_birth_dates(site, load, workers):
    twins = [line("E-1", "张三", number(70)), line("E-1", "张大", "", "子女"), line("E-1", "张大", "", "子女")]
    assert not load(csv_file(twins)).stored
    twins[1]["出生日期"], twins[2]["出生日期"] = "2015-01-01", "2016-01-01"
    assert load(csv_file(twins)).stored
    assert statuses(load(csv_file(twins))) == [UNCHANGED] * 3 and counts(site)[1] == 3


def test_villages_outside_the_list_or_the_officer_s_region(site, load, workers):
    assert "管辖区域" in load(csv_file(family()), region="370281002").rows[0].reason
    with site.db.write() as session:
        load_regions(session, site.county, {"370281001": "某镇", OTHER: "某村"})
    assert "不在区划名录" in load(csv_file(family())).rows[0].reason


def test_a_number_ruined_by_the_spreadsheet_is_named(load, workers):
    rows = family()
    rows[0]["身份证号"] = 370281198001010000
    assert "存成了数字" in load(xlsx_file(rows)).rows[0].reason


@pytest.mark.parametrize(("data", "says"), [
    (b"", "文件是空的"), ("姓名,住址\n".encode(), "缺少"), (b"\xff\xfe\x00\x81", "编码"), (b"PK\x03\x04 broken", "已损坏"),
    ("户编号,姓名,姓名,村代码\n".encode(), "出现了两次"),
])  # fmt: skip
def test_files_that_cannot_be_read(data, says):
    with pytest.raises(Problem, match="bad-roster") as refused:
        read_roster(data)
    assert says in refused.value.detail


def test_other_columns_are_named_and_left(load, workers):
    head = [*HEAD, "备注 1"]
    assert load(csv_file(family(), head=head)).ignored == ["备注1"]


def test_the_report_is_safe_in_a_spreadsheet(load, workers):
    text = load(csv_file([line("=1+1", "@SUM(A1)", number(1))])).csv()
    assert text.startswith(b"\xef\xbb\xbf") and "'=1+1" in text.decode() and "'@SUM" in text.decode()
    assert number(1) not in text.decode()


def test_thirteen_hundred_persons(site, load, workers):
    rows, refs = [], 500
    for n in range(refs):
        home = [line(f"F-{n:04d}", "张三", number(n, "19700101"), 网格员="wang"),
                line(f"F-{n:04d}", "李梅", number(n, "19720202"), "配偶"), line(f"F-{n:04d}", "张小", "", "子女")]  # fmt: skip
        rows += home[: 3 if n % 5 < 3 else 2]
    done = []
    data = xlsx_file(rows)
    start = time.perf_counter()
    report = load(data, progress=lambda now, total: done.append((now, total)))
    spent = time.perf_counter() - start
    assert report.stored and len(report.rows) == 1300 and done[-1] == (1300, 1300)
    assert counts(site)[:2] == [500, 1300]
    # 3 s is the aim on an idle machine; the bound leaves room for a busy one
    assert spent < 12, spent
    print(f"import of 1,300 persons: {spent:.2f} s")
    if site.db.dialect == "postgresql":  # the database knows of the rows from the first query on
        with site.db.read() as session:
            assert session.scalar(text("SELECT reltuples FROM pg_class WHERE oid = 'persons'::regclass")) == 1300


def test_assignments_of_the_roster_survive_what_it_does_not_mention(site, load, workers, make_account):
    load(csv_file(family()))
    helper = make_account("helper", role="child_director", name="帮手")
    with site.db.write() as session:
        home = session.scalars(select(Household)).one()
        assignments.grant(session, site.county, helper.id, [home.id])
    rows = family()
    rows[0]["网格员"] = rows[0]["儿童主任"] = ""
    assert statuses(load(csv_file(rows))) == [UNCHANGED] * 3
    with site.db.read() as session:
        assert len(queries.workers_of(session, site.county, home.id)) == 3
