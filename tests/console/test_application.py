"""An application on its pages: taken in on consent, every tier tried in order with its reasons, decided by an officer."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from fieldsvc.accounts.regions import load_regions
from fieldsvc.applications.models import Application
from fieldsvc.facts.service import record
from fieldsvc.households.models import Household, Person, Task
from tests.support.desk import app, screen, town  # noqa: F401
from tests.support.home import CODES, asked
from tests.support.jiaozhou import departments
from tests.support.river import COUNTY, assign, household, uid

POOR = {"disability_certificate": False, "listed_major_disease": False, "employment_status": "retired", "income_month": "500",
        "single_household_applied": False, "no_capable_supporter": False, "no_labour_capacity": False}  # fmt: skip
ALONE = POOR | {"no_capable_supporter": True, "no_labour_capacity": True}
HOME = {"financial_assets": "1000", "owns_vehicle": False, "owns_second_home": False, "income_unsteady": False}


@pytest.fixture
def tell(town, screen):
    """Household c of one person nobody has recognised; ``tell(facts)`` tells of the person."""
    with town.db.write() as session:
        load_regions(session, COUNTY, {COUNTY: "胶州市", "370281001": "样例镇", "370281001001": "北山村"})
        household(session, "c")
        session.get(Person, (COUNTY, uid("c/p1"))).name = "赵大山"
        session.get(Household, (COUNTY, uid("c"))).name = "赵大山"
        assign(session, uid("c"), 1)

    def tell(facts, source="told"):
        with town.db.write() as session:
            for who, known in ((uid("c/p1"), facts), (None, HOME)):
                record(session, COUNTY, uid("c"), who, known, as_of=datetime.now(UTC), source_kind="visit", source_id=source,
                       declared=departments().vocabulary.facts)  # fmt: skip
        screen()

    return tell


@pytest.fixture
def liu(tell, officer):
    return officer("township_officer", "370281001", name="刘敏")


@pytest.fixture
def take(liu):
    """``take(consent="yes")`` → the page of the application just taken in for household c."""

    def take(tier="dibao", consent="yes", **more):
        page = liu.open(liu.open(f"/console/households/{uid('c')}").links["受理新的申请"])
        return liu.press(page, "受理", tier=tier, consent=consent, **more)

    return take


def stored(site):
    with site.db.read() as session:
        return session.scalars(select(Application)).one()


@pytest.mark.requirement("CLS-01", "CLS-02")
def test_with_consent_every_tier_is_tried_in_order_with_reason_and_quote(tell, take):
    tell(POOR)
    page = take(data_check="true")
    assert page.status == 200 and "申请已受理" in page.text and "按先后顺序逐类审核认定、核对家庭经济状况" in page.text
    assert "建议：最低生活保障对象" in page.text
    tiers = [page.html.index(f"<h3>{tier} ") for tier in ("特困人员", "最低生活保障对象")]
    assert tiers == sorted(tiers) and "不符合" in page.text and "胶民政发〔2024〕61号" in page.text
    assert not CODES.search(page.text), CODES.search(page.text)


@pytest.mark.requirement("CLS-01")
def test_without_consent_only_the_tier_applied_for_is_tried_and_consent_is_withdrawn(liu, tell, take):
    tell(POOR)
    page = take()
    assert page.text.count("h3") == 0 and "特困人员 不符合" in page.text
    page = liu.press(page, "申请人撤回同意")
    assert "同意已撤回" in page.text and "已撤回" in page.text
    assert "特困人员 不符合" not in page.text and "没有同意" not in page.text.split("办理经过")[0].replace(
        "同意已撤回", ""
    )


@pytest.mark.requirement("CLS-03")
def test_a_better_tier_changes_the_procedure_under_the_same_id(site, tell, take, liu):
    tell(ALONE)
    page = take("dibao")
    assert "已转换程序，申请编号不变" in page.text and "由最低生活保障对象转换为特困人员" in page.text
    assert (stored(site).applied, stored(site).procedure) == ("dibao", "tekun")


def test_what_is_unknown_is_asked_and_judged_again_when_it_is_known(site, tell, take, liu):
    page = take()
    assert "建议：尚不能确定" in page.text and "还要问：" in page.text and "赵大山：" in page.text
    tell(POOR)
    page = liu.press(page, "按现在的情况重新审核")
    assert "已按现在的情况重新审核" in page.text and "建议：最低生活保障对象" in page.text
    assert page.text.count("审核意见") >= 3


def known(keys):
    """What a poor home says, as the fields of the page take it."""
    said, told = {True: "true", False: "false"}, POOR | HOME
    return {key: said.get(told[name], str(told[name])) for name, key in keys.items() if name in told}


def test_what_the_applicant_says_at_the_counter_is_entered_and_judged_at_once(tell, take, liu):
    tell({})
    page = take()
    held = page.form("登记并重新审核")
    keys = {key.split("--")[0]: key for key in [*held.fields, *held.choices] if "--" in key}
    nothing = liu.press(page, "登记并重新审核")
    assert nothing.status == 422 and "请至少填写一项" in nothing.text
    wrong = liu.press(page, "登记并重新审核", **{keys["income_month"]: "很少"})
    assert wrong.status == 422 and "不是这一项可以填的内容" in wrong.text
    assert wrong.form("登记并重新审核").fields[keys["income_month"]] == ["很少"]
    page = liu.press(page, "登记并重新审核", **(known(keys) | {keys["income_month"]: "３００ 元"}))
    assert page.status == 200 and "所说的情况已登记，并重新审核" in page.text and "受理时登记情况" in page.text
    assert "特困人员不符合" in page.text
    assert "建议：最低生活保障对象" in page.text
    assert "申请人当场说明" in liu.open(f"/console/households/{uid('c')}/chain").text
    assert "经办人员登记" in liu.open(f"/console/households/{uid('c')}/facts?subject={uid('c/p1')}").text


def test_a_second_application_leads_to_the_open_one(tell, take):
    tell(POOR)
    take()
    page = take(helper="村协理员老赵")
    assert page.status == 409 and "已有一件正在办理的申请" in page.text and "打开正在办理的申请" in page.links
    assert page.form("受理").fields["helper"] == ["村协理员老赵"]


@pytest.mark.parametrize("given", [{"tier": ""}, {"consent": []}])
def test_a_form_with_something_missing_comes_back_with_what_was_typed(tell, liu, given):
    page = liu.open(f"/console/households/{uid('c')}/applications/new")
    page = liu.press(page, "受理", **({"tier": "dibao", "consent": "yes", "helper": "老赵"} | given))
    assert page.status == 422 and "有的内容没有填好" in page.text and page.form("受理").fields["helper"] == ["老赵"]


def test_an_override_needs_its_reason_and_both_are_kept(site, tell, take, liu):
    tell(POOR)
    page = take()
    refused = liu.press(page, "提交认定", kind="override", tier="none")
    assert refused.status == 422 and "改变系统建议须写明理由" in refused.text
    same = liu.press(page, "提交认定", kind="override", tier="dibao", reason="一样")
    assert same.status == 422 and "请直接确认系统建议" in same.text
    page = liu.press(page, "提交认定", kind="override", tier="none", reason="核实有隐瞒收入，身份证 370281199001011234")
    assert "认定已登记" in page.text and "核实有隐瞒收入" in page.text and "370281199001011234" not in page.text
    row = stored(site)
    assert (row.proposal["tier"], row.decision["tier"], row.decision["kind"]) == ("dibao", "none", "override")
    with site.db.read() as session:
        assert session.get(Household, (COUNTY, uid("c"))).tier == "none"
    chain = liu.open(f"/console/households/{uid('c')}/chain")
    assert "认定为：未认定（系统建议：最低生活保障对象）。理由：核实有隐瞒收入" in chain.text
    assert "理由和条款" in chain.text and not CODES.search(chain.text)


def test_a_decision_on_what_has_changed_is_sent_back(tell, take, liu):
    tell(POOR)
    page = take()
    tell(ALONE, "later")
    refused = liu.press(page, "提交认定", kind="confirm")
    assert refused.status == 409 and "请先重新审核" in refused.text


@pytest.mark.requirement("CLS-08")
def test_who_helped_and_who_applies_are_both_named(tell, take, liu):
    tell(POOR)
    page = take(person_id=uid("c/p1"), helper="村协理员老赵")
    assert "申请：赵大山" in page.text and "帮办代办 村协理员老赵" in page.text
    assert "由村协理员老赵帮办代办" in liu.open(f"/console/households/{uid('c')}/chain").text


def test_survey_decision_and_management_stand_in_the_course_with_their_actors(site, tell, take, liu):
    tell(POOR)
    page = take()
    page = liu.press(page, "登记", surveyors="王芳、李强", findings="住房破旧，收入属实")
    assert "入户调查 已办 王芳、李强" in page.text and "住房破旧，收入属实" in page.text
    page = liu.press(page, "提交认定", kind="confirm")
    assert "审核确认 已办 刘敏" in page.text and "日常管理 未到" in page.text
    page = liu.press(page, "登记", measures="每季度走访一次", due_on="2030-01-15")
    assert "日常管理 已办 刘敏" in page.text and "下次走访：2030-01-15" in page.text
    with site.db.read() as session:
        task = session.scalars(select(Task).where(Task.kind == "management")).one()
    assert (task.household_id, task.due_on.isoformat(), task.status) == (uid("c"), "2030-01-15", "open")
    chain = liu.open(f"/console/households/{uid('c')}/chain").text
    assert "王芳、李强于" in chain and "日常管理：每季度走访一次" in chain


def test_a_survey_forgotten_before_the_decision_is_entered_after_it(site, tell, take, liu):
    tell(POOR)
    page = take()
    assert "还没有登记入户调查" in page.text
    page = liu.press(page, "提交认定", kind="confirm")
    assert "认定前没有登记入户调查，请补登" in page.text
    with site.db.write() as session:
        row = session.scalars(select(Application)).one()
        row.decision = row.decision | {"on": "2026-01-15"}
    late = liu.press(page, "登记", surveyors="王芳", findings="住房破旧", on="2026-01-16")
    assert late.status == 422 and "认定后的走访请登记为日常管理" in late.text
    page = liu.press(page, "登记", surveyors="王芳", findings="住房破旧", on="2026-01-14")
    assert "入户调查 已办 王芳" in page.text and "请补登" not in page.text
    assert page.text.rindex("入户调查") > page.text.rindex("认定为"), "the course shows that it came after"


def test_a_survey_of_tomorrow_is_refused(tell, take, liu):
    tell(POOR)
    page = liu.press(take(), "登记", surveyors="王芳", findings="好", on="2999-01-01")
    assert page.status == 422 and "不能晚于今天" in page.text


def test_the_list_counts_filters_and_is_taken_away(tell, take, liu, statements):
    tell(POOR)
    page = take()
    address = page.response.request.path
    with statements() as said:
        assert liu.open(address).status == 200
    assert len(asked(said)) <= 15
    page = liu.open("/console/applications?state=open")
    assert "赵大山（全户）" in page.links and "北山村" in page.text and "办理中" in page.text
    assert "没有符合条件的申请" in liu.open("/console/applications?state=decided").text
    file = liu.press(page, "导出 CSV", purpose="review").response.get_data().decode("utf-8-sig")
    assert "赵大山（全户）,赵大山,北山村,最低生活保障对象" in file


def test_who_may_not_see_it_gets_what_a_missing_one_gives(tell, take, officer):
    tell(POOR)
    address = take().response.request.path
    stranger = officer("township_officer", "370281002")
    foreign, missing = stranger.open(address), stranger.open(f"/console/applications/{uid('nobody')}")
    assert foreign.status == missing.status == 404
    assert stranger.open(f"/console/households/{uid('c')}/applications/new").status == 404


@pytest.mark.requirement("CLS-06")
def test_an_application_passes_intake_survey_decision_publication_and_management_each_with_its_actor(tell, take, liu):
    tell(POOR)
    page = take()
    address = page.response.request.path
    page = liu.press(page, "登记", surveyors="王芳、李强", findings="住房破旧，收入属实")
    page = liu.press(page, "提交认定", kind="confirm")
    assert liu.press(liu.open(f"{address}/notice"), "发布公示", days="7").status == 200
    page = liu.press(liu.open(address), "登记", measures="每季度走访一次")
    course = page.text.split("办理过程")[1].split("申请内容")[0]
    stages = (
        "受理 已办 刘敏",
        "入户调查 已办 王芳、李强",
        "审核确认 已办 刘敏",
        "公开公示 已办 刘敏",
        "日常管理 已办 刘敏",
    )
    places = [course.index(stage) for stage in stages]
    assert places == sorted(places) and "未到" not in course


def test_an_objection_brings_the_case_back_to_the_decision(tell, take, liu):
    tell(POOR)
    page = liu.press(take(), "提交认定", kind="confirm")
    address = page.response.request.path
    page = liu.press(liu.open(f"{address}/notice"), "发布公示", days="7")
    liu.press(page, "登记并退回重审", said="家里有出租房")
    course = liu.open(address).text.split("办理过程")[1].split("申请内容")[0]
    assert "受理 已办" in course and "审核确认 未到" in course and "公开公示 未到" in course
