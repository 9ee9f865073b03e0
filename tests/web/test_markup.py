"""What HTML asks of every page, whatever it shows."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.web.site import Site

PAGES = (
    "/",
    "/jobs/default/moving",
    "/jobs/default/failing",
    "/events",
    "/deliveries",
    "/channels",
)
#: A global date and time. Source: HTML Living Standard, 2.3.5.7.
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)")


@pytest.mark.parametrize("page", PAGES)
async def test_a_moment_for_programs_has_milliseconds_at_most(past: Site, page: str) -> None:
    moments = [each["datetime"] or "" for each in (await past.seen(page)).all("time")]

    assert moments
    assert [moment for moment in moments if not MOMENT.fullmatch(moment)] == []


#: A time as words of the page have it.
SAID = re.compile(r"\d\d:\d\d(:\d\d)? UTC")


class OutsideItsZone(HTMLParser):
    """Finds the times of UTC that the page's script doesn't put into its reader's zone."""

    def __init__(self, html: str) -> None:
        super().__init__()
        #: The tags that are open, and whether theirs are.
        self.open: list[tuple[str, bool]] = []
        self.found: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append((tag, tag == "time" or "data-zoned" in dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop()[0] != tag:
            """One that is never closed, as `<meta>`, ends with what it stands in."""

    def handle_data(self, data: str) -> None:
        if SAID.search(data) and not any(zoned for _, zoned in self.open):
            self.found.append(data.strip())


@pytest.mark.parametrize("page", PAGES)
async def test_every_time_can_be_put_into_the_zone_of_its_reader(past: Site, page: str) -> None:
    html = (await past.get(page)).text

    assert SAID.search(html)
    assert OutsideItsZone(html).found == []
