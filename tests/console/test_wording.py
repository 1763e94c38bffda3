"""The aid chain in sentences: every kind of entry the code hangs on a chain has words of its own, and no code shows."""

import importlib
import re

import flask
import pytest
from flask_babel import Babel

from fieldsvc.aidchain.rules import KINDS
from fieldsvc.console.routes import PAGES
from fieldsvc.console.wording import WORDINGS, told
from tests.support.jiaozhou import departments

for each in PAGES:
    importlib.import_module(f"fieldsvc.console.pages.{each}")

ID = "0190f1a2-0000-7000-8000-000000000001"
ABOUT = {"alert": ID, "rule": "medical.aid", "title": "应享受医疗救助而未享受"}
REFERRAL = {"referral": ID, "duty": "medical_aid", "office": "市医疗保障局", "programme": "medical.aid"}
APPLIED = {"application": ID, "applied": "dibao", "procedure": "dibao"}
ENTRIES = [
    ("alert_opened", ABOUT | {"channels": ["visit", "matching"]}, "发现“应享受医疗救助而未享受”，来源：走访、大数据比对。"),
    ("alert_reopened", ABOUT | {"channels": ["no_such"]}, "来源：其他渠道"),
    ("alert_verified", ABOUT | {"kind": "verify", "verification": "confirmed", "note": None, "result": "confirmed"}, "核实：属实。"),
    ("alert_closed", ABOUT | {"kind": "not_confirmed", "result": "not_confirmed", "note": "已结清"}, "核实：不属实。说明：已结清"),
    ("alert_closed", ABOUT | {"kind": "carry_out", "carried_out": "补发救助金", "done_on": "2025-03-01"}, "补发救助金（2025-03-01）"),
    ("alert_disposed", ABOUT | {"kind": "refer", "referral": ID, "duty": "medical_aid", "office": "市医疗保障局"}, "转市医疗保障局办理。"),
    ("alert_closed", ABOUT | {"kind": "refer", "outcome": {"result": "给予救助 2400 元", "facts": {"medical_aid_received": True}}},
     "部门办结：给予救助 2400 元；"),
    ("alert_closed", ABOUT | {"kind": "joint_study", "members": ["王主任", "李书记"], "decision": "给予一次性救助",
                              "tasks": [{"id": ID, "title": "每周探望", "account": 1, "due_on": None}]}, "交办：每周探望。"),
    ("alert_closed", ABOUT | {"kind": "verify_and_end", "findings": "已就业", "ended": True, "tier": "dibao", "application": ID},
     "终止最低生活保障对象待遇。经本人同意，已转入其他认定程序。"),
    ("alert_closed", ABOUT | {"kind": "verify_and_end", "findings": "已就业", "ended": True, "gradual_exit_months": [3, 6],
                              "clause": "二(一)"}, "按渐退期 3—6 个月退出"),
    ("alert_disposed", ABOUT | {"kind": "verify_and_end", "asked": "income_check", "office": "市税务局"}, "商请市税务局核查。"),
    ("alert_disposed", ABOUT | {"kind": "second_look", "findings": "已就业", "ended": True, "group": "老弱病残人员", "quote": "审慎把握"},
     "终止须审慎把握（老弱病残人员），提请另一位经办人员复核。"),
    ("alert_disposed", ABOUT | {"kind": "answered", "returned": "材料不全"}, "部门退回：材料不全。"),
    ("alert_disposed", ABOUT | {"kind": "some_new_kind", "decision": "另行处理"}, "另行处理"),
    ("aid_ended", {"alert": ID, "tier": "dibao", "title": "最低生活保障对象"}, "终止最低生活保障对象待遇。"),
    ("referral_sent", REFERRAL | {"department": "medical", "first_contact": 1}, "转市医疗保障局办理“"),
    ("referral_accepted", REFERRAL, "市医疗保障局已受理。"),
    ("referral_returned", REFERRAL | {"reason": "缺结算单"}, "市医疗保障局退回：缺结算单"),
    ("referral_resent", REFERRAL | {"note": "结算单已补"}, "说明：结算单已补"),
    ("referral_done", REFERRAL | {"outcome": {"资助金额": "400.00", "internal_code": "x_1"}}, "办结：资助金额：400.00。"),
    ("aid", {"title": "临时救助", "amount_yuan": "1200.00"}, "临时救助"),
    ("application_opened", APPLIED | {"left": None, "consent": {"scope": ["classification"]}, "helper": "村协理员老赵"},
     "由村协理员老赵帮办代办，受理最低生活保障对象申请。申请人同意分类审核。"),
    ("application_opened", APPLIED | {"left": None, "consent": None, "helper": None}, "只审核所申请的一类"),
    ("application_changed", APPLIED | {"from": "dibao", "to": "tekun"}, "由最低生活保障对象转换为特困人员"),
    ("application_decided", APPLIED | {"kind": "confirm", "tier": "dibao", "proposed": "dibao", "reason": None, "tried": [
        {"tier": "tekun", "result": "refused", "reasons": [
            {"condition": "年满 60 周岁", "clause": "四(一)", "quote": "原文", "reference": ""}]}]}, "确认系统建议"),
    ("application_decided", APPLIED | {"kind": "override", "tier": "none", "proposed": None, "reason": "收入查实"}, "理由：收入查实"),
    ("deadline_overdue", {"alert": ID, "step": "核实", "state": "overdue", "level": "county", "due_at": "2025-03-03T17:00:00+08:00",
                          "limit": "本地设定：5 个工作日"}, "“核实”超过时限（本地设定：5 个工作日），应于 2025-03-03 17:00 前办完"),
    ("application_surveyed", APPLIED | {"surveyors": "王芳、李强", "on": "2025-03-02", "findings": "属实"},
     "王芳、李强于 2025-03-02 入户调查：属实"),
    ("application_managed", APPLIED | {"measures": "每季度走访", "next_visit": "2025-06-01", "task": ID}, "下次走访：2025-06-01。"),
    ("gradual_exit_opened", ABOUT | {"from": "2025-03-01", "until": "2025-08-31", "months": 6, "clause": "二(一)", "quote": "…"},
     "进入渐退期 6 个月（2025-03-01 至 2025-08-31），期间待遇不变。"),
    ("gradual_exit_kept", ABOUT, "救助继续"),
    ("alert_closed", ABOUT | {"kind": "verify_and_end", "findings": "已就业", "ended": True, "gradual_exit": {"until": "2025-08-31"}},
     "进入渐退期，至 2025-08-31。"),
    ("plan_opened", {"plan": ID, "item": "civil.child_services", "title": "儿童服务", "state": "running", "kinds": ["心理疏导"],
                     "provider": "春雨义工", "payer": None}, "“儿童服务”：进行中；心理疏导；承接：春雨义工。"),
    ("plan_changed", {"plan": ID, "title": "儿童服务", "from": "running", "to": "ended", "note": None}, "“儿童服务”：已结束。"),
    ("plan_changed", {"plan": ID, "title": "儿童服务", "entry": 2, "checked": {"right": False, "by": "刘敏"}}, "抽查第 2 次记录：不属实。"),
    ("plan_entry", {"plan": ID, "title": "居家服务", "on": "2025-03-02", "what": ["洗衣"], "signed_by": "张桂兰", "note": None},
     "2025-03-02 洗衣，张桂兰签收。"),
    ("monitoring", {"monitored": True, "reason": "收入不稳"}, "纳入监测帮扶范围。理由：收入不稳"),
    ("emergency_opened", {"emergency": ID, "kind": "emergency", "cause": "fire", "found_at": "2025-03-02T08:10:00+08:00"},
     "急难型困难，原因：火灾，2025-03-02 08:10 发现。"),
    ("emergency_aid", {"emergency": ID, "kind": "advance", "amount": "2000.00", "programme": "civil.temporary_aid"},
     "先行救助：2000.00 元。"),
    ("emergency_account", {"emergency": ID, "papers": ["情况说明"]}, "材料：情况说明。"),
    ("emergency_approved", {"emergency": ID, "amount": "6000.00", "stages": 2}, "审批 6000.00 元，分 2 次发放。"),
    ("emergency_closed", {"emergency": ID, "outcome": "生活已恢复"}, "急难救助办结：生活已恢复"),
    ("match_settled", {"run": ID, "list": "残疾人名单", "row": 3, "same": False, "note": None}, "名单“残疾人名单”中的人经核实不是同一人。"),
    ("merged", {"merge": ID, "reason": "同一户", "household": ID, "name": "张三户", "n": 3, "hash": "ab" * 32},
     "登记“张三户”并入这里。理由：同一户"),
    ("overlap_justified", {"line": ID, "list": "twice", "label": "重复救助", "programmes": ["medical.aid"], "reason": "两次住院"},
     "经核实属正常。理由：两次住院"),
    ("special_decision", {"decision": ID, "status": "orphan", "verdict": "不符合", "reason": "父母失联"},
     "按特殊情况认定为孤儿（系统意见：不符合）。理由：父母失联"),
    ("a_kind_of_tomorrow", {"id": ID, "summary": "身份证 370281199001011234 已补录"}, "身份证 370281********1234 已补录"),
]  # fmt: skip


