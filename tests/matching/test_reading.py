"""A list as offices send it: titles above the header, merged cells, wrong extensions, numbers a spreadsheet has spoilt."""

import io
import zipfile
from datetime import date

import pytest
from openpyxl import Workbook

from fieldsvc.kit.errors import Problem
from fieldsvc.kit.sheets import cell_text, is_mangled
from fieldsvc.matching.reading import read_listing
from tests.matching.conftest import FEED, number, rows_of
from tests.matching.county import HEADS, as_csv, told
from tests.support.jiaozhou import departments

ON = date(2026, 11, 22)


def read(data, as_of=None, feed=FEED):
    return read_listing(data, departments().feed(feed), departments().vocabulary, ON, as_of)


def entries(data, as_of=None):
    return list(read(data, as_of).entries)


def one(as_of=None, **cells):
    (entry,) = entries(as_csv([told(**cells)], "utf-8"), as_of)
    return entry


def xlsx(rows, merged=()):
    book, out = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    for cells in merged:
        book.active.merge_cells(cells)
    book.save(out)
    return out.getvalue()


def test_a_title_above_the_header_and_an_empty_row_are_skipped():
    row = ["王小明", number(2), None, "义务教育", "是", "一小", "2026-10-01"]
    data = xlsx([["胶州市 2026 年家庭经济困难学生资助名单"], [], list(HEADS), row], ["A1:G1"])
    (entry,) = entries(data)
    assert (entry.row, entry.name, entry.number, entry.values["education_stage"]) == (
        4,
        "王小明",
        number(2),
        "compulsory",
    )


def test_a_header_of_two_rows_with_merged_cells_is_one_header():
    upper = ["序号", "姓名", "身份证号", "就学情况", None, "资助", None, "数据日期"]
    lower = [None, None, None, "学段", "学校", "助学金", "生活补助", None]
    data = xlsx([upper, lower, [1, "王小明", number(2), "普通高中", "一中", "是", "否", date(2026, 10, 1)]],
                ["A1:A2", "B1:B2", "C1:C2", "D1:E1", "F1:G1", "H1:H2"])  # fmt: skip
    listing = read(data)
    (entry,) = listing.entries
    assert entry.values == {"education_stage": "senior", "education_school": "一中", "education_grant_received": True,
                            "education_living_received": False}  # fmt: skip
    assert entry.as_of == date(2026, 10, 1) and listing.ignored == ["序号"]
    assert "学校资助" in listing.missing


def test_the_extension_does_not_matter(post_list, named):
    sheet = xlsx([list(HEADS), ["王小明", number(2), "", "义务教育", "是", "一小", "2026-10-01"]])
    assert post_list(sheet, name="名单.csv")[0] == 202
    assert post_list(as_csv([told(姓名="王小明", 身份证号=number(2))]), name="名单.xlsx")[0] == 202


@pytest.mark.parametrize(("data", "says"), [
    (b"\xd0\xcf\x11\xe0" + b"\x00" * 600, "另存为 xlsx"), (b"<html><table><tr><td>1</td></tr></table></html>", "网页格式"),
    (b"", "没有找到表头"), ("甲,乙\n1,2\n".encode(), "没有找到表头"), (b"PK\x03\x04 broken", "已损坏"),
    ("姓名,身份证号\n王,1\n".encode(), "没有一列是这份名单要的"), ("姓名,身份证号,学段\n王,1,义务教育\n".encode(), "数据日期"),
    ("姓名,姓名,身份证号,学段\n".encode(), "出现了两次"),
])  # fmt: skip
def test_a_file_that_cannot_be_used_says_what_to_do(data, says):
    with pytest.raises(Problem, match="bad-list") as refused:
        read(data)
    assert says in refused.value.detail


@pytest.mark.parametrize("cell", [3.70281199001011e17, "3.70281E+17", "1.1E+17", 110000000000000000])
def test_a_number_a_spreadsheet_has_spoilt_is_told(cell):
    assert is_mangled(cell) and not is_mangled("370281199001011234") and not is_mangled(370281900101123)
    data = xlsx([list(HEADS), ["陌生人", cell, None, "义务教育", "是", "一小", "2026-10-01"]])
    (entry,) = entries(data)
    assert entry.number is None and entry.remarks == ["mangled"] and "科学计数" in entry.notes[0]


def test_of_a_number_stored_as_a_number_the_birth_date_can_still_be_read():
    data = xlsx([list(HEADS), ["王小明", 3.70281196005010e17, None, "义务教育", "是", "一小", "2026-10-01"]])
    assert entries(data)[0].birth.day == date(1960, 5, 1)


