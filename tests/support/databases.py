"""Copies of an empty, migrated county: a file copy on SQLite, a template database on PostgreSQL."""

import itertools
import os
import shutil
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import psycopg

from fieldsvc.feed.service import open_county
from fieldsvc.kit.db import Database
from fieldsvc.migrate import migrate

COUNTY = "370281"
_numbers = itertools.count()


@cache
def opened(url: str) -> Database:
    """One for all tests of a place: what it has compiled for one serves the next. Whoever used it disposes of its connections."""
    return Database(url)


def sqlite_copy(templates: dict, folder: Path) -> str:
    """In the place of the one before, if there was one."""
    if "sqlite" not in templates:
        templates["sqlite"] = templates["folder"] / "template.db"
        prepare(f"sqlite:///{templates['sqlite']}")
    target = folder / "fieldsvc.db"
    for left in target.parent.glob(f"{target.name}*"):
        left.unlink()
    shutil.copy(templates["sqlite"], target)
    return f"sqlite:///{target}"


@contextmanager
def postgres_copy(templates: dict, pattern: str):
    """A copy, emptied and handed on after its test: making and dropping one costs ten times as much as emptying it."""
    if "postgresql" not in templates:
        templates["postgresql"] = f"template_{os.getpid()}"
        _admin(pattern, f"CREATE DATABASE {templates['postgresql']}")
        prepare(pattern.format(templates["postgresql"]))
        templates["rows"] = _rows(pattern.format(templates["postgresql"]))
    free = templates.setdefault("free", [])
    name = free.pop() if free else f"t{os.getpid()}_{next(_numbers)}"
    if name not in templates.setdefault("made", set()):
        _admin(pattern, f"CREATE DATABASE {name} TEMPLATE {templates['postgresql']} STRATEGY WAL_LOG")
        templates["made"].add(name)
    try:
        yield pattern.format(name)
    finally:
        if _emptied(pattern.format(name), templates["rows"]):
            free.append(name)
        else:
            _admin(pattern, f"DROP DATABASE {name} WITH (FORCE)")


def _rows(url: str) -> dict[str, list[tuple]]:
    """``{table: its rows}`` of a database as it is made."""
    with psycopg.connect(url) as connection:
        return {name: connection.execute(f"SELECT * FROM {name}").fetchall() for name in _tables(connection)}


def _tables(connection: psycopg.Connection) -> list[str]:
    found = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")
    return [name for (name,) in found]


def _emptied(url: str, rows: dict[str, list[tuple]]) -> bool:
    """Bring a copy back to ``rows``; False when a test has changed its tables."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                           "WHERE datname = current_database() AND pid <> pg_backend_pid()")  # fmt: skip
        if _tables(connection) != sorted(rows):
            return False
        filled = " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {name})" for name in rows)
        with connection.transaction():
            used = [name for (name,) in connection.execute(filled)]
            if used:
                connection.execute(f"TRUNCATE {', '.join(used)}")
            for name in used:
                for row in rows[name]:
                    connection.execute(f"INSERT INTO {name} VALUES ({', '.join(['%s'] * len(row))})", row)
    return True


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
