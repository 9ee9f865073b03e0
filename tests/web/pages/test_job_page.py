from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from batchbell.core.channel_health import ChannelHealth
from batchbell.core.delivery.pacing import Hold
from batchbell.core.event import Event, EventKind
from batchbell.core.facts import DeadlineFacts, Facts, StallFacts
from batchbell.core.file_names import KnownFile
from batchbell.core.forecast.beginning import begun_by
from batchbell.core.forecast.patience import outpaced_at, waits_until
from batchbell.core.gap import Gap
from batchbell.core.job import BatchJob
from batchbell.core.routing import Filter
from batchbell.core.snapshot import VANISHED_MARK
from batchbell.store import files, gaps, ledger, pacing
from batchbell.usecases.announce import announce
from tests.pasted import LIVE_IDS, PLAIN_IDS, paste
from tests.web.api.api_site import of
from tests.web.site import HOUR, MINUTE, Site

if TYPE_CHECKING:
    from pathlib import Path

    from batchbell.store.database import Database
    from tests.cli.filled import Bell

ATTACK = "<script>alert(1)</script><img src=x onerror=alert(2)>{{ 7 * 7 }}\x1b[31m"
JOB = BatchJob(
    id="batch-1",
    status="IN_PROGRESS",
    model_id="acme/large",
    endpoint="/v1/chat/completions",
    user_id="user-7",
    input_file_id="file-in",
    file_size_bytes=1_234_567,
    progress=0.4,
)
ADDRESS = "/jobs/default/batch-1"


def moved(site: Site, *progress: float, job: BatchJob = JOB) -> None:
    """Let the job be seen with each progress, ten minutes apart; the last is now."""
    started = site.record(job)
    for done in progress:
        site.clock.advance(10 * MINUTE)
        now = replace(job, progress=done)
        site.has(replace(started, job=now, progress_since=site.now, last_seen_at=site.now))


async def test_all_fields_of_a_job_are_on_its_page(site: Site) -> None:
    site.has(replace(JOB, created_at=site.ago(HOUR), job_deadline=site.now + 3 * HOUR))
    seen = await site.seen(ADDRESS)
    for text in ("acme/large", "batch-1", "user-7", "file-in", "1,234,567 bytes", "40.0%"):
        assert text in seen.text
    assert "Created 1h ago 2026-11-23 11:00 UTC" in seen.text
    assert "Deadline in 3h 2026-11-23 15:00 UTC" in seen.text
    assert "IN_PROGRESS at 40.0% , deadline in 3h" in seen.text
    assert "Output file" not in seen.text
    assert "../../" + site.static("bell.svg") in [link["href"] for link in seen.all("link")]


@pytest.mark.parametrize(
    "path", ["/jobs/default/other", "/jobs/other/batch-1", "/jobs/default/batch", "/jobs/default/"]
)
async def test_an_unknown_job_is_a_sentence(site: Site, path: str) -> None:
    site.has(JOB)
    answer = await site.get(path)
    assert answer.status_code == 404
    assert "has no job" in answer.text


async def test_the_progress_is_drawn_with_forecast_now_and_deadline(site: Site) -> None:
    job = replace(JOB, created_at=site.now, job_deadline=site.now + 4 * HOUR)
    moved(site, *(step / 20 for step in range(1, 11)), job=job)
    seen = await site.seen(ADDRESS)
    (plot,) = seen.all("svg", "plot")
    assert "5.0% at 2026-11-23 12:10 UTC, 50.0% at 2026-11-23 13:40 UTC" in str(plot["aria-label"])
    assert "forecast to finish at 2026-11-23 15:" in str(plot["aria-label"])
    (line,) = seen.all("polyline", "line")
    points = [tuple(map(float, point.split(","))) for point in str(line["points"]).split()]
    assert points == sorted(points, key=lambda point: (point[0], -point[1]))
    assert points[0][1] == 950
    assert points[-1][1] == 500
    for drawn in (("polygon", "cone"), ("line", "now"), ("line", "deadline"), ("polyline", "ray")):
        assert seen.all(*drawn)
    assert "13:00" in seen.text
    # At 97 % the room between them is too narrow to see.
    (likely,) = seen.all("rect", "likely")
    assert float(str(likely["width"]).removesuffix("%")) > 1
    assert "2026-11-23 12:00 UTC 2026-11-23 16:" in seen.text


