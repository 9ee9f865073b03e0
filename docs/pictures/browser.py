"""Pictures of pages, by Debian's Chromium without a window, which reaches this machine only."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

PROGRAM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
#: It asks nobody for updates, and finds nobody if it did.
ARGUMENTS = (
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--no-proxy-server",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)


class NoBrowserError(Exception):
    """There is no Chromium; the text says how to get it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """How a page is looked at."""

    #: In CSS pixels.
    width: int
    #: In CSS pixels; None: as high as the page is.
    height: int | None = None
    dark: bool = False
    #: Pixels of the picture for each CSS pixel.
    scale: float = 1.0
    #: Whose clock the browser has; '' for the machine's.
    zone: str = ""


@contextmanager
def running_chromium() -> Iterator[Browser]:
    """Provide a browser for the length of a `with` block; raise `NoBrowserError` without one.

    No event loop may run meanwhile in this thread.
    """
    if PROGRAM is None:
        raise NoBrowserError("no chromium; on Debian and Ubuntu: apt-get install chromium")
    # Root may only run it unconfined.
    unconfined = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        arguments = [*ARGUMENTS, *unconfined]
        browser = playwright.chromium.launch(executable_path=PROGRAM, args=arguments)
        yield browser
        browser.close()


def take(browser: Browser, url: str, path: Path, view: View, *, wait_for: str = "body") -> None:
    """Write a PNG of a page, once it has what `wait_for` selects and nothing moves."""
    with window(browser, view) as page:
        shoot(page, url, path, is_whole=view.height is None, wait_for=wait_for)


@contextmanager
def window(browser: Browser, view: View) -> Iterator[Page]:
    """Provide a window for any number of pictures."""
    with browser.new_context(
        viewport={"width": view.width, "height": view.height or 100},
        device_scale_factor=view.scale,
        color_scheme="dark" if view.dark else "light",
        reduced_motion="reduce",
        timezone_id=view.zone or None,
    ) as context:
        yield context.new_page()


def shoot(page: Page, url: str, path: Path, *, is_whole: bool, wait_for: str = "body") -> None:
    """Write a PNG of what a window shows at an address."""
    page.goto(url)
    page.locator(wait_for).first.wait_for()
    page.screenshot(path=path, full_page=is_whole)
