"""A synthetic county with planted cases, the same for the same seed: who of a department's list stands on the register, and how
his row is written there."""

import csv
import io
import random
from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlalchemy import insert

from fieldsvc.households.models import Household, Person
from fieldsvc.households.rules import check_character
from fieldsvc.kit import clock

SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾萧田"
    "董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰梅国建文志红云飞德福贵春生海波鹏辉玲燕宁佳欣怡然梓轩浩宇子涵雨桐思远"
SIMPLE = "张刘陈杨黄赵吴孙马罗郑谢许韩冯邓萧叶卢陆范贾韦邹秦龙贺顾龚钱严汤伟丽强军艳娟国红云飞贵华兰桂玲宁轩远"
OLD = "張劉陳楊黃趙吳孫馬羅鄭謝許韓馮鄧蕭葉盧陸範賈韋鄒秦龍賀顧龔錢嚴湯偉麗強軍艷娟國紅雲飛貴華蘭桂玲寧軒遠"
TRADITIONAL = str.maketrans(SIMPLE, OLD)
UYGHUR = ("阿依古丽·买买提", "古丽娜尔·艾合买提", "买买提·吐尔逊", "迪丽热巴·阿不都", "艾山·依明")
HEADS = ("姓名", "身份证号", "出生日期", "学段", "助学金", "学校", "数据日期")
VILLAGES = [f"370281{township:03d}{village:03d}" for township in (1, 2, 3) for village in range(1, 6)]
DAY = "2026-10-01"


def number_of(chance: random.Random, born: date, serial: int) -> str:
    body = f"370281{born:%Y%m%d}{serial:03d}"
    return body + check_character(body)


@dataclass
class Registered:
    id: str
    household_id: str
    village: str
    name: str
    born: date
    number: str | None


@dataclass
class Planted:
    """A row of the list: ``truth`` is whose it is (None: nobody's), ``kind`` how it was planted."""

    kind: str
    cells: dict[str, str]
    truth: str | None


@dataclass
class County:
    people: list[Registered]
    rows: list[Planted] = field(default_factory=list)


def made(seed: int, persons: int, rows: int) -> County:
    chance = random.Random(seed)
    people: list[Registered] = []
    used: set[str] = set()
    names: set[tuple[str, date]] = set()
    for n in range(persons):
        home = n // 3
        while True:
            born = date(1935, 1, 1) + timedelta(days=chance.randrange(31_000))
            name = (
                chance.choice(UYGHUR)
                if chance.random() < 0.02
                else chance.choice(SURNAMES) + "".join(chance.sample(GIVEN, chance.choice((1, 2, 2))))
            )
            number = number_of(chance, born, chance.randrange(1000))
            if number not in used and (name, born) not in names:
                break
        used.add(number)
        names.add((name, born))
        people.append(Registered(f"00000000-0000-4000-8000-{n:012d}", f"00000000-0000-4000-9000-{home:012d}",
                                 VILLAGES[home % len(VILLAGES)], name, born, None if chance.random() < 0.1 else number))  # fmt: skip
    return County(people, _rows(chance, people, used, rows))


def _rows(chance: random.Random, people: list[Registered], used: set[str], rows: int) -> list[Planted]:
    with_number = [p for p in people if p.number]
    without = [p for p in people if not p.number]
    chance.shuffle(with_number)
    chance.shuffle(without)
    planted = []
    for n in range(rows):
        share = n % 100
        if share < 60 and with_number:
            planted.append(same_number(chance, with_number.pop()))
        elif share < 68 and with_number:
            planted.append(name_and_birth(chance, with_number.pop()))
        elif share < 72 and without:
            planted.append(name_and_birth(chance, without.pop(), with_its_number=chance.random() < 0.5, used=used))
        elif share < 74 and with_number:
            planted.append(decoy(chance, with_number.pop(), used))
        else:
            planted.append(stranger(chance, used))
    chance.shuffle(planted)
    return planted


def told(**cells: str) -> dict[str, str]:
    return dict.fromkeys(HEADS, "") | {"学段": "义务教育", "助学金": "是", "学校": "第一小学", "数据日期": DAY} | cells