async def test_of_a_job_that_stands_still_no_forecast_is_shown(site: Site) -> None:
    job = replace(JOB, created_at=site.now, job_deadline=site.now + 24 * HOUR)
    moved(site, *(step / 20 for step in range(1, 11)), job=job)
    moving = await site.seen(ADDRESS)
    assert moving.all("polygon", "cone")
    # Each of its times names the zone, by which the page's script knows it.
    assert re.search(r"Forecast done about \d\d:\d\d UTC, .* \(.*\d\d:\d\d UTC\)", moving.text)
    assert (await site.seen()).all("div", "forecast")
    stalled = replace(site.record(replace(job, progress=0.5)), stalled_since=site.now)
    site.clock.advance(HOUR / 6)
    site.has(replace(stalled, last_seen_at=site.now))
    seen = await site.seen(ADDRESS)
    assert not seen.all("polygon", "cone")
    assert not seen.all("polyline", "ray")
    assert seen.all("polyline", "line")
    assert not (await site.seen()).all("div", "forecast")
    assert "All about it" in seen.text
    assert "Forecast" not in seen.text
    assert seen.text.count("no progress for 10m") == 1
    assert "IN_PROGRESS at 50.0% , no progress for 10m , deadline in " in seen.text


async def test_nothing_is_drawn_before_the_first_look(site: Site) -> None:
    moved(site, 0.4, 0.5, job=replace(JOB, created_at=site.ago(5 * HOUR)))
    seen = await site.seen(ADDRESS)
    assert [line["class"] for line in seen.all("polyline")] in (["line"], ["ray", "line"])
    (line,) = seen.all("polyline", "line")
    assert not str(line["points"]).startswith("0,")


async def test_what_was_watched_for_a_short_time_only_takes_the_whole_drawing(site: Site) -> None:
    moved(site, 0.4, 0.5, 0.6, job=replace(JOB, created_at=site.ago(10 * HOUR)))
    seen = await site.seen(ADDRESS)
    (line,) = seen.all("polyline", "line")
    assert 0 < float(str(line["points"]).split(",")[0]) < 100
    assert "not watched before 12:10 UTC" in seen.text


async def test_what_was_watched_for_half_of_its_time_is_drawn_from_its_creation(site: Site) -> None:
    moved(site, 0.4, 0.5, 0.6, job=replace(JOB, created_at=site.ago(10 * MINUTE)))
    assert "not watched before" not in (await site.seen(ADDRESS)).text


async def test_one_sample_is_said_in_words_instead_of_drawn(site: Site) -> None:
    site.has(replace(JOB, progress=0.25))
    seen = await site.seen(ADDRESS)
    assert not seen.all("svg", "plot")
    assert "25.0% since 2026-11-23 12:00 UTC." in seen.text


async def test_of_a_job_that_ended_without_a_move_no_progress_is_shown(site: Site) -> None:
    site.has(replace(JOB, progress=0.0, status="FAILED"))
    headings = (await site.seen(ADDRESS)).all("h2")
    assert headings
    assert "progress" not in {heading.get("id") for heading in headings}


async def test_a_head_says_of_a_failure_that_nothing_came_back_and_of_no_end_that_all_is_done(
    site: Site,
) -> None:
    site.has(replace(JOB, status="FAILED", progress=0.0, output_file_id=None, error_file_id=None))
    assert "FAILED , nothing came back" in (await site.seen(ADDRESS)).text
    site.has(replace(JOB, status="EXPIRED", output_file_id=None, error_file_id=None))
    text = (await site.seen(ADDRESS)).text
    assert "EXPIRED , nothing came back" in text
    assert re.search(
        "Did everything come back\\? . \\w+: No, nothing It ended without an output", text
    )
    assert "no partial output" not in text
    site.has(replace(JOB, status="COMPLETED", progress=1.0, output_file_id="file-out"))
    text = (await site.seen(ADDRESS)).text
    assert "COMPLETED" in text
    assert "at 100.0%" not in text


async def test_blind_time_is_drawn(site: Site, database: Database) -> None:
    moved(site, 0.1, 0.2, 0.3, job=replace(JOB, created_at=site.now))
    gap = Gap(since=site.ago(20 * MINUTE), until=site.ago(10 * MINUTE), reason="API down")
    with database.write() as connection:
        gaps.record(connection, "default", gap)
    seen = await site.seen(ADDRESS)
    assert len(seen.all("rect", "blind")) == 1
    assert "nobody looked" in seen.text


