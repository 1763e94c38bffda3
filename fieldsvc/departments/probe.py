"""One plugin, looked over in a process of its own: ``python -m fieldsvc.departments.probe NAME MODULE FD``.

Importing a plugin runs its code, and its code may hang, exit, ``os._exit`` or eat the memory. The process that serves
phones learns of a plugin only through the JSON answer on ``FD``.
"""

import importlib.metadata
import json
import sys
import traceback
from dataclasses import asdict
from pathlib import Path
from types import ModuleType
from typing import Any

from fieldsvc.plugin_api.markers import GROUP

from .child import answer_with
from .hooks import check_department, check_hooks
from .refusals import Refusal

HERE = Path(__file__).parent


def probe(name: str, value: str) -> dict[str, Any]:
    """``{"department": {...}, "module": …, "hooks": […]}`` or ``{"refusals": [{...}]}``."""
    module, refusals = _load(name, importlib.metadata.EntryPoint(name, value, GROUP))
    if module is None or (refusals := check_hooks(name, module)):
        return {"refusals": [asdict(r) for r in refusals]}
    try:
        department = module.fieldsvc_department()
    except BaseException as error:
        mend = "fieldsvc_department 只声明部门，不读文件、网络和时钟"
        return {"refusals": [asdict(blame(name, error, value, "department-raised", mend))]}
    if refusals := check_department(name, module, department):
        return {"refusals": [asdict(r) for r in refusals]}
    hooks = [hook for hook in vars(module) if hook.startswith("fieldsvc_")]
    return {"department": asdict(department), "module": module.__name__, "hooks": hooks}


def _load(name: str, entry: importlib.metadata.EntryPoint) -> tuple[ModuleType | None, list[Refusal]]:
    try:
        module = entry.load()
    except BaseException as error:
        return None, [blame(name, error, entry.value, "cannot-import", "改正后重新安装插件；或卸载它")]
    if not isinstance(module, ModuleType):
        mend = "入口点写模块名，如 fieldsvc_xxx.plugin"
        return None, [Refusal(name, entry.value, 0, "not-a-module", "入口点不是模块。", mend)]
    return module, []


def blame(name: str, error: BaseException, entry: str, code: str, mend: str) -> Refusal:
    """The innermost line that is neither ours nor the standard library's import machinery."""
    reason = f"{type(error).__name__}：{str(error)[:200]}"
    if isinstance(error, SyntaxError) and error.filename:
        return Refusal(name, error.filename, error.lineno or 0, code, reason, mend)
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if not frame.filename.startswith(("<", str(HERE))) and "importlib" not in frame.filename:
            return Refusal(name, frame.filename, frame.lineno or 0, code, reason, mend)
    return Refusal(name, entry, 0, code, reason, mend)


def main() -> None:
    _, name, value, channel = sys.argv
    answer_with(channel, json.dumps(probe(name, value)).encode())


if __name__ == "__main__":
    main()
