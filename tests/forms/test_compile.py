"""What compiles, and what is refused: sheet, row, column, code, all faults at once."""

import dataclasses
import io
import xml.etree.ElementTree as ET
from pathlib import Path

import openpyxl
import pytest

from fieldsvc.forms.compile import compile_form
from fieldsvc.forms.errors import FormError, XPathError
from fieldsvc.forms.model import CompiledForm
from fieldsvc.forms.xpath_regex import compile_regex

DATA = Path(__file__).parent / "data"
SETTINGS = """
| settings | | | |
| | form_title | form_id | version |
| | 试 | trial | 1 |
"""
CHOICES = """
| choices | | | |
| | list_name | name | label |
| | yesno | yes | 是 |
| | yesno | no | 否 |
"""


def form_of(
    *rows: str, columns: str = "type | name | label | relevant | constraint | calculation | choice_filter"
) -> CompiledForm:
    lines = ["| survey |", f"| | {columns} |", *(f"| | {row} |" for row in rows)]
    return compile_form("\n".join(lines) + CHOICES + SETTINGS, origin="trial.md")


def faults_of(*rows: str, **options: str) -> list[tuple[int, str, str]]:
    with pytest.raises(FormError) as refused:
        form_of(*rows, **options)
    return [(each.row, each.column, each.code) for each in refused.value.faults]


def to_xlsx(markdown: Path) -> bytes:
    book, sheet = openpyxl.Workbook(), None
    for line in markdown.read_text("utf-8").splitlines():
        first, *cells = (cell.strip() for cell in line.strip().strip("|").split("|"))
        sheet = book.create_sheet(first) if first else sheet
        if any(cells) and sheet is not None:
            sheet.append([int(cell) if cell.isdigit() else cell or None for cell in cells])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def test_a_form_carries_all_its_clients_need(visit_form: CompiledForm) -> None:
    assert (visit_form.id, visit_form.version, visit_form.klass) == ("household_visit", "2", "general")
    assert visit_form.facts["self_paid"].save_to == "self_paid_year"
    assert visit_form.facts["self_paid"].save_to_subject == "person"
    assert visit_form.identifiers == {"id_number": "id_number", "phone": "phone"}
    groups = {each["name"]: each for each in visit_form.definition["questions"]}
    health = next(each for each in groups["person"]["questions"] if each["name"] == "health")
    assert health["choices"][1] == {"name": "ill", "label": "患病"}
    assert groups["members"]["relevant"] == "${household_size} > 1"
    binds = {
        each.get("nodeset"): each
        for each in ET.fromstring(visit_form.xform).iter("{http://www.w3.org/2002/xforms}bind")
    }
    assert binds["/data/person/phone"].get("{urn:fieldsvc:xform}identifier") == "phone"
    assert binds["/data/person/self_paid"].get("{urn:fieldsvc:xform}save_to") == "person.self_paid_year"


def test_a_compiled_form_is_immutable(visit_form: CompiledForm) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        visit_form.version = "3"  # type: ignore[misc]
    with pytest.raises(TypeError):
        visit_form.questions["x"] = visit_form.items[0]  # type: ignore[index]


def test_the_hash_is_of_the_content_not_of_the_file(visit_form: CompiledForm) -> None:
    path = DATA / "household_visit.md"
    text = path.read_text("utf-8")
    assert compile_form(to_xlsx(path), origin="visit.xlsx").hash == visit_form.hash
    assert compile_form("# 说明\n\n" + text, origin="moved").hash == visit_form.hash
    assert compile_form(text.replace("relevant  ", "relevance "), origin="alias").hash == visit_form.hash
    assert (
        compile_form(text.replace("家庭人口应在1到20之间", "家庭人口应在1到30之间"), origin="changed").hash
        != visit_form.hash
    )


