"""A built wheel in an empty environment migrates, lists plugins and serves; the department comes and goes as a wheel."""

import os
import shutil
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest
import requests

from tests.conftest import IN_CI
from tests.support.processes import end, free_port

ROOT = Path(__file__).resolve().parents[1]
UV = os.environ.get("UV") or shutil.which("uv")


def build(source: Path, target: Path) -> Path:
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(target)], cwd=source, check=True,
                   capture_output=True)  # fmt: skip
    return max(target.glob("*.whl"), key=lambda wheel: wheel.stat().st_mtime_ns)


class Empty:
    """A virtual environment with nothing in it, and a working directory far from the source."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.work = folder / "venv", folder / "work"
        self.work.mkdir()
        make = [UV, "venv", "--python", sys.executable] if UV else [sys.executable, "-m", "venv"]
        subprocess.run([*make, str(self.folder)], check=True, capture_output=True)
        self.python = self.folder / "bin" / "python"
        drop = ("FIELDSVC_", "PYTHON", "VIRTUAL_ENV", "COV_", "UV_PROJECT")
        self.env = {k: v for k, v in os.environ.items() if not k.startswith(drop)} | {"FIELDSVC_HOME": str(self.work / "var")}

    def install(self, wheel: Path) -> None:
        newest = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["uv"]["exclude-newer"]
        pip = [UV, "pip", "install", "--python", str(self.python), "--exclude-newer", newest] if UV else [
            str(self.python), "-m", "pip", "install"]  # fmt: skip
        done = subprocess.run([*pip, str(wheel)], env=self.env, cwd=self.work, capture_output=True, text=True)
        if done.returncode and not IN_CI:
            pytest.skip(f"dependencies cannot be installed here: {done.stderr[-300:]}")
        assert not done.returncode, done.stderr

    def call(self, *arguments: str) -> str:
        command = [str(self.folder / "bin" / "fieldsvc"), *arguments]
        done = subprocess.run(command, env=self.env, cwd=self.work, capture_output=True, text=True, timeout=120)
        assert not done.returncode, done.stdout + done.stderr
        return done.stdout

    def status_of_ready(self) -> int:
        """Serve, ask once, stop."""
        port = free_port()
        command = [str(self.folder / "bin" / "fieldsvc"), "run", "--bind", f"127.0.0.1:{port}", "--workers", "1"]
        server = subprocess.Popen(command, env=self.env, cwd=self.work, start_new_session=True)
        try:
            for _ in range(600):
                try:
                    return requests.get(f"http://127.0.0.1:{port}/readyz", timeout=5).status_code
                except requests.ConnectionError:
                    assert server.poll() is None, "the server ended"
                    time.sleep(0.1)
            raise AssertionError("the server never answered")
        finally:
            end(server)


def test_wheels_in_an_empty_environment(tmp_path):
    core = build(ROOT, tmp_path / "dist")
    medical = build(ROOT / "plugins" / "medical", tmp_path / "dist")
    empty = Empty(tmp_path)

    empty.install(core)
    assert "medical" not in empty.call("plugin", "list")
    assert "civil_household_visit" in empty.call("migrate")
    assert empty.status_of_ready() == 200

    empty.install(medical)
    assert "medical" in empty.call("plugin", "list")
    assert "medical_visit" in empty.call("migrate")
    assert empty.status_of_ready() == 200
    assert "引文全部与锁定文件一致" in empty.call("policy", "check")
