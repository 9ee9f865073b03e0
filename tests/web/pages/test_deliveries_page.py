"""The page of the delivery ledger."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from batchbell.core.channel_health import ChannelHealth
from batchbell.core.event import Event, EventKind
from batchbell.core.routing import Filter
from batchbell.store.tables import notifications
from batchbell.usecases.announce import announce
from batchbell.web.components.cursor_page import ROWS
from batchbell.web.pages.deliveries import FAILED_FIRST

if TYPE_CHECKING:
    from tests.web.site import Site


def queued(site: Site, count: int, *, events: int = 1, channel: str = "team") -> None:
    """Queue as many notifications, each of `events` events."""
    for number in range(count):
        told = [
            Event(
                kind=EventKind.FAILED,
                account="default",
                job_id=f"{channel}-{number}-{job}",
                qualifier="end:FAILED",
                happened_at=site.now,
                seen_at=site.now,
            )
            for job in range(events)
        ]
        with site.database.write() as connection:
            announce(connection, told, [Filter(channel=channel)], site.now)


def given_up(site: Site) -> None:
    """Give up everything that waits."""
    with site.database.write() as connection:
        connection.execute(
            notifications.update()
            .where(notifications.c.state == "pending")
            .values(state="dead", reason="receiver answered 404", ended_at=site.now, attempts=1)
        )


async def test_an_empty_ledger_says_so(site: Site) -> None:
    seen = await site.seen("/deliveries")
    assert "Nothing had to be told yet." in seen.text
    assert "Failing or given up" not in seen.text.replace("failing or given up", "")


async def test_what_failed_stands_first_with_its_reason_its_attempts_and_the_way_out(
    past: Site,
) -> None:
    seen = await past.seen("/deliveries")
    failed, rest = seen.html.split('id="all"')
    assert "receiver answered 404" in failed
    # The channels in trouble stand above.
    assert seen.text.index("In trouble 1") < seen.text.index("What to do: Try the channel")
    assert "What to do: Try the channel: batchbell notify-test pager . Send again what" in seen.text
    assert failed.count("batchbell deliveries retry all") == 1
    # Each is named by the number that `retry` takes.
    assert "1 attempt, delivery " in failed
    # None stands twice.
    assert "deliveries retry" not in rest
    assert "receiver answered 503" in rest
    assert "2 attempts" in rest
    assert "jobs/default/failing" in seen.links


async def test_a_digest_shows_its_first_headline_and_counts_the_rest(site: Site) -> None:
    queued(site, 1, events=8)
    seen = await site.seen("/deliveries")
    assert seen.text.count("FAILED: team-0-") == 1
    assert "+7 more" in seen.text


async def test_many_failures_are_counted_and_the_last_shown(site: Site) -> None:
    queued(site, FAILED_FIRST + 3)
    given_up(site)
    queued(site, 2, channel="other")
    seen = await site.seen("/deliveries")
    failed, _ = seen.html.split('id="all"')
    assert failed.count('class="row ') == FAILED_FIRST
    assert f"the last {FAILED_FIRST} of {FAILED_FIRST + 3}" in seen.text
    assert "?state=failed" in seen.links
    every = await site.seen("/deliveries?state=failed")
    assert len(every.rows) == FAILED_FIRST + 3


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("channel=team", ["3", "2", "1"]),
        ("channel=other", ["5", "4"]),
        ("channel=gone", []),
        ("state=dead", ["3", "2", "1"]),
        ("state=pending", ["5", "4"]),
        ("state=sent", []),
        ("channel=other&state=failed", []),
        ("state=nonsense&channel=team", ["3", "2", "1"]),
    ],
)
async def test_deliveries_are_chosen(site: Site, query: str, shown: list[str]) -> None:
    queued(site, 3)
    given_up(site)
    queued(site, 2, channel="other")
    seen = await site.seen(f"/deliveries?{query}")
    assert seen.rows == shown
    assert ("No delivery is like that." in seen.text) is (not shown)


async def test_older_ones_are_reached_without_the_failed_ones_before_them(site: Site) -> None:
    queued(site, ROWS + 2)
    given_up(site)
    first = await site.seen("/deliveries")
    (older,) = [link for link in first.links if "before=" in link]
    assert (await site.seen(f"/deliveries{older}")).rows == ["2", "1"]


async def test_one_that_is_set_aside_says_so(site: Site) -> None:
    queued(site, 1)
    with site.database.write() as connection:
        connection.execute(notifications.update().values(set_aside=True, attempts=3))
    assert "set aside, retrying " in (await site.seen("/deliveries")).text


async def test_what_waits_behind_a_failure_has_the_time_it_was_made(site: Site) -> None:
    queued(site, 1)
    failing = ChannelHealth(
        channel="team", failing_since=site.ago(timedelta(hours=7)), last_error="503"
    )
    site.has_channels(failing)
    seen = await site.seen("/deliveries")
    assert "team waits" in seen.text
    assert "its receiver fails" not in seen.text
    narrowed = await site.seen("/deliveries?channel=team")
    assert "team not told: its receiver fails since 05:00 UTC (503)" in narrowed.text
    # Since when its channel is in trouble stands above.
    times = [each["datetime"] for each in seen.all("time")]
    assert times[:2] == ["2026-11-23T05:00:00.000Z", "2026-11-23T12:00:00.000Z"]
    assert "In trouble 1 ! Warning: team failing for 7h 503 since" in seen.text


async def test_the_way_out_stands_once_above_all_that_failed(site: Site) -> None:
    site.has_channels(ChannelHealth(channel="team"), ChannelHealth(channel="pager"))
    queued(site, 3)
    queued(site, 2, channel="pager")
    assert "What to do" not in (await site.seen("/deliveries")).text
    given_up(site)
    for page in ("/deliveries", "/deliveries?state=dead"):
        text = (await site.seen(page)).text
        tries = "batchbell notify-test pager and batchbell notify-test team"
        assert text.count(f"Try the channel: {tries}") == 1
        assert text.count("batchbell notify-test") == 2
        assert text.count("batchbell deliveries retry all") == 1
    assert "Nothing had to be told yet." not in (await site.seen("/deliveries")).text


async def test_a_removed_channel_can_t_be_tried(site: Site) -> None:
    site.has_channels(ChannelHealth(channel="other"))
    queued(site, 1)
    given_up(site)
    text = (await site.seen("/deliveries")).text
    assert "notify-test" not in text
    assert "What to do: Send again what was given up" in text


async def test_a_removed_channels_deliveries_are_still_there(site: Site) -> None:
    site.has_channels(ChannelHealth(channel="other"))
    queued(site, 1)
    given_up(site)
    site.has_channels(ChannelHealth(channel="team"))
    site.has_channels(ChannelHealth(channel="other"))
    assert "given up" in (await site.seen("/deliveries?channel=team")).text
    offered = [each["value"] for each in (await site.seen("/deliveries")).all("option")]
    assert {"team", "other"} <= set(offered)