@pytest.fixture(scope="module")
def book():
    app = flask.Flask(__name__)
    Babel(app, default_locale="zh")
    with app.test_request_context():
        yield departments().rulebook


@pytest.mark.parametrize(("kind", "content", "words"), ENTRIES, ids=[f"{n}-{kind}" for n, (kind, _, _) in enumerate(ENTRIES)])
def test_an_entry_reads_as_a_sentence(book, kind, content, words):
    found = told(kind, content, book)
    whole = "".join([found.label, found.sentence, *found.more])
    assert words in whole
    assert not re.search(r"[a-z]+_[a-z]+|[{}]|[0-9a-f]{8}-[0-9a-f]{4}", whole), whole


def test_reasons_of_a_decision_stand_below_it(book):
    found = told(*next((kind, content) for kind, content, words in ENTRIES if words == "确认系统建议"), book)
    assert found.more == ("特困人员：不符合", "年满 60 周岁（四(一)）原文")


@pytest.mark.parametrize("content", [None, [], "text", 3, {}, {"kind": None}, {"outcome": None}, {"channels": None}])
@pytest.mark.parametrize("kind", [*KINDS, "unheard_of"])
def test_nothing_an_old_entry_holds_breaks_the_page(book, kind, content):
    assert told(kind, content, book).sentence


def test_every_kind_of_the_chain_has_words():
    """One without would read as 其他记录."""
    assert KINDS.keys() <= WORDINGS.keys(), KINDS.keys() - WORDINGS.keys()
