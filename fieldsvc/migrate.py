"""Bring a database to the newest migration. The scripts lie in ``migrations/``, inside the wheel as ``_migrations``."""

from pathlib import Path

from alembic import command
from alembic.config import Config


def scripts() -> Path:
    inside = Path(__file__).parent / "_migrations"
    return inside if inside.is_dir() else Path(__file__).parents[1] / "migrations"


def config(url: str) -> Config:
    made = Config()
    made.set_main_option("script_location", str(scripts()))
    made.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return made


def migrate(url: str, revision: str = "head") -> None:
    command.upgrade(config(url), revision)
