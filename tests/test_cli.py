"""The command line: help that reads, exit codes that tell, and the same work done twice changes nothing."""

import pytest
from click.testing import CliRunner
from openpyxl import load_workbook

from fieldsvc.cli import COMMANDS, main
from fieldsvc.demo.township import make_town, roster

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
PASSWORD = "correct horse battery"


@pytest.fixture
def run(settings, monkeypatch):
    monkeypatch.setenv("FIELDSVC_HOME", str(settings.home))
    monkeypatch.setenv("FIELDSVC_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("FIELDSVC_PASSWORD", PASSWORD)
    monkeypatch.setenv("COLUMNS", "200")

    def call(*arguments, code=0):
        done = CliRunner().invoke(main, [str(a) for a in arguments], catch_exceptions=False)
        assert done.exit_code == code, done.output
        return done.output

    return call


def test_help_names_every_command_in_both_languages(run):
    text = run("--help")
    for name, (_, told) in COMMANDS.items():
        assert name in text and told.split("  ")[0] in text
    for name in COMMANDS:
        if name != "demo":
            assert "Usage:" in run(name, "--help")


def test_usage_errors_are_2_and_refusals_are_1(run):
    run("no-such-command", code=2)
    run("user", "add", code=2)
    text = run("user", "add", "xx", "--name", "甲", "--role", "grid_worker", "--region", "1", code=1)
    assert "区" in text and "[invalid-account]" in text


def test_an_account_from_birth_to_stop(run):
    run("user", "add", "w1", "--name", "甲", "--role", "grid_worker", "--region", "370281001001")
    assert "已被使用" in run("user", "add", "w1", "--name", "乙", "--role", "grid_worker", "--region", "370281001001", code=1)
    run("user", "password", "w1")
    run("user", "stop", "w1")
    assert "停用" in run("user", "list")
    run("user", "start", "w1")
    assert "停用" not in run("user", "list")


def test_migrate_twice_and_doctor(run):
    assert "medical_visit" in run("migrate")
    assert "表单没有变化" in run("migrate")
    assert "有误" not in run("doctor", "--chain")


def test_a_roster_is_imported_once_and_a_bad_row_keeps_it_out(run, tmp_path):
    run("migrate")
    town = make_town(3)
    for login in town.logins[:6]:
        run("user", "add", login.username, "--name", login.name, "--role", login.role, "--region", login.region)
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_bytes(roster(town))
    bad.write_bytes(roster(town).replace(b"379999", b"379998", 1))
    text = run("import", bad, "--report", tmp_path / "report.csv", code=1)
    assert "拒绝 1 行" in text or "拒绝" in text
    assert "校验码" in (tmp_path / "report.csv").read_text("utf-8-sig")
    assert f"新增 {town.persons} 行" in run("import", good)
    assert f"无变化 {town.persons} 行" in run("import", good)


def test_an_empty_roster_is_written_filled_in_and_imported(run, tmp_path):
    run("migrate")
    file = tmp_path / "roster.xlsx"
    run("import", code=2)
    assert "空白花名册" in run("import", "--template", file)
    book = load_workbook(file)
    sheet = book.active
    heads = {cell.value: cell.column for cell in sheet[1]}
    assert (sheet.column_dimensions["A"].number_format, sheet.column_dimensions["A"].max) == ("@", len(heads)), "all columns are text"
    for title, value in {"户编号": "1", "姓名": "王秀英", "村（社区）代码": "370281001001", "与户主关系": "户主", "性别": "女"}.items():
        sheet.cell(2, heads[title], value)
    book.save(file)
    assert "新增 1 行" in run("import", file)


def test_policy_check_and_show(run, shared):
    assert "一致" in run("policy", "check")
    assert "所引条款中找到" in run("policy", "check", "--texts", shared / "seeds")
    assert "四(二)1" in run("policy", "show", "medical_insurance_subsidy_groups", "--on", "2025-01-01")
    assert "不在施行期" in run("policy", "show", "medical_insurance_subsidy_groups", "--on", "2020-01-01")
    run("policy", "show", "--jurisdiction", "atlantis", code=1)
    run("policy", "check", "--write", code=2)


def test_form_check_says_where(run, tmp_path):
    bad = tmp_path / "bad.md"
    bad.write_text("| survey |\n| | type | name | label | constraint |\n| | integer | age | 年龄 | . >= = 0 |\n"
                   "| settings |\n| | form_title | form_id | version |\n| | 样例 | bad | 1 |\n")  # fmt: skip
    text = run("form", "check", bad, code=1)
    assert "survey" in text and "第 3 行" in text and "constraint" in text


def test_plugin_list(run):
    assert "medical" in run("plugin", "list")
