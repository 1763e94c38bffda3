"""``fieldsvc match`` from a shell: preview, approve, show."""

import re

import pytest
from click.testing import CliRunner

from fieldsvc.cli import main
from fieldsvc.departments import load
from tests.matching.conftest import number
from tests.matching.county import as_csv, told
from tests.support.jiaozhou import SAMPLES


@pytest.fixture
def shell(named, make_account, monkeypatch):
    make_account("xian", "county_officer", "370281")
    make_account("wang")
    monkeypatch.setenv("FIELDSVC_HOME", str(named.settings.home))
    monkeypatch.setenv("FIELDSVC_DATABASE_URL", named.settings.database_url)
    monkeypatch.setenv("FIELDSVC_SUPPLEMENT", ":".join(map(str, SAMPLES)))

    def shell(*words):
        return CliRunner().invoke(main, ["match", *words])

    yield shell
    load.forget()


def test_preview_approve_and_show(shell, tmp_path):
    file = tmp_path / "名单.csv"
    file.write_bytes(as_csv([told(姓名="王小明", 身份证号=number(2)), told(姓名="陌生", 身份证号="1.1E+17")]))
    got = shell("preview", str(file), "--feed", "education.student_aid", "--as", "xian")
    assert got.exit_code == 0 and "一致 1 行" in got.output and "1 行带来变化，涉及 1 户" in got.output, got.output
    run = re.search(r"approve (\S+)", got.output)[1]
    rows = shell("show", run, "--state", "invalid", "--as", "xian").output
    assert "陌生" in rows and "1.1E+17" not in rows
    got = shell("approve", run, "--purpose", "动态监测", "--as", "xian")
    assert got.exit_code == 0 and "已记入" in got.output, got.output
    assert "education.student_aid" in shell("feeds", "--as", "xian").output


def test_only_officers_who_may(shell, tmp_path):
    file = tmp_path / "x.csv"
    file.write_bytes(as_csv([told(姓名="王小明", 身份证号=number(2))]))
    assert shell("preview", str(file), "--feed", "education.student_aid", "--as", "wang").exit_code == 1
    got = shell("preview", str(file), "--feed", "no.such", "--as", "xian")
    assert got.exit_code == 1 and "not-found" in got.output
