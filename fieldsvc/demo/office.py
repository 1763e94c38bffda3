"""The part of the day that is played at desks: alerts, disposal, the department's answer, the aid chain, the books."""

from collections import Counter
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select, update

from fieldsvc.aidchain.models import Link
from fieldsvc.aidchain.service import verify
from fieldsvc.kit.clock import today
from fieldsvc.visits.models import SetAside, Visit

from .day import Day, check, drained
from .field import backlog

SEVERITY = {"high": "高", "medium": "中", "low": "低"}
KIND = {"carry_out": "按规定落实", "joint_study": "一事一议", "verify_and_end": "核查终止"}


def screening(day: Day) -> None:
    drained(lambda: backlog(day, "dirty_households", "waiting"), "没有筛查完")
    check(backlog(day, "dirty_households", "set_aside") == 0, "有家庭筛查失败，被搁置")
    found = day.desk("township").listed("/api/v1/alerts", status="open", limit=20)
    day.alerts = {(alert["rule_id"], alert["person_id"] or alert["household_id"]): alert for alert in found}
    wanted = frozenset().union(*(errand.raises for errand in day.errands))
    ours = {rule.partition(".")[0] for rule, _ in wanted}  # departments that this day is not about may find something too
    lacking, surplus = wanted - day.alerts.keys(), {one for one in day.alerts.keys() - wanted if one[0].partition(".")[0] in ours}
    check(not lacking, f"应有的预警没有出现：{sorted({rule for rule, _ in lacking})}")
    check(not surplus, f"出现了不应有的预警：{sorted({rule for rule, _ in surplus})}")
    check(len(found) == len(day.alerts), f"同一对象的同一预警只应有一条：{len(found)} 条，应为 {len(day.alerts)} 条")
    day.tell.say(f"{len(day.errands)} 次走访产生预警 {len(found)} 条，一条不多，一条不少",
                 "Exactly the alerts that the visits call for, each once")  # fmt: skip
    for alert in sorted(found, key=lambda a: (list(SEVERITY).index(a["severity"]), a["rule_id"])):
        day.tell.aside(f"[{SEVERITY[alert['severity']]}] {alert['title']}（建议{KIND[alert['kind']]}）：{alert['message']}")


def disposal(day: Day) -> None:
    officer, taken = day.desk("township"), Counter[str]()
    for (rule, _), alert in sorted(day.alerts.items()):
        path = f"/api/v1/alerts/{alert['id']}/disposal"
        officer.post(path, {"kind": "verify", "result": "confirmed", "note": "电话核实属实"})
        body = _decision(day, rule, alert)
        after = officer.post(path, body)
        wanted = "referred" if body["kind"] == "refer" else "closed"
        check(after["status"] == wanted, f"{alert['title']} 处置后应为 {wanted}：{after['status']}")
        taken[body["kind"]] += 1
    day.tell.say(f"{officer.user['name']}逐条核实，再按类别处置：转办 {taken['refer']}，按规定落实 {taken['carry_out']}，"
                 f"一事一议 {taken['joint_study']}，核查终止 {taken['verify_and_end']}",
                 "The township officer verifies each alert and disposes of it by its kind")  # fmt: skip
    for rule in ("medical.aid", "medical.insurance_subsidy"):
        alert = day.raised("inpatient" if rule == "medical.aid" else "uninsured", rule)
        (day.referrals[rule],) = officer.get("/api/v1/referrals", alert_id=alert["id"])["items"]
    sent = day.referrals["medical.aid"]
    check(sent["first_contact_id"] == day.phones["grid1"].user["id"], "首问责任人应是走访发现的网格员")
    day.tell.say(f"医疗救助转到 {sent['office']}；首问责任人是走访发现的 {day.phones['grid1'].user['name']}",
                 "Referred to the office that the policy names; whoever found it stays responsible")  # fmt: skip


def _decision(day: Day, rule: str, alert: dict[str, Any]) -> dict[str, Any]:
    if rule in ("medical.aid", "medical.insurance_subsidy"):
        return {"kind": "refer", "note": f"请审核{alert['title']}"}
    if alert["kind"] == "joint_study":
        task = {"title": "帮助办理落户和入学", "account_id": day.phones["grid1"].user["id"],
                "due_on": (today() + timedelta(days=7)).isoformat()}  # fmt: skip
        tasks = [task] if rule == "civil.hardship_complex" else []
        members = ["分管负责人", "民政办", "村（社区）"]
        return {"kind": "joint_study", "members": members, "decision": "研究同意给予帮扶。", "tasks": tasks}
    if alert["kind"] == "verify_and_end":
        return {"kind": "verify_and_end", "findings": "入户核查，收入确已超过低保条件。", "ended": True}
    return {"kind": "carry_out", "carried_out": "补助已补发到账。"}


