"""The pictures in the documents, taken from the real pages of a throw-away site: `python -m bench.pictures`."""

import sys
import tempfile
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page

from bench.site import Site
from forum.demo import PASSWORD
from tests.parts.browser import opened

FOLDER = Path(__file__).parent.parent / "docs" / "pictures"
PHONE, DESKTOP = (390, 844), (1280, 800)


def main() -> int:
    """Take every picture again."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="pictures-") as folder:
        site = Site(Path(folder))
        try:
            site.start()
            with opened() as browser:
                _take(browser, site.address)
        finally:
            site.stop()
    return 0


def _take(browser: Browser, address: str) -> None:
    page = _page(browser, PHONE, "light")
    page.goto(f"{address}/")
    page.screenshot(path=FOLDER / "front-phone.png")
    page.goto(f"{address}/threads/1")
    page.screenshot(path=FOLDER / "thread-phone.png")
    desk = _page(browser, DESKTOP, "dark")
    desk.goto(f"{address}/log-in")
    desk.fill("[name=name]", "Maya")
    desk.fill("[name=password]", PASSWORD)
    desk.click("main form button")
    desk.goto(f"{address}/desk")
    desk.screenshot(path=FOLDER / "desk-dark.png")


def _page(browser: Browser, size: tuple[int, int], scheme: Literal["light", "dark"]) -> Page:
    width, height = size
    return browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme).new_page()


if __name__ == "__main__":
    sys.exit(main())
