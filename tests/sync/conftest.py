"""A village with two grid workers, a child director and their phones, talked to over HTTP in process."""

from datetime import timedelta
from uuid import uuid4

import orjson
import pytest

from fieldsvc.accounts import service as accounts
from fieldsvc.accounts import tokens
from fieldsvc.accounts.models import Account
from tests.support import river
from tests.support.application import application
from tests.support.river import COUNTY, uid

FORM = """| survey | | | | | | | |
| | type | name | label | required | constraint | constraint_message | bind::fieldsvc:identifier |
| | integer | age | 年龄 | yes | . >= 0 and . < 150 | 年龄应在 0 到 149 之间 | |
| | text | note | 备注 | | | | |
| | text | holder | 开户人身份证号 | | | | id_number |
| settings | | | | | | | |
| | form_title | form_id | version | fieldsvc_class | | | |
| | 测试走访 | {} | 1 | {} | | | |
"""


class Phone:
    """One device of one worker. Keeps its cursor and epoch as a client does."""

    def __init__(self, client, bearer):
        self.client, self.headers = client, {"Authorization": f"Bearer {bearer}"}
        self.cursor, self.epoch = 0, ""

    def push(self, changes, cursor=None, **headers):
        body = orjson.dumps({"changes": changes, "last_pulled_at": self.cursor if cursor is None else cursor})
        return self.send(body, **headers)

    def send(self, body, **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.post("/api/v1/sync/push", data=body, headers=self.headers | named)

    def verdicts(self, changes, **how):
        answer = self.push(changes, **how)
        assert answer.status_code == 200, answer.text
        return answer.json["verdicts"]

    def verdict(self, table, record, **how):
        return self.verdicts({table: {"created": [record]}}, **how)[0]

    def page(self, pending=0, **query):
        query = {"last_pulled_at": self.cursor, "epoch": self.epoch, "pending": pending} | query
        sent = {name: value for name, value in query.items() if value is not None}
        return self.client.get("/api/v1/sync/pull", query_string=sent, headers=self.headers)

    def pull(self, **query):
        """All pages; ``{table: {"updated": {id: record}, "deleted": [ids]}}``."""
        found, more = {}, True
        while more:
            answer = self.page(**query).json
            for table, changes in answer["changes"].items():
                assert changes["created"] == []
                kept = found.setdefault(table, {"updated": {}, "deleted": []})
                kept["updated"] |= {record["id"]: record for record in changes["updated"]}
                kept["deleted"] += changes["deleted"]
            self.cursor, self.epoch, more = answer["timestamp"], answer["epoch"], answer["more"]
        return found


class Field:
    def __init__(self, site):
        self.site = site
        self.app = application(site)
        self.client = self.app.test_client()

    def phone(self, account, device="d1"):
        with self.app.app_context(), self.site.db.write() as session:
            row = session.get(Account, (COUNTY, account))
            family = accounts.open_family(session, row, device, timedelta(days=1))
            bearer = tokens.pair(account, family.id, family.current_jti)["access_token"]
        return Phone(self.client, bearer)

    def visit(self, home="h1", person=None, form="plain", version="1", **answers):
        return {"id": str(uuid4()), "household_id": uid(home), "person_id": person, "form_id": form,
                "form_version": version, "answers": orjson.dumps(answers or {"age": 60}).decode(),
                "started_at": None, "finished_at": None}  # fmt: skip


@pytest.fixture
def field(site):
    """Households h1, h2 of grid worker 1 (h1 also of child director 3), h4 of grid worker 2."""
    made = Field(site)
    with site.db.write() as session:
        river.account(session, 1)
        river.account(session, 2)
        river.account(session, 3, "child_director")
        river.account(session, 4, "child_supervisor", region="370281001")
        for name, klass in (("plain", "general"), ("child", "child")):
            river.publish_form(session, FORM.format(name, klass), f"{name}.md")
        session.flush()
        for home, workers in {"h1": [1, 3], "h2": [1], "h4": [2]}.items():
            river.household(session, home)
            for worker in workers:
                river.assign(session, uid(home), worker)
    return made


@pytest.fixture
def phone(field):
    return field.phone(1)
