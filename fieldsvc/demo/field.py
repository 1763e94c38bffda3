"""The part of the day that is played on phones: moving in, the morning's pull, visits without a network, the evening's push."""

import json
import re
from collections import Counter
from typing import Any
from urllib.request import urlopen

from sqlalchemy import func, select

from fieldsvc.accounts.rules import CHILD_DIRECTOR, GRID_WORKER
from fieldsvc.households.importer import import_roster
from fieldsvc.households.report import UNCHANGED
from fieldsvc.households.roster import read_roster
from fieldsvc.kit.clock import today
from fieldsvc.screening.models import DeterminationRow
from fieldsvc.visits.models import Visit

from . import errands
from .day import Day, check, drained
from .errands import Diary, Errand
from .phone import Phone
from .stage import HOST
from .township import roster

WORKERS = (GRID_WORKER, CHILD_DIRECTOR)


def move_in(day: Day) -> None:
    stage, town = day.stage, day.stage.town
    with day.tell.bar("花名册入库", town.persons) as bar:
        stage.move_in(lambda done, _total: bar(done))
    report = stage.report
    check(report.stored and report.counts["added"] == town.persons, f"花名册没有全部入库：{report.counts}")
    with stage.site.db.write() as session:
        again = import_roster(session, stage.site.vault, stage.site.county, read_roster(roster(town)))
    check(again.counts[UNCHANGED] == town.persons, f"同一份花名册再导入一次，应什么也不变：{again.counts}")
    workers = Counter(login.role for login in town.logins)
    day.tell.say(f"样例镇（胶州市，人物均为编造）：{len(town.homes)} 户 {town.persons} 人；"
                 f"网格员 {workers[GRID_WORKER]} 名，儿童主任 {workers[CHILD_DIRECTOR]} 名",
                 "A synthetic township; the people are invented. The same roster imported again changes nothing.")  # fmt: skip
    names = "、".join(plugin.department.title for plugin in stage.departments.plugins)
    day.tell.say(f"部门插件：{names or '无'}；低保标准等本地设定为样例", "Department plugins; local amounts are samples (样例)")
    check(not stage.departments.refusals, f"有插件被搁置：{stage.departments.refusals}")


def open_doors(day: Day) -> None:
    day.stage.serve()
    day.tell.say(f"gunicorn 和后台工作进程已启动：{day.stage.url}", "gunicorn and the background worker run")
    homes = len(day.stage.town.homes)
    with day.tell.bar("首次筛查", homes) as bar:
        def left() -> int:
            waiting = backlog(day, "dirty_households", "waiting")
            bar(homes - waiting)
            return waiting

        drained(left, "没有筛查完")
    check(backlog(day, "dirty_households", "set_aside") == 0, "有家庭筛查失败，被搁置")
    with day.stage.site.db.read() as session:
        judged = session.scalar(select(func.count()).select_from(DeterminationRow).where(DeterminationRow.current))
    check(judged == homes + day.stage.town.persons, f"每户每人都应有认定建议：{judged} 份")
    day.tell.say(f"{homes} 户都已按胶州的政策筛查一遍", "Every household screened once under Jiaozhou's rules")


def backlog(day: Day, queue: str, state: str) -> int:
    """A queue's length, as operations sees it at ``/metrics``."""
    with urlopen(f"{day.stage.url}/metrics", timeout=10) as answer:
        told = answer.read().decode()
    check(f"# HELP fieldsvc_{queue} " in told, f"/metrics 没有 {queue}")
    found = re.search(rf'^fieldsvc_{queue}{{state="{state}"}} (\d+)', told, re.M)
    return int(found[1]) if found else 0


def morning(day: Day) -> None:
    logins = [login for login in day.stage.town.logins if login.role in WORKERS]
    with day.tell.bar("登录、拉取", len(logins)) as bar:
        for done, login in enumerate(logins, 1):
            day.phones[login.username] = phone = Phone(HOST, day.stage.port, login.username, day.stage.password)
            _pulled(day, phone, phone.pull())
            bar(done)
    grid = day.phones["grid1"]
    numbers = [person["id_number"] for person in grid.records["persons"].values()]
    check(numbers and all("*" in number for number in numbers), "身份证号没有遮盖")
    day.tell.say(f"手机上的身份证号都已遮盖，如 {numbers[0]}", "Identity numbers arrive masked")


