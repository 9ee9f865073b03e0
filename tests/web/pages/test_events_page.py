"""The page of the event log."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import update

from batchbell.core.awaiting import IN_END
from batchbell.core.channel_health import ChannelHealth
from batchbell.core.event import Event, EventKind
from batchbell.core.facts import Facts, ResultsFacts, StallFacts
from batchbell.core.job import BatchJob
from batchbell.core.results.counts import Verdict
from batchbell.core.routing import Filter, Route
from batchbell.store import events
from batchbell.store.tables import notifications
from batchbell.usecases.announce import announce
from batchbell.web.components.cursor_page import ROWS
from tests.web.api.api_site import ATTACK
from tests.web.site import HOUR, Site

NOTHING = ResultsFacts()


def event_at(site: Site, kind: EventKind, **known: Any) -> Event:
    """Return what happens now to the job `job-1`, or to another."""
    about = {"account": "default", "job_id": "job-1", **known}
    return Event(kind=kind, happened_at=site.now, seen_at=site.now, **about)


def happened(site: Site, count: int, kind: EventKind = EventKind.FAILED, **account: str) -> None:
    """Record events of as many jobs, told to the channel `team`."""
    events = [
        event_at(site, kind, job_id=f"job-{number}", qualifier=str(kind), **account)
        for number in range(count)
    ]
    with site.database.write() as connection:
        announce(connection, events, [Filter(channel="team")], site.now)


async def test_an_empty_log_says_so(site: Site) -> None:
    assert "Nothing has happened yet." in (await site.seen("/events")).text


def end_of(verdict: Event) -> Route:
    """Return the end that has a verdict's numbers in its headline."""
    return Route(event=replace(verdict, kind=EventKind.COMPLETED, facts=Facts()), not_told={})


async def test_every_event_has_its_words_its_job_and_who_was_told(past: Site) -> None:
    seen = await past.seen("/events")
    assert len(seen.rows) == len(set(seen.rows)) > 1
    assert "FAILED:" in seen.text
    assert "batch.failed" in seen.text
    assert "jobs/default/failing" in seen.links
    assert "team sent 5m 1s ago" in seen.text
    assert "pager refused" in seen.text
    assert "team told" in seen.text


async def test_what_the_message_about_the_end_says_is_not_missing(site: Site) -> None:
    event = event_at(site, EventKind.RESULTS)
    not_told = {"oncall": IN_END, "pager": "its `events` leave out batch.results", "team": IN_END}
    with site.database.write() as connection:
        events.record(connection, [Route(event=event, not_told=not_told)])
    seen = await site.seen("/events")
    assert "part of the message about the job's end: oncall, team" in seen.text
    assert "oncall, team with its end " in seen.text
    assert "pager : its events leave out batch.results" in seen.text


@pytest.mark.parametrize(
    ("kind", "not_told", "words"),
    [
        (
            EventKind.RESULTS,
            {"team": IN_END},
            "RESULTS: job-1 · 412,000 tokens, cost 12.40 by your prices",
        ),
        (
            EventKind.INCOMPLETE,
            {"team": IN_END},
            "INCOMPLETE: job-1, no answer to 10 of 1,000, 2 lines too",
        ),
        (EventKind.RESULTS, {}, "RESULTS: job-1 · 947 of 1,000 whole, 40 failed, 10 missing"),
    ],
)
async def test_a_verdict_that_the_end_s_headline_has_says_what_else_it_brought(
    site: Site, kind: EventKind, not_told: dict[str, str], words: str
) -> None:
    results = ResultsFacts(
        verdict=Verdict.PARTIAL,
        requests=1_000,
        succeeded=950,
        failed=40,
        missing=10,
        foreign=2,
        empty=3,
        total_tokens=412_000,
        cost="12.40",
    )
    event = event_at(site, kind, facts=Facts(results=results))
    with site.database.write() as connection:
        events.record(connection, [Route(event=event, not_told=not_told), end_of(event)])
    assert words in (await site.seen("/events")).text


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (EventKind.RESULTS, "RESULTS: job-1 · 4 of 9 ok, 5 failed, 412,000 tokens"),
        (EventKind.INCOMPLETE, "INCOMPLETE: job-1 · 4 of 9 ok, 5 failed"),
    ],
)
async def test_a_verdict_without_its_end_beside_it_has_the_counts_first(
    site: Site, kind: EventKind, words: str
) -> None:
    results = ResultsFacts(
        verdict=Verdict.PARTIAL, requests=9, succeeded=4, failed=5, missing=0, total_tokens=412_000
    )
    event = event_at(site, kind, facts=Facts(results=results))
    with site.database.write() as connection:
        events.record(connection, [Route(event=event, not_told={"team": IN_END}), end_of(event)])
    assert words in (await site.seen(f"/events?kind={kind}")).text


