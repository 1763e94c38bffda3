"""Why: each condition with what was read, the clause, the verbatim quote, and the local settings, here and elsewhere."""

from datetime import date
from typing import Any

from fieldsvc.kit.clock import today

from .day import Day, check

IN_FORCE = date(2023, 6, 1)  # 会宁的方案施行期内


def reasons(day: Day) -> None:
    alert = day.raised("inpatient", "medical.aid")
    told = day.desk("township").get(f"/api/v1/alerts/{alert['id']}")["reasons"]
    visit = day.stories["inpatient"].visit["id"]
    day.tell.say(f"{alert['title']}，由{told['office']}负责：", "Each condition with its input, document, clause and verbatim quote")
    for condition in told["conditions"]:
        _tell_condition(day, condition)
    sources = {i["source_id"] for c in told["conditions"] for i in c["inputs"] if i["source_kind"] == "visit"}
    check(sources == {visit}, f"条件的来源应是这次走访：{sources}")
    amount = told["amount"]
    check(amount["yuan"] == "24000.00", f"救助金额应为 30000 × 80% = 24000 元：{amount['yuan']}")
    day.tell.aside(f"测算金额 {amount['yuan']} 元：{_settings(amount)}")
    _found_tier(day)


def _tell_condition(day: Day, condition: dict[str, Any]) -> None:
    at = condition["authority"]
    check((at["clause"] and at["quote"]) or at["reference"], f"条件“{condition['label']}”没有出处")
    check(condition["result"] == "true", f"条件“{condition['label']}”应成立：{condition['result']}")
    read = "，".join(f"{one['label']} = {value_of(one)}" for one in condition["inputs"] if one["state"] != "unknown")
    where = f"{at['number'] or at['title']} {at['clause']}“{at['quote']}”" if at["quote"] else f"{at['label']} {at['reference']}"
    day.tell.aside(f"{condition['label']}：{read}", where, _settings(condition))


def value_of(read: dict[str, Any]) -> str:
    words = {True: "是", False: "否"}
    return read["shown"] or (words[read["value"]] if isinstance(read["value"], bool) else str(read["value"]))


def _settings(explained: dict[str, Any]) -> str:
    """The local settings a condition or amount rests on, marked as such."""
    inner = [parameter for one in explained["inputs"] for parameter in one["parameters"]]
    local = {p["name"]: p for p in (*explained["parameters"], *inner) if p["authority"] and not p["authority"]["clause"]}
    check(all("样例" in p["authority"]["label"] for p in local.values()), f"演示的本地设定应标为样例：{sorted(local)}")
    return "；".join(map(_setting, local.values()))


def _setting(parameter: dict[str, Any]) -> str:
    at = parameter["authority"]
    return f"{at['label']} {parameter['title']}：{_short(parameter['value'])}（{at['reference']}）"


def _short(value: Any) -> str:
    return "，".join(f"{key} {one}" for key, one in value.items()) if isinstance(value, dict) else str(value)


def _found_tier(day: Day) -> None:
    """On no list, and yet found: the tier is proposed by the rules, and says so."""
    errand = day.stories["unlisted"]
    told = day.desk("township").get(f"/api/v1/households/{errand.household}/determinations")
    person = next(s for s in told["subjects"] if s["id"] == errand.visit["person_id"])
    check((person["tier"], person["tier_source"]) == ("dibao", "proposed"), f"应建议认定为低保：{person['tier']}")
    rule = next(rule for rule in person["rules"] if rule["id"] == "civil.dibao")
    day.tell.say(f"不在名单上的一户：系统建议认定为{person['tier_label']}，等待镇上确认",
                 "A household on no list: the rules propose a tier, an officer confirms it")  # fmt: skip
    for condition in rule["conditions"]:
        _tell_condition(day, condition)


def elsewhere(day: Day) -> None:
    """The same household under another county's text."""
    errand, shown = day.stories["inpatient"], {}
    for place, on in (("jiaozhou", today()), ("huining", today()), ("huining", IN_FORCE)):
        path = f"/api/v1/households/{errand.household}/determinations"
        told = day.desk("township").get(path, jurisdiction=place, date=on)
        rules = {r["id"]: r for s in told["subjects"] if s["id"] == errand.visit["person_id"] for r in s["rules"]}
        shown[place, on] = rules["medical.aid"]["verdict_label"]
        silent = [r["title"] for r in rules.values() if r["verdict"] == "s"]
        day.tell.say(f"{told['jurisdiction_name']} {on}：医疗救助 {shown[place, on]}")
        day.tell.aside(f"此文件未规定 {len(silent)} 项，如 {'、'.join(silent[:3])}")
        for name, at in _cited(rules["medical.aid"]):
            day.tell.aside(f"{name}：{at['title']} {at['clause']}“{at['quote']}”")
    check(list(shown.values()) == ["符合", "不在施行期", "符合"], f"应为符合、不在施行期、符合，却是 {shown}")


def _cited(rule: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """The parameters of a rule's amount that stand in a text."""
    parameters = (rule["amount"] or {"parameters": []})["parameters"]
    return [(f"{p['title']} {p['value'] or '待本地设定'}", p["authority"]) for p in parameters
            if p["authority"] and p["authority"]["clause"]]  # fmt: skip