def test_a_spoilt_number_is_told_row_by_row(named, deliver):
    run = deliver([told(姓名="某某", 身份证号="1.1E+17"), told(姓名="某某", 身份证号=number(2)[:17] + "0"), told()])
    assert run["by_state"] == {"invalid": 3}
    notes = [row["notes"] for row in rows_of(named, run["id"])]
    assert "科学计数" in notes[0] and "校验码" in notes[1] and "合并单元格" in notes[2]


def test_a_number_of_fifteen_digits_is_brought_to_eighteen():
    old = number(2)[:6] + number(2)[8:17]
    entry = one(姓名="王小明", 身份证号=old)
    assert (entry.number, entry.remarks) == (number(2), ["upgraded"])


@pytest.mark.parametrize(
    ("said", "kept"), [("2026/10/1", date(2026, 10, 1)), ("20261001", date(2026, 10, 1)), ("", ON)]
)
def test_the_day_of_a_row_or_of_the_delivery(said, kept):
    assert one(ON, 姓名="王小明", 身份证号=number(2), 数据日期=said).as_of == kept


@pytest.mark.parametrize("said", ["2030-01-01", "去年"])
def test_a_day_to_come_or_none_at_all_cannot_be_used(said):
    assert "数据日期" in one(姓名="王小明", 身份证号=number(2), 数据日期=said).problem


def test_a_word_nobody_declared_tells_nothing_and_is_named():
    entry = one(姓名="王小明", 身份证号=number(2), 助学金="待定", 学校="  联系 370281196005010022 ")
    assert "education_grant_received" not in entry.values and "“助学金”的内容“待定”" in entry.notes[0]
    assert entry.values["education_school"] == "联系 …", "a number in free text is struck out"


def test_money_and_days_in_the_words_of_lists():
    feed = departments().feed("employment.public_posts")
    heads = ("姓名", "身份证号", "月岗位工资", "数据日期")
    rows = [
        {"姓名": "王", "身份证号": number(2), "月岗位工资": wage, "数据日期": "2026-10-01"}
        for wage in ("1,750.50元", "１７５０", "多")
    ]
    found = list(read_listing(as_csv(rows, "utf-8", heads), feed, departments().vocabulary, ON, None).entries)
    assert [entry.values.get("income_month") for entry in found] == ["1750.5", "1750", None]


def test_numbers_of_a_spreadsheet_are_shown_as_it_shows_them():
    assert [cell_text(c) for c in (0.1 + 0.2, 3.0, 1234.56, True, None)] == ["0.3", "3", "1234.56", "True", ""]


def damaged(data, how):
    """The first sheet's compressed bytes spoilt on their way (``bytes``), or a flag of every member."""
    spoilt = bytearray(data)
    if how == "bytes":
        member = zipfile.ZipFile(io.BytesIO(data)).getinfo("xl/worksheets/sheet1.xml")
        start = member.header_offset + 30 + len(member.filename) + 200
        spoilt[start : start + 60] = bytes(each ^ 0xFF for each in spoilt[start : start + 60])
    at = spoilt.find(b"PK\x01\x02")
    while how != "bytes" and at >= 0:
        place, value = {"locked": (8, 1), "method": (10, 99)}[how]
        spoilt[at + place] = value
        at = spoilt.find(b"PK\x01\x02", at + 4)
    return bytes(spoilt)


@pytest.mark.parametrize("how", ["bytes", "locked", "method"])
def test_a_spreadsheet_damaged_on_its_way_is_told_so(how):
    rows = [["生", number(2), "", "义务教育", "是", f"{n * 7919} 小", "2026-10-01"] for n in range(400)]
    with pytest.raises(Problem) as told_so:
        entries(damaged(xlsx([list(HEADS), *rows]), how))
    assert told_so.value.code == "bad-list"


def rewritten(data, old, new):
    """The first sheet's text with ``new`` for ``old``."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as packed, zipfile.ZipFile(out, "w") as made:
        for name in packed.namelist():
            text = packed.read(name)
            assert "sheet1" not in name or old in text
            made.writestr(name, text.replace(old, new) if "sheet1" in name else text)
    return out.getvalue()


def test_a_row_beyond_what_a_spreadsheet_has_is_not_counted_up_to():
    far = b'<row r="900000000"><c r="A900000000"><v>1</v></c></row></sheetData>'
    with pytest.raises(Problem) as told_so:
        entries(rewritten(xlsx([list(HEADS)]), b"</sheetData>", far), ON)
    assert told_so.value.code == "bad-list"


def test_a_size_written_wrong_loses_no_row_and_no_column():
    row = ["生", number(2), "", "义务教育", "是", "一小", "2026-10-01"]
    data = xlsx([list(HEADS), *[row] * 3])
    for size in (b'ref="A1"', b'ref="A1:G2"'):
        wrong = rewritten(data, b'ref="A1:G4"', size)
        assert len(entries(wrong)) == 3
