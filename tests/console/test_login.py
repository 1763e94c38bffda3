"""Signing in to the pages, and what the session does not let through."""

import pytest

from fieldsvc.accounts import service
from tests.support.accounts import PASSWORD


def test_a_page_asked_for_comes_after_signing_in(browser, make_account):
    make_account("liu", role="township_officer", region="370281001")
    page = browser.open("/console/desk?severity=high")
    assert "登录" in page.text and "next=/console/desk" in page.html
    page = browser.press(page, "登录", username="liu", password=PASSWORD)
    assert page.response.request.full_path == "/console/desk?severity=high"
    assert "liu · 镇（街道）经办人员" in page.text


def test_a_wrong_password_says_so_and_keeps_the_name(browser, make_account):
    make_account("liu", role="township_officer", region="370281001")
    page = browser.press(browser.open("/console/login"), "登录", username="liu", password="wrong")
    assert page.status == 401 and "用户名或密码不正确" in page.text
    assert page.form("登录").fields["username"] == ["liu"] and page.form("登录").fields["password"] == [""]


@pytest.mark.parametrize(
    "address", ["https://example.org/", "//example.org", "/console/\\example.org", "/api/v1/alerts"]
)
def test_after_signing_in_nobody_is_led_elsewhere(browser, make_account, address):
    make_account("liu", role="township_officer", region="370281001")
    page = browser.open(f"/console/login?next={address}")
    page = browser.press(page, "登录", username="liu", password=PASSWORD)
    assert page.response.request.path == "/console/desk"


@pytest.mark.parametrize("role", ["grid_worker", "reporter"])
def test_workers_are_told_to_use_their_phone(browser, make_account, role):
    make_account("wang", role=role)
    page = browser.press(browser.open("/console/login"), "登录", username="wang", password=PASSWORD)
    assert page.status == 403 and "手机" in page.text
    assert "登录" in browser.open("/console/desk").form("登录").buttons


def test_a_form_from_elsewhere_is_not_taken(officer):
    liu = officer()
    refused = liu.client.post("/console/logout")
    assert refused.status_code == 400 and "刷新" in refused.get_data(as_text=True)
    assert liu.open("/console/desk").status == 200


def test_signing_out_or_being_stopped_ends_the_session_at_once(officer, site):
    liu = officer()
    kept = liu.client.get_cookie("fieldsvc_console", path="/console").value
    liu.press(liu.open("/console/desk"), "退出")
    liu.client.set_cookie("fieldsvc_console", kept, path="/console")
    assert liu.open("/console/desk").response.request.path == "/console/login"
    liu.sign_in(liu.account.username)
    with site.db.write() as session:
        service.lock(session, service.find(session, site.county, liu.account.username))
    assert liu.open("/console/desk").response.request.path == "/console/login"


def test_what_does_not_exist_is_a_page_too(officer):
    page = officer().open("/console/nowhere")
    assert page.status == 404 and "没有这条记录，或您无权查看" in page.text


def test_pages_load_nothing_from_elsewhere(officer):
    response = officer().client.get("/console/desk")
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    assert "http" not in response.get_data(as_text=True).replace("http-equiv", "")


def test_an_invisible_character_no_database_keeps_is_told(officer):
    liu = officer()
    form = liu.open("/console/desk").form("退出")
    refused = liu.client.post("/console/filters", data={**form.fields, "page": "console.desk", "name": "a\0b", "query": ""})
    assert refused.status_code == 400 and "空字符" in refused.get_data(as_text=True)
