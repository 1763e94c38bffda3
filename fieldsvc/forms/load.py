"""The forms a department's package ships: ``<package>/forms/*.md`` and ``*.xlsx``."""

from importlib import resources

from .compile import compile_form
from .errors import Fault, FormError
from .model import CompiledForm


def load_department_forms(package: str) -> list[CompiledForm]:
    """Compile all, sorted by file name. Raises one ``FormError`` holding the faults of every file that has some."""
    folder = resources.files(package) / "forms"
    forms: list[CompiledForm] = []
    faults: list[Fault] = []
    if not folder.is_dir():
        return forms
    for file in sorted(folder.iterdir(), key=lambda each: each.name):
        if not file.name.endswith((".md", ".xlsx")) or file.name.startswith(("~", ".")):
            continue
        origin = f"{package}/forms/{file.name}"
        try:
            forms.append(compile_form(file.read_bytes(), origin=origin))
        except FormError as error:
            faults += [
                Fault(f"{origin} {each.sheet}", each.row, each.column, each.code, each.reason) for each in error.faults
            ]
    seen: dict[tuple[str, str], str] = {}
    for form in forms:
        if other := seen.get((form.id, form.version)):
            faults.append(
                Fault("settings", 0, "form_id", "duplicate_form", f"{form.origin} 与 {other} 是同一表单同一版本")
            )
        seen[form.id, form.version] = form.origin
    if faults:
        raise FormError(faults, package)
    return forms
