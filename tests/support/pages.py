"""Pages as a browser without JavaScript uses them: follow links, fill in forms, with cookies and form tokens."""

import re
from dataclasses import dataclass, field
from functools import partial
from html.parser import HTMLParser

import pytest

from .accounts import PASSWORD
from .statements import statements_of


@dataclass
class Form:
    """A form of a page. ``fields`` = {name: [values as the page holds them]}; ``buttons`` = {label: (name, value)}."""

    action: str = ""
    method: str = "get"
    fields: dict = field(default_factory=dict)
    buttons: dict = field(default_factory=dict)
    choices: dict = field(default_factory=dict)


class _Reader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.forms, self.links, self.words = [], {}, []
        self._form, self._select, self._area, self._button, self._link, self._quiet = None, None, None, None, None, 0

    def handle_starttag(self, tag, attributes):
        a = dict(attributes)
        if tag in ("script", "style"):
            self._quiet += 1
        elif tag == "form":
            self._form = Form(a.get("action", ""), a.get("method", "get").lower())
            self.forms.append(self._form)
        elif tag == "a" and "href" in a:
            self._link = [a["href"], ""]
        elif self._form is None:
            return
        elif tag == "input" and a.get("name"):
            self._input(a)
        elif tag == "select":
            self._select = a["name"]
            self._form.fields.setdefault(a["name"], [""])
        elif tag == "option" and self._select:
            self._form.choices.setdefault(self._select, []).append(a.get("value", ""))
            if "selected" in a:
                self._form.fields[self._select] = [a.get("value", "")]
        elif tag == "textarea":
            self._area = a["name"]
            self._form.fields[a["name"]] = [""]
        elif tag == "button":
            self._button = [a.get("name"), a.get("value", ""), ""]

    def _input(self, a):
        kind, name = a.get("type", "text"), a["name"]
        if kind in ("radio", "checkbox"):
            self._form.choices.setdefault(name, []).append(a.get("value", "on"))
            if "checked" in a:
                self._form.fields.setdefault(name, []).append(a.get("value", "on"))
        else:
            self._form.fields.setdefault(name, []).append(a.get("value", ""))

    def handle_endtag(self, tag):
        if tag in ("script", "style"):
            self._quiet -= 1
        elif tag == "form":
            self._form = None
        elif tag == "select":
            self._select = None
        elif tag == "textarea":
            self._area = None
        elif tag == "button" and self._button and self._form is not None:
            self._form.buttons[" ".join(self._button[2].split())] = (self._button[0], self._button[1])
            self._button = None
        elif tag == "a" and self._link:
            self.links.setdefault(" ".join(self._link[1].split()), self._link[0])
            self._link = None

    def handle_data(self, data):
        if self._quiet:
            return
        self.words.append(data)
        if self._area and self._form is not None:
            self._form.fields[self._area] = [data.removeprefix("\n")]
        if self._button:
            self._button[2] += data
        if self._link:
            self._link[1] += data


class Page:
    """What a browser shows: ``text`` with the blanks run together, ``forms``, ``links`` = {words: address}."""

    def __init__(self, response):
        self.response, self.status = response, response.status_code
        self.html = response.get_data(as_text=True)
        read = _Reader()
        read.feed(self.html)
        self.forms, self.links = read.forms, read.links
        self.text = re.sub(r"\s+", " ", " ".join(read.words)).strip()

    def form(self, button):
        """The form with that button."""
        found = [form for form in self.forms if button in form.buttons]
        assert found, f"no button {button!r} on the page: {[list(f.buttons) for f in self.forms]}"
        return found[0]


class Browser:
    """One officer's browser on a test client of its own."""

    def __init__(self, app):
        self.client = app.test_client()

    def open(self, address):
        return Page(self.client.get(address, follow_redirects=True))

    def press(self, page, button, **given):
        """Fill in the form that has ``button`` and send it, with what the page put into its other fields."""
        form = page.form(button)
        unknown = given.keys() - form.fields.keys() - form.choices.keys()
        assert not unknown, f"the form has no fields {sorted(unknown)}"
        values = {name: list(held) for name, held in form.fields.items()}
        values |= {name: value if isinstance(value, list) else [value] for name, value in given.items()}
        name, value = form.buttons[button]
        if name:
            values[name] = [value]
        address = form.action or page.response.request.path
        if form.method == "get":
            return Page(self.client.get(address, query_string=values, follow_redirects=True))
        return Page(self.client.post(address, data=values, follow_redirects=True))

    def sign_in(self, username, password=PASSWORD):
        page = self.press(self.open("/console/login"), "登录", username=username, password=password)
        assert page.status == 200, page.text
        return page


@pytest.fixture
def browser(app):
    return Browser(app)


@pytest.fixture
def officer(app, make_account):
    """``officer("township_officer", "370281001")`` → a signed-in ``Browser``; one account for each role and region."""
    known = {}

    def sign_in(role="township_officer", region="370281001", **more):
        key = role, region, tuple(more.items())
        if key not in known:
            known[key] = make_account(f"{role}-{len(known)}", role=role, region=region, **more)
        found = Browser(app)
        found.sign_in(known[key].username)
        found.account = known[key]
        return found

    return sign_in


@pytest.fixture
def statements(db):
    """``with statements() as asked: …`` collects the statements that reach the database meanwhile."""

    return partial(statements_of, db)
