"""Which departments' plugins are installed, and which of them can be trusted to load."""

import importlib.metadata
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from fieldsvc.plugin_api.department import Department
from fieldsvc.plugin_api.markers import GROUP

from .child import ChildFailed, ask
from .refusals import Refusal

SECONDS = 10.0
AT_ONCE = 4
MENDS = {"hangs": "装载时不要联网、等待或做长计算", "exits": "插件不得调用 exit 或占满内存",
         "rubbish": "插件不得写它没有打开的文件，也不得调用 exit"}  # fmt: skip


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
    with ThreadPoolExecutor(AT_ONCE) as probes:
        for entry, answer in zip(entries, probes.map(lambda e: _probe(e, seconds), entries), strict=True):
            refusals += [Refusal(**r) for r in answer.get("refusals", ())]
            if "department" in answer:
                _take(plugins, refusals, entry, answer)
    return plugins, refusals


def _probe(entry: importlib.metadata.EntryPoint, seconds: float) -> dict[str, Any]:
    try:
        answer = json.loads(ask("fieldsvc.departments.probe", [entry.name, entry.value], b"", seconds))
        if isinstance(answer, dict):
            return answer
        code, reason = "rubbish", "装载时写出了不属于它的内容。"
    except ChildFailed as failed:
        code, reason = failed.code, f"装载时{failed}"
    except ValueError:
        code, reason = "rubbish", "装载时写出了不属于它的内容。"
    return {"refusals": [{"plugin": entry.name, "file": entry.value, "line": 0, "code": code, "reason": reason, "mend": MENDS[code]}]}


def _take(plugins: list[Plugin], refusals: list[Refusal], entry: Any, answer: dict[str, Any]) -> None:
    told = answer["department"] | {"duties": tuple(answer["department"]["duties"])}
    made = Plugin(entry.name, entry.dist.version if entry.dist else "", Department(**told), answer["module"],
                  frozenset(answer["hooks"]), _root(told["package"]))  # fmt: skip
    for first in plugins:
        if made.department.id == first.department.id or made.name == first.name:
            reason = f"插件名或部门编号 {made.department.id} 已被 {first.module} 使用。"
            refusals.append(Refusal(made.name, entry.value, 0, "same-department", reason, "卸载其中一个，或改部门编号"))
            return
        if both := sorted({*made.department.duties} & {*first.department.duties}):
            reason = f"职责 {'、'.join(both)} 已由 {first.module} 负责。"
            refusals.append(Refusal(made.name, entry.value, 0, "same-duty", reason, "卸载其中一个，或从 duties 中去掉"))
            return
    plugins.append(made)


def _root(package: str) -> Path:
    """Found, not imported: a package's ``__init__`` is the plugin's code too."""
    spec = find_spec(package)
    assert spec is not None and spec.submodule_search_locations is not None
    return Path(next(iter(spec.submodule_search_locations)))