@pytest.mark.parametrize(
    ("row", "column", "code"),
    [
        ("integer | a | A | | >= = 0", "constraint", "xpath_syntax"),
        ("integer | a | A | | . >= ", "constraint", "xpath_syntax"),
        ("integer | a | A | | . >= 0 0", "constraint", "xpath_syntax"),
        ("integer | a | A | ${b} > 1", "relevant", "xpath_unknown_question"),
        ("integer | a | A | ../b > 1", "relevant", "xpath_unknown_question"),
        ("integer | a | A | /data/b > 1", "relevant", "xpath_unknown_question"),
        ("integer | a | A | ../../../b > 1", "relevant", "xpath_unknown_question"),
        ("integer | a | A | | ../a[1] > 1", "constraint", "xpath_banned"),
        ("integer | a | A | | /data/*", "constraint", "xpath_syntax"),
        ("integer | a | A | | //a = 1", "constraint", "xpath_banned"),
        ("integer | a | A | | @a = 1", "constraint", "xpath_banned"),
        ("integer | a | A | | $a = 1", "constraint", "xpath_banned"),
        ("integer | a | A | | child::a = 1", "constraint", "xpath_banned"),
        ("integer | a | A | | pulldata('x', 'y', 'z', .) = 1", "constraint", "xpath_function"),
        ("integer | a | A | | instance('x') = 1", "constraint", "xpath_function"),
        ("integer | a | A | | indexed-repeat(., ., 1) = 1", "constraint", "xpath_function"),
        ("integer | a | A | | position(..) = 1", "constraint", "xpath_banned"),
        ("integer | a | A | | my-function(.)", "constraint", "xpath_function"),
        ("integer | a | A | | count-selected()", "constraint", "xpath_arguments"),
        ("integer | a | A | | b = 1", "constraint", "xpath_bare_name"),
        ("integer | a | A | . = 1", "relevant", "xpath_self"),
        ("integer | a | A | ${a} = 1", "relevant", "xpath_cycle"),
        ("text | a | A | | regex(., '^(a+)+$')", "constraint", "xpath_regex"),
        ("text | a | A | | regex(., '[0-9]+')", "constraint", "xpath_regex"),
        ("text | a | A | | regex(., '^a\\|b$')", "constraint", "xpath_regex"),
        ("text | a | A | | regex(., '^(a{1,30})*$')", "constraint", "xpath_regex"),
        ("text | a | A | | regex(., '^(a\\|aa)+$')", "constraint", "xpath_regex"),
        ("text | a | A | | regex(., '^a*b*c*d*$')", "constraint", "xpath_regex"),
        ("text | a | A | | regex(., '^[')", "constraint", "xpath_regex"),
        ("text | a | A | | regex(., '^\\p{L}$')", "constraint", "xpath_regex"),
        ("text | a | A | | regex(., ${a})", "constraint", "xpath_regex"),
        ("date | a | A | | . > '2025-01-01'", "constraint", "xpath_text_order"),
        ("date | a | A | | . > date('2025-02-30')", "constraint", "xpath_date"),
        ("time | a | A | | . > 5", "constraint", "xpath_time_order"),
        ("text | a | A | | not(.)", "constraint", "xpath_bare_condition"),
        ("text | a | A | | " + "(" * 60 + "1" + ")" * 60, "constraint", "xpath_too_deep"),
        ("select_one yesno | a | A | | | | shade = 'x'", "choice_filter", "xpath_choice_column"),
        ("select_one nolist | a | A", "type", "unknown_list"),
        ("select_one_from_file x.csv | a | A", "type", "type_refused"),
        ("geoshape | a | A", "type", "type_refused"),
        ("tetx | a | A", "type", "unknown_type"),
        ("text | 1a | A", "name", "bad_name"),
        ("text | a | ", "label", "label_missing"),
        ("calculate | a | ", "calculation", "calculation_missing"),
        ("begin group | a | A", "type", "not_closed"),
        ("end repeat | | ", "type", "not_opened"),
    ],
)
def test_a_malformed_row_is_refused_by_name(row: str, column: str, code: str) -> None:
    assert (3, column, code) in faults_of(row)


def test_every_fault_is_listed_at_once() -> None:
    found = faults_of("tetx | a | A", "integer | a | B | ${nobody} = 1 | >= = 0", "text | c | ")
    assert found == [
        (3, "type", "unknown_type"),
        (4, "constraint", "xpath_syntax"),
        (4, "name", "duplicate_name"),
        (4, "relevant", "xpath_unknown_question"),
        (5, "label", "label_missing"),
    ]


