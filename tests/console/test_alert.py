"""An alert in the browser: what was seen and why, verification first, then disposal by kind, undo, print."""

import pytest
from sqlalchemy import select

from fieldsvc.accounts.models import AccessEntry
from fieldsvc.aidchain.models import Link
from fieldsvc.alerts.models import Alert
from fieldsvc.households.models import Person, Task
from fieldsvc.kit import clock
from fieldsvc.referrals.models import Referral
from tests.support.desk import app, screen, town  # noqa: F401
from tests.support.jiaozhou import INPATIENT, UNINSURED, medical_visit
from tests.support.river import COUNTY, account, uid

TOWNSHIP = "370281001"


@pytest.fixture
def raised(town, screen):
    """The alert of an uninsured person of household a; its address."""
    medical_visit(town, "a", UNINSURED)
    screen()
    with town.db.read() as session:
        return f"/console/alerts/{session.scalar(select(Alert.id))}"


@pytest.fixture
def liu(raised, officer):
    return officer("township_officer", TOWNSHIP, name="刘办事")


@pytest.fixture
def verified(liu, raised):
    page = liu.press(liu.open(raised), "登记核实结果", result="confirmed", note="电话核实")
    assert "核实结果已登记" in page.text, page.text
    return page


def status(site):
    with site.db.read() as session:
        return session.scalars(select(Alert.status)).all()


def chain(site):
    with site.db.read() as session:
        return [link.kind for link in session.scalars(select(Link).order_by(Link.n))]


def test_it_says_what_was_seen_by_whom_and_why_it_fired_with_clause_and_quote(liu, raised):
    page = liu.open(raised)
    for text in ("a户", "p1", "走访", "用户1", "参保", "否", "<blockquote>", "手机时钟", "最低生活保障对象", "办理经过"):
        assert text in page.html, text
    assert "为什么提示" in page.text and "走访看到的" in page.text and uid("a/p1") not in page.text


def test_identifiers_in_answers_are_masked(liu, raised, town):
    with town.db.write() as session:
        session.scalar(select(Alert)).message = "身份证 370281199001011234 请核实"
    assert "199001011234" not in liu.open(raised).text


@pytest.mark.requirement("ALR-01", "ALR-02")
def test_verification_comes_first_then_what_was_carried_out_closes_it(liu, raised, town):
    page = liu.open(raised)
    assert "登记核实结果" in page.form("登记核实结果").buttons and "按规定落实（建议）" not in page.links
    page = liu.press(page, "登记核实结果")
    assert page.status == 422 and "不完整" in page.text
    page = liu.press(page, "登记核实结果", result="confirmed")
    assert "登记核实结果" not in str([form.buttons for form in page.forms])
    page = liu.press(liu.open(f"{raised}?form=carry_out"), "登记落实，办结")
    assert page.status == 422 and "写明落实了什么" in page.text and status(town) == ["verified"]
    page = liu.press(page, "登记落实，办结", carried_out="已代办参保", done_on="2026-01-05")
    assert "预警办结" in page.text and "已代办参保" in page.text and status(town) == ["closed"]
    assert chain(town) == ["alert_opened", "alert_verified", "alert_closed"]
    assert liu.open("/console/desk?status=closed").text.count("共 1 条") == 1


def test_untrue_closes_at_once(liu, raised, town):
    page = liu.press(liu.open(raised), "登记核实结果", result="not_confirmed", note="本人已参保")
    assert "核实不属实，预警办结" in page.text and status(town) == ["closed"]


def test_a_refused_form_keeps_what_was_typed(liu, verified, raised):
    page = liu.press(liu.open(f"{raised}?form=carry_out"), "登记落实，办结", done_on="2026-01-05", note="补充")
    form = page.form("登记落实，办结")
    assert (form.fields["done_on"], form.fields["note"]) == (["2026-01-05"], ["补充"])


def test_referred_to_the_office_of_the_duty_and_recalled_while_nobody_answered(liu, verified, raised, town):
    page = liu.press(liu.open(f"{raised}?form=refer"), "转办", duty="medical_insurance")
    assert "已转办" in page.text and "转市医疗保障局办理" in page.text and status(town) == ["referred"]
    assert "登记落实，办结" not in str([form.buttons for form in page.forms])
    page = liu.press(page, "撤销这一步", reason="转错了")
    assert "已撤销" in page.text and status(town) == ["verified"]
    with town.db.read() as session:
        assert session.scalars(select(Referral.state)).all() == ["recalled"]


