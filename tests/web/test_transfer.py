"""How little is sent: packed, and what does not change only once."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

import pytest

from batchbell.core.event import EventKind
from batchbell.core.example_events import sample
from batchbell.usecases.announce import announce
from batchbell.web.shared import Shared
from tests.timeout import TIMEOUT_SECONDS
from tests.web.site import Site

if TYPE_CHECKING:
    from batchbell.store.database import Database

FILES = ("page.css", "live.js", "bell.svg", "severity.css")


@pytest.mark.parametrize("path", ["/", "/events", "/static/page.css", "/feed.atom", "/api/events"])
async def test_who_can_unpack_gets_it_packed(past: Site, path: str) -> None:
    packed = await past.get(path, **{"accept-encoding": "gzip"})
    plain = await past.get(path, **{"accept-encoding": "identity"})

    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < len(plain.content) / 2
    assert "content-encoding" not in plain.headers
    assert packed.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"


@pytest.mark.parametrize("name", FILES)
async def test_a_file_may_be_kept_for_a_year_under_the_name_of_its_content(
    site: Site, name: str
) -> None:
    named = await site.get("/" + site.static(name))

    assert named.status_code == 200
    assert named.headers["cache-control"] == "max-age=31536000, immutable"
    for query in ("", "?v=", "?v=another", "?v=1&v=2"):
        other = await site.get(f"/static/{name}{query}")
        assert other.content == named.content
        assert other.headers["cache-control"] == "no-cache"


async def test_every_file_that_a_page_names_is_named_by_its_content(site: Site) -> None:
    for page in ("/", "/nowhere"):
        for name in ("page.css", "severity.css", "bell.svg"):
            assert site.static(name) in (await site.get(page)).text


#: Each differs from the first in one thing that its answer goes by.
QUESTIONS: tuple[tuple[str, dict[str, str]], ...] = (
    ("/events", {"accept-encoding": "identity"}),
    ("/deliveries", {"accept-encoding": "identity"}),
    ("/events?kind=batch.failed", {"accept-encoding": "identity"}),
    ("/events", {"accept-encoding": "gzip"}),
    ("/events", {"accept-encoding": "identity", "batchbell-shown": "all of it"}),
)


async def test_a_crowd_that_asks_different_things_gets_its_own_answers(past: Site) -> None:
    state = re.search(r'data-state="([^"]+)"', (await past.get("/events")).text)
    assert state is not None
    questions = [
        (
            path,
            {name: state[1] if name == "batchbell-shown" else value for name, value in of.items()},
        )
        for path, of in QUESTIONS
    ]
    alone = [await past.get(path, **headers) for path, headers in questions]
    assert len({(each.headers.get("content-encoding"), each.content) for each in alone}) == 5

    crowd = await asyncio.gather(*(past.get(path, **of) for path, of in questions * 4))

    assert [each.content for each in crowd] == [each.content for each in alone] * 4
    encodings = [each.headers.get("content-encoding") for each in alone]
    assert [each.headers.get("content-encoding") for each in crowd] == encodings * 4


async def test_a_crowd_gets_what_was_being_written_when_it_asked(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    # On a slow machine one page takes as long as a crowd waits.
    defaults = Shared.__init__.__kwdefaults__ or {}
    monkeypatch.setitem(defaults, "longest_write_seconds", TIMEOUT_SECONDS)
    site = Site(database)
    with site.database.write() as connection:
        crowd = [asyncio.create_task(site.get("/events")) for _ in range(3)]
        # Who is alone waits for nobody.
        for alone in ("/about", "/events?kind=batch.failed", "/channels"):
            assert (await site.get(alone)).status_code == 200
        assert not any(each.done() for each in crowd)
        announce(connection, [sample(EventKind.FAILED, site.now)], [], site.now)
    assert all("FAILED" in answer.text for answer in await asyncio.gather(*crowd))
