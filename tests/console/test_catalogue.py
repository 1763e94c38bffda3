"""The pages in English: every text has its translation, and a page shows Chinese only where it shows data."""

import re
from dataclasses import fields, is_dataclass

import pytest
from sqlalchemy import select

from fieldsvc.alerts.models import Alert
from fieldsvc.households.models import Task
from tests.support import catalogue
from tests.support.desk import app, screen, town  # noqa: F401
from tests.support.home import home, told  # noqa: F401
from tests.support.jiaozhou import UNINSURED, departments, medical_visit
from tests.support.river import uid

TOWNSHIP = "370281001"
NAMES = {
    "样例镇",
    "北山村",
    "东湖村",
    "胶州市",
    "刘办事",
    "张桂兰",
    "a户",
    "用户1",
    "用户2",
    "系统",
    "本地设定，样例",
    "3个工作日",
}


@pytest.fixture(scope="module")
def held():
    return {message.id: message for message in catalogue.read() if message.id}


def test_every_text_of_the_pages_has_its_english(held):
    missing = sorted(text for text in catalogue.msgids() if text not in held or not held[text].string)
    assert not missing, f"run `python -m tests.support.catalogue` and translate: {missing}"


def test_a_translation_keeps_the_places_and_holds_no_chinese(held):
    wrong = [text for text, message in held.items()
             if catalogue.placeholders(text) != catalogue.placeholders(message.string) or catalogue.HAN.search(message.string)]  # fmt: skip
    assert not wrong


def test_no_text_is_kept_that_no_page_shows(held):
    assert sorted(held.keys() - catalogue.msgids()) == []


def test_the_compiled_file_is_the_catalogue():
    assert catalogue.PO.with_suffix(".mo").read_bytes() == catalogue.compiled(catalogue.read())


@pytest.fixture
def alert(town, screen):
    medical_visit(town, "a", UNINSURED)
    screen()
    with town.db.read() as session:
        return f"/console/alerts/{session.scalar(select(Alert.id))}"


@pytest.fixture
def officer_in_english(officer):
    made = officer("township_officer", TOWNSHIP, name="刘办事")
    page = made.press(made.open("/console/desk"), "English")
    assert page.status == 200 and "Desk" in page.text
    return made


def quoted():
    """Words of the rules and forms that are quoted: conditions, clauses, documents, the deployment's settings, questions."""
    here = departments()
    texts = _texts(here.rulebook) | _texts([file.form for file in here.form_files])
    lists = {"、".join(parameter.labels) for parameter in here.rulebook.policy.parameters}
    return ({text for text in texts if catalogue.HAN.search(text)} - catalogue.msgids()) | lists


def stored(site):
    """Texts of tasks as they were given to the phones."""
    with site.db.read() as session:
        rows = session.execute(select(Task.title, Task.detail)).all()
    return {line for row in rows for text in row for line in (text or "").splitlines()}


def _texts(held):
    if isinstance(held, str):
        return {held}
    if is_dataclass(held):
        return set().union(*(_texts(getattr(held, each.name)) for each in fields(held)))
    if isinstance(held, dict):
        return set().union(*map(_texts, [*held, *held.values()]))
    return set().union(*map(_texts, held)) if isinstance(held, list | tuple | set | frozenset) else set()


def chinese(page, data):
    """What is left in Chinese when the data are taken out, with some text around it."""
    text = page.text
    for each in sorted(data, key=len, reverse=True):
        text = text.replace(each, "")
    return sorted({found.group() for found in re.finditer(r".{0,20}[\u3400-\u9fff]+.{0,20}", text.replace("中文", ""))})


def test_login_desk_alert_and_household_in_english(site, alert, browser, officer_in_english):
    login = browser.press(browser.open("/console/login"), "English")
    assert "Sign in" in login.text and chinese(login, set()) == []
    for address in (
        "/console/desk",
        alert,
        f"/console/households/{uid('a')}",
        f"/console/households/{uid('a')}/reasons",
    ):
        page = officer_in_english.open(address)
        assert page.status == 200 and '<html lang="en">' in page.html
        assert chinese(page, NAMES | stored(site) | quoted()) == [], address
