"""What HTML asks of every page, whatever it shows."""

from __future__ import annotations

import re
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