@pytest.mark.parametrize(
    ("status", "missing", "words"),
    [
        ("COMPLETED", 10, "RESULTS: model · job-1 · 412,000 tokens"),
        # Nothing stands beside it that has the numbers.
        ("COMPLETED", 0, "RESULTS: model · job-1 · 950 of 990 ok, 40 failed"),
        ("EXPIRED", 10, "RESULTS: model · job-1 · 950 of 1,000 ok, 40 failed, 10 missing"),
    ],
)
async def test_beside_an_incomplete_job_its_verdict_says_what_else_it_brought(
    site: Site, status: str, missing: int, words: str
) -> None:
    event = event_at(
        site,
        EventKind.RESULTS,
        job=BatchJob(id="job-1", status=status, model_id="model"),
        facts=Facts(
            results=ResultsFacts(
                verdict=Verdict.PARTIAL,
                requests=990 + missing,
                succeeded=950,
                failed=40,
                missing=missing,
                total_tokens=412_000,
            )
        ),
    )
    with site.database.write() as connection:
        events.record(connection, [Route(event=event, not_told={}), end_of(event)])
    assert words in (await site.seen("/events")).text


async def test_a_verdict_that_brought_nothing_else_has_its_own_headline(site: Site) -> None:
    event = event_at(
        site,
        EventKind.RESULTS,
        facts=Facts(results=ResultsFacts(verdict=Verdict.COMPLETE, requests=5, succeeded=5)),
    )
    with site.database.write() as connection:
        events.record(connection, [Route(event=event, not_told={"team": IN_END})])
    assert "RESULTS: job-1 · 5 of 5 ok" in (await site.seen("/events")).text


async def test_a_headline_leaves_the_model_to_the_job_s_page_and_breaks_no_numbers(
    site: Site,
) -> None:
    came_back = ResultsFacts(
        verdict=Verdict.PARTIAL, requests=1_500, succeeded=1_490, failed=10, missing=0
    )
    facts = Facts(input_file="nightly.jsonl", results=came_back)
    job = BatchJob(id="job-1", status="COMPLETED", model_id="meta/Llama-3.3-70B")
    event = event_at(site, EventKind.COMPLETED_WITH_ERRORS, facts=facts, job=job)
    with site.database.write() as connection:
        announce(connection, [event], [Filter(channel="team")], site.now)
    for page in ("/events", "/deliveries"):
        seen = await site.seen(page)
        assert "COMPLETED WITH ERRORS: nightly · 1,490 of 1,500 ok, 10 failed" in seen.text
        assert "Llama" not in seen.text
        # A line that begins with them begins without the dot.
        counts = "1,490\N{NO-BREAK SPACE}of\N{NO-BREAK SPACE}1,500\N{NO-BREAK SPACE}ok, 10 failed"
        assert f'<span class="dot">·</span> {counts}</span>' in seen.html


async def test_times_and_spans_in_a_headline_stay_whole(site: Site) -> None:
    job = BatchJob(id="job-1", status="IN_PROGRESS", progress=0.5)
    stall = StallFacts(since=site.ago(HOUR * 1.5))
    event = event_at(site, EventKind.STALLED, facts=Facts(stall=stall), job=job)
    with site.database.write() as connection:
        events.record(connection, [Route(event=event, not_told={})])
    whole = "for 1h 30m (since 10:30 UTC)"
    seen = await site.seen("/events")
    assert whole in seen.text
    assert (
        whole.replace("1h ", "1h\N{NO-BREAK SPACE}").replace(" U", "\N{NO-BREAK SPACE}U")
        in seen.html
    )


