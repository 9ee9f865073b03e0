"""A real Chromium without a window, and a look at a page that notices what must not happen."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from playwright.sync_api import expect, sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, Page, Request

PROGRAM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
#: It asks nobody for updates, and finds nobody if it did.
_ARGUMENTS = (
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--no-proxy-server",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
#: Longest wait for an element to look as wanted; longer than a busy machine takes, milliseconds.
PATIENCE_MILLISECONDS = 15_000
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 360, "height": 740}


@contextmanager
def running_chromium() -> Iterator[Browser]:
    """Provide a browser for the length of a `with` block."""
    expect.set_options(timeout=PATIENCE_MILLISECONDS)
    # Root may only run it unconfined.
    unconfined = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=PROGRAM, args=[*_ARGUMENTS, *unconfined]
        )
        yield browser
        browser.close()


class Visit:
    """A window of its own, with nothing remembered, and all that went wrong in it."""

    def __init__(self, browser: Browser, base: str, **options: Any) -> None:
        """`base` is the address all paths go behind; `options` are Playwright's for a context."""
        self._base = base
        self._context: BrowserContext = browser.new_context(**{"viewport": DESKTOP, **options})
        self._context.set_default_timeout(PATIENCE_MILLISECONDS)
        self.page: Page = self._context.new_page()
        #: Errors of scripts, refusals by the policy, warnings: the console has them all.
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", lambda said: self.complaints.append(f"{said.type}: {said.text}"))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self._context.on("request", self._requested)

    def open(self, path: str = "/") -> Page:
        """Load a page and return it."""
        self.page.goto(self._base + path)
        return self.page

    @property
    def foreign_requests(self) -> list[str]:
        """What was asked of any other host."""
        ours = urlsplit(self._base).netloc
        return [url for url in self.requests if urlsplit(url).netloc != ours]

    @property
    def overflow(self) -> int:
        """By how many pixels the page is wider than the window."""
        width: int = self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        return width

    def close(self) -> None:
        """Close the window."""
        self._context.close()

    def _requested(self, request: Request) -> None:
        self.requests.append(request.url)