@pytest.mark.requirement("ALR-04")
def test_a_meeting_with_several_tasks_without_javascript(liu, verified, raised, town):
    page = liu.open(f"{raised}?form=joint_study")
    assert sum(name.startswith("task_title") for name in page.form("登记会议，办结").fields) == 3
    given = {"members": "王主任\n李医生", "decision": "协助参保", "task_title-0": "联系窗口", "task_title-2": "再访"}
    page = liu.press(page, "再加一行", **given)
    form = page.form("登记会议，办结")
    assert page.status == 200 and "task_title-3" in form.fields and form.fields["task_title-2"] == ["再访"]
    assert form.fields["members"] == ["王主任\n李医生"] and status(town) == ["verified"]
    wrong = liu.press(page, "登记会议，办结", **{"task_title-3": "第四件", "task_due_on-3": "不是日期"})
    assert wrong.status == 422 and wrong.form("登记会议，办结").fields["task_title-3"] == ["第四件"]
    more = {"task_title-3": "第四件", "task_account_id-3": "1", "task_due_on-3": "2026-12-01"}
    page = liu.press(page, "登记会议，办结", **more)
    assert "王主任、李医生" in page.text and status(town) == ["closed"]
    with town.db.read() as session:
        tasks = session.scalars(select(Task).where(Task.kind == "joint_study").order_by(Task.title)).all()
    assert sorted((t.title, t.account_id) for t in tasks) == [("再访", None), ("第四件", 1), ("联系窗口", None)]


@pytest.mark.requirement("ALR-05", "ALR-06")
def test_a_department_is_asked_and_aid_is_ended_by_its_answer(liu, verified, raised, town, officer):
    page = liu.press(liu.open(f"{raised}?form=ask"), "商请核查", ask="medical_insurance", note="请核查参保状态")
    assert "已商请部门核查" in page.text and status(town) == ["referred"]
    with town.db.read() as session:
        sent = session.scalar(select(Referral.id))
    doctor = officer("department_officer", COUNTY, department="medical")
    doctor.press(doctor.open(f"/console/referrals/{sent}"), "办结", result="不再符合条件")
    page = liu.open(f"{raised}?form=verify_and_end")
    assert "不再符合条件" in page.text and status(town) == ["verified"]
    page = liu.press(page, "登记核查结果，办结", findings="部门核实收入超标", ended="true", months="3")
    assert page.status == 200 and status(town) == ["closed"], page.text


def test_the_last_step_is_taken_back_with_a_reason_and_shown_as_taken_back(liu, verified, raised, town, officer, make_account):
    page = liu.press(liu.open(raised), "撤销这一步")
    assert page.status == 422 and "理由" in page.text
    other = officer("township_officer", TOWNSHIP, name="别人")
    assert "撤销这一步" not in str([form.buttons for form in other.open(raised).forms])
    page = liu.press(page, "撤销这一步", reason="点错了")
    assert "已撤销，预警回到这一步之前" in page.text and "点错了" in page.text and status(town) == ["open"]
    assert "登记核实结果" in page.form("登记核实结果").buttons and chain(town)[-1] == "alert_undone"


def test_one_alert_is_given_to_another_officer(liu, raised, town):
    with town.db.write() as session:
        account(session, 80, "township_officer", TOWNSHIP)
    page = liu.press(liu.open(raised), "交办", account_id="80")
    assert "承办人已登记" in page.text and "交给用户80承办" in page.text


def test_what_fits_now_and_what_is_received_stand_beside_it(town, screen, officer):
    medical_visit(town, "a", INPATIENT)
    screen()
    with town.db.read() as session:
        alert = session.scalars(select(Alert.id).where(Alert.status == "open")).first()
    page = officer("township_officer", TOWNSHIP).open(f"/console/alerts/{alert}")
    assert "现在符合的项目" in page.text and "医疗救助" in page.text


def test_a_child_alert_is_not_offered_to_departments(liu, verified, raised, town):
    with town.db.write() as session:
        session.scalar(select(Alert)).klass = "child"
    page = liu.open(raised)
    assert "一事一议" in page.text and "转办落实" not in page.links and "商请部门核查" not in page.links


def test_foreign_and_missing_are_the_same_page(liu, raised, officer):
    stranger = officer("township_officer", "370281999")
    foreign, missing = stranger.open(raised), stranger.open(f"/console/alerts/{uid('nothing')}")
    assert (foreign.status, missing.status) == (404, 404)
    assert foreign.html.replace(raised, "") == missing.html.replace(f"/console/alerts/{uid('nothing')}", "")
    for role in ("department_officer",):
        assert officer(role, COUNTY, department="medical").open(raised).status == 403


def test_each_look_is_recorded_with_minors_marked(liu, raised, town):
    with town.db.write() as session:
        session.get(Person, (COUNTY, uid("a/p1"))).birth_date = clock.today()
    liu.open(raised)
    with town.db.read() as session:
        row = session.scalars(select(AccessEntry).where(AccessEntry.purpose == "alert")).one()
    assert row.minors and row.persons == [uid("a/p1")]


def test_the_queries_of_the_page_are_bounded(liu, verified, raised, statements):
    with statements() as asked:
        page = liu.open(raised)
    counted = [text for text in asked if not text.startswith(("BEGIN", "COMMIT", "PRAGMA"))]
    assert len(counted) <= 15, counted
    assert len(page.html.encode()) < 100_000
