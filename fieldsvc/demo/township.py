"""The people of a township that does not exist, the same ones for the same seed. Pure data.

Identity numbers are well formed (GB 11643 check character) and can belong to nobody: division code 379999 was never given
out. Names are surnames and given names drawn at random; no mobile telephone begins with 100.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from fieldsvc.accounts.rules import ADMIN, CHILD_DIRECTOR, CHILD_SUPERVISOR, COUNTY, DEPARTMENT, GRID_WORKER, TOWNSHIP
from fieldsvc.households.rules import AREAS, SEXES, TIERS, Sex, age, check_character

COUNTY_CODE = "370281"
TOWNSHIP_CODE = "370281900"
VILLAGES = ("北山社区", "东湖村", "西岭村", "南河村")
NOWHERE = "379999"
SUPERVISOR = "supervisor"
ENOUGH = 2 * len(VILLAGES)  # every worker has somebody on 低保 to visit, however small the township
SIZES = ((1, 20), (2, 32), (3, 24), (4, 16), (5, 8))
SURNAMES = "王李张刘陈杨赵黄周吴徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈"
STEMS, BRANCHES = "甲乙丙丁戊己庚辛壬癸", "子丑寅卯辰巳午未申酉戌亥"
HEADINGS = ("户编号", "户主", "姓名", "身份证号", "与户主关系", "性别", "村代码", "住址", "城乡", "联系电话", "认定类别",
            "网格员", "儿童主任")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Login:
    """An account to be made. ``region`` as in ``accounts``: 6 digits a county, 9 a township, 12 a village."""

    username: str
    name: str
    role: str
    region: str
    department: str | None = None
    supervisor: str | None = None


@dataclass(frozen=True, slots=True)
class Member:
    name: str
    relation: str
    sex: Sex
    born: date
    id_number: str


@dataclass(frozen=True, slots=True)
class Home:
    ref: str
    village: str
    address: str
    area: str
    phone: str
    tier: str
    members: tuple[Member, ...]
    grid_worker: str
    child_director: str = ""


@dataclass(frozen=True, slots=True)
class Town:
    regions: dict[str, str]
    logins: tuple[Login, ...]
    homes: tuple[Home, ...] = field(repr=False)

    @property
    def persons(self) -> int:
        return sum(len(home.members) for home in self.homes)


def make_town(homes: int = 500, seed: int = 1, on: date = date(2025, 3, 3)) -> Town:
    """A township of ``homes`` households (about 2.6 persons each) as it stands on day ``on``."""
    dice = Random(f"fieldsvc {seed}")
    villages = {f"{TOWNSHIP_CODE}{number:03}": name for number, name in enumerate(VILLAGES, 1)}
    regions = {COUNTY_CODE: "胶州市", TOWNSHIP_CODE: "样例镇"} | villages
    grid = [Login(f"grid{n}", _name(dice), GRID_WORKER, code) for n, code in enumerate(villages, 1)]
    directors = [Login(f"child{n}", _name(dice), CHILD_DIRECTOR, TOWNSHIP_CODE, supervisor=SUPERVISOR) for n in (1, 2)]
    made = tuple(_home(dice, number, list(villages), on) for number in range(1, homes + 1))
    supervisor = Login(SUPERVISOR, _name(dice), CHILD_SUPERVISOR, TOWNSHIP_CODE)
    return Town(regions, (supervisor, *grid, *directors, *_officers(dice)), made)


def _officers(dice: Random) -> tuple[Login, ...]:
    return (
        Login("township", _name(dice), TOWNSHIP, TOWNSHIP_CODE),
        Login("county", _name(dice), COUNTY, COUNTY_CODE),
        Login("medical", _name(dice), DEPARTMENT, COUNTY_CODE, "medical"),
        Login("admin", "系统管理员", ADMIN, COUNTY_CODE),
    )


def _home(dice: Random, number: int, villages: list[str], on: date) -> Home:
    place = number % len(villages)
    size = dice.choices([s for s, _ in SIZES], [w for _, w in SIZES])[0]
    members = tuple(_members(dice, size, on))
    child = any(age(member.born, on) < 18 for member in members)
    return Home(
        ref=f"YL{number:05}", village=villages[place], address=f"样例镇{VILLAGES[place]}{number}号",
        area="urban" if VILLAGES[place].endswith("社区") else "rural", phone=f"1000000{number:04}",
        tier="dibao" if number <= ENOUGH else _tier(dice, members, on), members=members, grid_worker=f"grid{place + 1}",
        child_director=f"child{place // 2 + 1}" if child else "",
    )  # fmt: skip


def _members(dice: Random, size: int, on: date) -> Iterator[Member]:
    """One alone is often old; two are a couple; more are parents with children, the fifth a grandparent."""
    surname = dice.choice(SURNAMES)
    sex: Sex = dice.choice(("male", "female"))
    head_age = dice.randint(45, 88) if size <= 2 else dice.randint(28, 52)
    yield _member(dice, surname, "户主", sex, head_age, on)
    if size >= 2:
        other: Sex = "female" if sex == "male" else "male"
        yield _member(dice, dice.choice(SURNAMES), "配偶", other, max(22, head_age + dice.randint(-4, 3)), on)
    for _ in range(min(size, 4) - 2):
        child: Sex = dice.choice(("male", "female"))
        yield _member(dice, surname, "子" if child == "male" else "女", child, dice.randint(1, head_age - 23), on)
    if size == 5:
        yield _member(dice, surname, "父亲", "male", head_age + dice.randint(22, 30), on)


def _member(dice: Random, surname: str, relation: str, sex: Sex, years: int, on: date) -> Member:
    born = on - timedelta(days=years * 365 + years // 4 + dice.randint(1, 364))
    return Member(_name(dice, surname), relation, sex, born, identity(dice, born, sex))


def identity(dice: Random, born: date, sex: Sex) -> str:
    """A well-formed number of nobody."""
    serial = dice.randrange(0, 499) * 2 + (sex == "male")
    body = f"{NOWHERE}{born:%Y%m%d}{serial:03}"
    return body + check_character(body)


def _name(dice: Random, surname: str | None = None) -> str:
    return (surname or dice.choice(SURNAMES)) + dice.choice(STEMS) + dice.choice(BRANCHES)


def _tier(dice: Random, members: tuple[Member, ...], on: date) -> str:
    if len(members) == 1 and age(members[0].born, on) >= 65 and dice.random() < 0.3:
        return "tekun"
    return dice.choices(("dibao", "dibao_margin", "rigid_expense", ""), (7, 3, 3, 87))[0]


def roster(town: Town) -> bytes:
    """The township as the CSV an office would hand over (花名册): UTF-8 with BOM, one row a person."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(HEADINGS)
    for home in town.homes:
        shared = (home.village, home.address, AREAS[home.area], home.phone, TIERS.get(home.tier, ""))
        for m in home.members:
            writer.writerow((home.ref, home.members[0].name, m.name, m.id_number, m.relation, SEXES[m.sex], *shared,
                             home.grid_worker, home.child_director))  # fmt: skip
    return out.getvalue().encode("utf-8-sig")
