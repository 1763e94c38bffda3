"""Looking a plugin over before it is trusted: every hook by name, marker, arguments and kind.

pluggy accepts an unknown hook name, a forgotten marker, an extra argument with a default and an ``async def`` in
silence; each of them would be a department that never answers.
"""

import difflib
import inspect
import re
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from types import ModuleType
from typing import Any

from fieldsvc.plugin_api import API_VERSION, hookspecs
from fieldsvc.plugin_api.department import Department
from fieldsvc.plugin_api.markers import GROUP

from .refusals import Refusal

PREFIX = "fieldsvc_"
SPECS = {name: hook for name, hook in vars(hookspecs).items() if name.startswith(PREFIX)}
NAME = re.compile(r"[a-z][a-z0-9_]{1,31}")
TAKEN = frozenset({"civil", "core", "supplement"})


def check_hooks(plugin: str, module: ModuleType) -> list[Refusal]:
    """Every fault of the module's hooks, in the order they stand in it."""
    found = [r for name, hook in _hooks(module) for r in _check_hook(plugin, module, name, hook)]
    if not found and "fieldsvc_department" not in vars(module):
        found.append(_refuse(plugin, module, None, "no-department", "没有声明部门（缺少 fieldsvc_department）。",
                             "加上 @hookimpl def fieldsvc_department() -> Department"))  # fmt: skip
    return found


def _hooks(module: ModuleType) -> Iterator[tuple[str, Any]]:
    for name, value in vars(module).items():
        if callable(value) and (name.startswith(PREFIX) or hasattr(value, f"{GROUP}_impl")):
            yield name, value


def _check_hook(plugin: str, module: ModuleType, name: str, hook: Any) -> Iterator[Refusal]:
    if name not in SPECS:
        near = difflib.get_close_matches(name, SPECS, 1, 0.5)
        mend = f"改名为 {near[0]}" if near else "可用的钩子：" + "、".join(SPECS)
        yield _refuse(plugin, module, hook, "unknown-hook", f"没有名为 {name} 的钩子。", mend)
        return
    if not hasattr(hook, f"{GROUP}_impl"):
        yield _refuse(plugin, module, hook, "no-marker", f"{name} 没有标记。", f"在 def {name} 上一行加 @hookimpl")
    if inspect.iscoroutinefunction(hook) or inspect.isgeneratorfunction(hook) or inspect.isasyncgenfunction(hook):
        yield _refuse(plugin, module, hook, "not-plain", f"{name} 不是普通函数。", "改为普通 def，去掉 async 和 yield")
    yield from _check_arguments(plugin, module, name, hook)


def _check_arguments(plugin: str, module: ModuleType, name: str, hook: Callable[..., Any]) -> Iterator[Refusal]:
    allowed = list(inspect.signature(SPECS[name]).parameters)
    for argument in inspect.signature(hook).parameters.values():
        if argument.name not in allowed or argument.kind is not argument.POSITIONAL_OR_KEYWORD:
            wanted = "、".join(allowed) or "（无参数）"
            yield _refuse(plugin, module, hook, "wrong-argument", f"{name} 的参数 {argument.name} 不存在。",
                          f"参数只能是：{wanted}")  # fmt: skip


def check_department(plugin: str, module: ModuleType, given: Any) -> list[Refusal]:
    """What ``fieldsvc_department`` returned, before anything relies on it."""
    hook = vars(module)["fieldsvc_department"]

    def refuse(code: str, reason: str, mend: str) -> list[Refusal]:
        return [_refuse(plugin, module, hook, code, reason, mend)]

    if not isinstance(given, Department):
        return refuse("wrong-type", f"fieldsvc_department 返回了 {type(given).__name__}。", "返回一个 Department(...)")
    if given.api_version != API_VERSION:
        return refuse("api-version", f"插件按接口版本 {given.api_version!r} 编写，本系统为 {API_VERSION}。",
                      f"安装支持接口版本 {API_VERSION} 的插件，或升级本系统")  # fmt: skip
    if not (isinstance(given.id, str) and NAME.fullmatch(given.id)) or given.id in TAKEN:
        mend = "用小写字母开头的小写英文名，且不与内置部门重复"
        return refuse("department-id", f"部门编号 {given.id!r} 不可用。", mend)
    if not isinstance(given.duties, tuple) or not all(isinstance(d, str) for d in (*given.duties, given.title)):
        return refuse("wrong-type", "title 应为文字，duties 应为文字的元组。", 'duties=("职责", ...)')
    if not _is_package(given.package):
        return refuse("no-package", f"找不到数据包 {given.package!r}。", "package 写插件自己的包名，并确认已装入 wheel")
    return []


def _is_package(name: Any) -> bool:
    try:
        spec = find_spec(name) if isinstance(name, str) and name and "." not in name else None
    except (ImportError, ValueError):
        return False
    return bool(spec and spec.submodule_search_locations)


def _refuse(plugin: str, module: ModuleType, hook: Any, code: str, reason: str, mend: str) -> Refusal:
    file, line = getattr(module, "__file__", None) or module.__name__, 0
    where = getattr(inspect.unwrap(hook), "__code__", None) if hook is not None else None
    if where is not None:
        file, line = where.co_filename, where.co_firstlineno
    return Refusal(plugin, file, line, code, reason, mend)
