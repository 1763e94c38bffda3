"""Identity numbers, temporary identities, ages: pure."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldsvc.households.rules import (
    BadIdentity,
    age,
    check_character,
    is_minor,
    is_temporary,
    is_village,
    read_identity,
    temporary_number,
)

TODAY = date(2026, 11, 21)
BODIES = st.builds(
    lambda region, born, serial: f"{region:06d}{born:%Y%m%d}{serial:03d}",
    st.integers(110000, 659999), st.dates(date(1900, 1, 1), TODAY), st.integers(0, 999),
)  # fmt: skip
NUMBERS = BODIES.map(lambda body: body + check_character(body))


@pytest.mark.parametrize("number", ["11010519491231002X", "440524188001010014"])
def test_the_standard_s_own_examples(number):
    assert check_character(number[:17]) == number[17]


@given(NUMBERS)
def test_birth_date_and_sex_are_read_from_the_number(number):
    told = read_identity(number, TODAY)
    assert f"{told.birth_date:%Y%m%d}" == number[6:14]
    assert (told.sex == "male") == (int(number[16]) % 2 == 1)


@given(NUMBERS)
def test_as_people_write_it(number):
    wide = "".join(chr(ord(c) + 0xFEE0) for c in number[:6])
    assert read_identity(f" {wide} {number[6:14]}-{number[14:].lower()}", TODAY).number == number


@given(NUMBERS, st.integers(0, 16), st.integers(1, 9))
def test_every_single_wrong_digit_is_found(number, place, shift):
    wrong = number[:place] + str((int(number[place]) + shift) % 10) + number[place + 1 :]
    with pytest.raises(BadIdentity):
        read_identity(wrong, TODAY)


@given(NUMBERS, st.integers(0, 15))
def test_every_swap_of_neighbours_is_found(number, place):
    if number[place] != number[place + 1]:
        swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
        with pytest.raises(BadIdentity):
            read_identity(swapped, TODAY)


@given(st.text(max_size=24))
def test_anything_else_is_refused_without_repeating_it(text):
    with pytest.raises(BadIdentity) as refused:
        read_identity(text, TODAY)
    assert len(text) < 6 or text not in str(refused.value)


@pytest.mark.parametrize(
    ("body", "says"),
    [("37028120270101001", "不可能"), ("37028118000101001", "不可能"), ("37028119900231001", "不存在")],
)
def test_impossible_births(body, says):
    with pytest.raises(BadIdentity, match=says):
        read_identity(body + check_character(body), TODAY)


def test_the_old_fifteen_digits_are_named():
    with pytest.raises(BadIdentity, match="15 位"):
        read_identity("370281900101123", TODAY)


@given(st.uuids().map(str))
def test_a_temporary_number_is_recognised_and_always_the_same(person):
    number = temporary_number("370281", person)
    assert number == temporary_number("370281", person) and is_temporary(number) and len(number) == 18
    assert is_temporary(number.lower())
    with pytest.raises(BadIdentity):
        read_identity(number, TODAY)


@given(st.uuids().map(str), st.integers(1, 16))
def test_a_mistyped_temporary_number_is_not_one(person, place):
    number = temporary_number("370281", person)
    wrong = number[:place] + ("8" if number[place] != "8" else "3") + number[place + 1 :]
    assert not is_temporary(wrong)


def test_ten_thousand_temporary_numbers_differ():
    assert len({temporary_number("370281", f"person {n}") for n in range(10_000)}) == 10_000


@pytest.mark.parametrize(
    ("code", "good"),
    [("370281001001", True), ("370282001001", False), ("37028100100", False), ("37028100100１", False), ("", False)],
)
def test_village_codes(code, good):
    assert is_village(code, "370281") is good


@pytest.mark.parametrize(
    ("born", "on", "years"),
    [(date(2012, 11, 21), TODAY, 14), (date(2012, 11, 22), TODAY, 13), (date(2012, 2, 29), date(2026, 2, 28), 13),
     (date(2012, 2, 29), date(2026, 3, 1), 14)],
)  # fmt: skip
def test_under_fourteen(born, on, years):
    assert age(born, on) == years and is_minor(born, on) is (years < 14)


def test_unknown_birth_is_not_called_a_minor():
    assert is_minor(None, TODAY) is False