async def test_of_an_ended_job_no_deadline_is_drawn_or_named(site: Site) -> None:
    job = replace(JOB, created_at=site.now, job_deadline=site.now + 24 * HOUR)
    moved(site, 0.1, 0.2, job=job)
    ended = replace(job, status="COMPLETED", output_file_id="file-out", progress=1.0)
    site.has(replace(site.record(ended), last_seen_at=site.now))
    seen = await site.seen(ADDRESS)
    assert seen.all("svg", "plot")
    assert "beyond the right edge" not in seen.text


async def test_a_deadline_far_off_is_named_and_not_drawn(site: Site) -> None:
    moved(site, 0.1, 0.2, job=replace(JOB, created_at=site.now, job_deadline=site.now + 24 * HOUR))
    seen = await site.seen(ADDRESS)
    assert "deadline in 23h 40m, beyond the right edge" in seen.text
    assert not seen.all("line", "deadline")


async def test_without_progress_there_is_no_drawing(site: Site) -> None:
    site.has(BatchJob(id="batch-1", status="VALIDATING"))
    seen = await site.seen(ADDRESS)
    assert "No progress was seen yet." in seen.text
    assert not seen.all("svg")


@pytest.mark.parametrize("year", [1, 1970, 9999])
async def test_times_at_the_ends_of_the_calendar_are_drawn_too(site: Site, year: int) -> None:
    odd = datetime(year, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)
    moved(site, 0.1, 0.2, job=replace(JOB, created_at=min(odd, site.now), job_deadline=odd))
    assert (await site.get(ADDRESS)).status_code == 200
    assert (await site.get("/")).status_code == 200


async def test_a_finished_job_says_how_to_fetch_its_output(site: Site) -> None:
    done = replace(
        JOB,
        status="EXPIRED",
        progress=0.6,
        output_file_id="file-out",
        created_at=site.ago(5 * HOUR),
        completed_at=site.ago(HOUR),
    )
    site.has(done)
    seen = await site.seen(ADDRESS)
    assert "EXPIRED at 60.0% , 1h ago after 4h" in seen.text
    assert "partial output is in file-out, and is billed" in seen.text
    assert "-o file-out.jsonl" in seen.text
    # Only what has a role may have a name. Source: ARIA in HTML, section 4.
    commands = seen.all("pre")
    assert commands
    assert all(each["role"] == "group" for each in commands if "aria-labelledby" in each)


def test_an_open_failure_has_its_commands_above_until_it_is_acknowledged(bell: Bell) -> None:
    bell.poll(bell.job("bad"), at=bell.ago(hours=1))
    bell.poll(bell.job("bad", "FAILED", input_file_id="file-nightly"))
    again = "1 Write a file of all requests: batchbell retry -- bad"
    submit = f"{again} 2 Submit it: retry prints the command for it"
    seen = asyncio.run(of(bell).seen("/jobs/default/bad"))
    assert f"{submit} 3 Take it off the list: batchbell ack -- bad as of" in seen.text
    bell.run("ack", "bad")
    seen = asyncio.run(of(bell).seen("/jobs/default/bad"))
    assert f"{submit} as of" in seen.text


async def test_the_page_s_command_fetches_the_file_and_runs_nothing_else(
    site: Site, tmp_path: Path
) -> None:
    site.has(replace(JOB, status="COMPLETED", output_file_id=PLAIN_IDS[0]))
    command, _, _ = (await site.seen(ADDRESS)).text.partition("curl")[2].partition("content")
    (call,) = paste(f'curl{command}content"', tmp_path)
    assert call[-2] == f"{PLAIN_IDS[0]}.jsonl"


@pytest.mark.parametrize("file_id", LIVE_IDS)
async def test_for_a_hostile_file_id_the_page_has_no_command(site: Site, file_id: str) -> None:
    site.has(replace(JOB, status="COMPLETED", output_file_id=file_id))
    seen = await site.seen(ADDRESS)
    assert "curl" not in seen.text
    assert file_id in seen.text


