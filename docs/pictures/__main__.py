"""Make the pictures of the documentation from the running program: `make pictures`.

Nothing in them is drawn by hand: a demo is played on a recorded terminal, its status page looked at
with Chromium, and the messages of `batchbell preview` are sent to a mail server on this machine.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from docs.pictures import demo
from docs.pictures.browser import NoBrowserError, View, running_chromium, take
from docs.pictures.mail import MAILS, delivered_html
from docs.pictures.svg import svg

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from playwright.sync_api import Browser

IMAGES = Path(__file__).resolve().parents[1] / "images"
#: What says that the page hears of news.
LIVE = "#live.success"
PAGES = {
    "page": View(width=1200, height=940),
    "page-dark": View(width=1200, height=940, dark=True),
    "page-phone": View(width=390, height=844, scale=1.5),
}
JOB_PAGES = {
    "page-job": View(width=1200, height=1400),
    "page-job-dark": View(width=1200, height=1400, dark=True),
}
#: The page of a job of which not everything came back.
RESULTS_PAGES = {
    "page-results": View(width=1200, height=1000),
    "page-results-dark": View(width=1200, height=1000, dark=True),
    "page-results-phone": View(width=390, height=844, scale=1.5),
    "page-results-phone-dark": View(width=390, height=844, scale=1.5, dark=True),
}
#: Other pages, by their addresses.
MORE_PAGES = {
    place: {
        f"page-{place}": View(width=1200, height=height),
        f"page-{place}-dark": View(width=1200, height=height, dark=True),
    }
    for place, height in (("events", 700), ("channels", 620))
}
#: How wide a mail is on a phone and elsewhere, CSS pixels, and the picture's scale.
PHONE, DESK = (390, 1.5), (720, 1.2)
#: Messages in the demo's picture.
MESSAGES = 3


def main() -> None:
    """Make all pictures; say what is missing if that can't be."""
    # Whoever runs this may use batchbell too: his configuration is none of the demo's.
    for name in [name for name in os.environ if name.startswith(("BATCHBELL_", "TOGETHER_"))]:
        del os.environ[name]
    os.environ["BATCHBELL_CONFIG"] = os.devnull
    try:
        with tempfile.TemporaryDirectory() as folder:
            mails = deliver_mails(Path(folder))
            with running_chromium() as browser:
                make(browser, Path(folder))
                take_mails(browser, mails)
    except NoBrowserError as error:
        sys.exit(f"pictures: {error}")


def make(browser: Browser, folder: Path) -> None:
    """Make all pictures of the page and the terminal with one demo."""
    database = folder / "batchbell.db"
    with demo.playing() as played:
        played.wait_until_interesting()
        played.backup(database)
        url, base = f"sqlite:///{database}", played.page_url
        # While it is running; the others can wait.
        take_all(browser, f"{base}jobs/demo/{demo.running_job(url)}", JOB_PAGES)
        take_all(browser, f"{base}jobs/demo/{demo.incomplete_job(url)}", RESULTS_PAGES)
        take_all(browser, base, PAGES)
        for place, views in MORE_PAGES.items():
            take_all(browser, f"{base}{place}", views)
    save_terminal("demo", "batchbell demo", played.picture(shows_messages_and_bars))
    moment = demo.moment_of(url)
    eventful, running = demo.most_eventful_job(url), demo.running_job(url)
    incomplete = demo.incomplete_job(url)
    for name, *arguments in (
        ("status",),
        ("explain", eventful[:8]),
        ("show", running[:8]),
        ("results", incomplete[:8]),
    ):
        lines = demo.on_terminal(url, moment, name, *arguments)
        save_terminal(name, " ".join(["batchbell", name, *arguments]), lines)


def take_all(browser: Browser, address: str, views: Mapping[str, View]) -> None:
    """Take pictures of a page, by their names."""
    for name, view in views.items():
        take(browser, address, IMAGES / f"{name}.png", view, wait_for=LIVE)


def shows_messages_and_bars(text: str) -> bool:
    """Whether the demo shows a few messages, one of them an end with its advice, above its bars.

    By then the bars have forecasts.
    """
    messages = re.findall(r"^\d\d:\d\d  \S  ", text, re.MULTILINE)
    told_whole = "COMPLETED" in text and "Fetch its output." in text
    return len(messages) >= MESSAGES and told_whole and "Forecast" in text


def save_terminal(name: str, title: str, lines: Sequence[str]) -> None:
    """Write the picture of a terminal."""
    (IMAGES / f"{name}.svg").write_text(svg(lines, title=title, name=name), encoding="utf-8")


def deliver_mails(folder: Path) -> dict[str, Path]:
    """Send mails; return the files of what arrived, by the name of the picture."""
    pages = {name: folder / f"{name}.html" for name in MAILS}
    for name, page in pages.items():
        page.write_text(delivered_html(MAILS[name]), encoding="utf-8")
    return pages


def take_mails(browser: Browser, pages: Mapping[str, Path]) -> None:
    """Take pictures of mails, by day and by night."""
    for name, page in pages.items():
        width, scale = PHONE if name.endswith("-phone") else DESK
        for suffix, dark in (("", False), ("-dark", True)):
            view = View(width=width, scale=scale, dark=dark)
            take(browser, page.as_uri(), IMAGES / f"{name}{suffix}.png", view)


if __name__ == "__main__":
    main()
