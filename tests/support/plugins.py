"""Installing a throw-away plugin into a folder on ``sys.path``, as a wheel would: package and entry point."""

from pathlib import Path
from textwrap import dedent

GOOD = """
from fieldsvc.plugin_api.department import Department
from fieldsvc.plugin_api.markers import hookimpl
from fieldsvc.plugin_api.referral import ReferralAnswer

@hookimpl
def fieldsvc_department():
    return Department(id="{name}", title="样例部门", package="{name}_plugin", duties=("{name}_duty",))

@hookimpl
def fieldsvc_deliver_referral(referral):
    return ReferralAnswer("accepted")
"""


def install(site_packages: Path, name: str, code: str = GOOD, files: dict[str, str] | None = None) -> Path:
    """Write the plugin's package and its metadata; returns the package folder. ``{name}`` in ``code`` is filled in."""
    package = site_packages / f"{name}_plugin"
    info = site_packages / f"{name}_plugin-1.0.dist-info"
    for folder in (package, info):
        folder.mkdir(parents=True, exist_ok=True)
    (package / "__init__.py").touch()
    (package / "plugin.py").write_text(dedent(code).replace("{name}", name))
    for path, text in (files or {}).items():
        (package / path).parent.mkdir(parents=True, exist_ok=True)
        (package / path).write_text(text)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}-plugin\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[fieldsvc]\n{name} = {name}_plugin.plugin\n")
    return package