async def test_the_history_says_who_was_told_and_who_was_not(
    site: Site, database: Database
) -> None:
    site.has(JOB)
    site.has_channels(ChannelHealth(channel="oncall"), ChannelHealth(channel="team"))
    event = Event(
        kind=EventKind.STALLED,
        account="default",
        job_id="batch-1",
        job=JOB,
        happened_at=site.ago(HOUR),
        seen_at=site.now,
        facts=Facts(stall=StallFacts(since=datetime(2026, 11, 23, 9, tzinfo=UTC))),
    )
    only_failures = Filter(channel="oncall", events=("batch.failed",))
    with database.write() as connection:
        announce(connection, [event], [Filter(channel="team"), only_failures], site.now)
    seen = await site.seen(ADDRESS)
    assert "STALLED: large · batch-1, no progress for 3h" in seen.text
    assert "seen 1h later" in seen.text
    assert "team waiting since 12:00 UTC (" in seen.text
    assert "not meant for: oncall oncall : its events leave out batch.stalled" in seen.text
    with database.write() as connection:
        ledger.give_up_channel(connection, "team", reason="channel removed", now=site.now)
    seen = await site.seen(ADDRESS)
    assert "team given up" in seen.text
    assert "channel removed" in seen.text
    assert "What to do: Look again at " in seen.text


async def test_a_held_message_says_until_when_and_why(site: Site, database: Database) -> None:
    site.has(JOB)
    held = ChannelHealth(channel="team", held_because="quiet hours", held_until=site.now + 2 * HOUR)
    site.has_channels(held)
    event = Event(
        kind=EventKind.FAILED,
        account="default",
        job_id="batch-1",
        happened_at=site.now,
        seen_at=site.now,
    )
    with database.write() as connection:
        announce(connection, [event], [Filter(channel="team")], site.now)
        pacing.note(
            connection,
            ChannelHealth(channel="team"),
            Hold(until=site.now + 2 * HOUR, reason="quiet hours"),
        )
    seen = await site.seen(ADDRESS)
    assert "team held until 14:00 UTC (in 2h) , quiet hours" in seen.text
    assert "0 attempts" not in seen.text


async def test_channels_that_hold_a_message_for_the_same_reason_take_one_line(
    site: Site, database: Database
) -> None:
    site.has(JOB)
    whys = {"bedside": "quiet hours", "night": "quiet hours", "weekly": "collected for a digest"}
    until = site.now + 2 * HOUR
    site.has_channels(
        *(
            ChannelHealth(channel=name, held_because=why, held_until=until)
            for name, why in whys.items()
        )
    )
    event = Event(
        kind=EventKind.FAILED,
        account="default",
        job_id="batch-1",
        happened_at=site.now,
        seen_at=site.now,
    )
    with database.write() as connection:
        announce(connection, [event], [Filter(channel=name) for name in whys], site.now)
        for name, why in whys.items():
            pacing.note(connection, ChannelHealth(channel=name), Hold(until=until, reason=why))
    seen = await site.seen(ADDRESS)
    assert "held until 14:00 UTC: bedside, night, weekly" in seen.text
    assert "bedside, night held until 14:00 UTC (in 2h) , quiet hours" in seen.text
    assert "weekly held until 14:00 UTC (in 2h) , collected for a digest" in seen.text
    assert "attempts" not in seen.text


async def test_what_is_held_until_its_deadline_is_over_is_a_warning(
    site: Site, database: Database
) -> None:
    due = site.now + 30 * MINUTE
    job = replace(JOB, status="IN_PROGRESS", job_deadline=due)
    site.has(job)
    holds = {"early": due - MINUTE, "late": due, "night": site.now + 2 * HOUR}
    why = "quiet hours"
    site.has_channels(
        *(ChannelHealth(channel=n, held_because=why, held_until=at) for n, at in holds.items())
    )
    since = site.ago(2 * HOUR)
    stalled, step = (
        Event(
            kind=kind,
            account="default",
            job_id=job.id,
            job=job,
            happened_at=site.ago(ago),
            seen_at=site.now,
            facts=Facts(stall=StallFacts(since=since)),
        )
        for kind, ago in ((EventKind.STALLED, MINUTE), (EventKind.AT_RISK, HOUR))
    )
    with database.write() as connection:
        for event in (step, stalled):
            announce(connection, [event], [Filter(channel=name) for name in holds], site.now)
        for name, until in holds.items():
            pacing.note(connection, ChannelHealth(channel=name), Hold(until=until, reason=why))
    text = (await site.seen(ADDRESS)).text
    shown = "held past the deadline, until 12:30 UTC: late · until 14:00 UTC: night"
    assert f"Warning: {shown}" in text
    assert "Info: held until 12:29 UTC: early" in text
    # Of the older news that is counted.
    assert "Warning: 2 held past the deadline i Info: 1 held" in text


