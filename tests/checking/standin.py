"""A platform of our own to stand in for those of ministry, province and city, and a county that reaches it."""

from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread

import orjson
import pytest
from sqlalchemy import update

from fieldsvc.app import create_app
from fieldsvc.checking.models import Check
from fieldsvc.checking.outbox import work
from fieldsvc.departments.load import load_departments
from fieldsvc.departments.web import KEY
from fieldsvc.households.models import Person
from fieldsvc.kit import clock
from fieldsvc.kit.settings import Settings
from fieldsvc.wiring import connect
from tests.support.jiaozhou import SAMPLES, departments, sampled
from tests.support.river import COUNTY, uid

GOES_ON = """jurisdiction = "huining"
[[confirm]]
document = "huining-2022"
until = 2030-12-31
reference = "继续施行的通知"
"""
IDENTITY = "370281196005011236"
KEY_OF_OURS = "k" * 32


@dataclass
class Platform:
    """``parts``: what it will answer; ``later`` = 202 first; ``broken`` = that many failures first."""

    address: str = ""
    parts: list = field(default_factory=list)
    later: bool = False
    broken: int = 0
    asked: list = field(default_factory=list)
    keys: set = field(default_factory=set)
    as_of: str = field(default_factory=lambda: clock.today().isoformat())

    def report(self, check_id):
        return orjson.dumps({"format": "fieldsvc-check/1", "id": check_id, "as_of": self.as_of, "parts": self.parts})


def serve(platform):
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            platform.keys.add(self.headers["Authorization"])
            platform.asked.append(orjson.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            if platform.broken:
                platform.broken -= 1
                return self._answer(503, b"")
            self._answer(202, b"") if platform.later else self._answer(200, platform.report(platform.asked[-1]["id"]))

        def do_GET(self):
            found = self.path.rsplit("/", 1)[1]
            self._answer(404, b"") if platform.later else self._answer(200, platform.report(found))

        def _answer(self, status, body):
            with suppress(BrokenPipeError):
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, *_):
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    platform.address = f"http://127.0.0.1:{server.server_port}"
    Thread(target=server.serve_forever, daemon=True).start()
    return server


@pytest.fixture
def platform():
    found = Platform()
    server = serve(found)
    yield found
    server.shutdown()
    server.server_close()


class Checking:
    """One county's way through checking: authorise, ask, let the worker run, read the report."""

    def __init__(self, site, jurisdiction, rules, client, signed):
        self.site, self.jurisdiction, self.rules, self.client, self.signed = site, jurisdiction, rules, client, signed

    def post(self, path, body, who=("township_officer", "370281001"), **more):
        return self.client.post(f"/api/v1{path}", json=body, headers=self.signed(*who, **more))

    def get(self, path, who=("township_officer", "370281001"), **more):
        return self.client.get(f"/api/v1{path}", headers=self.signed(*who, **more))

    def authorise(self, name="a", **told):
        today = clock.today()
        body = {"person_id": uid(f"{name}/p1"), "signed_by": "p1", "signed_on": (today - timedelta(days=30)).isoformat(),
                "valid_until": (today + timedelta(days=30)).isoformat()} | told  # fmt: skip
        answer = self.post(f"/households/{uid(name)}/check-authorisations", body)
        assert answer.status_code == 201, answer.text
        return answer.json["id"]

    def ask(self, name="a", **told):
        return self.post("/checks", {"household_id": uid(name), "unit": "某镇人民政府", "purpose": "低保审核"} | told)

    def run(self, again=False):
        """The worker, until nothing is due; ``again``: what waits for its next try is due now."""
        if again:
            with self.site.db.write() as session:
                session.execute(update(Check).values(next_at=clock.now()))
        while work(self.site, self.rules):
            pass

    def report(self, check_id, **who):
        answer = self.get(f"/checks/{check_id}", **who)
        assert answer.status_code == 200, answer.text
        return answer.json


@pytest.fixture
def checking(site, town, platform, tmp_path, signed, client, app):
    """``checking("huining", adapter="http")`` → a county under that jurisdiction's policy, its platform named by settings."""

    def make(
        jurisdiction="huining", adapter="http", title="省核对平台", level="province", address=None, supplements=()
    ):
        file = tmp_path / "checking.toml"
        address = address or (platform.address if adapter == "http" else str(tmp_path / "exchange"))
        file.write_text(
            f'[platform.near]\ntitle = "{title}"\nlevel = "{level}"\nadapter = "{adapter}"\naddress = "{address}"\nkey = "{KEY_OF_OURS}"\n'
        )
        connect()
        running = sampled(site)
        running = replace(running, settings=replace(running.settings, jurisdiction=jurisdiction, checking=file))
        rules = with_supplements(tuple(supplements)) if jurisdiction == "huining" else departments()
        for name in ("a", "b"):
            identify(site, name)
        made = create_app(running)
        made.extensions[KEY] = rules
        county = Checking(running, jurisdiction, rules, made.test_client(), signed)
        county.app = made
        return county

    return make


@cache
def with_supplements(files):
    """The rules while Huining's text goes on by a local notice: its own period ended in 2023."""
    with TemporaryDirectory() as folder:
        notice = Path(folder) / "notice.toml"
        notice.write_text(GOES_ON)
        return load_departments(Settings(Path("unused"), "sqlite://", supplements=(*SAMPLES, notice, *files)))


def identify(site, name):
    with site.db.write() as session:
        person = session.get(Person, (COUNTY, uid(f"{name}/p1")))
        number = IDENTITY if name == "a" else "370281196005011252"
        person.identity_sealed, person.identity_index = (
            site.vault.seal_text(number, "persons.identity"),
            site.vault.index("identity", number),
        )
