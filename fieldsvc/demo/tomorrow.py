"""The next morning: new findings, left open for whoever signs in to the pages."""

from typing import Any

from . import errands
from .day import Day, check, drained
from .errands import Diary, Errand
from .field import backlog

FINDINGS = (
    ("grid2", errands.inpatient), ("grid3", errands.uninsured), ("grid4", errands.undelivered), ("grid1", errands.mistyped),
)  # fmt: skip


def morning(day: Day) -> None:
    made = [_visited(day, worker, act) for worker, act in FINDINGS]
    drained(lambda: backlog(day, "dirty_households", "waiting"), "没有筛查完")
    officer = day.desk("township")
    found = officer.listed("/api/v1/alerts", status="open", limit=50)
    raised = {(alert["rule_id"], alert["person_id"] or alert["household_id"]) for alert in found}
    lacking = frozenset().union(*(errand.raises for errand in made)) - raised
    check(not lacking, f"应有的预警没有出现：{sorted(rule for rule, _ in lacking)}")
    _asked_of_the_department(officer, made[1])
    _applied_for(officer, made[3])
    _reported(day, officer)
    aside = len(officer.get("/api/v1/quarantine", state="quarantined")["items"])
    check(aside == 1, f"应有 1 条待处理记录，却有 {aside} 条")
    day.tell.say(f"预警 {len(found)} 条、待处理记录 1 条、待审核申请 1 件、待派访线索 1 条等着镇上；医保局收到转办 1 件",
                 "Open alerts, a record to correct, an application; a referral for the medical office")  # fmt: skip


def _visited(day: Day, worker: str, act: Any) -> Errand:
    phone = day.phones[worker]
    errand: Errand = act(Diary(phone, {each.household for each in day.errands}))
    verdict = phone.push()[errand.visit["id"]]["verdict"]
    check(verdict == errand.verdict, f"应为 {errand.verdict}：{verdict}")
    day.errands.append(errand)
    return errand


def _asked_of_the_department(officer: Any, errand: Errand) -> None:
    matter = {
        "household_id": errand.household,
        "duty": "medical_insurance",
        "summary": "全家本年度没有参保，请核实能否资助参保。",
    }
    sent = officer.post("/api/v1/referrals", matter)
    check(sent["state"] == "sent", f"转办没有送出：{sent['state']}")


def _reported(day: Day, officer: Any) -> None:
    village = next(code for code in day.stage.town.regions if len(code) == 12)
    told = {"channel": "petition", "about_name": "样例求助人", "village_code": village, "content": "独居老人，冬天没有取暖，无人照料。"}
    report = officer.post("/api/v1/reports", told)
    check(report["state"] == "open", f"线索没有登记：{report}")


def _applied_for(officer: Any, errand: Errand) -> None:
    asked = {"household_id": errand.household, "tier": "dibao", "consent": {"scope": ["classification"]}}
    opened = officer.post("/api/v1/applications", asked)
    check(opened["state"] == "open", f"申请没有受理：{opened['state']}")