async def test_more_than_two_channels_are_counted_and_named_inside(site: Site) -> None:
    event = event_at(site, EventKind.FAILED)
    names = ("chat", "lead", "oncall", "pager")
    only_results = (Filter(channel=f"late-{n}", events=("batch.results",)) for n in range(4))
    with site.database.write() as connection:
        told = [Filter(channel=name) for name in names]
        announce(connection, [event], [*told, *only_results], site.now)
        connection.execute(update(notifications).values(state="sent", ended_at=site.now))
    text = (await site.seen("/events")).text
    assert "Success: 4 told ✓" in text
    assert "chat, lead, oncall, pager sent now" in text
    assert "late-0 : " in text


async def test_how_many_were_told_stands_in_a_line_behind_what_fails(
    site: Site,
) -> None:
    names = ("chat", "lead", "oncall", "pager")
    event = event_at(site, EventKind.FAILED)
    with site.database.write() as connection:
        announce(connection, [event], [Filter(channel=name) for name in names], site.now)
        connection.execute(
            update(notifications)
            .where(notifications.c.channel != "pager")
            .values(state="sent", ended_at=site.now)
        )
    text = (await site.seen("/events")).text
    assert "Success: 3 told i Info: 1 waiting" in text
    assert "Info: pager waiting" in text
    assert text.index("chat, lead, oncall sent") < text.index("Info: pager waiting")
    with site.database.write() as connection:
        connection.execute(
            update(notifications)
            .where(notifications.c.channel == "chat")
            .values(state="dead", reason="removed")
        )
    seen = await site.seen("/events")
    assert "Warning: chat refused ✓ Success: 2 told i Info: 1 waiting" in seen.text


async def test_many_channels_that_wait_are_counted_as_those_are_that_were_told(site: Site) -> None:
    names = ("chat", "lead", "night", "oncall", "pager")
    event = event_at(site, EventKind.FAILED)
    with site.database.write() as connection:
        announce(connection, [event], [Filter(channel=name) for name in names], site.now)
        connection.execute(
            update(notifications)
            .where(notifications.c.channel.in_(("lead", "oncall")))
            .values(state="sent", ended_at=site.now)
        )
    text = (await site.seen("/events")).text
    assert "2 told i Info: 3 waiting" in text
    assert "chat, night, pager waiting" in text or text.count("waiting since") == 3


async def test_channels_of_which_the_same_is_said_take_one_line(site: Site) -> None:
    names = ("chat", "lead", "pager")
    event = event_at(site, EventKind.FAILED)
    site.has_channels(
        ChannelHealth(channel="pager", failing_since=site.ago(HOUR), last_error="HTTP 503")
    )
    with site.database.write() as connection:
        announce(connection, [event], [Filter(channel=name) for name in names], site.now)
        connection.execute(
            update(notifications)
            .where(notifications.c.channel != "pager")
            .values(state="sent", ended_at=site.now)
        )
    text = (await site.seen("/events")).text
    assert "chat, lead sent" in text
    assert "pager waiting" in text


async def test_a_channel_s_outage_stands_once_above_what_waits_for_it(site: Site) -> None:
    happened(site, 3)
    failing = ChannelHealth(channel="team", failing_since=site.ago(HOUR), last_error="HTTP 503")
    site.has_channels(failing)
    seen = await site.seen("/events")
    assert seen.text.count("HTTP 503") == 1
    assert seen.text.index("team failing for 1h") < seen.text.index("FAILED:")
    assert seen.text.count("Warning: team waiting ! Warning: team waiting") == 3
    # What to do about it stands there.
    assert "channels#channel-team" in seen.links
    sheet = (await site.seen("/channels")).all("h2")
    assert {"id": "channel-team"} in sheet
    # The list has a heading of its own: nobody takes all of it for what was not told.
    assert ">All, the newest first</h2>" in seen.html
    assert ">Chosen</h2>" in (await site.seen("/events?severity=warning")).html


