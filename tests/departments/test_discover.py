"""A broken plugin is named with its line and its mend, and stops no other."""

import time

import pytest

from fieldsvc.departments.discover import discover
from tests.support.plugins import GOOD, install

MISSPELLED = GOOD.replace("fieldsvc_deliver_referral(", "fieldsvc_deliver_refferal(")
WRONG_PREFIX = GOOD.replace("def fieldsvc_deliver_referral(", "def filedsvc_deliver_referral(")
WRONG_ARGUMENT = GOOD.replace("(referral)", "(refferal)")
EXTRA_ARGUMENT = GOOD.replace("(referral)", "(referral, session=None)")
NO_MARKER = GOOD.replace("@hookimpl\ndef fieldsvc_deliver", "def fieldsvc_deliver")
ASYNC = GOOD.replace("def fieldsvc_deliver", "async def fieldsvc_deliver")
WRONG_TYPE = GOOD.replace("return Department(", "return dict(")
OTHER_API = GOOD.replace('duties=("{name}_duty",)', 'duties=("{name}_duty",), api_version=99')
NO_PACKAGE = GOOD.replace('package="{name}_plugin"', 'package="nowhere"')
BROKEN = [
    (MISSPELLED, "unknown-hook", 9, "fieldsvc_deliver_referral"),
    (WRONG_PREFIX, "unknown-hook", 9, "fieldsvc_deliver_referral"),
    (WRONG_ARGUMENT, "wrong-argument", 9, "referral"),
    (EXTRA_ARGUMENT, "wrong-argument", 9, "referral"),
    (NO_MARKER, "no-marker", 9, "@hookimpl"),
    (ASYNC, "not-plain", 9, "async"),
    (WRONG_TYPE, "wrong-type", 5, "Department"),
    (OTHER_API, "api-version", 5, "1"),
    (NO_PACKAGE, "no-package", 5, "wheel"),
    ("import nothing_like_this\n", "cannot-import", 1, "安装"),
    ("def broken(:\n", "cannot-import", 1, "安装"),
    ("raise SystemExit(3)\n", "cannot-import", 1, "安装"),
    ("import os\nos._exit(0)\n", "exits", 0, "exit"),
    ("import os, sys\nos.write(int(sys.argv[-1]), b'what?')\nos._exit(0)\n", "rubbish", 0, "exit"),
    ("import os, sys\nos.write(int(sys.argv[-1]), b'[1]')\nos._exit(0)\n", "rubbish", 0, "exit"),
    ("x = 1\n", "no-department", 0, "fieldsvc_department"),
    (GOOD.replace("return Department(", "1 / 0\n    return Department("), "department-raised", 7, "声明"),
]


@pytest.mark.parametrize(("code", "reason", "line", "mend"), BROKEN)
def test_a_broken_plugin_is_named_with_its_mend_and_others_go_on(tmp_path, monkeypatch, code, reason, line, mend):
    install(tmp_path, "broken", code.lstrip("\n"))
    install(tmp_path, "sound")
    monkeypatch.syspath_prepend(tmp_path)
    plugins, refusals = discover()
    assert {p.name for p in plugins} >= {"sound"}
    assert "broken" not in {p.name for p in plugins}
    (refusal,) = [r for r in refusals if r.plugin == "broken"]
    assert refusal.code == reason
    assert mend in refusal.mend
    assert "broken_plugin" in refusal.file
    assert refusal.line == line


def test_a_plugin_that_hangs_while_loading_is_given_up(tmp_path, monkeypatch):
    install(tmp_path, "sleeper", "import time\ntime.sleep(60)\n")
    monkeypatch.syspath_prepend(tmp_path)
    began = time.monotonic()
    plugins, refusals = discover(seconds=1.0)
    assert time.monotonic() - began < 5
    assert [r.code for r in refusals if r.plugin == "sleeper"] == ["hangs"]
    assert "sleeper" not in {p.name for p in plugins}


def test_two_plugins_cannot_be_the_same_department(tmp_path, monkeypatch):
    install(tmp_path, "first")
    install(tmp_path, "second", GOOD.replace('id="{name}"', 'id="first"'))
    monkeypatch.syspath_prepend(tmp_path)
    plugins, refusals = discover()
    assert "first" in {p.name for p in plugins}
    assert [r.code for r in refusals if r.plugin == "second"] == ["same-department"]


def test_a_duty_belongs_to_one_department(tmp_path, monkeypatch):
    """The first by name keeps it; who comes later does not take its referrals in silence."""
    install(tmp_path, "first")
    install(tmp_path, "second", GOOD.replace('"{name}_duty"', '"first_duty"'))
    monkeypatch.syspath_prepend(tmp_path)
    plugins, refusals = discover()
    assert "first" in {p.name for p in plugins} and "second" not in {p.name for p in plugins}
    assert [(r.code, "first_duty" in r.reason) for r in refusals if r.plugin == "second"] == [("same-duty", True)]


def test_what_a_sound_plugin_declares_is_known_without_importing_it(tmp_path, monkeypatch):
    import sys

    install(tmp_path, "quiet")
    monkeypatch.syspath_prepend(tmp_path)
    (quiet,) = [p for p in discover()[0] if p.name == "quiet"]
    assert quiet.department.duties == ("quiet_duty",)
    assert quiet.root == tmp_path / "quiet_plugin"
    assert quiet.version == "1.0"
    assert not any(name.startswith("quiet_plugin") for name in sys.modules)
