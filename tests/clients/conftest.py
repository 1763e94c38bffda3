"""Stock clients against real gunicorn. Where npm's registry cannot be had these tests are skipped, but never in CI."""

import itertools
import os

import pytest

from fieldsvc.kit.crypto import vault
from fieldsvc.kit.db import Database
from fieldsvc.kit.settings import Settings
from fieldsvc.kit.site import Site
from tests.clients.node import NoPackages, install_packages
from tests.clients.world import World, publish
from tests.support import databases, processes

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def packages():
    try:
        install_packages()
    except NoPackages as why:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"the clients' npm packages could not be had: {why}")


@pytest.fixture(scope="package", params=["sqlite", "postgresql"])
def running(packages, request, templates, tmp_path_factory):
    """One server of each database for all files here, without a background worker: nothing changes by itself."""
    folder = tmp_path_factory.mktemp("county")
    if request.param == "sqlite":
        yield from _serve(databases.sqlite_copy(templates, folder), folder)
        return
    with databases.postgres_copy(templates, request.getfixturevalue("postgres")) as url:
        yield from _serve(url, folder)


def _serve(url, folder):
    settings = Settings(home=folder / "home", database_url=url)
    settings.home.mkdir()
    site = Site(settings, Database(url), vault(settings.home))
    publish(site)
    with processes.serve(settings, workers=1, hands=0) as deployment:
        yield site, deployment
    site.db.dispose()


@pytest.fixture
def world(running):
    """Two workers and their households, of this test alone."""
    site, deployment = running
    made = World(site, deployment.url, next(_numbers))
    made.seed()
    yield made
    made.close()


@pytest.fixture
def live_world(packages, site, live_server):
    """A county with its background worker running."""
    publish(site)
    made = World(site, live_server.url, next(_numbers))
    made.seed()
    yield made
    made.close()