async def test_events_stand_by_the_time_that_is_beside_them(site: Site) -> None:
    times = (site.ago(HOUR / 2), site.ago(HOUR), site.ago(HOUR / 4))
    found = [
        Event(
            kind=EventKind.FAILED,
            account="default",
            job_id=f"job-{number}",
            happened_at=at,
            seen_at=site.now,
        )
        for number, at in enumerate(times)
    ]
    with site.database.write() as connection:
        for each in found:
            announce(connection, [each], [], site.now)
    text = (await site.seen("/events")).text
    places = [text.index(f"job-{number}") for number in (2, 0, 1)]
    assert places == sorted(places)


async def test_what_nobody_was_told_is_said_in_three_words_until_it_is_opened(site: Site) -> None:
    event = event_at(site, EventKind.CREATED)
    why = "its events leave out batch.created"
    stored = "its `events` leave out batch.created"
    with site.database.write() as connection:
        events.record(connection, [Route(event=event, not_told={"boss": stored, "team": stored})])
    seen = await site.seen("/events")
    assert f"told to nobody boss : {why} team : {why}" in seen.text


async def test_an_event_of_an_account_leads_to_no_job(site: Site) -> None:
    event = Event(
        kind=EventKind.ACCOUNT_UNREACHABLE,
        account="default",
        happened_at=site.ago(HOUR),
        seen_at=site.now,
        qualifier="x",
    )
    with site.database.write() as connection:
        announce(connection, [event], [], site.now)
    seen = await site.seen("/events")
    assert "seen 1h later" in seen.text
    assert "told to nobody: there was no channel" in seen.text
    assert not [link for link in seen.links if link.startswith("jobs/")]


@pytest.mark.parametrize(
    ("query", "kinds"),
    [
        ("?kind=batch.failed", {"batch.failed"}),
        ("?severity=failure", {"batch.failed"}),
        ("?account=default&severity=failure", {"batch.failed"}),
        ("?account=nobody&kind=nonsense&severity=7", None),
    ],
)
async def test_events_are_chosen_and_nonsense_is_ignored(
    past: Site, query: str, kinds: set[str] | None
) -> None:
    everything, seen = await past.seen("/events"), await past.seen(f"/events{query}")
    if kinds is None:
        assert seen.rows == everything.rows
        return
    assert 0 < len(seen.rows) < len(everything.rows)
    assert "Clear" in seen.text


async def test_a_choice_without_an_event_says_so(past: Site) -> None:
    seen = await past.seen("/events?kind=batch.expired")
    assert "No event is like that." in seen.text


async def test_the_way_to_older_events_and_back_passes_each_of_them_once(site: Site) -> None:
    happened(site, 2 * ROWS + 5)
    first = await site.seen("/events")
    assert len(first.rows) == ROWS
    (older,) = [link for link in first.links if "before=" in link]
    second = await site.seen(f"/events{older}")
    (older,) = [link for link in second.links if "before=" in link]
    third = await site.seen(f"/events{older}")
    assert [*first.rows, *second.rows, *third.rows] == [
        str(number) for number in range(2 * ROWS + 5, 0, -1)
    ]
    assert not [link for link in third.links if "before=" in link]
    (newer,) = [link for link in third.links if "after=" in link]
    assert (await site.seen(f"/events{newer}")).rows == second.rows
    (newer,) = [link for link in second.links if "after=" in link]
    assert (await site.seen(f"/events{newer}")).rows == first.rows


async def test_the_choice_is_kept_on_the_way(site: Site) -> None:
    happened(site, ROWS + 1)
    happened(site, ROWS + 1, EventKind.EXPIRED)
    first = await site.seen("/events?kind=batch.failed")
    (older,) = [link for link in first.links if "before=" in link]
    assert older.startswith("?kind=batch.failed&before=")
    assert len((await site.seen(f"/events{older}")).rows) == 1


