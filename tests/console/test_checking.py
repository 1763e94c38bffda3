"""Checking in the browser: authorise, ask, read the report, choose where visit and check differ."""

import pytest

from fieldsvc.kit import clock
from tests.checking.standin import checking, platform  # noqa: F401
from tests.support.desk import app, bearer, client, login, screen, signed, town  # noqa: F401
from tests.support.pages import Browser
from tests.support.river import COUNTY, publish_form, uid, visit

VEHICLE = {"kind": "vehicle", "found": "名下小型轿车 1 辆，车主证号 370281196005011236", "facts": {"owns_vehicle": True}}


@pytest.fixture
def seat(make_account):
    """``seat(county, role, region)`` → a browser signed in on that county's application."""

    def sit(county, role="township_officer", region="370281001", **more):
        found = Browser(county.app)
        found.sign_in(make_account(f"{role}-seat", role=role, region=region, **more).username)
        return found

    return sit


def test_from_the_authorisation_to_the_choice(checking, platform, seat, screen, site, db):
    with db.write() as session:
        publish_form(session)
        visit(site, session, uid("a"), "seen", {"car": "no"})
    screen()
    county = checking("huining")
    platform.parts = [VEHICLE]
    liu = seat(county)
    assert f"/console/households/{uid('a')}/checks" in liu.open(f"/console/households/{uid('a')}").html
    page = liu.open(f"/console/households/{uid('a')}/checks")
    assert "没有有效的授权不能核对" in page.text
    refused = liu.press(page, "申请核对", unit="某镇人民政府", purpose="低保审核")
    assert refused.status == 409 and "没有有效的核对授权" in refused.text and "某镇人民政府" in refused.html
    today = clock.today()
    page = liu.press(page, "登记授权", person_id=uid("a/p1"), signed_by="p1", valid_until=f"{today.year + 1}-01-31")
    assert "授权已登记" in page.text and "户籍、教育、社保" in page.text
    page = liu.press(page, "申请核对", unit="某镇人民政府", purpose="低保审核")
    assert "已申请核对 1 人" in page.text and "等待送出" in page.text
    county.run()
    screen()
    report = liu.open(liu.open("/console/checks").links["p1"])
    for text in ("已有报告", "370281********1236", "平台没有答复", "入户评估与信息核对不一致", "某镇人民政府"):
        assert text in report.text, text
    assert uid("a") not in report.text
    after = liu.press(report, "确定", taken="department", reason="车管所证实")
    assert "已选择，两种说法都保留" in after.text and "以信息核对为准；" in after.text
    chain = liu.open(f"/console/households/{uid('a')}/chain").text
    for text in ("核对授权", "申请核对", "核对报告", "车管所证实"):
        assert text in chain, text
    page = liu.press(liu.open(f"/console/households/{uid('a')}/checks"), "撤回p1的授权")
    assert "已撤回" in page.text


def test_a_department_asks_in_its_referral(checking, platform, seat):
    county = checking("huining")
    county.authorise()
    sent = county.post("/referrals", {"household_id": uid("a"), "person_id": uid("a/p1"), "duty": "medical_insurance", "summary": "参保"})
    li = seat(county, "department_officer", COUNTY, department="medical")
    page = li.press(li.open(f"/console/referrals/{sent.json['id']}"), "申请核对", purpose="医疗救助")
    assert "已申请核对 1 人" in page.text
    county.run()
    page = li.open("/console/checks")
    assert "已有报告" in li.open(page.links["p1"]).text
