"""Every page, wide and narrow: nothing sticks out, no code or foreign word, no barrier of level A or AA; a picture is kept."""

import pytest

from fieldsvc.app import create_app
from tests.browser.places import WHO, addresses
from tests.browser.screen import faults, keep, violations


@pytest.fixture(scope="module")
def pages(stage):
    with stage.site.db.read() as session:
        return list(addresses(create_app(stage.site), session))


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_every_page_fits_reads_and_is_open_to_all(size, pages, sit, axe):
    wrong, people = {}, {}
    for name, role, path in pages:
        if role not in people:
            people[role] = sit(WHO[role], size=size)
        page = people[role].go(path)
        keep(page, f"{name}-{size}")
        if found := [*faults(page), *violations(page)]:
            wrong[name] = found
    assert pages and not wrong, "\n".join(f"{name}: {each}" for name, found in wrong.items() for each in found)


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_the_login_page_too(size, chromium, stage, sit, axe):
    page = sit(size=size).context.new_page()
    page.context.clear_cookies()
    page.goto(f"{stage.url}/console/login")
    keep(page, f"login-{size}")
    assert faults(page) == [] and violations(page) == []