async def test_of_older_news_it_is_said_how_many_were_told(site: Site, database: Database) -> None:
    site.has(JOB)
    names = ("bedside", "night", "team")
    site.has_channels(
        *(
            ChannelHealth(
                channel=name, held_because="quiet hours", held_until=site.now + hours * HOUR
            )
            for hours, name in enumerate(names)
        )
    )
    kinds = (EventKind.STALLED, EventKind.FAILED)
    several = [
        Event(
            kind=kind,
            account="default",
            job_id="batch-1",
            job=JOB,
            happened_at=site.ago(HOUR / n),
            seen_at=site.now,
            facts=Facts(stall=StallFacts(since=site.ago(2 * HOUR))),
        )
        for n, kind in enumerate(kinds, start=1)
    ]
    with database.write() as connection:
        for event in several:
            announce(connection, [event], [Filter(channel=name) for name in names], site.now)
        for hours, name in enumerate(names):
            until = Hold(until=site.now + hours * HOUR, reason="quiet hours")
            pacing.note(connection, ChannelHealth(channel=name), until)
    seen = await site.seen(ADDRESS)
    newest, older = seen.text.index("FAILED: "), seen.text.index("STALLED: ")
    shown = "held until 13:00 UTC: night · until 14:00 UTC: team"
    assert newest < seen.text.index(shown) < older < seen.text.index("2 held 1 waiting")
    assert len(seen.all("details", "told")) == 1


async def test_near_its_deadline_a_job_says_how_late_it_will_be_and_what_helps_now(
    site: Site,
) -> None:
    job = replace(JOB, created_at=site.now, job_deadline=site.now + 2 * HOUR)
    moved(site, *(step / 20 for step in range(1, 11)), job=job)
    seen = await site.seen(ADDRESS)
    # The deadline is in the headline; it is red where it can't wait for an hour.
    assert "IN_PROGRESS at 50.0% , deadline in 20m, 14:00 UTC" in seen.text
    assert "done about 15:20 UTC, 1h 20m late" in seen.text
    assert seen.all("strong", "pressing")
    assert "done about 15:20 UTC, 1h 20m late What to do: Cancel it now" in seen.text
    assert "and submit the rest: it needs about 1h 30m more than it has. What is done" in seen.text
    cancel, fetch, rest = (f"batchbell {it} -- batch-1" for it in ("cancel", "fetch", "retry"))
    steps = f"1 Cancel it: {cancel} 2 Fetch what is done, once it is cancelled: {fetch} "
    assert f"{steps}3 Write a file of the rest: {rest} 4 Submit it: retry prints" in seen.text


async def test_near_its_deadline_a_job_without_a_forecast_says_what_it_needs(site: Site) -> None:
    site.has(replace(JOB, progress=0.5, job_deadline=site.now + 30 * MINUTE))
    seen = await site.seen(ADDRESS)
    assert "IN_PROGRESS at 50.0% , deadline in 30m, 12:30 UTC" in seen.text
    assert "can't say yet when it will be done" in seen.text
    assert "it needs 100 %/h to make it" in seen.text


async def test_what_a_job_needs_that_can_t_make_its_deadline_is_said_once_above(site: Site) -> None:
    job = replace(JOB, progress=0.43, job_deadline=site.now + 37 * MINUTE)
    since = site.ago(42 * MINUTE)
    record = replace(site.record(job), status_since=since, progress_since=since)
    site.has(replace(record, flat_for=42 * MINUTE))
    seen = await site.seen(ADDRESS)
    words = "will probably miss it: needs 92 %/h, no progress for 42m What to do"
    assert "IN_PROGRESS at 43.0% , deadline in 37m, 12:37 UTC" in seen.text
    assert words in seen.text


async def test_an_ended_job_has_no_deadline_any_more(site: Site) -> None:
    due = replace(JOB, job_deadline=site.now + 19 * HOUR)
    site.has(replace(due, status="FAILED", error="line 3"))
    assert "Deadline" not in (await site.seen(ADDRESS)).text


