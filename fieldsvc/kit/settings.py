"""Settings come from ``FIELDSVC_*`` environment variables and are frozen for the life of the process."""

import os
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Settings:
    """One deployment: one county (GB/T 2260 code), one database, one home folder for keys and queue files.

    ``supplements`` are the deployment's own dated parameters (本地设定); ``jurisdiction`` names the policy chain in force.
    ``intake`` names the outside systems that may hand in reports, ``checking`` the platforms of 核对; ``https``: the pages are
    reached over TLS only, so their cookies go nowhere else.
    """

    home: Path
    database_url: str
    county_code: str = "370281"
    jurisdiction: str = "jiaozhou"
    supplements: tuple[Path, ...] = ()
    access_minutes: int = 15
    refresh_days: int = 400
    max_body_bytes: int = 8 * 1024 * 1024
    max_records: int = 2_000
    page_limit: int = 500
    lock_failures: int = 6
    lock_minutes: int = 30
    screening_seconds: float = 10.0
    https: bool = False
    intake: Path | None = None
    checking: Path | None = None
    extra: dict[str, str] = field(default_factory=dict)


def from_environment(env: dict[str, str] | None = None) -> Settings:
    """Read the environment once; the embedded default is SQLite in ``$FIELDSVC_HOME`` (``./var``)."""
    values = dict(os.environ if env is None else env)
    home = Path(values.get("FIELDSVC_HOME", "var")).resolve()
    supplements = values.get("FIELDSVC_SUPPLEMENT", "")
    return Settings(
        home=home,
        database_url=values.get("FIELDSVC_DATABASE_URL", f"sqlite:///{home / 'fieldsvc.db'}"),
        county_code=values.get("FIELDSVC_COUNTY", "370281"),
        jurisdiction=values.get("FIELDSVC_JURISDICTION", "jiaozhou"),
        intake=Path(values["FIELDSVC_INTAKE"]).resolve() if values.get("FIELDSVC_INTAKE") else None,
        checking=Path(values["FIELDSVC_CHECKING"]).resolve() if values.get("FIELDSVC_CHECKING") else None,
        https=values.get("FIELDSVC_HTTPS", "") == "1",
        supplements=tuple(Path(p).resolve() for p in supplements.split(os.pathsep) if p),
    )
