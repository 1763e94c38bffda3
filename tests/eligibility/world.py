"""A small invented world of policy and rule files, written to disk as departments would write them."""

from datetime import date
from pathlib import Path
from textwrap import dedent

from fieldsvc.eligibility.load import load_rulebook
from fieldsvc.eligibility.rulebook import RuleBook
from fieldsvc.policy.load import load_policies
from fieldsvc.policy.source import Package

ON = date(2025, 6, 1)

PLACES = """
[document.north-1]
title = "北县文件"
number = "北〔2024〕1号"
from = 2024-01-01
[document.forward-1]
title = "转发北县文件的通知"
number = "东〔2024〕9号"
from = 2024-06-01
[document.south-1]
title = "南县方案"
from = 2022-01-01
until = 2023-12-31
[document.bare-1]
title = "西县文件"
from = 2020-01-01

[jurisdiction.north]
name = "北县"
code = "110101"
documents = ["north-1"]
[jurisdiction.north.duty.medical]
office = "北县医保局"
document = "north-1"
clause = "三"
quote = "医保局负责"
[jurisdiction.east]
name = "东区"
code = "110102"
documents = ["forward-1", "north-1"]
[jurisdiction.south]
name = "南县"
code = "110103"
documents = ["south-1"]
[jurisdiction.bare]
name = "西县"
code = "110104"
documents = ["bare-1"]
"""

CITE = """document = "north-1"
clause = "一"
quote = "引文"
"""

FACTS = """
[[fact]]
name = "area"
label = "城乡"
subject = "household"
type = "choice"
choices = { urban = "城镇", rural = "农村" }
[[fact]]
name = "home_value"
label = "房产"
subject = "household"
type = "money"
[[fact]]
name = "born"
label = "出生日期"
subject = "person"
type = "date"
[[fact]]
name = "until_day"
label = "到期日"
subject = "person"
type = "date"
[[fact]]
name = "income"
label = "月收入"
subject = "person"
type = "money"
known_for_months = 6
[[fact]]
name = "cost"
label = "自付费用"
subject = "person"
type = "money"
[[fact]]
name = "points"
label = "分数"
subject = "person"
type = "integer"
[[fact]]
name = "share"
label = "比例"
subject = "person"
type = "number"
[[fact]]
name = "ill"
label = "患病"
subject = "person"
type = "bool"
[[fact]]
name = "works"
label = "就业"
subject = "person"
type = "bool"
[[fact]]
name = "kind"
label = "类别"
subject = "person"
type = "choice"
choices = { a = "甲", b = "乙", c = "丙" }
[[fact]]
name = "note"
label = "备注"
subject = "person"
type = "text"
"""

TIER = """
[[fact]]
name = "tier"
label = "档次"
subject = "person"
type = "choice"
choices = { first = "第一档", second = "第二档", none = "无" }
[[fact]]
name = "recognised_tier"
label = "已认定档次"
subject = "person"
type = "choice"
choices = { first = "第一档", second = "第二档", none = "未认定" }
"""


def parameter(name: str, value: str, unit: str = "number", more: str = "") -> str:
    """One cited parameter of north; ``value`` as TOML."""
    head = f"[[parameter]]\nname = \"{name}\"\nvalue = {value}\nunit = \"{unit}\"\nfrom = 2024-01-01\n"
    return head + (more if "from" not in more else "") + CITE


def programme(id: str, *tests: str, place: str = "north", more: str = "", subject: str = "person") -> str:
    """A programme with one condition for each test."""
    head = f"[[programme]]\nid = \"{id}\"\ntitle = \"{id}\"\nsubject = \"{subject}\"\n{more}\n"
    return head + "".join(condition(place, f"c{i}", test) for i, test in enumerate(tests))


def condition(place: str, id: str, test: str, kind: str = "programme") -> str:
    cite = "{ clause = \"一\", quote = \"引文\" }"
    return f"[[{kind}.in.{place}.condition]]\nid = \"{id}\"\nlabel = \"条件{id}\"\ntest = \"\"\"{test}\"\"\"\ncite = {cite}\n"


def write(root: Path, *, facts: str = FACTS, rules: str = "", parameters: str = "", places: str = PLACES) -> Package:
    """A core package with every kind of file."""
    root.mkdir(parents=True, exist_ok=True)
    for name, text in (("jurisdictions.toml", places), ("north.toml", "jurisdiction = \"north\"\n" + parameters), ("facts.toml", facts)):
        (root / ("policy" if name != "facts.toml" else ".")).mkdir(exist_ok=True)
        (root / ("policy" if name != "facts.toml" else ".") / name).write_text(dedent(text), encoding="utf-8")
    (root / "rules").mkdir(exist_ok=True)
    (root / "rules" / "rules.toml").write_text(rules, encoding="utf-8")
    return Package("core", root, core=True)


def world(root: Path, *, supplement: str = "", extra: tuple[Package, ...] = (), **files: str) -> RuleBook:
    """A rule book over the files; ``supplement`` is a deployment's own TOML, read by both loaders."""
    package = write(root, **files)
    added = []
    if supplement:
        added = [root / "supplement.toml"]
        added[0].write_text(supplement, encoding="utf-8")
    policy = load_policies([Package("policy", root / "policy", core=True), *extra], added)
    return load_rulebook([package, *extra], policy, added)