async def test_a_long_file_name_is_whole_above_its_page(site: Site, database: Database) -> None:
    name = "customer-feedback-classification-emea-q4-2026-shard-008-of-128"
    site.has(replace(JOB, status="FAILED"))
    known = KnownFile(id="file-in", filename=f"{name}.jsonl", looked_up_at=site.now)
    with database.write() as connection:
        files.save(connection, "default", [known])
    heading = (await site.seen(ADDRESS)).html.partition("<h1")[2].partition("</h1>")[0]
    assert f"<span>{name}</span>" in heading


async def test_an_attack_in_any_text_is_shown_as_text(site: Site, database: Database) -> None:
    job = BatchJob(
        id="<b>1",
        status=ATTACK,
        model_id=ATTACK,
        endpoint=ATTACK,
        user_id=ATTACK,
        input_file_id=ATTACK,
        output_file_id=ATTACK,
        error_file_id='" onmouseover="alert(3)',
        error=ATTACK,
        progress=0.5,
    )
    site.has(job)
    event = Event(
        kind=EventKind.STATUS_UNKNOWN,
        account="default",
        job_id=job.id,
        job=job,
        happened_at=site.now,
        seen_at=site.now,
    )
    with database.write() as connection:
        announce(connection, [event], [Filter(channel="team")], site.now)
    seen = await site.seen("/jobs/default/%3Cb%3E1")
    assert not {tag for tag, _ in seen.elements} & {"b", "i"}
    assert [script["src"] for script in seen.all("script")] == ["../../" + site.static("live.js")]
    assert not any(name.startswith("on") for _, found in seen.elements for name in found)
    assert not any("style" in found for _, found in seen.elements)
    assert "<script>alert(1)</script>" in seen.text
    assert "\x1b" not in seen.html


async def test_the_page_of_a_job_links_to_nothing_but_itself(site: Site) -> None:
    site.has(JOB)
    seen = await site.seen(ADDRESS)
    links = [link["href"] or "" for link in (*seen.all("a"), *seen.all("link"))]
    assert all(link.startswith(("../../", "#")) for link in links)


async def test_a_channel_that_fails_is_said_once_and_the_newest_event_comes_first(
    site: Site, database: Database
) -> None:
    site.has(JOB)
    health = ChannelHealth(
        channel="team", failing_since=site.ago(2 * HOUR), told=True, last_error="HTTP 503"
    )
    site.has_channels(health)
    kinds = (EventKind.STATUS_UNKNOWN, EventKind.STALLED, EventKind.VANISHED)
    for kind in kinds:
        event = Event(
            kind=kind,
            account="default",
            job_id=JOB.id,
            job=JOB,
            happened_at=site.now,
            seen_at=site.now,
        )
        with database.write() as connection:
            announce(connection, [event], [Filter(channel="team")], site.now)
        site.clock.advance(MINUTE)
    seen = await site.seen(ADDRESS)
    assert "Failure: team waiting: its receiver fails since" in seen.text
    assert seen.text.count("its receiver fails since") == 1
    assert seen.text.count("team waiting") == 2 * len(kinds)
    places = [seen.text.index(f" {kind.value} ") for kind in kinds]
    assert places == sorted(places, reverse=True)


async def test_a_bell_that_is_counted_on_says_which_channel_does_not_hear_it(
    site: Site, database: Database
) -> None:
    job = replace(JOB, created_at=site.ago(13 * HOUR), job_deadline=site.now + 11 * HOUR)
    since = site.ago(2 * HOUR)
    rings = site.now + 5 * HOUR
    stands = replace(site.record(job), progress_since=since, stalled_since=since)
    site.has(replace(stands, waited_until=rings))
    fails = ChannelHealth(channel="team", failing_since=site.ago(2 * HOUR), last_error="HTTP 503")
    site.has_channels(fails, replace(fails, channel="other"))
    due = DeadlineFacts(next_ring=rings)
    event = Event(
        kind=EventKind.STALLED,
        account="default",
        job_id=job.id,
        job=job,
        happened_at=since,
        seen_at=site.now,
        facts=Facts(stall=StallFacts(since=since), deadline=due),
    )
    with database.write() as connection:
        announce(connection, [event], [Filter(channel="team")], site.now)
    banner = (await site.seen(ADDRESS)).text.partition("as of")[0]
    assert "the bell rings again at" in banner
    assert "That bell is not heard on team , which fails." in banner
    site.has_channels(replace(fails, failing_since=None))
    assert "not heard" not in (await site.seen(ADDRESS)).text


