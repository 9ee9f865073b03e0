"""What HTML asks of every page, whatever it shows."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from batchbell import web
from tests.web.zones import IN_UTC, unmarked

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
STATIC = Path(web.__file__).parent / "static"
#: A global date and time. Source: HTML Living Standard, 2.3.5.7.
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)")


@pytest.mark.parametrize("page", PAGES)
async def test_a_moment_for_programs_has_milliseconds_at_most(past: Site, page: str) -> None:
    moments = [each["datetime"] or "" for each in (await past.seen(page)).all("time")]

    assert moments
    assert [moment for moment in moments if not MOMENT.fullmatch(moment)] == []


#: A time as words of the page have it.
SAID = re.compile(r"\d\d:\d\d(:\d\d)? UTC")


@pytest.mark.parametrize("page", PAGES)
async def test_every_time_can_be_put_into_the_zone_of_its_reader(past: Site, page: str) -> None:
    html = (await past.get(page)).text

    assert SAID.search(html)
    assert unmarked(html) == []


@pytest.mark.parametrize(
    "said",
    [
        "<p>by 03:22 UTC</p>",
        "<p data-zoned>by 03:22</p>",
        "<p data-zoned>at 03:22 UTC, by 03:22</p>",
        '<svg aria-label="by 03:22"></svg>',
    ],
)
def test_a_time_that_stays_in_utc_beside_others_is_found(said: str) -> None:
    assert len(unmarked(f"<main><br>{said}</main>")) == 1


def test_what_the_script_puts_into_the_zone_of_its_reader_is_none_of_them() -> None:
    script = (STATIC / "live.js").read_text(encoding="utf-8")
    assert f"/{IN_UTC.pattern}/g" in script
    shown = "11:17 to 16:43 UTC, until 2026-11-24 04:02-2026-11-25 07:00 UTC"
    assert unmarked(f"<p>took 3h, 4:30, <b data-zoned>{shown}</b> <time>03:22 UTC</time></p>") == []
