"""An older version's answers in the newer form's shape: renamed questions and choices, nothing invented."""

from datetime import date

import pytest

from fieldsvc.forms.compile import compile_form
from fieldsvc.forms.model import CompiledForm
from fieldsvc.forms.upcast import upcast

OLD = """
| survey | | | |
| | type | name | label |
| | text | tel | 电话 |
| | select_one health | health | 健康 |
| | select_multiple health | all | 全家 |
| | integer | gone | 取消的题 |
| | integer | total | 合计 |
| | begin repeat | kin | 亲属 |
| | text | kin_name | 姓名 |
| | integer | kin_age | 年龄 |
| | end repeat | | |
| choices | | | |
| | list_name | name | label |
| | health | sick | 病 |
| | health | well | 好 |
| settings | | | |
| | form_title | form_id | version |
| | 表 | trial | 1 |
"""
NEW = """
| survey | | | | | |
| | type | name | label | calculation | formerly |
| | text | phone | 电话 | | tel mobile |
| | select_one health | health | 健康 | | |
| | select_multiple health | all | 全家 | | |
| | text | added | 新题 | | |
| | begin repeat | members | 成员 | | kin |
| | text | member | 姓名 | | kin_name |
| | end repeat | | | | |
| | integer | kin_age | 年龄 | | |
| | calculate | total | | count(${members}) | |
| choices | | | | |
| | list_name | name | label | formerly |
| | health | ill | 患病 | sick |
| | health | well | 健康 | |
| settings | | | | |
| | form_title | form_id | version | |
| | 表 | trial | 2 | |
"""


@pytest.fixture(scope="module")
def forms() -> tuple[CompiledForm, CompiledForm]:
    return compile_form(OLD, origin="old"), compile_form(NEW, origin="new")


def test_names_choices_and_rows_follow(forms: tuple[CompiledForm, CompiledForm]) -> None:
    old, new = forms
    answers = {
        "tel": "1", "health": "sick", "all": ["sick", "well"], "gone": 3, "total": 9,
        "kin": [{"kin_name": "张三", "kin_age": 5}, {"kin_name": "李四"}],
    }  # fmt: skip
    carried = upcast(answers, old, new)
    assert carried.answers == {
        "phone": "1", "health": "ill", "all": ["ill", "well"], "members": [{"member": "张三"}, {"member": "李四"}],
    }  # fmt: skip
    assert carried.dropped == ("gone", "kin_age")
    verdict = new.validate(carried.answers, today=date(2025, 1, 1))
    assert verdict.ok and verdict.values["total"] == 2


def test_a_former_name_taken_again_means_the_new_question(forms: tuple[CompiledForm, CompiledForm]) -> None:
    """v2 renamed tel to phone; a v3 may have a new tel. From v2, tel is not the phone."""
    new = forms[1]
    third = compile_form(
        NEW.replace("| | text | added |", "| | text | tel |").replace("trial | 2", "trial | 3"), origin="third"
    )
    assert upcast({"phone": "1"}, new, third).answers == {"phone": "1"}
    assert upcast({"tel": "1"}, forms[0], third).answers == {"phone": "1"}
    assert upcast({"phone": "1", "tel": "2"}, third, third).answers == {"phone": "1", "tel": "2"}


def test_unknown_names_stay_to_be_named_by_validation(forms: tuple[CompiledForm, CompiledForm]) -> None:
    carried = upcast({"nobody": 1}, *forms)
    assert carried.answers == {"nobody": 1}
    assert [each.code for each in forms[1].validate(carried.answers, today=date(2025, 1, 1)).problems] == [
        "unknown_question"
    ]
