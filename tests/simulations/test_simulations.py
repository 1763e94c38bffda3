"""A changed standard is tried out on every household; nothing is written until an officer approves it, dated."""

import csv
import io
from datetime import UTC, datetime, timedelta

import openpyxl
import pytest
from click.testing import CliRunner
from sqlalchemy import func, select, update

from fieldsvc.cli import main
from fieldsvc.departments import amend
from fieldsvc.facts.models import DirtyHousehold
from fieldsvc.facts.service import record
from fieldsvc.households.models import Household
from fieldsvc.kit import clock
from fieldsvc.policy.models import PolicyChange
from fieldsvc.screening.models import DeterminationRow
from fieldsvc.screening.rescreen import meet_rules
from fieldsvc.simulations.service import run_waiting
from tests.applications.test_applications import HOME, POOR
from tests.support.jiaozhou import SAMPLES, departments
from tests.support.river import COUNTY, assign, household, uid

COUNTY_OFFICER = {"role": "county_officer", "region": COUNTY}
RAISED = {"name": "dibao_standard", "value": {"rural": "1300"}, "from": "2030-01-01", "reference": "胶民〔2029〕1号"}


@pytest.fixture
def county(town, screen):
    """Besides a and b: household c with 1200 yuan and d with 600, a month."""
    with town.db.write() as session:
        for name in "cd":
            household(session, name, ref=f"=R{name}")
            assign(session, uid(name), 1)
    screen()
    with town.db.write() as session:
        for name, income in (("c", "1200"), ("d", "600")):
            for who, facts in ((uid(f"{name}/p1"), POOR | {"income_month": income}), (None, HOME)):
                record(session, COUNTY, uid(name), who, facts, as_of=datetime.now(UTC), source_kind="officer", source_id="t",
                       declared=departments().vocabulary.facts)  # fmt: skip
    screen()
    return town


@pytest.fixture
def call(client, signed):
    def call(method, path="", body=None, **who):
        got = getattr(client, method)(f"/api/v1/simulations{path}", json=body, headers=signed(**(who or COUNTY_OFFICER)))
        return got.status_code, (got.get_json() if got.is_json else got.data)

    return call


@pytest.fixture
def run(county, call):
    def run(change=RAISED, **more):
        status, asked = call("post", "", {"changes": [change], "on": "2026-12-01"} | more)
        assert status == 202, asked
        while run_waiting(county, departments()):
            pass
        return call("get", f"/{asked['id']}")[1]

    return run


EARLY = RAISED | {"from": "2026-01-01"}


def count(site, model):
    with site.db.read() as session:
        return session.scalar(select(func.count()).select_from(model))


def test_every_household_whose_result_changes_is_listed_old_and_new_side_by_side(run, call):
    done = run(EARLY)
    assert (done["state"], done["households"], done["persons"], done["changed_households"]) == ("done", 4, 4, 1)
    lines = call("get", f"/{done['id']}/lines")[1]["items"]
    assert {line["household_id"] for line in lines} == {uid("c")}
    results = {line["programme"]: (line["old"], line["new"]) for line in lines}
    assert results["civil.dibao"] == ("n", "e")
    assert ("tier", "dibao_margin", "dibao") in {(line["programme"], line["old"], line["new"]) for line in lines}
    totals = done["totals"]["civil.dibao"]
    assert (totals["old"]["e"] + 1, totals["old"]["n"] - 1) == (totals["new"]["e"], totals["new"].get("n", 0))


def test_nothing_is_written_before_an_approval(run, county):
    before = count(county, DeterminationRow), count(county, PolicyChange), count(county, DirtyHousehold)
    run(EARLY)
    assert (count(county, DeterminationRow), count(county, PolicyChange), count(county, DirtyHousehold)) == before


