"""The forms in this repository compile, and rxeval finds nothing that ODK Collect and web forms would do differently."""

from pathlib import Path

import pytest
import rxeval

from fieldsvc.forms.compile import compile_form

ROOT = Path(__file__).parents[2]
SHIPPED = sorted(
    path for folder in ("fieldsvc", "plugins", "tests/forms/data") for path in (ROOT / folder).rglob("*.md")
)
FORMS = [path for path in SHIPPED if path.parent.name in ("forms", "data") and ".venv" not in path.parts]


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.name)
def test_a_shipped_form_travels(path: Path) -> None:
    form = compile_form(path, origin=path.name)
    assert [issue["says"] for issue in rxeval.check_form(form.xform)] == []