def answer(day: Day) -> None:
    drained(lambda: backlog(day, "outbox", "waiting"), "转办没有送到部门")
    check(backlog(day, "outbox", "delivered") == 3, "转办应有 3 件送到部门插件")
    desk = day.desk("medical")
    mine = {one["id"] for one in desk.listed("/api/v1/referrals", limit=20)}
    check(len(mine) == 3 and mine >= {one["id"] for one in day.referrals.values()}, f"部门应看到转来的 3 件：{len(mine)}")
    day.tell.say("后台把 3 件转办交给医疗部门的插件，插件核对材料后转其经办人员", "The worker hands them to the department's plugin")
    _settled(day)
    _returned(day)
    for left in desk.listed("/api/v1/referrals", state="sent", limit=20):
        desk.post(f"/api/v1/referrals/{left['id']}/feedback", {"action": "done", "outcome": {"result": "已资助参保"}})


def _settled(day: Day) -> None:
    sent = day.referrals["medical.aid"]
    path = f"/api/v1/referrals/{sent['id']}/feedback"
    day.desk("medical").post(path, {"action": "accept", "note": "材料齐全"})
    outcome = {"result": "给予医疗救助 24000 元", "facts": {"medical_aid_received": True},
               "aid": {"granted": True, "once": True, "amount": "24000.00"}}  # fmt: skip
    done = day.desk("medical").post(path, {"action": "done", "outcome": outcome})
    check(done["state"] == "done", f"转办应已办结：{done['state']}")
    day.tell.say(f"{sent['office']}：{'，'.join(event['label'] for event in done['events'])}；{outcome['result']}",
                 "The department accepts and answers")  # fmt: skip


def _returned(day: Day) -> None:
    """Returned with its reason, sent again by the township, then done."""
    sent, desk = day.referrals["medical.insurance_subsidy"], day.desk("medical")
    path, reason = f"/api/v1/referrals/{sent['id']}", "请补充户口簿复印件"
    desk.post(f"{path}/feedback", {"action": "return", "reason": reason})
    back = day.desk("township").get(path)
    check((back["state"], back["reason"]) == ("returned", reason), f"退回的原因应回到镇上：{back['state']}")
    day.desk("township").post(f"{path}/resend", {"note": "户口簿复印件已补"})
    done = desk.post(f"{path}/feedback", {"action": "done", "outcome": {"result": "已资助参保", "facts": {"insured": True}}})
    states = [event["state"] for event in done["events"]]
    check(states == ["sent", "returned", "sent", "done"], f"转办的经过不符：{states}")
    day.tell.say(f"参保资助：{'，'.join(event['label'] for event in done['events'])}（退回原因：{reason}）",
                 "One is returned with its reason, completed by the township, and done")  # fmt: skip


def chain(day: Day) -> None:
    home = day.stories["inpatient"].household
    links = day.desk("township").get(f"/api/v1/households/{home}/chain")["items"]
    check([link["n"] for link in links] == list(range(1, len(links) + 1)), "救助链有缺号")
    lacking = CHAIN - {link["kind"] for link in links}
    check(not lacking, f"救助链不完整，缺 {sorted(lacking)}")
    for link in links:
        day.tell.aside(f"{link['n']:>2} {link['hash'][:12]} {link['label']}（{link['actor']}）")
    _check_hashes(day, home)


CHAIN = {"alert_opened", "alert_verified", "referral_sent", "referral_accepted", "referral_done", "alert_closed"}


def _check_hashes(day: Day, home: str) -> None:
    """Every chain holds; and the same check finds one altered entry, which is then rolled back."""
    site = day.stage.site
    with site.db.read() as session:
        breaks = verify(session, site.county)
        total = session.scalar(select(func.count()).select_from(Link))
    check(not breaks, f"救助链断裂：{'；'.join(map(str, breaks))}")
    day.tell.say(f"全县 {total} 条记录的哈希首尾相连，全部相符", "Every entry's hash was recomputed and holds")
    try:
        with site.db.write() as session:
            session.execute(update(Link).where(Link.household_id == home, Link.n == 2).values(actor="某某"))
            found = [(b.household_id, b.n) for b in verify(session, site.county)]
            raise _Undo
    except _Undo:
        pass
    check(found == [(home, 2)], f"改动一条记录应被查出：{found}")
    day.tell.say("试着改动第 2 条：当场查出（已还原）", "One entry altered on purpose: found at once (and rolled back)")


class _Undo(Exception):
    """Ends the trial transaction."""


def books(day: Day) -> None:
    """What was sent is what stands: nothing lost, nothing twice, and nothing raised a second time."""
    drained(lambda: backlog(day, "dirty_households", "waiting"), "没有筛查完")
    with day.stage.site.db.read() as session:
        visits = set(session.scalars(select(Visit.id)))
        aside = Counter(session.scalars(select(SetAside.state)))
    sent = {errand.visit["id"] for errand in day.errands}
    check(visits == sent, f"应有 {len(sent)} 次走访，却有 {len(visits)} 次")
    check(aside == {"released": 1, "superseded": 1}, f"隔离和待补的记录没有了结：{dict(aside)}")
    left = day.desk("township").listed("/api/v1/alerts", status="active", limit=20)
    check(not left, f"不应还有未办结的预警：{[alert['title'] for alert in left]}")
    day.tell.say(f"走访 {len(visits)} 次，没有丢失，没有重复；预警全部办结，没有再起",
                 "Nothing lost, nothing twice, no alert raised again")  # fmt: skip
