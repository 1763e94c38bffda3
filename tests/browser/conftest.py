"""A township at the end of a day on real processes, and people at browsers. Without Chromium these tests are skipped, but
never in CI, which installs it."""

import os
import shutil
from contextlib import ExitStack
from datetime import date

import pytest
from rich.console import Console

from fieldsvc.demo.day import Day, play
from fieldsvc.demo.stage import Stage, deployment, free_port
from fieldsvc.demo.steps import DAY
from fieldsvc.demo.telling import Teller
from fieldsvc.demo.township import make_town
from fieldsvc.kit.clock import today
from tests.browser.furniture import furnish
from tests.browser.screen import SIZES, Sitting
from tests.clients.node import NoPackages, install_packages


def missing(what):
    (pytest.fail if os.environ.get("CI") else pytest.skip)(what)


@pytest.fixture(scope="session")
def chromium():
    found = os.environ.get("FIELDSVC_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not found:
        missing("Chromium is not installed (Debian: apt install chromium fonts-noto-cjk)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def axe():
    try:
        install_packages()
    except NoPackages as why:
        missing(f"axe-core could not be had: {why}")


@pytest.fixture(scope="session")
def stage(tmp_path_factory):
    """The demo's township after its day, still served: every kind of record is there."""
    settings = deployment(tmp_path_factory.mktemp("stage") / "home")
    with Stage(settings, make_town(100, 1, date(today().year, 1, 1)), free_port()) as running:
        failed = play(Day(running, Teller(Console(quiet=True))), DAY)
        assert failed is None, failed
        furnish(running)
        yield running


@pytest.fixture
def sit(chromium, stage):
    """``sit("township", js=False, size="phone")`` → a ``Sitting``, signed in."""
    with ExitStack() as opened:

        def down(username="township", js=True, size="desk"):
            width, height = SIZES[size]
            context = chromium.new_context(
                viewport={"width": width, "height": height}, java_script_enabled=js, locale="zh-CN"
            )
            context.set_default_timeout(15_000)
            opened.callback(context.close)
            return Sitting(context, context.new_page(), stage.url).sign_in(username, stage.password)

        yield down
