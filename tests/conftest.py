"""Fixtures: one empty county on SQLite and on PostgreSQL, real processes, a synthetic township.

PostgreSQL comes from a package and starts once per run; each test gets a copy of a migrated template database.
"""

import os
import shutil
import sys
from pathlib import Path

import pytest

from fieldsvc.kit.crypto import vault
from fieldsvc.kit.db import Database
from fieldsvc.kit.settings import Settings
from fieldsvc.kit.site import Site

# some machines forbid compiled modules to be kept: every process the tests start would compile 4,000 of them anew, three seconds each
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

IN_CI = os.environ.get("CI") == "true"


TOGETHER = ("browser", "clients", "demo", "faults", "processes")


@pytest.hookimpl(tryfirst=True)  # before the plugin that reads the groups
def pytest_collection_modifyitems(items):
    """Two processes share the tests. What runs real processes stays in one of them, folder by folder: two servers under
    load beside each other on two cores would measure each other."""
    for item in items:
        folder = item.path.parent.name
        if folder in TOGETHER or item.path.name == "test_wheel.py":
            item.add_marker(pytest.mark.xdist_group("processes"))


@pytest.fixture(scope="session")
def postgres():
    """URL pattern ``…{}…`` of a PostgreSQL started for this run (``FIELDSVC_TEST_POSTGRES`` names another)."""
    from tests.support.postgres import start

    with start() as pattern:
        yield pattern


@pytest.fixture(scope="session")
def templates(tmp_path_factory):
    """Migrated, empty databases, made on first use: ``{"sqlite": path, "postgresql": name}``."""
    return {"folder": tmp_path_factory.mktemp("templates")}


@pytest.fixture(params=["sqlite", "postgresql"])
def engine_name(request):
    return request.param


@pytest.fixture
def database_url(engine_name, request, templates):
    from tests.support import databases

    if engine_name == "sqlite":
        yield databases.sqlite_copy(templates, templates["folder"])
        return
    pattern = request.getfixturevalue("postgres")
    with databases.postgres_copy(templates, pattern) as url:
        yield url


@pytest.fixture
def settings(database_url, tmp_path) -> Settings:
    return Settings(home=tmp_path / "home", database_url=database_url)


@pytest.fixture
def site(settings) -> Site:
    from tests.support import databases

    settings.home.mkdir(parents=True, exist_ok=True)
    made = Site(settings, databases.opened(settings.database_url), vault(settings.home))
    yield made
    made.db.dispose()
    shutil.rmtree(settings.home, ignore_errors=True)


@pytest.fixture
def db(site) -> Database:
    """An empty migrated county 370281 on each database."""
    return site.db


@pytest.fixture
def live_server(site, settings):
    """gunicorn and the worker on an empty migrated county; ``.url``, ``.kill()``, ``.restart()``, ``.stop()``.

    The test fills the county through ``site`` (same keys, same database)."""
    from tests.support.processes import serve

    with serve(settings) as running:
        yield running


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of policy texts beside the project; absent on a clean clone, which is a failure only in CI."""
    folder = Path(__file__).resolve().parents[2] / "shared"
    if not folder.is_dir():
        (pytest.fail if IN_CI else pytest.skip)("the policy texts are not beside the project")
    return folder
