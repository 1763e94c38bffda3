"""What ``fieldsvc form check FILE…`` says about form files."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from .compile import compile_form
from .errors import FormError
from .model import CONTAINERS, CompiledForm


@dataclass(frozen=True, slots=True)
class Report:
    """``lines`` to print, in order; ``ok`` is False when any file was refused."""

    lines: tuple[str, ...]
    ok: bool


def check_files(paths: Iterable[Path | str]) -> Report:
    """Compile every file. Never raises on what a file holds."""
    lines: list[str] = []
    ok = True
    for path in map(Path, paths):
        try:
            lines.append(_summary(path, compile_form(path, origin=path.name)))
        except FormError as error:
            ok = False
            lines.append(f"不通过 {path}：{len(error.faults)} 处")
            lines += [f"  {fault}" for fault in error.faults]
    return Report(tuple(lines), ok)


def _summary(path: Path, form: CompiledForm) -> str:
    questions = sum(1 for each in form.items if each.type not in (*CONTAINERS, "note"))
    rules = sum(1 for each in form.items for text in (each.relevant, each.constraint, each.calculation) if text)
    return (
        f"通过 {path}：{form.title}（{form.id} 版本 {form.version}），{questions} 题，{rules} 条规则，{form.hash[:12]}"
    )
