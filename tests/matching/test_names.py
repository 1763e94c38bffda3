"""Whether two names, days or numbers may be one person's, however they were written."""

from datetime import date

import pytest

from fieldsvc.matching.names import PART, SAME, likeness, near, read_birth, upgraded
from tests.matching.conftest import number

ON = date(2026, 11, 22)


@pytest.mark.parametrize(("one", "other"), [
    ("张伟", " 张　伟 "), ("張偉", "张伟"), ("阿依古丽·买买提", "阿依古丽•买买提"), ("阿依古丽·买买提", "阿依古丽买买提"),
    ("阿依古麗．買買提", "阿依古丽·买买提"), ("Ｊｏｈｎ", "john"), ("歐陽　鋒", "欧阳锋"),
])  # fmt: skip
def test_the_same_name(one, other):
    assert likeness(one, other) == likeness(other, one) == SAME


@pytest.mark.parametrize(
    ("one", "other"), [("张*三", "张小三"), ("王？", "王䶮"), ("阿依古丽", "阿依古丽·买买提"), ("李□", "李喆")]
)
def test_names_that_agree_as_far_as_they_are_written(one, other):
    assert likeness(one, other) == likeness(other, one) == PART


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("张伟", "张炜"),
        ("张伟", "张伟伟"),
        ("", ""),
        ("?", "王"),
        ("张*三", "李小三"),
        ("买买提·吐尔逊", "阿依古丽·买买提"),
    ],
)
def test_different_names(one, other):
    assert likeness(one, other) is None


@pytest.mark.parametrize(
    "text", ["1990-01-02", "1990/1/2", "1990.1.2", "19900102", "1990年1月2日", "32875", "１９９０－０１－０２"]
)
def test_a_birth_date_in_the_shapes_of_lists(text):
    assert read_birth(text, ON).day == date(1990, 1, 2)


@pytest.mark.parametrize("text", ["1990-01", "1990年1月", "199001"])
def test_a_month_of_birth(text):
    birth = read_birth(text, ON)
    assert birth.day is None and len(list(birth.days())) == 31


@pytest.mark.parametrize("text", ["", "不详", "2030-01-01", "1700-01-01", "1990-02-30", "12345678901"])
def test_no_birth_date(text):
    assert not read_birth(text, ON)


def test_a_day_and_month_that_may_have_been_swapped():
    assert list(read_birth("1990-03-12", ON).days()) == [date(1990, 3, 12), date(1990, 12, 3)]
    assert list(read_birth("1990-03-25", ON).days()) == [date(1990, 3, 25)]


def test_numbers():
    assert upgraded(number(2)[:6] + number(2)[8:17]) == number(2)
    assert near(number(2), number(2)[:16] + "99") and not near(number(2), number(888))