def _pulled(day: Day, phone: Phone, came: dict[str, int]) -> None:
    user = phone.user
    homes = [h for h in day.stage.town.homes if user["username"] in (h.grid_worker, h.child_director)]
    forms = {form["form_id"] for form in phone.records["forms"].values()}
    check(came["households"] == len(homes), f"{user['username']} 拉取到 {came['households']} 户，应为 {len(homes)} 户")
    check(came["persons"] == sum(len(h.members) for h in homes), f"{user['username']} 拉取到的人数不符")
    check(("civil_child_visit" in forms) == (user["role"] == CHILD_DIRECTOR), f"{user['username']} 的表单不符：{sorted(forms)}")
    day.tell.say(f"{user['role_title']} {user['name']}：{came['households']} 户 {came['persons']} 人，{came['forms']} 份表单")


def daytime(day: Day) -> None:
    diaries = {name: Diary(phone) for name, phone in day.phones.items()}
    for name, diary in diaries.items():
        with diary.phone.offline():
            _visit(day, name, diary)
    day.errands = [errand for diary in diaries.values() for errand in diary.errands]
    with day.stage.site.db.read() as session:
        check(session.scalar(select(func.count()).select_from(Visit)) == 0, "还没有推送，服务器上不应有走访")
    kinds = Counter(errand.visit["form_id"] for errand in day.errands)
    day.tell.say(f"6 部手机记下 {len(day.errands)} 次走访，其中儿童走访 {kinds['civil_child_visit']} 次；服务器上还什么都没有",
                 "Visits are kept on the phones; nothing has reached the server yet")  # fmt: skip


def _visit(day: Day, name: str, diary: Diary) -> None:
    for story, worker, act, zh in STORIES:
        if worker == name:
            day.stories[story] = act(diary)
            day.tell.say(f"{diary.phone.user['name']}：{zh}")
    if name.startswith("child"):
        errands.children(diary, today())
    else:
        errands.routine(diary)


STORIES = (
    ("inpatient", "grid1", errands.inpatient, "低保户，有人住院，医保报销后自付 3 万元"),
    ("newcomers", "grid1", errands.newcomers, "新迁入的一户，花名册上没有，当场登记；困难情形复杂"),
    ("uninsured", "grid2", errands.uninsured, "低保户，本年度没有参加基本医疗保险"),
    ("unlisted", "grid2", errands.unlisted, "不在任何名单上的一户，人均月收入 400 元，也没有参保"),
    ("undelivered", "grid3", errands.undelivered, "低保户，说批下来的补助一直没有到账"),
    ("mistyped", "grid3", errands.mistyped, "刚性支出填成了 -9600 元（填错）"),
    ("better_off", "grid4", errands.better_off, "低保户，每人月收入已有 3000 元"),
)


def evening(day: Day) -> None:
    verdicts: dict[str, dict[str, Any]] = {}
    for name, phone in day.phones.items():
        tables = ("visits",) if name == day.stories["newcomers"].worker else ()
        verdicts |= phone.push(*tables, heard=name != LOSES)
    _lost(day, verdicts)
    wrong = {e.visit["form_id"] for e in day.errands if verdicts[e.visit["id"]]["verdict"] != _expected(e)}
    check(not wrong, f"推送结果与应有的不符：{sorted(wrong)}")
    counted = Counter(verdict["verdict"] for verdict in verdicts.values())
    told = "，".join(f"{WORDS[verdict]} {count}" for verdict, count in counted.items())
    day.tell.say(f"逐条答复：{told}", "Every record gets its own verdict: applied, duplicate, held, quarantined")
    _mistyped(day, verdicts)
    _newcomers(day)
    _apart(day)


LOSES = "grid4"
WORDS = {"applied": "已采用", "duplicate": "重复", "held": "待补", "quarantined": "隔离"}


def _expected(errand: Errand) -> str:
    return "duplicate" if errand.worker == LOSES else errand.verdict


def _lost(day: Day, verdicts: dict[str, dict[str, Any]]) -> None:
    """The server took the push in, the phone never heard: it sends everything again."""
    phone = day.phones[LOSES]
    sent = len(phone.unsent["visits"])
    again = phone.push()
    check(len(again) == sent and all(v["first"] == "applied" for v in again.values()), f"重复推送应认出是已采用的：{again}")
    verdicts |= again
    day.tell.say(f"{phone.user['name']} 的信号断了，没有收到答复；原样再推一次，{sent} 条都认出是重复的，没有多出记录",
                 "An answer was lost; the same push again is recognised and stores nothing twice")  # fmt: skip


