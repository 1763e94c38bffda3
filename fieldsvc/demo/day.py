"""One day in the township, each step told and checked: pull, offline visits, push, screening, alert, referral, answer, chain."""

import json
import time
from collections.abc import Callable
from datetime import date
from typing import Any

from fieldsvc.kit.clock import today

from . import visits
from .client import Client, Refused
from .stage import Stage

Tell = Callable[[str], None]
WAIT_SECONDS = 15.0
IN_FORCE = date(2023, 6, 1)  # 会宁的方案施行期内


class WentWrong(Exception):
    """A step did not come out as it must; the text says which."""


def check(right: object, text: str) -> None:
    if not right:
        raise WentWrong(text)


class Day:
    """Plays the steps in order against a running deployment; ``WentWrong`` or ``Refused`` ends it."""

    def __init__(self, stage: Stage, heading: Tell, tell: Tell) -> None:
        self.stage, self.heading, self.tell = stage, heading, tell
        self.visited: dict[str, dict[str, Any]] = {}

    def sign_in(self, username: str) -> Client:
        return Client("127.0.0.1", self.stage.port, username, self.stage.password)

    def play(self) -> None:
        for number, step in enumerate((self.morning, self.visits, self.evening, self.alerts, self.reasons, self.refer,
                                       self.answer, self.chain, self.next_pull), 1):  # fmt: skip
            title = (step.__doc__ or "").strip()
            self.heading(f"{number}. {title}")
            step()

    def morning(self) -> None:
        """早上：网格员和儿童主任拉取各自的户"""
        self.grid, self.director = self.sign_in("grid1"), self.sign_in("child1")
        for phone in (self.grid, self.director):
            came = phone.pull()
            homes = [h for h in self.stage.town.homes if phone.user["username"] in (h.grid_worker, h.child_director)]
            check(came.get("households") == len(homes), "拉取到的户数与分工不符")
            self.tell(f"{phone.user['role_title']} {phone.user['name']}：{came['households']} 户 {came['persons']} 人，"
                      f"{came['forms']} 份表单")  # fmt: skip
        numbers = [p["id_number"] for p in self.grid.records["persons"].values()]
        check(all("*" in number for number in numbers), "身份证号没有遮盖")
        self.tell(f"手机上的身份证号都已遮盖，如 {numbers[0]}")
        forms = {form["form_id"] for form in self.grid.records["forms"].values()}
        check("civil_child_visit" not in forms, "网格员不应拿到儿童走访表")

    def visits(self) -> None:
        """白天：没有网络，入户走访，答案留在手机上"""
        (ill, ill_members), (poor, poor_members), *_ = visits.of_tier(self.grid.records, "dibao")
        shared = [(h, m) for h, m in visits.with_child(self.director.records, today()) if h["id"] in self.grid.records["households"]]
        home, (child, *_) = shared[0]
        self.ill, self.poor, self.child_home = ill, poor, home
        self.ill_person, self.poor_person = ill_members[0], poor_members[0]
        self.unsent = [
            visits.visit("medical_visit", visits.INPATIENT, ill["id"], self.ill_person["id"]),
            visits.visit("medical_visit", visits.UNINSURED, poor["id"], self.poor_person["id"]),
            visits.visit("civil_household_visit", visits.household_answers(poor_members), poor["id"]),
        ]
        self.child_visit = visits.visit("civil_child_visit", visits.CHILD, home["id"], child["id"])
        self.tell(f"网格员：{ill['name']}户（低保），有人住院，医保报销后自付 3 万元")
        self.tell(f"网格员：{poor['name']}户（低保），{self.poor_person['name']}本年度没有参加基本医疗保险；另填入户走访表")
        self.tell(f"儿童主任：{home['name']}户，看望由祖父母照料的孩子")

    def evening(self) -> None:
        """傍晚：有了网络，推送"""
        pushed = self.grid.push(self.unsent) + self.director.push([self.child_visit])
        check(pushed == ["applied"] * 4, f"推送结果应都是已采用：{pushed}")
        again = self.grid.push(self.unsent)
        check(again == ["duplicate"] * 3, f"重复推送应认出：{again}")
        self.tell("4 份走访全部已采用；信号不好又推了一次，3 份都认出是重复的，没有多出记录")
        self.grid.pull()
        seen = self.grid.records["visits"]
        check(self.unsent[0]["id"] in seen and self.child_visit["id"] not in seen, "网格员不应看到儿童走访的内容")
        self.tell("同一户的儿童走访内容，网格员的手机上看不到")

    def alerts(self) -> None:
        """筛查：镇上看到预警"""
        self.officer = self.sign_in("township")
        began = time.monotonic()
        while not {"medical.aid", "medical.insurance_subsidy"} <= self._found().keys():
            check(time.monotonic() - began < WAIT_SECONDS, f"{WAIT_SECONDS:g} 秒内没有出现应有的预警")
            time.sleep(0.05)
        self.tell(f"筛查用时 {time.monotonic() - began:.1f} 秒")
        for alert in self._found().values():
            self.tell(f"预警 [{alert['severity']}] {alert['title']}：{alert['message']}")
        self.alert = self._found()["medical.aid"]
        detail = self.officer.get(f"/api/v1/alerts/{self.alert['id']}")
        for condition in detail["reasons"]["conditions"]:
            self._tell_condition(condition)

    def _found(self) -> dict[str, Any]:
        persons = {self.ill_person["id"], self.poor_person["id"]}
        items = self.officer.get("/api/v1/alerts", status="open", limit=100)["items"]
        return {alert["rule_id"]: alert for alert in items if alert["person_id"] in persons}

    def _tell_condition(self, condition: dict[str, Any]) -> None:
        at = condition["authority"]
        check((at["clause"] and at["quote"]) or at["reference"], f"条件“{condition['label']}”没有出处")
        where = f"{at['number'] or at['title']} {at['clause']}：“{at['quote']}”" if at["quote"] else f"{at['label']} {at['reference']}"
        self.tell(f"  · {condition['label']} —— {where}")

    def reasons(self) -> None:
        """同样的情况，换一个地方会怎样：胶州与会宁"""
        shown = {}
        for place, day in (("jiaozhou", today()), ("huining", today()), ("huining", IN_FORCE)):
            path = f"/api/v1/households/{self.ill['id']}/determinations"
            told = self.officer.get(path, jurisdiction=place, date=day)
            rules = {r["id"]: r for s in told["subjects"] if s["id"] == self.ill_person["id"] for r in s["rules"]}
            shown[place, day] = rules["medical.aid"]["verdict_label"]
            silent = [r["title"] for r in rules.values() if r["verdict"] == "s"]
            self.tell(f"{told['jurisdiction_name']} {day}：{rules['medical.aid']['title']} {shown[place, day]}；"
                      f"此文件未规定的：{'、'.join(silent) or '无'}")  # fmt: skip
        check(shown["jiaozhou", today()] == "符合", f"胶州应为符合：{shown}")
        check(shown["huining", today()] == "不在施行期", f"会宁的方案施行到 2023 年底：{shown}")

    def refer(self) -> None:
        """核实，转办"""
        path = f"/api/v1/alerts/{self.alert['id']}/disposal"
        self.officer.post(path, {"kind": "verify", "result": "confirmed", "note": "电话核实属实"})
        self.officer.post(path, {"kind": "refer", "note": "请审核医疗救助"})
        (self.referral,) = self.officer.get("/api/v1/referrals", alert_id=self.alert["id"])["items"]
        self.tell(f"核实属实，转到 {self.referral['office']}；首问责任人不变")

    def answer(self) -> None:
        """部门答复"""
        desk = self.sign_in("medical")
        path = f"/api/v1/referrals/{self.referral['id']}"
        desk.post(f"{path}/feedback", {"action": "accept", "note": "已受理"})
        done = desk.post(f"{path}/feedback", {"action": "done", "outcome": {"result": "给予住院医疗救助"}})
        check(done["state"] == "done", f"转办应已办结：{done['state']}")
        for event in done["events"]:
            self.tell(f"{event['label']}（{event['actor']}）")

    def chain(self) -> None:
        """一户一条救助链"""
        links = self.officer.get(f"/api/v1/households/{self.ill['id']}/chain")["items"]
        check([link["n"] for link in links] == list(range(1, len(links) + 1)), "救助链有缺号")
        kinds = {link["kind"] for link in links}
        check({"alert_opened", "alert_verified"} <= kinds and len(links) >= 4, f"救助链不完整：{sorted(kinds)}")
        for link in links:
            self.tell(f"{link['n']:>2} {link['label']}（{link['actor']}） {link['hash'][:12]}")

    def next_pull(self) -> None:
        """下一次拉取：手机知道了结果"""
        came = self.grid.pull()
        known = self.grid.records.get("referrals", {}).get(self.referral["id"])
        check(known and known["status"] == "done", "手机上没有转办的结果")
        check(self.alert["id"] in self.grid.records.get("alerts", {}), "手机上没有预警")
        assert known is not None
        outcome = json.loads(known["outcome"])["result"]
        self.tell(f"网格员拉取到 {sum(came.values())} 条变化：{known['office']}已办结，{outcome}")


def play(stage: Stage, heading: Tell, tell: Tell) -> str:
    """Play the whole day; the text of what went wrong, empty when every step came out right."""
    try:
        Day(stage, heading, tell).play()
    except (WentWrong, Refused) as wrong:
        return str(wrong)
    return ""
