"""What a page costs: at most 15 statements and 100 KB, whatever page it is."""

import pytest

from fieldsvc.app import create_app
from fieldsvc.departments.web import KEY
from tests.browser.places import WHO, addresses
from tests.support.pages import Browser
from tests.support.statements import statements_of

MOST_STATEMENTS, MOST_BYTES = 15, 100_000


@pytest.fixture
def told(stage):
    """Statements sent to the stage's database."""
    with statements_of(stage.site.db) as sent:
        yield sent


def test_no_page_takes_more_than_15_statements_or_100_kb(stage, told):
    app = create_app(stage.site)
    app.extensions[KEY] = stage.departments
    with stage.site.db.read() as session:
        pages = list(addresses(app, session))
    people, wrong, most = {}, [], 0
    for name, role, path in pages:
        if role not in people:
            people[role] = Browser(app)
            people[role].sign_in(WHO[role], stage.password)
        people[role].open(path)  # what a process works out once is not a page's cost
        told.clear()
        page = people[role].open(path)
        assert page.status == 200, (name, page.status)
        most = max(most, len(told))
        if len(told) > MOST_STATEMENTS or len(page.html.encode()) > MOST_BYTES:
            wrong.append(f"{name}: {len(told)} statements, {len(page.html.encode())} bytes")
    assert len(pages) > 20 and most > 3
    assert not wrong, "\n".join(wrong)
