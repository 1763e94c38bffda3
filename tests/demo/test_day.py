"""``fieldsvc demo`` on real processes: every step comes out right, one that does not is named, and nothing is left behind."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from datetime import date

import psutil
import pytest
from rich.console import Console

from fieldsvc.demo import day as programme
from fieldsvc.demo import errands, office
from fieldsvc.demo.client import Client
from fieldsvc.demo.day import Day, play
from fieldsvc.demo.stage import Stage, Taken, deployment, free_port, fresh
from fieldsvc.demo.steps import DAY
from fieldsvc.demo.telling import Teller
from fieldsvc.demo.township import make_town
from tests.support.databases import postgres_empty

pytestmark = pytest.mark.timeout(180)
STARTED = "gunicorn and the background worker run"


def start(*arguments, tmp, **more):
    command = [sys.executable, "-m", "fieldsvc", "demo", "--households", "100", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                            env=os.environ | {"TMPDIR": str(tmp), **more})  # fmt: skip


def read_to(running, words):
    """Lines up to the one with these words."""
    lines = []
    for line in running.stdout:
        lines.append(line)
        if words in line:
            return "".join(lines)
    pytest.fail("".join(lines))


def test_the_whole_day_comes_out_right_and_it_serves_until_ctrl_c(tmp_path):
    running = start("--port", str(free_port()), tmp=tmp_path)
    told = read_to(running, "Ctrl+C")
    assert re.findall(r"^ ?(\d+)\. ", told, re.M) == [str(n) for n in range(1, len(DAY) + 1)]
    for words in ("待补 1", "隔离 1", "重复 7", "四(二)1", "样例", "24000.00 元", "不在施行期", "当场查出"):
        assert words in told
    processes = psutil.Process(running.pid).children(recursive=True)
    assert len(processes) >= 4  # gunicorn and its children, the worker and its
    url = re.search(r"(http://\S+)/api/docs", told)[1]
    for path in ("/api/docs", "/api/v1/openapi.json", "/readyz"):
        assert urllib.request.urlopen(url + path).status == 200
    login = json.loads(re.search(r"-d '(\{.*\})'", told)[1])
    host, port = url.removeprefix("http://").split(":")
    assert Client(host, int(port), login["username"], login["password"]).user["role"] == "township_officer"
    running.send_signal(signal.SIGINT)
    running.communicate(timeout=30)
    assert running.returncode == 0
    assert_gone(processes, tmp_path)


def test_a_demo_that_is_stopped_halfway_leaves_nothing_behind(tmp_path):
    running = start("--once", tmp=tmp_path)
    read_to(running, STARTED)
    processes = psutil.Process(running.pid).children(recursive=True)
    running.terminate()
    running.communicate(timeout=30)
    assert running.returncode == 143
    assert_gone(processes, tmp_path)


def assert_gone(processes, folder):
    _, alive = psutil.wait_procs(processes, timeout=5)
    assert not alive
    assert not list(folder.iterdir())


def run(tmp_path):
    """Play the day in this process; the failure, or None."""
    settings = deployment(tmp_path / "demo")
    with Stage(settings, make_town(100, on=date.today().replace(month=1, day=1)), free_port()) as stage:
        return play(Day(stage, Teller(Console(quiet=True))), DAY)


def test_on_postgresql_played_once(tmp_path, postgres):
    with postgres_empty(postgres) as url:
        running = start("--once", "--home", str(tmp_path / "demo"), tmp=tmp_path, FIELDSVC_DATABASE_URL=url)
        told, _ = running.communicate(timeout=150)
        assert running.returncode == 0, told
        with pytest.raises(Taken):
            deployment(tmp_path / "again", url)


def insured(monkeypatch):
    monkeypatch.setattr(errands, "UNINSURED", errands.INSURED)


def never_sent(monkeypatch):
    monkeypatch.setattr(Client, "post_unheard", lambda *_: None)


def no_worker(monkeypatch):
    monkeypatch.setattr(programme, "WAIT_SECONDS", 4.0)
    monkeypatch.setattr(subprocess, "Popen", without(subprocess.Popen, "--with-worker"))


def without(popen, word):
    return lambda command, **options: popen([part for part in command if part != word], **options)


def department_is_silent(monkeypatch):
    monkeypatch.setattr(office, "_settled", lambda day: None)


@pytest.mark.parametrize(("breakage", "step", "reason"), [
    (no_worker, "开门", "没有筛查完"),
    (never_sent, "傍晚", "重复推送应认出"),
    (insured, "筛查", "medical.insurance_subsidy"),
    (department_is_silent, "一户一条救助链", "referral_accepted"),
])  # fmt: skip
def test_a_step_that_comes_out_wrong_is_named(tmp_path, monkeypatch, breakage, step, reason):
    breakage(monkeypatch)
    failed = run(tmp_path)
    assert failed is not None
    assert failed.step.zh.startswith(step), failed
    assert reason in failed.reason


def test_only_a_folder_that_a_demo_made_is_cleared(tmp_path):
    mine = tmp_path / "keep.txt"
    mine.write_text("mine")
    with pytest.raises(Taken):
        fresh(tmp_path)
    assert mine.read_text() == "mine"
    fresh(tmp_path / "demo")
    (tmp_path / "demo" / "old.db").touch()
    fresh(tmp_path / "demo")
    assert not (tmp_path / "demo" / "old.db").exists()


def test_a_port_that_was_asked_for_must_be_free():
    with pytest.raises(Taken), socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        free_port(held.getsockname()[1])
