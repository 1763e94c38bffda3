"""Quarantined records in the browser: corrected, taken in as they are, refused."""

import orjson
import pytest
from sqlalchemy import select

from fieldsvc.accounts.models import AccessEntry
from fieldsvc.facts.service import mark_dirty
from fieldsvc.kit.notify import on_household_changed
from fieldsvc.visits.models import SetAside, Visit
from tests.support import river
from tests.support.river import COUNTY, uid
from tests.sync.conftest import FORM, Field

REPEAT = """| survey | | | | | | |
| | type | name | label | required | constraint | constraint_message |
| | select_multiple need | needs | 需要 | | | |
| | begin_repeat | members | 成员 | | | |
| | integer | age | 年龄 | yes | . < 150 | 年龄应小于 150 |
| | end_repeat | | | | | |
| choices | | | | | | |
| | list_name | name | label | | | |
| | need | food | 米面 | | | |
| | need | heat | 取暖 | | | |
| settings | | | | | | |
| | form_title | form_id | version | | | |
| | 家庭成员走访 | members | 1 | | | |
"""


@pytest.fixture
def field(site, app):
    on_household_changed(mark_dirty)
    made = Field(site)
    with site.db.write() as session:
        river.account(session, 1)
        river.publish_form(session, FORM.format("plain", "general"), "plain.md")
        river.publish_form(session, REPEAT, "members.md")
        session.flush()
        for home in ("h1", "h4"):
            river.household(session, home)
        river.assign(session, uid("h1"), 1)
    return made


@pytest.fixture
def liu(officer, field):
    return officer()


def waiting(db):
    with db.read() as session:
        return session.scalars(select(SetAside).order_by(SetAside.id)).all()


def test_an_officer_corrects_what_is_wrong_and_the_visit_is_applied(field, liu, db, site):
    field.phone(1).verdict("visits", field.visit("h1", age=200, note="住院", holder="370281196001011234"))
    (held,) = waiting(db)
    page = liu.open("/console/quarantine")
    assert "待处理（1）" in page.text and "答案不符合表单要求" in page.text
    page = liu.open(page.links["走访"])
    assert "年龄应在 0 到 149 之间" in page.text and "370281********1234" in page.html
    assert "196001011234" not in page.html
    page = liu.press(page, "补正并采用", **{"a:age": "x", "reason": "核对"})
    assert page.status == 422 and "应填整数" in page.text and page.form("补正并采用").fields["a:age"] == ["x"]
    page = liu.press(page, "补正并采用", **{"a:age": "20", "reason": "电话核对，13800138000"})
    assert page.status == 200 and "已补正采用" in page.text and "电话核对" in page.text
    done = liu.open("/console/quarantine?state=released")
    taken = liu.press(done, "导出 CSV", purpose="audit")
    assert all("电话核对" in each.html and "13800138000" not in each.html for each in (page, done, taken))
    with db.read() as session:
        kept = session.get(Visit, (COUNTY, held.record_id))
        answers = orjson.loads(site.vault.open(kept.answers_sealed, "visits.content"))["answers"]
    assert answers == {"age": 20, "note": "住院", "holder": "370281196001011234"}
    assert "已采用（1）" in liu.open("/console/quarantine").text


def test_a_row_of_a_repeat_and_a_list_of_choices_are_mended_in_place(field, liu, db, site):
    field.phone(1).verdict(
        "visits", field.visit("h1", form="members", members=[{"age": 8}, {"age": 880}], needs=["food"])
    )
    page = liu.open(liu.open("/console/quarantine").links["走访"])
    assert page.form("补正并采用").fields["a:members/1/age"] == ["880"]
    page = liu.press(
        page, "补正并采用", **{"a:members/1/age": "88", "a:needs": ["food", "heat"], "reason": "误多按一次"}
    )
    assert page.status == 200, page.text
    with db.read() as session:
        (kept,) = session.scalars(select(Visit)).all()
        answers = orjson.loads(site.vault.open(kept.answers_sealed, "visits.content"))["answers"]
    assert answers == {"members": [{"age": 8}, {"age": 88}], "needs": ["food", "heat"]}


def test_taken_in_as_it_is_once_the_household_is_the_authors(field, liu, db):
    field.phone(1).verdict("visits", field.visit("h4", age=60))
    page = liu.open(liu.open("/console/quarantine").links["走访"])
    page = liu.press(page, "原样采用")
    assert page.status == 422 and "仍不能采用" in page.text
    with db.write() as session:
        river.assign(session, uid("h4"), 1)
    assert "已采用这条记录" in liu.press(page, "原样采用").text


def test_refused_with_a_reason(field, liu, db):
    field.phone(1).verdict("visits", field.visit("h1", age=200))
    page = liu.open(liu.open("/console/quarantine").links["走访"])
    page = liu.press(page, "不予采用", reason="重复填报")
    assert "已登记不予采用" in page.text and "重复填报" in page.text
    assert [form for form in page.forms if "不予采用" in form.buttons] == []


def test_what_nobody_can_read_is_shown_as_such(field, liu, db):
    field.phone(1).send(b'{"changes": {"visits"')
    page = liu.open(liu.open("/console/quarantine").links["无法读取的上传"])
    assert "原文已原样留存" in page.text
    assert "不能补正" in liu.press(page, "原样采用").text


def test_a_record_of_another_township_is_as_if_there_were_none(field, officer, db):
    field.phone(1).verdict("visits", field.visit("h1", age=200))
    (held,) = waiting(db)
    elsewhere = officer("township_officer", "370281002")
    assert "待处理（0）" in elsewhere.open("/console/quarantine").text
    assert elsewhere.open(f"/console/quarantine/{held.id}").status == 404


def test_the_list_is_taken_away_with_a_purpose(field, liu, db):
    field.phone(1).verdict("visits", field.visit("h1", age=200))
    page = liu.open("/console/quarantine")
    refused = liu.client.get("/console/quarantine?export=csv")
    assert refused.status_code == 422 and "用途" in refused.get_data(as_text=True)
    taken = liu.press(page, "导出 CSV", purpose="review")
    assert taken.html.startswith("\ufeff内容,原因,上传人") and "答案不符合表单要求" in taken.html


@pytest.mark.parametrize("told", ["370281196001011234", "\0"])
def test_what_a_phone_sent_for_an_id_is_not_written_into_the_access_log(field, liu, db, told):
    field.phone(1).verdict("visits", field.visit("h1") | {"household_id": told, "person_id": told})
    page = liu.open(liu.open("/console/quarantine").links["走访"])
    assert page.status == 200 and "196001011234" not in page.html
    with db.read() as session:
        assert all(told not in (*row.persons, *row.households) for row in session.scalars(select(AccessEntry)))
