"""A window of a real browser, which notices what must not happen in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, Request

#: Longest wait for an element to look as wanted; longer than a busy machine takes, milliseconds.
TIMEOUT_MILLISECONDS = 60_000
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 360, "height": 740}
#: So low that all rows are below what is seen: what is new pushes nothing there.
LOW = {"width": 1280, "height": 150}
#: So high that all rows are seen.
HIGH = {"width": 1280, "height": 4000}


class Visit:
    """A window of its own, with nothing remembered, and all that went wrong in it."""

    def __init__(self, browser: Browser, base: str, **options: Any) -> None:
        """`base` is the address all paths go behind; `options` are Playwright's for a context."""
        self._base = base
        self._context: BrowserContext = browser.new_context(**{"viewport": DESKTOP, **options})
        self._context.set_default_timeout(TIMEOUT_MILLISECONDS)
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
