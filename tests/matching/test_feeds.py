"""Feed definitions: refused with file, line and mend when wrong; who delivered what when, and what is late."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from fieldsvc.departments import load
from fieldsvc.departments.feeds import read_feeds
from fieldsvc.departments.load import load_departments
from fieldsvc.households.models import Task
from fieldsvc.kit import clock
from fieldsvc.kit.settings import Settings
from fieldsvc.matching import desk as desks
from fieldsvc.matching.desk import Desk
from fieldsvc.policy.refusals import Refused
from fieldsvc.policy.source import Package
from tests.matching.conftest import EDUCATION, FEED, OFFICER, number, rows_of, show
from tests.matching.county import as_csv, told
from tests.matching.test_desk import accesses
from tests.support.jiaozhou import ROOT, departments
from tests.support.plugins import install
from tests.support.river import COUNTY, account, assign, uid

GOOD = """[feed]
id = "trial.list"
title = "样例名单"
duty = "education"
subject = "person"
key = { id_number = ["身份证号", "证件号"], name = "姓名" }
as_of = "数据日期"
frequency_days = 30
tells = { disability_certificate = true }

[[feed.column]]
column = "学段"
fact = "education_stage"
values = { "小学" = "compulsory" }
"""


def read(folder, text, duties=("education",), core=False):
    (folder / "feeds").mkdir(exist_ok=True)
    (folder / "feeds" / "list.toml").write_text(text, encoding="utf-8")
    now = departments()
    forms = {form.id: form.klass for form in now.forms}
    return read_feeds(Package("trial", folder, core), duties, now.vocabulary, now.policy, forms, {"civil.disability"})


def test_a_sound_definition(tmp_path):
    (feed,), refused = read(tmp_path, GOOD)
    assert refused == [] and feed.key == {"id_number": ("身份证号", "证件号"), "name": ("姓名",)}
    assert (feed.frequency, feed.klass, feed.facts) == (30, "general", ("education_stage", "disability_certificate"))


WRONG = [
    ('id = "trial.list"', 'id = "List"', "bad_name", 2), ('id = "trial.list"', 'id = "civil.disability"', "duplicate_id", 2),
    ('title = "样例名单"', "", "no_title", 1), ('duty = "education"', 'duty = "housing"', "bad_duty", 4),
    ('subject = "person"', 'subject = "village"', "bad_subject", 5),
    ('id_number = ["身份证号", "证件号"], name = "姓名"', 'name = "姓名"', "no_key", 6),
    ("key = {", "key = { passport = \"护照\",", "unknown_key", 6),
    ('as_of = "数据日期"', "as_of = 3", "bad_heading", 7), ("frequency_days = 30", "frequency_days = 0", "bad_days", 8),
    ("frequency_days = 30", 'frequency_days = "no_such_days"', "unknown_parameter", 8),
    ("disability_certificate = true", "disability_certificate = 1", "bad_values", 9), ("tells =", "tell =", "unknown_key", 9),
    ('fact = "education_stage"', 'fact = "no_such_fact"', "unknown_fact", 13),
    ('fact = "education_stage"', 'fact = "policy_not_delivered"', "not_told", 13),
    ('values = { "小学" = "compulsory" }', 'values = { "小学" = "nursery" }', "bad_values", 14),
    ('values = { "小学" = "compulsory" }', "", "no_values", 11), ('column = "学段"', "", "bad_heading", 11),
    ("frequency_days = 30", 'verify = "no_such_form"', "unknown_form", 8), (GOOD, "[list]\n", "no_feed", 1),
    ('subject = "person"', 'subject = "household"', "fact_subject", 13), ("[feed]", "[feed", "toml_syntax", 1),
]  # fmt: skip


@pytest.mark.parametrize(("right", "wrong", "code", "line"), WRONG)
def test_a_wrong_definition_is_refused_with_its_line_and_mend(tmp_path, right, wrong, code, line):
    assert right in GOOD
    feeds, refused = read(tmp_path, GOOD.replace(right, wrong))
    assert feeds == [] and code in {r.code for r in refused}, [str(r) for r in refused]
    (refusal,) = [r for r in refused if r.code == code][:1]
    assert (
        (refusal.line, refusal.plugin) == (line, "trial")
        and refusal.file.endswith("list.toml")
        and refusal.reason
        and refusal.mend
    )


def test_the_cores_own_definitions_must_be_sound(tmp_path):
    with pytest.raises(Refused):
        read(tmp_path, GOOD.replace("education_stage", "no_such_fact"), None, core=True)


def test_a_plugin_with_a_wrong_definition_is_set_aside_whole(tmp_path, monkeypatch):
    wrong = GOOD.replace("education_stage", "no_such_fact").replace('"education"', '"trial_duty"')
    install(tmp_path, "trial", files={"feeds/list.toml": wrong})
    monkeypatch.syspath_prepend(tmp_path)
    load.forget()
    made = load_departments(Settings(home=tmp_path, database_url="sqlite://"))
    load.forget()
    assert [(r.plugin, r.code, r.line) for r in made.refusals] == [("trial", "unknown_fact", 13)]
    assert made.feed("trial.list") is None and made.feed(FEED) is not None


def deliveries(site, actor=OFFICER):
    with site.db.read() as session:
        return {feed["id"]: feed for feed in desks.deliveries(session, Desk(site, actor, departments()))}


@pytest.fixture
def sampled_now(named):
    """The local setting says every 30 days for education; nothing for other departments."""
    more = (ROOT / "plugins/education/fieldsvc_education/sample/jiaozhou.toml",)
    settings = replace(named.settings, supplements=more)
    return named, load_departments(settings)


@pytest.mark.requirement("DAT-03")
def test_a_late_delivery_is_shown_late_and_data_carry_their_age(sampled_now, deliver, approve, monkeypatch):
    site, told_now = sampled_now

    def education():
        with site.db.read() as session:
            return next(f for f in desks.deliveries(session, Desk(site, OFFICER, told_now)) if f["id"] == FEED)

    first = education()
    assert (first["days"], first["late"], first["delivered_at"]) == (30, True, None)
    approve(deliver([told(姓名="王小明", 身份证号=number(2))])["id"])
    after = education()
    assert (after["late"], after["newest"]) == (False, "2026-10-01")
    assert datetime.fromisoformat(after["due_on"]).date() == clock.today() + timedelta(days=30)
    real = clock.now
    monkeypatch.setattr(clock, "now", lambda: real() + timedelta(days=31))
    assert education()["late"] is True


@pytest.mark.requirement("DAT-01")
def test_the_departments_a_text_lists_share_data_each_with_its_last_delivery(named, deliver, approve):
    """Zibo 二(三): 民政、乡村振兴、教育、人力资源社会保障、住房城乡建设、卫生健康、应急、医保、残联."""
    approve(deliver([told(姓名="王小明", 身份证号=number(2))])["id"])
    shown = deliveries(named)
    nine = {"civil", "anti_relapse", "education", "human_resources", "housing", "health", "emergency_management", "medical_insurance",
            "disabled_federation"}  # fmt: skip
    assert nine <= {feed["duty"] for feed in shown.values()}
    assert (
        shown[FEED]["delivered_at"] and shown[FEED]["office"] and shown["housing.housing_aid"]["delivered_at"] is None
    )


def test_a_department_is_shown_its_own_feeds(call):
    assert [feed["id"] for feed in call("get", "/feeds", **EDUCATION)[1]["items"]] == [FEED]


LISTS = {
    "education.student_aid": "学段", "employment.unemployment_register": "登记失业", "medical.severe_illness": "重特大疾病",
    "civil.disability": "残疾等级",
}  # fmt: skip
WORDS = {"学段": "义务教育", "登记失业": "是", "重特大疾病": "是", "残疾等级": "一级"}


@pytest.mark.requirement("DAT-02")
@pytest.mark.parametrize("feed", LISTS)
def test_each_of_the_four_lists_is_matched_and_names_who_is_not_registered(named, deliver, feed):
    """家庭经济困难学生、登记失业人员、重病患者、重度残疾人 (Jiaozhou 三(三))."""
    heads = ("姓名", "身份证号", LISTS[feed], "数据日期")
    rows = [{"姓名": name, "身份证号": number(serial), LISTS[feed]: WORDS[LISTS[feed]], "数据日期": "2026-10-01"}
            for name, serial in (("王小明", 2), ("陌生人", 66))]  # fmt: skip
    run = deliver(None, feed=feed, data=as_csv(rows, "utf-8", heads))
    assert run["by_state"] == {"matched": 1, "unknown": 1} and run["counts"]["changes"] == 1


@pytest.mark.requirement("CHI-02")
def test_departments_lists_give_candidate_children_each_a_task_for_the_child_director(named, deliver, approve):
    with named.db.write() as session:
        account(session, 6, "child_director")
        assign(session, uid("a"), 6)
    heads = ("儿童姓名", "儿童身份证号", "父母情况", "数据日期")
    row = {"儿童姓名": "王小明", "儿童身份证号": number(2), "父母情况": "服刑在押", "数据日期": "2026-10-01"}
    data = as_csv([row, row | {"儿童姓名": "未登记", "儿童身份证号": number(66)}], "gb18030", heads)
    run = approve(deliver(None, feed="civil.children_at_risk", data=data)["id"])
    assert run["by_state"] == {"matched": 1, "unknown": 1}
    with named.db.read() as session:
        (task,) = session.scalars(select(Task).where(Task.kind == "verify_list"))
    assert (task.person_id, task.form_id, task.klass, task.status) == (
        uid("a/p1"),
        "civil_child_visit",
        "child",
        "open",
    )
    again = [row | {"父母情况": "失联", "数据日期": "2026-11-01"}]
    approve(deliver(None, feed="civil.children_at_risk", data=as_csv(again, "utf-8", heads))["id"])
    with named.db.read() as session:
        assert len(list(session.scalars(select(Task).where(Task.kind == "verify_list")))) == 1, "one open at a time"


def test_a_list_with_child_facts_is_not_for_department_officers(named, deliver):
    security = OFFICER.__class__(COUNTY, 8, "公安", "department_officer", COUNTY, "public_security")
    assert "civil.children_at_risk" not in deliveries(named, security) and "civil.children_at_risk" in deliveries(named)


def test_being_on_the_list_may_say_it_all(named, deliver):
    row = {"姓名": "王小明", "身份证号": number(2), "死亡日期": "2026-10-01"}
    run = deliver(None, feed="civil.deceased", data=as_csv([row], "utf-8", ("姓名", "身份证号", "死亡日期")))
    assert [(c["fact"], c["new"]) for c in rows_of(named, run["id"])[0]["changes"]] == [("died", True)]
    assert show(named, run["id"])["newest"] == "2026-10-01"


@pytest.mark.requirement("DAT-04")
def test_a_department_looks_up_a_tier_and_its_date_instead_of_asking_for_paper(named, call):
    body = {"id_number": number(2), "name": "王小明", "purpose": "教育资助审核"}
    status, told_back = call("post", "/lookups", body, **EDUCATION)
    assert status == 200 and told_back["as_of"] and told_back.keys() == {"found", "tier", "tier_label", "as_of"}
    assert (told_back["found"], told_back["tier_label"]) == (True, "最低生活保障对象")
    (entry,) = accesses(named, "lookup-教育资助审核")
    assert entry.persons == [uid("a/p1")]
    for other in ({"name": "别人"}, {"id_number": number(66)}):
        assert call("post", "/lookups", body | other, **EDUCATION)[1] == {
            "found": False,
            "tier": None,
            "tier_label": None,
            "as_of": None,
        }
    assert sorted(entry.persons for entry in accesses(named, "lookup-教育资助审核")) == [[], [], [uid("a/p1")]], "who asks in vain too"
    assert call("post", "/lookups", body | {"id_number": number(2)[:17] + "9"}, **EDUCATION)[0] == 422
