"""A real browser for the tests: which one, how it is started, and what to install when there is none.

`python -m tests.parts.browser` (part of `make test`) makes sure that there is one, or says what to do.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# A browser in a test speaks to the site and to nobody else.
QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
)
RESULTS = Path(".test-results")


def found() -> str | None:
    """The browser's program: `$CHROMIUM`, else one on PATH, else the one Playwright installed, else None."""
    if given := os.environ.get("CHROMIUM"):
        return given
    for name in NAMES:
        if program := shutil.which(name):
            return program
    return _playwrights_own()


def ensure() -> str:
    """The browser's program, installed if we may; SystemExit with one sentence when there is no way."""
    if program := found():
        if not os.access(program, os.X_OK):
            raise SystemExit(f"CHROMIUM={program} is not a program: name one that is.")
        return program
    print("Installing a browser for the tests …", flush=True)
    if os.geteuid() == 0 and shutil.which("apt-get"):
        _quietly("apt-get", "update")
        _quietly("apt-get", "install", "--yes", "--no-install-recommends", "chromium")
    if found() is None:
        _quietly(sys.executable, "-m", "playwright", "install", "chromium")
    if program := found():
        return program
    raise SystemExit(
        "The tests need a browser and none could be installed: install Chromium (Debian, Ubuntu: "
        "`apt install chromium`), or name one, as in `make test CHROMIUM=/path/to/chrome`."
    )


@contextmanager
def opened() -> Iterator[Browser]:
    """A running browser, closed at the end."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=ensure(),
            chromium_sandbox=os.geteuid() != 0,  # Chromium refuses its sandbox to root
            args=list(QUIET),
        )
        yield browser
        browser.close()


def barriers(page: Page) -> list[str]:
    """What axe finds on this page that keeps somebody out, one line each; an empty list is the aim."""
    found = Axe().run(page).response["violations"]
    return [
        f"{rule['id']}: {rule['help']} at {' '.join(node['target'])}"
        for rule in found
        for node in rule["nodes"]
    ]


def keep_picture(page: Page, test: str) -> None:
    """Keep what the page looks like now, under the test's name, for whoever asks why it failed."""
    RESULTS.mkdir(exist_ok=True)
    name = re.sub(r"[^\w-]+", "-", test)
    number = len(list(RESULTS.glob(f"{name}-*.png")))
    page.screenshot(path=RESULTS / f"{name}-{number}.png", full_page=True)


def _playwrights_own() -> str | None:
    with sync_playwright() as playwright:
        program = playwright.chromium.executable_path
    return program if Path(program).exists() else None


def _quietly(*command: str) -> None:
    subprocess.run(
        command,
        check=False,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
    )


if __name__ == "__main__":
    ensure()