def _mistyped(day: Day, verdicts: dict[str, dict[str, Any]]) -> None:
    """The wrong answer is kept and explained, and the corrected visit takes its place."""
    errand = day.stories["mistyped"]
    phone, visit = day.phones[errand.worker], errand.visit
    (problem,) = verdicts[visit["id"]]["problems"]
    check(problem["question"] == "rigid_expense_year" and "0 至 1 亿元" in problem["message"], f"没有说清错在哪一题：{problem}")
    phone.pull()
    check(phone.records["visits"][visit["id"]]["server_status"] == "quarantined", "手机上看不到这条走访被隔离")
    township = day.desk("township").get("/api/v1/quarantine", state="quarantined")["items"]
    check([item["record_id"] for item in township] == [visit["id"]], "镇上看不到隔离的记录")
    phone.write("visits", visit | {"answers": json.dumps(errands.MENDED)})
    mended = phone.push()[visit["id"]]["verdict"]
    check(mended == "applied", f"改正后应采用，却是 {mended}")
    check(not day.desk("township").get("/api/v1/quarantine", state="quarantined")["items"], "改正后仍在隔离")
    day.tell.say(f"填错的一条没有丢，保存在隔离中：{problem['message']}。改正后再推，已采用",
                 "The wrong answer was quarantined with the form's own message; corrected, it was applied")  # fmt: skip


def _newcomers(day: Day) -> None:
    """The visit arrived before its household: held, then applied."""
    errand = day.stories["newcomers"]
    phone, officer = day.phones[errand.worker], day.desk("township")
    (held,) = officer.get("/api/v1/quarantine", state="held")["items"]
    check((held["record_id"], held["awaits_id"]) == (errand.visit["id"], errand.household), f"待补的记录不符：{held}")
    later = [verdict["verdict"] for verdict in phone.push().values()]
    check(later == ["applied", "applied"], f"新登记的户和人应已采用：{later}")
    check(not officer.get("/api/v1/quarantine", state="held")["items"], "户已到，走访仍在待补")
    phone.pull()
    check(phone.records["visits"][errand.visit["id"]]["server_status"] == "applied", "补齐后手机上的走访应为已采用")
    day.tell.say("新迁入户的走访比户先到：先待补，户到了即采用；没有身份证号的人有临时身份",
                 "A visit came before its household: held, then applied when the household arrived")  # fmt: skip


def _apart(day: Day) -> None:
    """A 网格员 never receives what a 儿童主任 wrote of the same household."""
    homes = day.phones["grid1"].records["households"]
    child = [e for e in day.errands if e.worker == "child1" and e.household in homes]
    check(child, "没有同一户的儿童走访可以对照")
    day.phones["grid1"].pull()
    day.phones["child1"].pull()
    seen, own = (day.phones[name].records.get("visits", {}) for name in ("grid1", "child1"))
    check(all(e.visit["id"] in own and e.visit["id"] not in seen for e in child), "网格员不应看到儿童走访的内容")
    day.tell.say(f"{len(child)} 户既有网格员又有儿童主任：儿童走访的内容，网格员的手机上没有",
                 "A grid worker's phone never receives the child visits of the same household")  # fmt: skip


def next_pull(day: Day) -> None:
    inpatient, newcomers = day.stories["inpatient"], day.stories["newcomers"]
    for phone in day.phones.values():
        phone.pull()
    phone = day.phones[inpatient.worker]
    known = phone.records["referrals"].get(day.referrals["medical.aid"]["id"])
    check(known and known["status"] == "done", "手机上没有转办的结果")
    assert known is not None
    outcome = json.loads(known["outcome"])["result"]
    day.tell.say(f"{phone.user['name']} 的手机：{known['office']}已办结，{outcome}", "The department's answer is on the phone")
    closed = {(a["household_id"], a["status"]) for p in day.phones.values() for a in p.records.get("alerts", {}).values()}
    homes = {alert["household_id"] for alert in day.alerts.values()}
    check(closed == {(home, "closed") for home in homes}, "手机上的预警应都已办结")
    tasks = [t for t in day.phones[newcomers.worker].records.get("tasks", {}).values()
             if (t["household_id"], t["kind"]) == (newcomers.household, "joint_study")]  # fmt: skip
    check(len(tasks) == 1, "“一事一议”定下的任务没有到网格员的手机上")
    day.tell.say(f"“一事一议”定下的任务也到了手机上：{tasks[0]['title']}（{tasks[0]['due_on']} 前）", "So is the task the meeting gave")
