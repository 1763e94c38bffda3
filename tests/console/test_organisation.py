"""The organisation in the browser: units and people as a tree, posts against set numbers, accounts, removal by two hands."""

import pytest
from sqlalchemy import select

from fieldsvc.accounts.models import Account
from fieldsvc.accounts.regions import load_regions
from tests.support.accounts import HASH, PASSWORD
from tests.support.pages import Browser
from tests.support.places import COUNTY, county  # noqa: F401

NAMES = {"370281": "昌乐县", "370281001": "甲街道", "370281002": "乙镇", "370281001001": "东村", "370281001002": "西村",
         "370281002001": "南村"}  # fmt: skip


@pytest.fixture
def network(county):
    """Changle with two townships: the first has two aid workers and a grid worker in one of two villages, the second nobody."""
    found = county("changle")
    found.household("a")  # grid worker 1 in 东村
    with found.site.db.write() as session:
        load_regions(session, COUNTY, NAMES)
    found.worker(8, "township_officer", "370281001")
    return found


@pytest.fixture
def sits(network):
    """``sits(role, region)`` → that officer's browser."""

    def down(role, region=COUNTY):
        network.headers(role, region)
        browser = Browser(network.app)
        browser.sign_in(f"{role}-{region}")
        return browser

    return down


def numbered(network, name):
    with network.site.db.read() as session:
        return session.scalar(select(Account.id).where(Account.username == name))


@pytest.mark.requirement("ORG-02")
def test_the_staffing_page_marks_a_township_with_two_aid_workers(network, sits):
    liu, county = sits("township_officer", "370281001"), sits("county_officer")
    page = county.open("/console/organisation")
    assert "明确3—5名承担社会救助工作人员" in page.text and "明确1—2名兼职协理员" in page.text
    rows = page.html.split("<tbody>")[1].split("</tr>")
    assert "2 人" in rows[0] and "不足" in rows[0] and "1 个未设服务站" in rows[0]
    assert "0 人" in rows[1] and "未设" in rows[1]
    refused = county.press(page, "登记人数", township="370281001", part="-1")
    assert refused.status == 422
    page = county.press(page, "登记人数", township="370281001", part="4")
    assert "4 人" in page.text and "超出" in page.text
    file = county.client.get("/console/organisation?export=csv&purpose=audit").get_data(as_text=True)
    assert "甲街道,有,2,不足,4,超出,2,1" in file
    assert "乙镇" not in liu.open("/console/organisation").text
    assert liu.press(liu.open("/console/organisation"), "登记人数", township="370281001", part="2").status == 200


def test_a_place_without_its_unit_is_listed_with_its_villages(network, sits):
    page = sits("county_officer").open("/console/organisation?township=370281001")
    assert "东村" in page.text and "西村" in page.text and "未设" in page.text
    assert "用户1" in page.text and "网格员" in page.text


def test_set_numbers_nobody_set_are_not_compared(county):
    found = county("jiaozhou")
    with found.site.db.write() as session:
        load_regions(session, COUNTY, NAMES)
    found.headers("county_officer", COUNTY)
    browser = Browser(found.app)
    browser.sign_in(f"county_officer-{COUNTY}")
    page = browser.open("/console/organisation")
    assert page.text.count("此文件未规定，也没有本地设定") == 3 and "不足" not in page.text


def test_the_administrator_makes_changes_and_stops_accounts(network, sits):
    admin = sits("administrator")
    page = admin.open("/console/")
    assert "组织网络" in page.text and "工作台" not in page.links
    given = {"name": "新同志", "username": "new-one", "role": "township_officer", "region": "370281002"}
    weak = admin.press(page, "新增账号", password="short", **given)
    assert weak.status == 422 and weak.form("新增账号").fields["name"] == ["新同志"] and "short" not in weak.html
    page = admin.press(page, "新增账号", password=PASSWORD, **given)
    assert "已新增账号“新同志”" in page.text
    Browser(network.app).sign_in("new-one")
    page = admin.press(page, "换密码", password="another good long secret")
    assert "密码已更换" in page.text
    assert "已停用，此人" in admin.press(page, "停用账号").text
    fresh = Browser(network.app)
    refused = fresh.press(fresh.open("/console/login"), "登录", username="new-one", password="another good long secret")
    assert refused.status == 401
    page = admin.open(f"/console/organisation/accounts/{numbered(network, 'new-one')}")
    assert "已启用" in admin.press(page, "启用或解除锁定").text
    Browser(network.app).sign_in("new-one", "another good long secret")


def test_the_county_does_not_touch_the_administrators_login(network, sits):
    sits("administrator")
    county = sits("county_officer")
    number = numbered(network, f"administrator-{COUNTY}")
    page = county.open(f"/console/organisation/accounts/{number}")
    assert page.status == 200 and "换密码" not in [words for form in page.forms for words in form.buttons]
    forms = county.open(f"/console/organisation/accounts/{numbered(network, f'county_officer-{COUNTY}')}")
    forms.form("换密码").action = f"/console/organisation/accounts/{number}/password"
    assert county.press(forms, "换密码", password=PASSWORD).status == 403
    page = county.open("/console/organisation")
    assert "administrator" not in page.form("新增账号").choices["role"]
    made = {"name": "某", "username": "boss", "role": "administrator", "region": COUNTY, "password": PASSWORD}
    assert county.press(page, "新增账号", **made).status == 422


@pytest.mark.requirement("ORG-03")
def test_both_see_a_workers_work_and_neither_alone_removes_the_account(network, sits):
    network.visited("civil_household_visit", {"car": "no"}, name="a")
    with network.site.db.write() as session:
        session.get(Account, (COUNTY, 1)).password_hash = HASH
    address = "/console/organisation/accounts/1"
    county, liu, admin = sits("county_officer"), sits("township_officer", "370281001"), sits("administrator")
    for each in (county, liu):
        page = each.open(address)
        assert "1 户" in page.text and "1 次" in page.text
        assert "停用账号" not in [words for form in page.forms for words in form.buttons]
    assert sits("township_officer", "370281002").open(address).status == 404
    page = admin.open(address)
    page.form("启用或解除锁定").action = f"{address}/stop"
    refused = admin.press(page, "启用或解除锁定")
    assert refused.status == 409 and "双重管理" in refused.text
    page = county.press(county.open(address), "提出停用", reason="已离岗")
    assert "待另一方确认" in page.text and "答复" not in [words for form in page.forms for words in form.buttons]
    assert network.client.post("/api/v1/auth/login", json={"username": "u1", "password": PASSWORD, "device_id": "p"}).status_code == 200
    given = {"csrf_token": page.form("换密码").fields["csrf_token"][0], "answer": "yes"}
    assert county.client.post(f"{address}/removal/answer", data=given).status_code == 409
    page = liu.open(address)
    assert "县级民政部门已提出停用：已离岗" in page.text
    page = liu.press(page, "答复", answer="no")
    assert "未同意" in page.text and "提出停用" in [words for form in page.forms for words in form.buttons]
    liu.press(page, "提出停用", reason="已调走")
    assert "停用待确认" in county.open("/console/organisation?township=370281001").text
    page = county.press(county.open(address), "答复", answer="yes")
    assert "已确认停用" in page.text and "已停用" in page.text
    assert network.client.post("/api/v1/auth/login", json={"username": "u1", "password": PASSWORD, "device_id": "p"}).status_code == 401
