"""Loading a department's forms, and what ``form check`` prints."""

import shutil
import sys
from pathlib import Path

import pytest

from fieldsvc.forms.check import check_files
from fieldsvc.forms.errors import FormError
from fieldsvc.forms.load import load_department_forms

DATA = Path(__file__).parent / "data"


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "trial_department"
    (folder / "forms").mkdir(parents=True)
    (folder / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "trial_department", raising=False)
    return folder


def test_all_forms_of_a_package(package: Path) -> None:
    for name in ("household_visit.md", "plain.md"):
        shutil.copy(DATA / name, package / "forms" / name)
    (package / "forms" / "README.txt").write_text("not a form")
    assert [form.id for form in load_department_forms("trial_department")] == ["household_visit", "plain"]


def test_a_package_without_forms(package: Path) -> None:
    (package / "forms").rmdir()
    assert load_department_forms("trial_department") == []


def test_a_bad_file_is_named(package: Path) -> None:
    text = (DATA / "plain.md").read_text("utf-8").replace(". >= 0 and . <= 130", ">= = 0             ")
    (package / "forms" / "bad.md").write_text(text, "utf-8")
    with pytest.raises(FormError, match=r"trial_department/forms/bad\.md survey 第 5 行 constraint 列"):
        load_department_forms("trial_department")


def test_one_version_comes_from_one_file(package: Path) -> None:
    for name in ("a.md", "b.md"):
        shutil.copy(DATA / "plain.md", package / "forms" / name)
    with pytest.raises(FormError, match="duplicate_form"):
        load_department_forms("trial_department")


def test_check_reports_every_file(tmp_path: Path) -> None:
    bad = tmp_path / "bad.md"
    bad.write_text((DATA / "plain.md").read_text("utf-8").replace("select_one yesno", "select_one nolist"), "utf-8")
    report = check_files([DATA / "plain.md", bad, tmp_path / "missing.md"])
    assert not report.ok
    assert report.lines[0].startswith(f"通过 {DATA / 'plain.md'}：简表（plain 版本 1），9 题，3 条规则")
    assert report.lines[1] == f"不通过 {bad}：1 处"
    assert "第 8 行 type 列：choices 里没有选项列表 nolist" in report.lines[2]
    assert check_files([DATA / "plain.md"]).ok