def same_number(chance: random.Random, person: Registered) -> Planted:
    number, name = person.number or "", person.name
    how = chance.randrange(8)
    if how == 1:
        number = "".join(chr(ord(c) + 0xFEE0) if c.isascii() else c for c in number)
    elif how == 2:
        number = f"{number[:6]} {number[6:14]} {number[14:].lower()}"
    elif how == 3 and person.born.year < 2000 and number[6:8] == "19":
        number = number[:6] + number[8:17]
    elif how == 4:
        name = name.translate(TRADITIONAL)
    elif how == 5:
        name = f"{name[0]}　{name[1:]}" if "·" not in name else name.replace("·", "•")
    elif how == 6:
        name = ""
    return Planted("same_number", told(姓名=name, 身份证号=number), person.id)


def name_and_birth(
    chance: random.Random, person: Registered, with_its_number: bool = False, used: set[str] | None = None
) -> Planted:
    """No number in the list (or one that the register lacks, or one that was spoilt)."""
    born = person.born
    shapes = (f"{born:%Y-%m-%d}", f"{born.year}/{born.month}/{born.day}", f"{born:%Y%m%d}", f"{born.year}年{born.month}月{born.day}日",
              f"{born.year}.{born.month}.{born.day}", str((born - date(1899, 12, 30)).days), f"{born:%Y-%m}")  # fmt: skip
    name = chance.choice(
        (person.name, f" {person.name} ", person.name.translate(TRADITIONAL), person.name.replace("·", ""))
    )
    if with_its_number:
        number = number_of(chance, born, chance.randrange(1000))
        used = used if used is not None else set()
        used.add(number)
        return Planted("name_birth", told(姓名=name, 身份证号=number), person.id)
    if person.number and chance.random() < 0.3:
        wrong = "0" if person.number[17] != "0" else "1"
        shown = f"{float(person.number[:15] + '000'):.5E}"
        spoilt = chance.choice((shown, person.number[:17], person.number[:17] + wrong))
        return Planted("name_birth", told(姓名=name, 身份证号=spoilt, 出生日期=f"{born:%Y-%m-%d}"), person.id)
    return Planted("name_birth", told(姓名=name, 出生日期=chance.choice(shapes)), person.id)


def decoy(chance: random.Random, person: Registered, used: set[str]) -> Planted:
    """The same name and birth day, and a sound number of his own: somebody else."""
    while True:
        number = number_of(chance, person.born, chance.randrange(1000))
        if number not in used and sum(a != b for a, b in zip(number, person.number or "", strict=True)) > 2:
            used.add(number)
            return Planted("decoy", told(姓名=person.name, 身份证号=number), None)


def stranger(chance: random.Random, used: set[str]) -> Planted:
    while True:
        born = date(1935, 1, 1) + timedelta(days=chance.randrange(31_000))
        number = number_of(chance, born, chance.randrange(1000))
        if number not in used:
            used.add(number)
            name = chance.choice(SURNAMES) + "".join(chance.sample(GIVEN, 2)) + "某"
            return Planted("stranger", told(姓名=name, 身份证号=number), None)


def as_csv(rows: list[dict[str, str]], encoding: str = "gb18030", heads: tuple[str, ...] = HEADS) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(heads)
    writer.writerows([[row.get(name, "") for name in heads] for row in rows])
    return out.getvalue().encode(encoding, errors="replace")


def register(site, county: County) -> None:
    now = clock.now()
    stamp = {"county_code": site.county, "source": "import", "created_at": now, "updated_at": now, "versions": {}}
    homes = {p.household_id: p for p in reversed(county.people)}
    for start in range(0, len(county.people), 5_000):
        part = county.people[start : start + 5_000]
        with site.db.write() as session:
            mine = {p.household_id for p in part if homes.get(p.household_id) is p}
            if mine:
                session.execute(insert(Household), [
                    stamp | {"id": h, "name": homes[h].name, "village_code": homes[h].village, "area": "rural"}
                    for h in sorted(mine)
                ])  # fmt: skip
            session.execute(insert(Person), [
                stamp | {"id": p.id, "household_id": p.household_id, "name": p.name, "birth_date": p.born,
                         "identity_kind": "identity" if p.number else "temporary",
                         "identity_sealed": site.vault.seal_text(p.number, "persons.identity"),
                         "identity_index": site.vault.index("identity", p.number or f"T{p.id}")} for p in part
            ])  # fmt: skip
