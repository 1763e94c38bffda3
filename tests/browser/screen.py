"""A page in Chromium, and what every page must keep: nothing sticks out, nothing is left untranslated, nobody meets a code,
whoever cannot see it can use it. A picture of it is kept."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import BrowserContext, Page

SIZES = {"desk": (1366, 768), "phone": (390, 844)}
SHOTS = Path(os.environ.get("FIELDSVC_SHOTS", "var/screenshots"))
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-")
LATIN = re.compile(r"[A-Za-z][A-Za-z_.]{2,}")
KNOWN = {"English", "xlsx", "XLSX", "CSV", "UTF", "GB18030"}
AXE = Path(__file__).parents[1] / "clients" / "node_modules" / "axe-core" / "axe.min.js"
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}


@dataclass
class Sitting:
    """Somebody at a browser. ``go`` opens an address under the server's."""

    context: BrowserContext
    page: Page
    url: str

    def go(self, path: str) -> Page:
        self.page.goto(self.url + path)
        return self.page

    def sign_in(self, username: str, password: str) -> "Sitting":
        self.go("/console/login")
        self.page.get_by_label("用户名").fill(username)
        self.page.get_by_label("密码").fill(password)
        self.page.get_by_role("button", name="登录").click()
        return self


def faults(page: Page) -> list[str]:
    """What is wrong with the page as it stands, in words."""
    found = [f"{wide} px wider than the screen" for wide in [page.evaluate(OVERFLOW)] if wide > 0]
    seen = page.inner_text("body") + " " + page.title()
    found += [f"an id: {each}" for each in UUID.findall(seen)]
    found += [f"not Chinese: {word}" for word in sorted(set(LATIN.findall(seen)) - KNOWN - _data_words(page))]
    found += [f"no heading or several: {page.locator('h1').count()}"] if page.locator("h1").count() != 1 else []
    return found


OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def _data_words(page: Page) -> set[str]:
    """Words somebody typed or a file is called by are no words of ours; a page marks them as data."""
    return {word for text in page.locator("[translate=no], code").all_inner_texts() for word in LATIN.findall(text)}


def violations(page: Page) -> list[str]:
    """axe-core's verdict on levels A and AA, each with the first place it stands at."""
    page.evaluate(AXE.read_text("utf-8"))
    told = page.evaluate("rules => axe.run(document, rules)", RULES)
    return [f"{one['id']}: {one['help']} — {one['nodes'][0]['html'][:160]}" for one in told["violations"]]


def keep(page: Page, name: str) -> None:
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / f"{name}.png", full_page=True)
