"""Copies of an empty, migrated county: a file copy on SQLite, a template database on PostgreSQL."""

import itertools
import os
import shutil
from contextlib import contextmanager
from pathlib import Path

import psycopg

from fieldsvc.feed.service import open_county
from fieldsvc.kit.db import Database
from fieldsvc.migrate import migrate

COUNTY = "370281"
_numbers = itertools.count()


def sqlite_copy(templates: dict, folder: Path) -> str:
    if "sqlite" not in templates:
        templates["sqlite"] = templates["folder"] / "template.db"
        prepare(f"sqlite:///{templates['sqlite']}")
    target = folder / "fieldsvc.db"
    shutil.copy(templates["sqlite"], target)
    return f"sqlite:///{target}"


@contextmanager
def postgres_copy(templates: dict, pattern: str):
    if "postgresql" not in templates:
        templates["postgresql"] = f"template_{os.getpid()}"
        _admin(pattern, f"CREATE DATABASE {templates['postgresql']}")
        prepare(pattern.format(templates["postgresql"]))
    name = f"t{os.getpid()}_{next(_numbers)}"
    _admin(pattern, f"CREATE DATABASE {name} TEMPLATE {templates['postgresql']} STRATEGY FILE_COPY")
    try:
        yield pattern.format(name)
    finally:
        _admin(pattern, f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def postgres_empty(pattern: str):
    """A database without a table."""
    name = f"e{os.getpid()}_{next(_numbers)}"
    _admin(pattern, f"CREATE DATABASE {name}")
    try:
        yield pattern.format(name)
    finally:
        _admin(pattern, f"DROP DATABASE {name} WITH (FORCE)")


def prepare(url: str) -> None:
    migrate(url)
    db = Database(url)
    with db.write() as session:
        open_county(session, COUNTY)
    db.dispose()


def _admin(pattern: str, statement: str) -> None:
    with psycopg.connect(pattern.format("postgres"), autocommit=True) as connection:
        connection.execute(statement)
