"""Which departments' plugins are installed, and which of them can be trusted to load."""

import importlib.metadata
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from fieldsvc.plugin_api.department import Department
from fieldsvc.plugin_api.markers import GROUP

from .refusals import Refusal

SECONDS = 10.0
AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Plugin:
    """An installed plugin that passed. ``module`` carries its hooks; ``root`` is the folder of its data files."""

    name: str
    version: str
    department: Department
    module: str
    hooks: frozenset[str]
    root: Path


def discover(seconds: float = SECONDS) -> tuple[list[Plugin], list[Refusal]]:
    """Probe every entry point of the group, each in a process of its own, by name. One that fails stops no other."""
    entries = sorted(importlib.metadata.entry_points(group=GROUP), key=lambda e: e.name)
    plugins: list[Plugin] = []
    refusals: list[Refusal] = []
    for start in range(0, len(entries), AT_ONCE):
        for probe in [_Probe(entry, seconds) for entry in entries[start : start + AT_ONCE]]:
            answer = probe.answer()
            refusals += [Refusal(**r) for r in answer.get("refusals", ())]
            if "department" in answer:
                _take(plugins, refusals, probe.entry, answer)
    return plugins, refusals


def _take(plugins: list[Plugin], refusals: list[Refusal], entry: Any, answer: dict[str, Any]) -> None:
    told = answer["department"] | {"duties": tuple(answer["department"]["duties"])}
    made = Plugin(entry.name, entry.dist.version if entry.dist else "", Department(**told), answer["module"],
                  frozenset(answer["hooks"]), _root(told["package"]))  # fmt: skip
    first = next((p for p in plugins if made.department.id == p.department.id or made.name == p.name), None)
    if first is None:
        plugins.append(made)
        return
    reason = f"插件名或部门编号 {made.department.id} 已被 {first.module} 使用。"
    refusals.append(Refusal(made.name, entry.value, 0, "same-department", reason, "卸载其中一个，或改部门编号"))


def _root(package: str) -> Path:
    spec = find_spec(package)
    assert spec is not None and spec.submodule_search_locations is not None
    return Path(next(iter(spec.submodule_search_locations)))


class _Probe:
    """A child that looks one plugin over; its output goes nowhere, its answer comes through a pipe."""

    def __init__(self, entry: importlib.metadata.EntryPoint, seconds: float) -> None:
        self.entry, self.deadline = entry, time.monotonic() + seconds
        self._read, write = os.pipe()
        command = [sys.executable, "-m", "fieldsvc.departments.probe", entry.name, entry.value, str(write)]
        env = os.environ | {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
        self._child = subprocess.Popen(command, pass_fds=(write,), env=env, stdin=subprocess.DEVNULL,
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
        os.close(write)

    def answer(self) -> dict[str, Any]:
        try:
            self._child.wait(max(self.deadline - time.monotonic(), 0.01))
        except subprocess.TimeoutExpired:
            return self._fail("hangs", "装载超过时限，已放弃。", "装载时不要联网、等待或做长计算")
        finally:
            self._child.kill()
            self._child.wait()
        os.set_blocking(self._read, False)
        with os.fdopen(self._read, "rb") as channel:
            text = channel.read()
        if not text:
            reason = f"装载时结束了进程（{self._child.returncode}）。"
            return self._fail("exits", reason, "插件不得调用 exit 或占满内存")
        return json.loads(text)

    def _fail(self, code: str, reason: str, mend: str) -> dict[str, Any]:
        return {"refusals": [{"plugin": self.entry.name, "file": self.entry.value, "line": 0, "code": code,
                              "reason": reason, "mend": mend}]}  # fmt: skip