def test_an_approval_dates_the_new_value_and_keeps_the_old_one(run, call, county, screen):
    done = run(EARLY | {"from": clock.today().isoformat()})
    assert call("post", f"/{done['id']}/approval", role="township_officer", region="370281001")[0] == 403
    status, approved = call("post", f"/{done['id']}/approval")
    assert (status, approved["state"]) == (200, "approved")
    assert call("post", f"/{done['id']}/approval")[1]["code"] == "already-approved"
    with county.db.read() as session:
        now = amend.current(session, COUNTY, departments())
        assert amend.current(session, COUNTY, departments()) is now
    standard = {day: now.policy.at("jiaozhou", "dibao_standard", day) for day in (clock.today(), clock.today() - timedelta(1))}
    new, old = standard.values()
    assert (str(new.value["rural"]), str(new.value["urban"]), new.parameter.reference) == ("1300", "1120", "胶民〔2029〕1号")
    assert (str(old.value["rural"]), old.ends) == ("980", clock.today() - timedelta(1))
    assert meet_rules(county, now) == 4
    from fieldsvc.screening.service import screen_due

    while screen_due(county, now):
        pass
    with county.db.read() as session:
        mine = DeterminationRow.subject_id == uid("c/p1"), DeterminationRow.current
        assert session.scalar(select(DeterminationRow.tier).where(*mine)) == "dibao"


def test_what_a_text_fixes_can_be_tried_but_not_approved(run, call):
    name = next(p.name for p in departments().policy.parameters if p.jurisdiction == "jiaozhou" and p.cite and p.unit == "list")
    fixed = {"name": name, "value": ["dibao"], "from": "2026-01-01", "reference": "x"}
    done = run(fixed)
    assert done["state"] == "done"
    status, refused = call("post", f"/{done['id']}/approval")
    assert (status, refused["code"]) == (409, "fixed-by-text")


@pytest.mark.parametrize("change, code", [
    (RAISED | {"name": "nothing"}, "unknown-parameter"),
    (RAISED | {"value": {"moon": "1"}}, "bad-shape"),
    (RAISED | {"value": "1300"}, "bad-shape"),
    (RAISED | {"value": {"rural": "many"}}, "not-exact"),
    (RAISED | {"value": {"rural": 1300.5}}, "not-exact"),
    (RAISED | {"name": "dibao_income_test", "value": "TRUE"}, "not-a-value"),
])  # fmt: skip
def test_a_change_that_cannot_be_is_refused_with_its_mend(call, county, change, code):
    status, refused = call("post", "", {"changes": [change]})
    assert (status, refused["code"]) == (422, code)


def test_an_approval_needs_a_reference_and_a_finished_run(call, county, run):
    waiting = call("post", "", {"changes": [EARLY]})[1]
    assert call("post", f"/{waiting['id']}/approval")[1]["code"] == "not-finished"
    done = run(EARLY | {"reference": ""})
    assert call("post", f"/{done['id']}/approval")[1]["code"] == "reference-missing"


def test_files_keep_numbers_as_text_and_run_no_formula(run, call, county):
    done = run(EARLY)
    told = call("get", f"/{done['id']}/file?kind=csv")[1]
    assert told.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(told.decode("utf-8-sig"))))
    assert rows[1][0] == "\t370281001001" and rows[1][1] == "'=Rc"
    sheet = openpyxl.load_workbook(io.BytesIO(call("get", f"/{done['id']}/file")[1])).active
    assert (sheet["A2"].value, sheet["A2"].data_type, sheet["B2"].value, sheet["B2"].data_type) == ("370281001001", "s", "'=Rc", "s")
    assert len(rows) == sheet.max_row


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_the_command_writes_a_file_and_changes_nothing(county, tmp_path, monkeypatch):
    monkeypatch.setenv("FIELDSVC_HOME", str(county.settings.home))
    monkeypatch.setenv("FIELDSVC_DATABASE_URL", county.settings.database_url)
    monkeypatch.setenv("FIELDSVC_SUPPLEMENT", ":".join(map(str, SAMPLES)))
    target = tmp_path / "out.csv"
    with county.db.write() as session:
        session.execute(update(Household).where(Household.id == uid("c")).values(ref="+1"))
    done = CliRunner().invoke(main, ["simulate", "--set", "dibao_standard.rural=1300", "--from", "2026-01-01", "--out", str(target)])
    assert done.exit_code == 0, done.output
    assert "4 户 4 人" in done.output and "1 户的结果会变" in done.output and "没有改动任何数据" in done.output
    assert "'+1" in target.read_text("utf-8-sig")
    wrong = CliRunner().invoke(main, ["simulate", "--set", "dibao_standard"])
    assert wrong.exit_code == 2
    unknown = CliRunner().invoke(main, ["simulate", "--set", "dibao_standardd=1"])
    assert unknown.exit_code == 1 and "没有参数" in unknown.output


