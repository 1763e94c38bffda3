"""Stock clients against a running server. Where npm's registry cannot be had these tests are skipped, but never in CI."""

import os
import threading

import pytest

from tests.clients.node import NoPackages, install_packages
from tests.clients.world import World


@pytest.fixture(scope="session")
def packages():
    try:
        install_packages()
    except NoPackages as why:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"the clients' npm packages could not be had: {why}")


@pytest.fixture
def world(packages, site):
    from werkzeug.serving import make_server

    from fieldsvc.app import create_app

    server = make_server("127.0.0.1", 0, create_app(site), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    made = World(site, f"http://127.0.0.1:{server.server_port}")
    made.seed()
    yield made
    made.close()
    server.shutdown()
    thread.join()
