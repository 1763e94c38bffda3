"""Fields of a household and a person as they come from a phone, a form or a roster: checked and brought to one shape."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from fieldsvc.kit.crypto import normalise
from fieldsvc.kit.errors import Problem

from .rules import AREAS, OLDEST, SEXES, TIERS, BadIdentity, is_temporary, is_village, read_identity

LENGTHS = {"name": 64, "relation": 24, "address": 500, "ref": 40}
PHONE_DIGITS = range(5, 21)


def invalid(field: str, detail: str) -> Problem:
    return Problem(422, "invalid-record", detail, extra={"field": field})


def household_fields(raw: Mapping[str, Any], county: str) -> dict[str, Any]:
    """The known household fields of ``raw``: ``ref name village_code address area phone tier head_person_id``.

    Absent stays absent, ``""`` becomes None. Problem 422 ``invalid-record`` naming the ``field``.
    """
    return _read(raw, HOUSEHOLD | {"village_code": lambda text: _village(text, county)})


def person_fields(raw: Mapping[str, Any], on: date) -> dict[str, Any]:
    """The known person fields of ``raw``: ``name sex birth_date relation id_number phone tier``.

    A citizen's number brings ``birth_date`` and ``sex``; when ``raw`` says otherwise the record is refused, because one
    of the two is wrong and only a human knows which. A number with ``*`` is a mask and left for ``apply`` to compare.
    """
    found = _read(raw, PERSON | {"birth_date": lambda value: _birth_date(value, on)})
    number = found.get("id_number")
    if number and "*" not in number and not is_temporary(number):
        _from_number(found, number, on)
    return found


def _from_number(found: dict[str, Any], number: str, on: date) -> None:
    try:
        identity = read_identity(number, on)
    except BadIdentity as why:
        raise invalid("id_number", str(why)) from None
    said = {"birth_date": (identity.birth_date, "出生日期"), "sex": (identity.sex, "性别")}
    for field, (value, title) in said.items():
        if found.get(field) not in (None, value):
            raise invalid(field, f"{title}与身份证号不一致，请核对后再提交。")
        found[field] = value
    found["id_number"] = identity.number


def _read(raw: Mapping[str, Any], readers: Mapping[str, Callable[[Any], Any]]) -> dict[str, Any]:
    found = {}
    for field in readers.keys() & raw.keys():
        value = raw[field].strip() if isinstance(raw[field], str) else raw[field]
        found[field] = None if value in (None, "") else readers[field](value)
    return found


def _text(field: str, title: str) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if not isinstance(value, str) or not value.isprintable():
            raise invalid(field, f"{title}须是文字，不能含有控制字符。")
        if len(value) > LENGTHS.get(field, 64):
            raise invalid(field, f"{title}不能超过 {LENGTHS.get(field, 64)} 个字。")
        return value

    return read


def _choice(field: str, title: str, names: Mapping[str, str]) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if not isinstance(value, str) or value not in names:
            raise invalid(field, f"{title}只能是：{'、'.join(names.values())}。")
        return value

    return read


def _phone(value: Any) -> str:
    number = normalise(value) if isinstance(value, str) else ""
    if "*" in number:
        return number
    digits = number.removeprefix("+")
    if len(digits) not in PHONE_DIGITS or not (digits.isascii() and digits.isdigit()):
        raise invalid("phone", "联系电话只能是 5 至 20 位数字。")
    return number


def _number(value: Any) -> str:
    if not isinstance(value, str):
        raise invalid("id_number", "身份证号须按文字提交。")
    return normalise(value)


def _village(value: Any, county: str) -> str:
    if not isinstance(value, str) or not is_village(value, county):
        raise invalid("village_code", f"村（社区）代码须为 12 位，以本县代码 {county} 开头。")
    return value


def _birth_date(value: Any, on: date) -> date:
    try:
        born = value if isinstance(value, date) else date.fromisoformat(value)
    except (TypeError, ValueError):
        raise invalid("birth_date", "出生日期须形如 1990-01-31。") from None
    if born > on or on.year - born.year > OLDEST:
        raise invalid("birth_date", "出生日期不可能，请核对。")
    return born


HOUSEHOLD: dict[str, Callable[[Any], Any]] = {
    "ref": _text("ref", "户编号"), "name": _text("name", "户主姓名"), "address": _text("address", "住址"),
    "area": _choice("area", "户籍类别", AREAS), "phone": _phone, "tier": _choice("tier", "认定类别", TIERS),
    "head_person_id": _text("head_person_id", "户主"),
}  # fmt: skip
PERSON: dict[str, Callable[[Any], Any]] = {
    "name": _text("name", "姓名"), "sex": _choice("sex", "性别", SEXES), "relation": _text("relation", "与户主关系"),
    "id_number": _number, "phone": _phone, "tier": _choice("tier", "认定类别", TIERS),
}  # fmt: skip