@pytest.mark.parametrize(
    "query", ["before=x", "before=-1", "before=" + "9" * 30, "after=", "after=²"]
)
async def test_a_place_that_is_none_shows_the_newest(site: Site, query: str) -> None:
    happened(site, 3)
    assert (await site.seen(f"/events?{query}")).rows == ["3", "2", "1"]


async def test_where_everything_was_pruned_the_newest_are_shown(site: Site) -> None:
    happened(site, 3)
    assert (await site.seen("/events?before=1")).rows == ["3", "2", "1"]


async def test_an_attack_is_shown_as_text(past: Site) -> None:
    seen = await past.seen("/events")
    assert ATTACK.partition("\x00")[0] not in seen.html
    assert "&lt;script&gt;" in seen.html


def told_of(site: Site, *found: tuple[EventKind, str], results: ResultsFacts = NOTHING) -> None:
    """Record events of jobs one after the other, told to nobody."""
    with site.database.write() as connection:
        for kind, job_id in found:
            site.clock.advance(HOUR / 60)
            event = Event(
                kind=kind,
                account="default",
                job_id=job_id,
                qualifier="end:COMPLETED",
                happened_at=site.now,
                seen_at=site.now,
                job=BatchJob(id=job_id, status="COMPLETED", output_file_id="file-out"),
                facts=Facts(results=results),
            )
            events.record(connection, [Route(event=event, not_told={})])


async def test_an_end_and_the_verdicts_on_it_are_one_row_with_what_came_back(site: Site) -> None:
    results = ResultsFacts(
        verdict=Verdict.PARTIAL, requests=9, succeeded=4, failed=0, missing=5, total_tokens=700
    )
    kinds = (EventKind.COMPLETED, EventKind.INCOMPLETE, EventKind.RESULTS)
    told_of(site, *((kind, "job-1") for kind in kinds), results=results)
    seen = await site.seen("/events")
    assert seen.rows == ["1"]
    # As bad as the verdict.
    assert seen.all("li", "event")[0]["class"] == "row event warning"
    assert "COMPLETED, 5 MISSING: job-1 · 4 of 9 ok" in seen.text
    assert "also RESULTS, INCOMPLETE" in seen.text
    assert "700 tokens" in seen.text
    # Who asks for a kind sees each of it.
    assert len((await site.seen("/events?kind=batch.results")).rows) == 1


async def test_small_news_behind_each_other_are_one_row_that_keeps_its_name(site: Site) -> None:
    kinds = (EventKind.CREATED, EventKind.VALIDATING, EventKind.IN_PROGRESS)
    told_of(site, *((kind, "job-1") for kind in kinds))
    seen = await site.seen("/events")
    assert seen.rows == ["1"]
    assert seen.all("li", "small")
    assert "Created, validating, in progress: job-1" in seen.text
    assert "jobs/default/job-1" in seen.links
    told_of(site, (EventKind.CREATED, "job-2"))
    grown = await site.seen("/events")
    assert grown.rows == seen.rows
    assert "2 created (1 in progress): job-1, job-2" in grown.text
    # What rings parts them.
    told_of(site, (EventKind.FAILED, "job-3"), (EventKind.CREATED, "job-4"))
    assert (await site.seen("/events")).rows == ["6", "5", "1"]
    assert len((await site.seen("/events?kind=batch.created")).rows) == 3


async def test_small_news_that_have_not_arrived_stand_by_themselves(site: Site) -> None:
    created = [
        Event(
            kind=EventKind.CREATED,
            account="default",
            job_id=f"job-{number}",
            happened_at=site.now,
            seen_at=site.now,
        )
        for number in range(2)
    ]
    with site.database.write() as connection:
        announce(connection, created, [Filter(channel="team", events=("batch.*",))], site.now)
    failing = ChannelHealth(channel="team", failing_since=site.ago(HOUR), last_error="HTTP 503")
    site.has_channels(failing)
    seen = await site.seen("/events")
    assert len(seen.rows) == 2
    assert not seen.all("li", "small")