async def test_a_time_that_is_named_twice_is_by_the_same_clock_both_times(site: Site) -> None:
    since = site.ago(2 * HOUR)
    job = replace(
        JOB, created_at=site.ago(14 * HOUR), job_deadline=site.now + 8.5 * HOUR, progress=0.8
    )
    stands = replace(site.record(job), progress_since=since, stalled_since=since)
    stands = replace(stands, first_seen_at=since, status_since=job.created_at or since)
    rings = site.now + 5.5 * HOUR
    waited_until = waits_until(job, since, rings, outpaced_at(job, since, begun_by(stands)))
    site.has(replace(stands, waited_until=waited_until))
    told = Event(
        kind=EventKind.DEADLINE_APPROACHING,
        account="default",
        job_id=job.id,
        job=job,
        happened_at=site.ago(HOUR),
        seen_at=site.ago(HOUR),
        facts=Facts(deadline=DeadlineFacts(next_ring=rings)),
    )
    with site.database.write() as connection:
        announce(connection, [told], [Filter(channel="team")], site.now)
    banner = (await site.seen(ADDRESS)).text.partition("as of")[0]
    first = re.search(r"Look again at \d\d:\d\d UTC \(in 4h\)", banner)
    assert first
    assert "If it has not moved by then, it can't make its deadline" in banner


async def test_of_one_that_vanished_the_page_says_what_was_last_seen_and_how_to_silence_it(
    site: Site,
) -> None:
    job = replace(JOB, created_at=site.ago(8 * HOUR), job_deadline=site.now + 16 * HOUR)
    seen_at = site.ago(2 * HOUR)
    gone = replace(
        site.record(job),
        last_seen_at=seen_at,
        progress_since=seen_at,
        missing_since=seen_at,
        missed_polls=3,
        announced=frozenset({VANISHED_MARK}),
    )
    site.has(gone)
    banner = (await site.seen(ADDRESS)).text.partition("as of")[0]
    assert "VANISHED 2h ago, last seen IN_PROGRESS at 40.0%" in banner
    assert "batchbell mute --for 2d -- batch-1" in banner
    for present in ("deadline in", "no progress"):
        assert present not in banner
    site.has(replace(gone, job=replace(job, job_deadline=site.ago(MINUTE))))
    banner = (await site.seen(ADDRESS)).text.partition("as of")[0]
    assert "at 40.0% , deadline missed by 1m" in banner


async def test_a_reason_that_the_advice_gives_too_does_not_stand_above_it(site: Site) -> None:
    job = replace(JOB, created_at=site.ago(25 * HOUR), job_deadline=site.ago(HOUR))
    since = site.ago(8 * HOUR)
    site.has(replace(site.record(job), progress_since=since, stalled_since=since))
    seen = await site.seen(ADDRESS)
    assert "no progress for 8h, and it may expire at any time" in seen.text
    assert not seen.all("p", "reason")


async def test_now_and_the_deadline_are_named_in_the_drawing(site: Site) -> None:
    due = replace(JOB, created_at=site.now, job_deadline=site.now + 150 * MINUTE)
    moved(site, *(step / 40 for step in range(1, 11)), job=due)
    seen = await site.seen(ADDRESS)
    assert [mark["class"] for mark in seen.all("text", "mark")] == ["mark left", "mark right"]
    assert "now deadline 100% 50%" in seen.text


async def test_without_a_deadline_the_drawing_names_now_or_the_end(site: Site) -> None:
    job = replace(JOB, created_at=site.now)
    moved(site, 0.2, 0.5, job=job)
    assert "now 100% 50%" in (await site.seen(ADDRESS)).text
    site.has(replace(job, status="CANCELLED", progress=0.5, completed_at=site.now))
    assert "ended 100% 50%" in (await site.seen(ADDRESS)).text


async def test_of_nothing_done_there_is_no_last_progress(site: Site) -> None:
    site.has(JOB)
    assert "Last progress now" in (await site.seen(ADDRESS)).text
    site.has(replace(JOB, progress=0.0))
    assert "Last progress none" in (await site.seen(ADDRESS)).text


async def test_an_end_has_no_time_since_which_it_made_progress(site: Site) -> None:
    site.has(JOB)
    assert "Last progress" in (await site.seen(ADDRESS)).text
    site.has(replace(JOB, status="EXPIRED"))
    text = (await site.seen(ADDRESS)).text
    assert not any(fact in text for fact in ("Last progress", "Status since", "Last seen"))
