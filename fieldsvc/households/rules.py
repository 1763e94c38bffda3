"""Identity numbers (公民身份号码), temporary identities, village codes: pure, no store."""

from dataclasses import dataclass
from datetime import date
from hashlib import blake2b
from itertools import count
from operator import mul
from typing import Literal

from fieldsvc.kit.crypto import normalise

Sex = Literal["male", "female"]
IDENTITY, TEMPORARY = "identity", "temporary"
SEXES = {"male": "男", "female": "女"}
AREAS = {"urban": "城镇", "rural": "农村"}
TIERS = {
    "tekun": "特困人员", "dibao": "最低生活保障对象", "dibao_margin": "最低生活保障边缘家庭成员",
    "rigid_expense": "刚性支出困难家庭成员", "none": "未认定",
}  # fmt: skip
OLDEST = 130
UNDER_14 = 14
_WEIGHTS = [pow(2, 17 - place, 11) for place in range(17)]
_SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ*"


class BadIdentity(ValueError):
    """The text, in Chinese, says what is wrong with the number without repeating it."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What an 18-character number says of its holder (GB 11643)."""

    number: str
    birth_date: date
    sex: Sex


def check_character(first17: str) -> str:
    """The 18th character after 17 digits (GB 11643: ISO 7064, MOD 11-2)."""
    total = sum(map(mul, _WEIGHTS, map(int, first17)))
    return "0123456789X"[(1 - total) % 11]


def read_identity(text: str, on: date) -> Identity:
    """A citizen's number as people write it (full-width, spaces, ``x``) read on day ``on``. Raises ``BadIdentity``."""
    number = normalise(text)
    body = number[:17]
    if len(number) == 15 and number.isascii() and number.isdigit():
        raise BadIdentity("15 位身份证号已停止使用，请填写 18 位公民身份号码。")
    if len(number) != 18 or not (body.isascii() and body.isdigit()) or number[17] not in "0123456789X":
        raise BadIdentity("身份证号须为 18 位：前 17 位数字，末位为数字或 X。")
    if check_character(body) != number[17]:
        raise BadIdentity("身份证号校验码不正确，请逐位核对。")
    return Identity(number, _birth_date(body, on), "male" if int(body[16]) % 2 else "female")


def _birth_date(body: str, on: date) -> date:
    try:
        born = date(int(body[6:10]), int(body[10:12]), int(body[12:14]))
    except ValueError:
        raise BadIdentity("身份证号中的出生日期不存在，请核对第 7 至 14 位。") from None
    if born > on or on.year - born.year > OLDEST:
        raise BadIdentity("身份证号中的出生日期不可能，请核对第 7 至 14 位。")
    return born


def temporary_number(county: str, person_id: str) -> str:
    """``T`` + county code + 10 signs + check sign, 18 in all (临时身份号). The same person always gets the same number,
    so a record sent twice gives one identity; 50 bits keep two persons apart."""
    for attempt in count():
        value = int.from_bytes(blake2b(f"{person_id}/{attempt}".encode(), digest_size=8).digest(), "big")
        body = f"T{county}" + "".join(_CROCKFORD[(value >> shift) & 31] for shift in range(45, -1, -5))
        if _check_sign(body) in _CROCKFORD:
            break
    return body + _check_sign(body)


# Crockford's alphabet: no I, L, O, U, because these numbers are written down by hand.
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def is_temporary(text: str) -> bool:
    """Whether this is a well-formed temporary number (check sign ISO 7064, MOD 37-2)."""
    number = normalise(text)
    shaped = len(number) == 18 and number[0] == "T" and all(sign in _SIGNS for sign in number)
    return shaped and _check_sign(number[:17]) == number[17]


def _check_sign(body: str) -> str:
    total = 0
    for sign in body:
        total = (total + _SIGNS.index(sign)) * 2 % 37
    return _SIGNS[(1 - total) % 37]


def is_village(code: str, county: str) -> bool:
    """A 12-digit statistical division code (统计用区划代码) of this county."""
    return len(code) == 12 and code.isascii() and code.isdigit() and code.startswith(county)


def age(born: date, on: date) -> int:
    """Whole years completed (周岁); someone born on 29 February turns on 1 March of a common year."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def is_minor(born: date | None, on: date) -> bool:
    """Under 14 (不满十四周岁): their data are sensitive (个人信息保护法 第二十八条), and each reading is marked."""
    return born is not None and age(born, on) < UNDER_14