def test_a_misspelled_column_is_refused() -> None:
    assert faults_of("text | a | A | 1", columns="type | name | label | constrait") == [
        (2, "constrait", "unknown_column")
    ]


def test_circles_are_named() -> None:
    rows = ("calculate | a | | | | ${b} + 1", "calculate | b | | | | ${a} + 1")
    assert [code for _, _, code in faults_of(*rows)] == ["xpath_cycle"]
    rows = ("begin group | g | G | ${a} = 1", "integer | a | A", "end group | |")
    assert [code for _, _, code in faults_of(*rows)] == ["xpath_cycle"]


def test_a_calculation_may_stand_before_what_it_reads() -> None:
    from datetime import date

    form = form_of("calculate | c | | | | ${b} + 1", "calculate | b | | ${n} > 1 | | ${n} * 2", "integer | n | N")
    assert form.validate({"n": 3}, today=date(2025, 1, 1)).values == {"n": 3, "b": 6, "c": 7}
    assert form.validate({"n": 1}, today=date(2025, 1, 1)).values == {"n": 1}


def test_pyxforms_own_refusals_keep_the_row() -> None:
    with pytest.raises(FormError) as refused:
        form_of("text | a | A | ", "image | b | B | max-pixels=many", columns="type | name | label | parameters")
    assert [(each.code, each.sheet) for each in refused.value.faults] == [("pyxform", "survey")]


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04broken", b"\xff\xfe\x00", b"no table", "| survey | |\n| | type | name |"]
)
def test_rubbish_is_refused_not_raised(content: bytes | str) -> None:
    with pytest.raises(FormError):
        compile_form(content, origin="rubbish")


def test_faults_read_as_chinese_sentences() -> None:
    with pytest.raises(FormError) as refused:
        form_of("integer | a | A | | >= = 0")
    assert str(refused.value) == "trial.md：工作表 survey 第 3 行 constraint 列：“>=”不能出现在这里（xpath_syntax）"


def test_a_refused_function_says_why() -> None:
    with pytest.raises(FormError, match=r"不支持函数 pulldata.*：不读取外部数据"):
        form_of("integer | a | A | | pulldata('x', 'y', 'z', .) = 1")


def test_a_sum_over_unanswered_rows_is_no_fact() -> None:
    """Unknown is a value, never zero: a sum that skips an unanswered member may be shown, but not saved."""
    columns = "type | name | label | required | calculation | save_to"

    def rows(required: str) -> tuple[str, ...]:
        return (
            "begin repeat | m | 成员",
            f"decimal | i | 收入 | {required}",
            "end repeat",
            "calculate | t | | | sum(${i}) | income",
        )

    assert faults_of(*rows(""), columns=columns) == [(6, "save_to", "save_to_partial")]
    assert form_of(*rows("yes"), columns=columns).facts["t"].save_to == "income"


@pytest.mark.parametrize(
    "pattern",
    [
        r"^[1-9][0-9]{5}(18|19|20)[0-9]{2}((0[1-9])|(1[0-2]))[0-9]{5}[0-9X]$", "^1[3-9][0-9]{9}$", "^0[0-9]{2,3}-?[0-9]{7,8}$",
        r"^[a-z.]+@[a-z]+\.[a-z]{2,6}$", "^(?:甲|乙)$", "^[一-龥·]{2,20}$", "^.*号.*$",
    ],
)  # fmt: skip
def test_ordinary_patterns_are_admitted(pattern: str) -> None:
    assert compile_regex(pattern).pattern == pattern


@pytest.mark.parametrize(
    "pattern", ["^(a+)+$", "^(a|aa)+$", "^" + "a{0,20}" * 6 + "$", "^a*a*a*$", "^((a{1,9}){1,9}){1,9}$"]
)
def test_patterns_that_can_run_away_are_refused(pattern: str) -> None:
    with pytest.raises(XPathError, match="可能拖死服务器"):
        compile_regex(pattern)
