"""The page of the delivery ledger."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from batchbell.core.channel_health import ChannelHealth
from batchbell.core.delivery.pacing import Hold
from batchbell.core.event import Event, EventKind
from batchbell.core.routing import Filter
from batchbell.store import pacing
from batchbell.store.tables import attempts, notification_events, notifications
from batchbell.usecases.announce import announce
from batchbell.web.components.lacking_channel import SHOWN
from batchbell.web.pages.deliveries import ROWS

if TYPE_CHECKING:
    from collections.abc import Sequence

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


def told(site: Site, count: int, channels: Sequence[str], *, name: str = "job") -> None:
    """Queue as many messages, each to all these channels."""
    for number in range(count):
        failed = Event(
            kind=EventKind.FAILED,
            account="default",
            job_id=f"{name}-{number}",
            qualifier="end:FAILED",
            happened_at=site.now,
            seen_at=site.now,
        )
        with site.database.write() as connection:
            announce(connection, [failed], [Filter(channel=each) for each in channels], site.now)


def became(site: Site, channel: str = "", **values: object) -> None:
    """Let this become of what waits, for one channel or for all."""
    update = notifications.update().where(notifications.c.state == "pending")
    if channel:
        update = update.where(notifications.c.channel == channel)
    with site.database.write() as connection:
        connection.execute(update.values(**values))


def given_up(site: Site) -> None:
    """Give up everything that waits."""
    became(site, state="dead", reason="receiver answered 404", ended_at=site.now, attempts=1)


async def test_an_empty_ledger_says_so(site: Site) -> None:
    seen = await site.seen("/deliveries")
    assert "Nothing had to be told yet." in seen.text
    assert 'id="verdict"' not in seen.html


async def test_where_everybody_was_told_everything_that_is_said_first(site: Site) -> None:
    site.has_channels(ChannelHealth(channel="team"))
    queued(site, 1)
    assert (
        "Success: Every message arrived or waits for its turn"
        in (await site.seen("/deliveries")).text
    )
    became(site, state="sent", ended_at=site.now)
    seen = await site.seen("/deliveries")
    assert "Success: Every message arrived Channel" in seen.text
    assert "Every message arrived" not in (await site.seen("/deliveries?channel=team")).text


async def test_the_channels_in_trouble_stand_first_with_what_helps(past: Site) -> None:
    seen = await past.seen("/deliveries")
    above, _ = seen.html.split('id="all"')
    assert "receiver answered 404" in above
    assert "Failure: pager doesn't deliver ✗ Failure: pager failing for" in seen.text
    assert re.search("1 message refused given up .* ago What to do: Repair the receiver", seen.text)
    commands = "Test it: batchbell notify-test pager Send it again once repaired: batchbell"
    assert f"{commands} deliveries retry " in seen.text
    assert "1 attempt, delivery " in above
    assert "jobs/default/failing" in seen.links


async def test_what_several_channels_were_told_is_one_row_with_each_inside(site: Site) -> None:
    site.has_channels(*(ChannelHealth(channel=each) for each in ("team", "oncall", "mail")))
    told(site, 2, ["team", "oncall", "mail"])
    became(site, state="sent", ended_at=site.ago(timedelta(minutes=5)), attempts=1)
    seen = await site.seen("/deliveries")
    assert seen.rows == ["4/2", "1/1"]
    assert seen.text.count("FAILED: job-1") == 1
    # When it was queued sets its place; when it was sent stands inside.
    assert "Channels now 2026-11-23 12:00 UTC ✗ Failure: FAILED: job-1" in seen.text
    # Their names stand inside.
    assert "Success: 3 told" in seen.text
    for each in ("mail", "oncall", "team"):
        assert f"Success: {each} sent 5m ago 2026-11-23 11:55 UTC delivery" in seen.text


async def test_channels_that_fared_otherwise_stand_apart_in_the_row(site: Site) -> None:
    site.has_channels(*(ChannelHealth(channel=each) for each in ("team", "tickets")))
    told(site, 1, ["team", "tickets"])
    became(site, "team", state="sent", ended_at=site.now, attempts=1)
    became(site, "tickets", state="dead", reason="HTTP 400", ended_at=site.now, attempts=1)
    text = (await site.seen("/deliveries")).text
    assert "Warning: tickets refused 1 message ! Warning: tickets 1 message refused now" in text
    assert "HTTP 400 What to do: See in the receiver's log" in text
    assert "Warning: tickets refused ✓ Success: team told" in text


async def test_a_row_stands_whole_on_one_stretch_only(site: Site) -> None:
    site.has_channels(*(ChannelHealth(channel=each) for each in ("a", "b", "c")))
    told(site, ROWS // 3 + 3, ["a", "b", "c"])
    became(site, state="sent", ended_at=site.now, attempts=1)
    first = await site.seen("/deliveries")
    (older,) = [link for link in first.links if "before=" in link]
    second = await site.seen(f"/deliveries{older}")
    assert len(first.rows) + len(second.rows) == ROWS // 3 + 3
    assert not {*first.rows} & {*second.rows}
    for seen in (first, second):
        assert seen.text.count("3 told") == len(seen.rows)


async def test_attempts_that_ended_alike_are_one_row(site: Site) -> None:
    queued(site, 1)
    became(site, state="dead", reason="HTTP 400", ended_at=site.now, attempts=5)
    reasons = ["timed out", *["HTTP 400"] * 4]
    made = [
        {
            "notification_id": 1,
            "started_at": site.now + timedelta(minutes=number),
            "duration_seconds": 2.0,
            "delivered": False,
            "reason": reason,
        }
        for number, reason in enumerate(reasons)
    ]
    with site.database.write() as connection:
        connection.execute(attempts.insert(), made)
    seen = await site.seen("/deliveries")
    assert "5 attempts, delivery 1" in seen.text
    assert "2026-11-23 12:00 UTC · 2.0 s · failed: timed out" in seen.text
    every = "4 attempts, 2026-11-23 12:01 UTC to 2026-11-23 12:04 UTC · all failed: HTTP 400"
    assert seen.text.count("failed: HTTP 400") == seen.text.count(every) > 0


async def test_what_waits_for_a_failing_channel_is_folded_at_it(site: Site) -> None:
    failing = ChannelHealth(
        channel="pager", failing_since=site.ago(timedelta(hours=7)), last_error="HTTP 503"
    )
    site.has_channels(failing, ChannelHealth(channel="team", last_success_at=site.now))
    told(site, SHOWN + 3, ["pager"], name="alone")
    told(site, 1, ["pager", "team"])
    became(site, "team", state="sent", ended_at=site.now, attempts=1)
    with site.database.write() as connection:
        oldest = notifications.update().where(notifications.c.id == 1)
        later = site.now + timedelta(minutes=4)
        connection.execute(oldest.values(attempts=3, next_attempt_at=later, reason="HTTP 503"))
    seen = await site.seen("/deliveries")
    above, below = seen.html.split('id="all"')
    count = SHOWN + 4
    assert f"{count} messages wait until it delivers next attempt in 4m" in seen.text
    assert "since 2026-11-23 05:00 UTC" in seen.text
    assert "Test it: batchbell notify-test pager" in seen.text
    assert f"its {count} messages" in seen.text
    assert above.count('class="row ') == SHOWN
    assert f"the last {SHOWN} of {count}" in seen.text
    assert "?channel=pager&state=pending" in seen.links
    # Below, it stands only beside those that were told.
    assert below.count('class="row ') == 1
    # What is not well has its own sign, but stands back: that it fails is said above.
    assert "Success: team told ! Warning: pager waiting" in seen.text
    narrowed = await site.seen("/deliveries?channel=pager&state=pending")
    assert len(narrowed.rows) == count
    assert "Warning: pager waiting" in narrowed.text
    assert "Warning: pager doesn't deliver" in narrowed.text
    assert f"its {count} messages" not in narrowed.text


async def test_where_all_waits_for_a_failing_channel_it_stands_above(site: Site) -> None:
    failing = ChannelHealth(channel="pager", failing_since=site.now, last_error="HTTP 503")
    site.has_channels(failing)
    told(site, 1, ["pager"])
    text = (await site.seen("/deliveries")).text
    # A single one stands in the open.
    assert "its message" not in text
    assert text.count("FAILED: job-0") == 1
    assert "All of them are shown above." in text


async def test_many_channels_in_trouble_are_counted(site: Site) -> None:
    names = ["a", "b", "c", "d"]
    site.has_channels(
        *(
            ChannelHealth(channel=each, failing_since=site.now, last_error="x")
            for each in names[:3]
        ),
        ChannelHealth(channel="d", last_success_at=site.now),
    )
    told(site, 1, ["d"])
    became(site, "d", state="dead", reason="gave up after 72 h: HTTP 503", ended_at=site.now)
    text = (await site.seen("/deliveries")).text
    assert "3 channels don't deliver, 1 channel lacks messages" in text
    assert (
        "1 message given up now HTTP 503 others delivered 0s ago "
        "Send it again: batchbell deliveries retry 1" in text
    )


async def test_much_that_was_given_up_has_one_command(site: Site) -> None:
    site.has_channels(ChannelHealth(channel="team", last_success_at=site.now))
    told(site, 8, ["team"])
    became(site, state="dead", reason="HTTP 400", ended_at=site.now, attempts=1)
    with site.database.write() as connection:
        connection.execute(
            notifications.update()
            .where(notifications.c.id == 1)
            .values(state="pending", next_attempt_at=site.now)
        )
    seen = await site.seen("/deliveries")
    assert "Warning: team lacks 8 messages" in seen.text
    assert "Send them again once repaired: batchbell deliveries retry all" in seen.text
    narrowed = await site.seen("/deliveries?channel=team&state=unsent")
    assert len(narrowed.rows) == 8


async def test_each_event_of_a_digest_has_a_row_with_how_bad_it_is(site: Site) -> None:
    queued(site, 1, events=3)
    seen = await site.seen("/deliveries")
    assert seen.rows == ["1/3", "1/2", "1/1"]
    for number in range(3):
        assert f"Failure: FAILED: team-0-{number}" in seen.text
    assert seen.text.count("delivery 1, a digest of 3") == 3


async def test_an_event_stands_once_whichever_digests_tell_it(site: Site) -> None:
    site.has_channels(*(ChannelHealth(channel=each) for each in ("team", "oncall")))
    first, second = (
        Event(
            kind=EventKind.FAILED,
            account="default",
            job_id=name,
            qualifier="end:FAILED",
            happened_at=site.now,
            seen_at=site.now,
        )
        for name in ("one", "two")
    )
    with site.database.write() as connection:
        both = [Filter(channel="team"), Filter(channel="oncall")]
        announce(connection, [first], both[:1], site.now)
        announce(connection, [first, second], both, site.now)
    seen = await site.seen("/deliveries")
    assert len(seen.rows) == 2
    assert seen.text.count("FAILED: one") == 1


async def test_a_message_whose_events_are_gone_says_so(site: Site) -> None:
    queued(site, 1)
    with site.database.write() as connection:
        connection.execute(notification_events.delete())
    seen = await site.seen("/deliveries")
    assert seen.rows == ["1/0"]
    assert "What it told is not kept any more" in seen.text


async def test_small_news_of_one_message_are_one_row_and_a_reminder_says_so(site: Site) -> None:
    told = [
        Event(
            kind=kind,
            account="default",
            job_id="job",
            qualifier=kind.value,
            happened_at=site.now,
            seen_at=site.now,
        )
        for kind in (EventKind.CREATED, EventKind.VALIDATING)
    ]
    with site.database.write() as connection:
        announce(connection, told, [Filter(channel="team", events=("*",))], site.now)
        connection.execute(notifications.update().values(reminder=True))
    text = (await site.seen("/deliveries")).text
    assert "Reminder: Created, validating: job" in text


async def test_what_is_held_says_why_and_until_when(site: Site) -> None:
    until = site.now + timedelta(hours=2)
    names = {"bedside": "quiet hours", "night": "quiet hours", "weekly": "collected for a digest"}
    site.has_channels(*(ChannelHealth(channel=each) for each in names))
    told(site, 1, [*names])
    with site.database.write() as connection:
        for name, why in names.items():
            pacing.note(connection, ChannelHealth(channel=name), Hold(until=until, reason=why))
    (ledger, log) = [(await site.seen(page)).text for page in ("/deliveries", "/events")]
    assert "Info: 3 held " in ledger
    assert "weekly held until 14:00 UTC (in 2h) " in ledger
    assert "Info: 3 held " in log
    assert "weekly held: digest at 14:00 UTC" in log
    channels = (await site.seen("/channels")).text
    assert "Waiting 1 quiet hours until 14:00 UTC" in channels
    assert "Waiting 1 digest at 14:00 UTC" in channels


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("channel=team", ["3/3", "2/2", "1/1"]),
        ("channel=other", ["5/5", "4/4"]),
        ("channel=gone", []),
        ("state=dead", ["3/3", "2/2", "1/1"]),
        ("state=pending", ["5/5", "4/4"]),
        ("state=sent", []),
        ("channel=other&state=failed", []),
        ("state=nonsense&channel=team", ["3/3", "2/2", "1/1"]),
    ],
)
async def test_deliveries_are_chosen(site: Site, query: str, shown: list[str]) -> None:
    queued(site, 3)
    given_up(site)
    queued(site, 2, channel="other")
    seen = await site.seen(f"/deliveries?{query}")
    assert seen.rows == shown
    assert ("No delivery is like that." in seen.text) is (not shown)


async def test_older_ones_are_reached(site: Site) -> None:
    queued(site, ROWS + 2)
    given_up(site)
    first = await site.seen("/deliveries")
    (older,) = [link for link in first.links if "before=" in link]
    below = (await site.seen(f"/deliveries{older}")).html.split('id="all"')[1]
    assert below.count('class="row ') == 2


async def test_one_that_is_set_aside_says_so(site: Site) -> None:
    site.has_channels(ChannelHealth(channel="team", last_success_at=site.now))
    queued(site, 1)
    with site.database.write() as connection:
        connection.execute(notifications.update().values(set_aside=True, attempts=3))
    text = (await site.seen("/deliveries")).text
    assert "set aside, retrying " in text
    assert "team lacks 1 message" in text
    assert "1 message refused 3 times next attempt now" in text
    assert "Warning: team" in (await site.seen("/channels")).text
    queued(site, 2)
    with site.database.write() as connection:
        connection.execute(notifications.update().values(attempts=2))
    text = (await site.seen("/channels")).text
    assert "1 message refused 2 times 1 message waits next attempt now" in text


async def test_what_waits_for_a_failing_channel_says_why_inside(site: Site) -> None:
    queued(site, 1)
    failing = ChannelHealth(
        channel="team", failing_since=site.ago(timedelta(hours=7)), last_error="503"
    )
    site.has_channels(failing)
    narrowed = await site.seen("/deliveries?channel=team")
    assert "team waiting: its receiver fails since 05:00 UTC (503)" in narrowed.text
    assert "now 2026-11-23 12:00 UTC" in narrowed.text


async def test_a_removed_channels_deliveries_are_still_there(site: Site) -> None:
    site.has_channels(ChannelHealth(channel="team"))
    site.has_channels(ChannelHealth(channel="other"))
    queued(site, 1)
    given_up(site)
    seen = await site.seen("/deliveries")
    assert "team not configured any more receiver answered 404 1 message refused" in seen.text
    # It can't be tried, and nothing is sent to it again.
    assert "batchbell " not in seen.text.partition("not configured any more")[2]
    assert "given up" in (await site.seen("/deliveries?channel=team")).text
    assert {"team", "other"} <= {each["value"] for each in seen.all("option")}
