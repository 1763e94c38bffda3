"""``fieldsvc demo --once`` plays the day on real processes; a step that comes out wrong is an exit code, not a line."""

import re

import pytest
from click.testing import CliRunner

from fieldsvc.cli import main
from fieldsvc.demo import day, visits


def run(tmp_path, monkeypatch):
    monkeypatch.setenv("FIELDSVC_HOME", str(tmp_path))
    return CliRunner().invoke(main, ["demo", "--once", "--households", "100"])


def test_the_day_comes_out_right(tmp_path, monkeypatch):
    done = run(tmp_path, monkeypatch)
    assert done.exit_code == 0, done.output
    assert len(re.findall(r"^\d\. ", done.output, re.M)) == 9
    assert "四(二)1" in done.output and "不在施行期" in done.output


def test_a_step_that_comes_out_wrong_fails_the_demo(tmp_path, monkeypatch):
    monkeypatch.setattr(visits, "UNINSURED", visits.UNINSURED | {"insured": "yes"})
    monkeypatch.setattr(day, "WAIT_SECONDS", 2.0)
    done = run(tmp_path, monkeypatch)
    assert done.exit_code == 1
    assert "没有出现应有的预警" in done.output


def test_only_a_folder_that_a_demo_made_is_cleared(tmp_path, monkeypatch):
    mine = tmp_path / "demo" / "keep.txt"
    mine.parent.mkdir()
    mine.write_text("mine")
    with pytest.raises(FileExistsError):
        from fieldsvc.demo.stage import fresh

        fresh(tmp_path / "demo")
    assert mine.read_text() == "mine"
