from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode

import pytest

from batchbell.cli.terminal.asked import asked_in
from batchbell.cli.terminal.urgent_lines import urgent_lines
from batchbell.core.addresses import job_page
from batchbell.core.channel_health import ChannelHealth
from batchbell.core.event import Event, EventKind, Severity
from batchbell.core.file_names import KnownFile
from batchbell.core.gap import Gap
from batchbell.core.job import BatchJob
from batchbell.core.mute import Mute
from batchbell.core.results.counts import Counts, Verdict
from batchbell.core.results.job_results import ResultsState
from batchbell.core.routing import Filter, Route
from batchbell.messages.build import build_message
from batchbell.messages.view import View
from batchbell.store import acks, events, files, gaps, ledger, mutes
from batchbell.store.tables import notifications
from batchbell.store.views.status import look
from batchbell.usecases.announce import announce
from batchbell.web.components.timeline import scale
from tests.came_back import partial, put, unread
from tests.web.api.api_site import of
from tests.web.site import HOUR, MINUTE, NO_TABLE, Seen, Site, lose

if TYPE_CHECKING:
    from batchbell.store.database import Database
    from tests.cli.filled import Bell

ATTACK = "<script>alert(1)</script><img src=x onerror=alert(2)>{{ 7 * 7 }}\x1b[31m"

LIVE = ATTACK.partition("\x1b")[0]


async def test_before_the_first_poll_nothing_is_said_to_be_well(site: Site) -> None:
    seen = await site.seen()
    assert "Waiting for the first poll" in seen.text
    assert "No job is running." in seen.text
    assert "No job has finished yet." in seen.text
    assert "events go to the log only" in seen.text


async def test_one_glance_says_that_all_is_well(site: Site) -> None:
    site.polled()
    site.has(BatchJob(id="batch-1", status="IN_PROGRESS", progress=0.718))
    site.has_channels(ChannelHealth(channel="team", last_success_at=site.ago(12 * MINUTE)))
    site.clock.advance(timedelta(seconds=20))
    seen = await site.seen()
    assert "Success: All is well" in seen.text
    assert seen.all("section", "verdict") == [
        {"class": "verdict success", "data-key": "verdict", "aria-labelledby": "verdict"}
    ]
    assert "default polled 20s ago" in seen.text
    assert "1 job" in seen.text
    assert "team delivered 12m ago" in seen.text


async def test_a_running_job_shows_status_model_progress_and_both_forms_of_its_deadline(
    site: Site,
) -> None:
    job = BatchJob(
        id="batch-1",
        status="IN_PROGRESS",
        progress=0.718,
        model_id="acme/large",
        endpoint="/v1/chat/completions",
        job_deadline=site.now + 3 * HOUR,
    )
    site.has(job)
    seen = await site.seen()
    for text in ("IN_PROGRESS", "acme/large", "batch-1", "71.8%"):
        assert text in seen.text
    assert "deadline in 3h 2026-11-23 15:00 UTC" in seen.text
    (bar,) = seen.all("progress")
    assert bar == {"max": "1", "value": "0.718", "aria-label": "Progress of batch-1"}


async def test_what_the_api_did_not_say_is_not_made_up(site: Site) -> None:
    site.has(BatchJob(id="batch-1"))
    seen = await site.seen()
    for text in ("no status", "model not given", "progress not given", "deadline not given"):
        assert text in seen.text
    assert "unknown status" in seen.text


async def test_a_job_of_an_unknown_status_says_how_long_it_has_stood_still(site: Site) -> None:
    odd = site.record(BatchJob(id="odd", status="PAUSED", progress=0.348))
    since = site.now - timedelta(hours=3, minutes=12)
    site.has(replace(odd, status_since=since, progress_since=since))
    assert "unknown status, no progress for 3h 12m" in (await site.seen()).text


async def test_what_needs_a_look_comes_first_and_says_why(site: Site) -> None:
    running = BatchJob(id="calm", status="IN_PROGRESS", job_deadline=site.now + 20 * HOUR)
    vanished = site.record(replace(running, id="gone"))
    site.has(
        replace(running, id="no-deadline", job_deadline=None),
        running,
        replace(running, id="close", job_deadline=site.now + 20 * MINUTE),
        replace(running, id="missed", job_deadline=site.now - 20 * MINUTE),
        replace(running, id="odd", status="PAUSED", job_deadline=None),
        replace(vanished, missed_polls=4, announced=frozenset({"vanished"})),
    )
    site.polled()
    seen = await site.seen()
    assert [key.partition("/")[2] for key in seen.jobs] == [
        "gone",
        "odd",
        "missed",
        "close",
        "calm",
        "no-deadline",
    ]
    assert "Needs a look 4" in seen.text
    for reason in ("no longer listed by the API", "unknown status"):
        assert reason in seen.text
    # A row says its deadline once.
    assert "deadline missed by" not in seen.text
    assert seen.text.count("in 20m") == 1


async def test_progress_that_stands_still_is_mentioned(site: Site) -> None:
    record = site.record(BatchJob(id="batch-1", status="IN_PROGRESS", progress=0.4))
    site.has(replace(record, progress_since=site.ago(3 * HOUR)))
    assert "unchanged for 3h" in (await site.seen()).text


async def test_a_finished_job_shows_its_error_and_when_it_ended(site: Site) -> None:
    done = BatchJob(
        id="done",
        status="COMPLETED",
        output_file_id="file-out",
        error_file_id="file-err",
        created_at=site.ago(5 * HOUR),
        completed_at=site.ago(2 * HOUR),
    )
    failed = BatchJob(id="broken", status="FAILED", error="line 3: invalid JSON")
    site.has(done, failed, replace(done, id="empty", output_file_id=None))
    seen = await site.seen()
    assert "COMPLETED with errors" in seen.text
    assert "COMPLETED without output" in seen.text
    assert "2h ago took 3h 2026-11-23 10:00 UTC" in seen.text
    assert "line 3: invalid JSON" in seen.text
    assert [key.partition("/")[2] for key in seen.jobs] == ["broken", "done", "empty"]


async def test_the_finished_part_of_an_expired_job_is_named(site: Site) -> None:
    site.has(BatchJob(id="late", status="EXPIRED", output_file_id="file-part"))
    assert "partial output is in file-part" in (await site.seen()).text


async def test_the_last_day_is_counted_by_status(site: Site) -> None:
    old = BatchJob(id="old", status="FAILED", completed_at=site.ago(25 * HOUR))
    site.has(old, replace(old, id="new", completed_at=site.ago(23 * HOUR)))
    seen = await site.seen()
    assert "failed 1 as of" in seen.text
    assert "ends of the last 24 h" in seen.text
    assert "completed" not in seen.text.partition("as of")[0]


async def test_a_day_of_completed_jobs_says_how_many_are_not_whole(
    site: Site, database: Database
) -> None:
    done = [
        BatchJob(id=name, status="COMPLETED", output_file_id="file-1", completed_at=site.now)
        for name in ("whole", "flawed", "unread")
    ]
    site.has(*done)
    assert "completed 3 as of" in (await site.seen()).text
    flawed = partial(done[1])
    whole = Counts(requests=9, succeeded=9)
    put(database, replace(flawed, job_id="whole", verdict=Verdict.COMPLETE, counts=whole))
    put(database, flawed)
    counted = "completed whole 1 not whole 1 results not known 1 as of"
    assert counted in (await site.seen()).text


def test_who_is_muted_is_named_last_and_marked(bell: Bell) -> None:
    names = ("a-noise", "b-work")
    bell.poll(*map(bell.job, names), at=bell.ago(hours=1))
    bell.poll(*(bell.job(name, "FAILED", input_file_id=f"file-{name}") for name in names))
    bell.run("mute", "a-noise", "--for", "2h")
    verdict = asyncio.run(of(bell).seen()).text.partition("as of")[0]
    assert "2 to submit again: b-work , a-noise (muted for 2h)" in verdict


async def test_an_attack_in_any_text_of_a_job_is_shown_as_text(site: Site) -> None:
    job = BatchJob(
        id="<b>1</b>",
        status=ATTACK,
        model_id=ATTACK,
        endpoint=ATTACK,
        error=ATTACK,
        output_file_id=ATTACK,
        error_file_id='" onmouseover="alert(3)',
    )
    site.has(job, replace(job, id="'><i>2", status="FAILED"))
    site.poll_failed(ATTACK)
    seen = await site.seen()
    tags = {tag for tag, _ in seen.elements}
    assert not tags & {"b", "i"}
    assert [script["src"] for script in seen.all("script")] == [site.static("live.js")]
    assert [image["src"] for image in seen.all("img")] == [site.static("bell.svg")]
    assert not any(name.startswith("on") for _, attributes in seen.elements for name in attributes)
    assert "<script>alert(1)</script>" in seen.text
    assert "{{ 7 * 7 }}" in seen.text
    assert "\x1b" not in seen.html


async def test_no_script_and_no_style_stands_in_the_page_itself(site: Site) -> None:
    site.has(BatchJob(id="batch-1", status="IN_PROGRESS", progress=0.5))
    seen = await site.seen()
    assert not seen.all("style")
    assert not any("style" in attributes for _, attributes in seen.elements)
    links = [link["href"] or "" for link in seen.all("link") if link["rel"] != "alternate"]
    # Relative to the page, so that it works under a proxy's prefix, and from nowhere else.
    assert links
    assert all(link.startswith("static/") for link in links)


async def test_a_daemon_in_trouble_is_the_verdict(site: Site) -> None:
    site.polled()
    site.liveness.said = ["polling default: no sign of life"]
    seen = await site.seen()
    assert "Failure: batchbell itself needs help polling default: no sign of life" in seen.text


async def test_without_an_account_nothing_is_watched(site: Site) -> None:
    site.grace_period = {}
    seen = await site.seen()
    assert "No account is watched" in seen.text
    assert "nothing is watched" in seen.text


async def test_an_outage_says_since_when_and_why(site: Site) -> None:
    site.polled()
    site.clock.advance(MINUTE)
    site.poll_failed("the API refused the key (401)", failures=3)
    site.clock.advance(HOUR)
    seen = await site.seen()
    assert "Failure: 1 account can't be polled" in seen.text
    assert "default failing for 1h" in seen.text
    assert "the API refused the key (401)" in seen.text
    assert "since 2026-11-23 12:01 UTC" in seen.text
    assert "last good poll 1h 1m ago" in seen.text
    assert "3 failed polls in a row" in seen.text


async def test_one_failed_poll_is_a_warning_only(site: Site) -> None:
    site.polled()
    site.poll_failed("503 from the API")
    assert "Warning: 1 account can't be polled" in (await site.seen()).text


async def test_an_account_that_never_answered_says_so(site: Site) -> None:
    site.poll_failed("connection refused")
    seen = await site.seen()
    assert "never polled well" in seen.text
    assert "1 failed poll in a row" in seen.text


async def test_a_poll_that_does_not_come_is_noticed(site: Site) -> None:
    site.polled()
    site.clock.advance(HOUR)
    assert "the next poll is overdue" in (await site.seen()).text


@pytest.mark.parametrize(("skew", "word"), [(90, "ahead"), (-90, "behind")])
async def test_oddities_of_an_account_are_notes(site: Site, skew: int, word: str) -> None:
    site.polled(skew=timedelta(seconds=skew), skipped_rows=1, bad_fields=1200)
    seen = await site.seen()
    assert f"this machine's clock is 1m 30s {word}" in seen.text
    assert "1 unusable row in the listing" in seen.text
    assert "1,200 unusable fields in the listing" in seen.text


async def test_an_account_that_was_removed_is_not_shown(site: Site) -> None:
    site.polled("former")
    assert "former" not in (await site.seen()).text


async def test_a_failing_channel_says_why_and_what_waits(site: Site, database: Database) -> None:
    site.polled()
    site.has_channels(
        ChannelHealth(
            channel="team",
            failing_since=site.ago(HOUR),
            told=True,
            last_error="404 from the receiver",
        ),
        ChannelHealth(channel="quiet"),
    )
    failed = Event(kind=EventKind.FAILED, account="default", happened_at=site.now, seen_at=site.now)
    with database.write() as connection:
        for job_id in ("a", "b", "c"):
            event = replace(failed, job_id=job_id)
            announce(connection, [event], [Filter(channel="team")], site.now)
            if job_id == "a":
                ledger.give_up_channel(connection, "team", reason="HTTP 404", now=site.now)
    seen = await site.seen()
    assert "Failure: 1 channel doesn't deliver" in seen.text
    verdict = seen.text.partition("as of")[0]
    assert "failing for 1h , 2 waiting, 1 message refused: HTTP 404" in verdict
    assert ", 404 from the receiver; test it: batchbell notify-test team" in verdict
    assert "; send it again once repaired: batchbell deliveries retry" in verdict
    assert "quiet nothing sent yet" in seen.text


async def test_a_channel_that_refused_a_message_says_so_before_when_it_took_others(
    site: Site, database: Database
) -> None:
    site.polled()
    site.has_channels(ChannelHealth(channel="team", last_success_at=site.ago(MINUTE)))
    failed = Event(kind=EventKind.FAILED, account="default", happened_at=site.now, seen_at=site.now)
    with database.write() as connection:
        announce(connection, [replace(failed, job_id="a")], [Filter(channel="team")], site.now)
        ledger.give_up_channel(connection, "team", reason="HTTP 400", now=site.now)
    text = (await site.seen()).text
    assert "1 message refused: HTTP 400 , about a, 0s ago, others delivered 1m ago" in text


async def test_ten_thousand_jobs_come_in_pages_that_say_what_they_leave_out(site: Site) -> None:
    site.has(
        *(
            BatchJob(id=f"r{n:04}", status="IN_PROGRESS", job_deadline=site.now + n * HOUR)
            for n in range(2, 1002)
        ),
        *(
            BatchJob(id=f"f{n:04}", status="COMPLETED", completed_at=site.ago(n * MINUTE))
            for n in range(9000)
        ),
    )
    seen = await site.seen()
    assert len(seen.jobs) == 25 + 50
    assert "1 to 25 of 1,000; 975 less urgent not shown" in seen.text
    assert "1 to 50 of 9,000; 8,950 older not shown" in seen.text
    links = [link["href"] for link in seen.all("a") if link.get("rel")]
    assert links == ["?running=2#running", "?finished=2#finished"]


async def test_the_other_pages_are_reached_by_links_that_keep_the_rest(site: Site) -> None:
    site.has(*(BatchJob(id=f"job-{n:03}", status="FAILED") for n in range(101)))
    site.has(*(BatchJob(id=f"run-{n:03}", status="VALIDATING") for n in range(201)))
    second = await site.seen("/?running=2&finished=2")
    assert [link["href"] for link in second.all("a") if link.get("rel")] == [
        "?finished=2#running",
        "?running=3&finished=2#running",
        "?running=2#finished",
        "?running=2&finished=3#finished",
    ]
    assert second.jobs[0] == "default/run-025"
    beyond = await site.seen("/?finished=9999999")
    assert beyond.jobs[-1] == "default/job-100"


@pytest.mark.parametrize("number", ["0", "-1", "x", "²", "9" * 5000, ""])
async def test_a_page_number_that_is_nonsense_is_the_first(site: Site, number: str) -> None:
    site.has(*(BatchJob(id=f"job-{n:03}", status="FAILED") for n in range(60)))
    seen = await site.seen(f"/?finished={number}")
    assert seen.jobs[0] == "default/job-000"


async def test_an_unreadable_database_is_a_sentence(site: Site, database: Database) -> None:
    lose(database, "batch_jobs")
    answer = await site.get("/")
    assert answer.status_code == 503
    assert NO_TABLE.search(answer.text)
    assert "script-src" in answer.headers["content-security-policy"]


async def test_a_page_that_is_not_there_says_so(site: Site) -> None:
    answer = await site.get("/nowhere")
    assert answer.status_code == 404
    assert "There is no such page." in answer.text


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
async def test_the_page_can_only_be_read(site: Site, method: str) -> None:
    for path in ("/", "/live", "/healthz", "/static/page.css"):
        assert (await site.ask(method, path)).status_code == 405


async def test_the_colours_are_those_of_the_mails(site: Site) -> None:
    style = await site.get("/static/severity.css")
    assert style.headers["content-type"].startswith("text/css")
    assert ".failure { --severity: #D55E00; }" in style.text
    assert (await site.get("/static/page.css")).status_code == 200
    assert (await site.get("/static/live.js")).status_code == 200


async def test_the_account_says_when_it_was_not_seen_lately(site: Site, database: Database) -> None:
    site.polled()
    with database.write() as connection:
        for hours, reason in ((30, "API down"), (10, "daemon down")):
            since = site.ago(hours * HOUR)
            gaps.record(connection, "default", Gap(since=since, until=since + HOUR, reason=reason))
    seen = await site.seen()
    assert "blind 02:00 to 03:00 UTC (daemon down)" in seen.text
    assert "API down" not in seen.text
    assert "Success: All is well" in seen.text


async def test_a_link_in_a_message_leads_to_its_job(site: Site) -> None:
    for job_id in ("runs", "odd id/with ?&#%ü"):
        site.has(BatchJob(id=job_id, status="IN_PROGRESS"))
        event = Event(
            kind=EventKind.STALLED,
            account="default",
            job_id=job_id,
            job=BatchJob(id=job_id),
            happened_at=site.ago(HOUR),
            seen_at=site.ago(HOUR),
        )
        (entry,) = build_message([event], View(page_url="http://127.0.0.1")).entries
        seen = await site.seen(entry.link.removeprefix("http://127.0.0.1"))
        assert job_id in seen.text
        assert f'href="{job_page("default", job_id)}"' in (await site.seen()).html


async def test_a_job_goes_by_its_input_file_once_that_is_known(
    site: Site, database: Database
) -> None:
    site.has(
        BatchJob(id="a", status="IN_PROGRESS", input_file_id="file-1", model_id="acme/large"),
        BatchJob(id="b", status="COMPLETED", input_file_id="file-2"),
        BatchJob(id="c", status="COMPLETED", model_id="acme/large-Instruct"),
    )
    known = KnownFile(id="file-1", filename="nightly.jsonl", tries=1, looked_up_at=site.now)
    with database.write() as connection:
        files.save(connection, "default", [known])
    seen = await site.seen()
    assert "nightly a acme/large · default" in seen.text.replace(
        "acme/large default", "acme/large · default"
    )
    assert "model not given" in seen.text
    # Several of one model are told apart.
    assert "large · c" in seen.text


async def test_a_muted_and_an_acknowledged_job_say_so(site: Site, database: Database) -> None:
    site.has(BatchJob(id="quiet", status="IN_PROGRESS"), BatchJob(id="known", status="FAILED"))
    failed = Event(
        kind=EventKind.FAILED,
        account="default",
        job_id="known",
        happened_at=site.now,
        seen_at=site.now,
    )
    with database.write() as connection:
        (event_id,) = events.record(connection, [Route(event=failed)]).values()
        acks.save(connection, "default", "known", event_id=event_id, now=site.now)
        mutes.save(connection, Mute(job_id="quiet", muted_at=site.now, until=site.now + 2 * HOUR))
    seen = await site.seen()
    assert "default muted for 2h" in seen.text
    assert "default acknowledged" in seen.text


def several(site: Site) -> None:
    """Put jobs of two accounts, models and many statuses into the snapshot."""
    site.has(
        BatchJob(id="a-run", status="IN_PROGRESS", model_id="acme/large", progress=0.2),
        BatchJob(id="b-val", status="VALIDATING", model_id="acme/small", progress=0.0),
        BatchJob(id="c-fail", status="FAILED", model_id="acme/large", error="line 3: 50% broken"),
        BatchJob(id="d-done", status="COMPLETED", output_file_id="file-out"),
    )
    site.has(BatchJob(id="e-run", status="IN_PROGRESS", progress=0.9), account="other")


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("account=other", "e-run"),
        ("status=FAILED", "c-fail"),
        ("model=acme/large", "a-run c-fail"),
        ("model=acme/large&status=FAILED", "c-fail"),
        ("text=ACME/L", "a-run c-fail"),
        ("text=b-v", "b-val"),
        ("text=50%25", "c-fail"),
        ("text=file-out", "d-done"),
        ("text=%25", "c-fail"),
        ("text=_", ""),
        ("account=nobody", ""),
        ("status=&model=&text=+++", "a-run b-val e-run c-fail d-done"),
    ],
)
async def test_the_jobs_can_be_narrowed(site: Site, asked: str, found: str) -> None:
    several(site)
    seen = await site.seen(f"/?{asked}")
    assert sorted(key.partition("/")[2] for key in seen.jobs) == sorted(found.split())
    # What is all right is said of everything, whatever is shown of it.
    assert "3 running" in seen.text.replace("running 3", "3 running")


@pytest.mark.parametrize(
    ("sort", "running"),
    [
        ("attention", "a-run b-val e-run"),
        ("progress", "b-val a-run e-run"),
        ("model", "a-run b-val e-run"),
        ("nonsense", "a-run b-val e-run"),
    ],
)
async def test_the_jobs_can_be_sorted(site: Site, sort: str, running: str) -> None:
    several(site)
    seen = await site.seen(f"/?sort={sort}")
    assert [key.partition("/")[2] for key in seen.jobs][:3] == running.split()


async def test_the_form_says_what_was_chosen_and_the_pages_keep_it(site: Site) -> None:
    several(site)
    site.has(*(BatchJob(id=f"job-{n:03}", status="FAILED", model_id=LIVE) for n in range(60)))
    seen = await site.seen(f"/?{urlencode({'model': LIVE, 'sort': 'created', 'text': 'job'})}")
    chosen = [option["value"] for option in seen.all("option") if "selected" in option]
    assert chosen == [LIVE, "created"]
    assert [field["value"] for field in seen.all("input")] == ["job"]
    assert "No running job is like that." in seen.text
    (link,) = [link["href"] or "" for link in seen.all("a") if link.get("rel")]
    kept = dict(parse_qsl(link.partition("#")[0].removeprefix("?")))
    assert kept == {"model": LIVE, "sort": "created", "text": "job", "finished": "2"}


async def test_a_running_job_has_its_time_as_a_line(site: Site) -> None:
    site.has(
        BatchJob(
            id="runs",
            status="IN_PROGRESS",
            created_at=site.ago(HOUR),
            job_deadline=site.now + 3 * HOUR,
        )
    )
    seen = await site.seen()
    above, line = seen.all("svg", "timeline")
    assert "aria-label" not in above
    assert line["aria-label"] == "created 1h ago, deadline in 3h"
    (deadline,) = seen.all("line", "deadline")
    # Below what stands above all lines, once.
    assert seen.text.count("now +1h +3h") == 1
    at = {tick.label: f"{tick.at}%" for tick in scale()}
    (now,) = seen.all("circle", "now")
    assert now["cx"] == at["now"]
    assert deadline["x1"] == at["+3h"]


async def test_what_is_beyond_the_ends_of_its_line_is_not_drawn(site: Site) -> None:
    far = BatchJob(id="far", status="IN_PROGRESS", job_deadline=site.now + 80 * HOUR)
    missed = replace(far, id="missed", job_deadline=site.ago(30 * HOUR))
    site.has(replace(far, created_at=site.ago(90 * HOUR)), missed)
    seen = await site.seen()
    assert {line.get("aria-label") for line in seen.all("svg", "timeline")} == {
        None,
        "created 3d 18h ago, deadline in 3d 8h",
        "created now, deadline 1d 6h ago",
    }
    assert not seen.all("line", "deadline")
    assert {bar["x"] for bar in seen.all("rect", "past")} == {"0.0%", "35.0%"}


async def test_one_failed_poll_is_a_warning_and_a_told_outage_a_failure(site: Site) -> None:
    site.polled()
    site.poll_failed("503 from the API")
    # In the verdict, and below it.
    keys = ["named/trouble/default", "default"]
    assert [line["data-key"] for line in (await site.seen()).all("li", "warning")] == keys
    site.poll_failed("503 from the API", told=frozenset({EventKind.ACCOUNT_UNREACHABLE}))
    assert [line["data-key"] for line in (await site.seen()).all("li", "failure")] == keys


async def test_what_is_odd_about_a_good_poll_needs_a_look(site: Site) -> None:
    site.polled(skew=2 * MINUTE)
    assert "Warning: 1 account needs a look" in (await site.seen()).text
    site.polled(skipped_rows=1)
    assert "Warning: 1 account needs a look" in (await site.seen()).text
    site.polled()
    assert "All is well" in (await site.seen()).text


async def test_messages_given_up_need_a_look_until_they_are_retried(
    site: Site, database: Database
) -> None:
    site.polled()
    site.has_channels(ChannelHealth(channel="team", last_success_at=site.now))
    failed = Event(
        kind=EventKind.FAILED,
        account="default",
        job_id="a",
        happened_at=site.now,
        seen_at=site.now,
    )
    with database.write() as connection:
        announce(connection, [failed], [Filter(channel="team")], site.now)
        ledger.give_up_channel(connection, "team", reason="HTTP 400", now=site.now)
    refused = await site.seen()
    assert "Warning: 1 channel gave up on messages" in refused.text
    assert "Repair what it refuses, then send it again" in refused.text
    with database.write() as connection:
        old = "gave up after 72 h: HTTP 503"
        connection.execute(notifications.update().values(reason=old))
    assert "team : Send again what it gave up" in (await site.seen()).text
    with database.write() as connection:
        ledger.retry(connection, None, site.now)
    assert "All is well" in (await site.seen()).text


def test_a_failure_is_the_verdict_and_comes_first_until_it_is_acknowledged(
    bell: Bell,
) -> None:
    bell.poll(bell.job("bad"), bell.job("moving"), at=bell.ago(hours=1))
    bell.poll(bell.job("bad", "FAILED", input_file_id="file-nightly"), bell.job("moving"))
    before = asyncio.run(of(bell).seen())
    assert "Failure: nightly : " in before.text
    assert before.links[before.links.index("./about") + 1] == "jobs/default/bad"
    assert before.jobs == ["default/bad", "default/moving"]
    assert "Needs a look 1" in before.text
    bell.run("ack", "bad")
    after = asyncio.run(of(bell).seen())
    assert "Success: All is well" in after.text
    assert after.jobs == ["default/moving", "default/bad"]


def test_what_the_verdict_does_not_name_it_counts(bell: Bell) -> None:
    names = [f"job-{n}" for n in range(52)]
    bell.poll(*map(bell.job, names), at=bell.ago(hours=1))
    bell.poll(*(bell.job(name, "FAILED") for name in names))
    seen = asyncio.run(of(bell).seen())
    # Two of them were not read.
    assert "52 failures to repair or submit again: " in seen.text
    assert "2 more stand in the lists below" in seen.text
    assert "+49 more" in seen.text
    assert "#look" in seen.links
    assert "To take what has ended off this list: batchbell ack JOB_ID" in seen.text
    # Some fold, so that what runs is nearer; no job stands twice.
    assert seen.all("details", "folded")
    assert "and 42 more" in seen.text.partition("Needs a look 52")[2]
    assert len(seen.jobs) == len(set(seen.jobs)) == 52
    # The head counts all of them.
    assert "Finished 52 " in seen.text


def test_what_failed_last_is_named_however_many_others_are_late(bell: Bell) -> None:
    late = [bell.job(f"late-{n}", job_deadline=bell.ago(hours=2)) for n in range(4)]
    bell.poll(*late, bell.job("bad"), at=bell.ago(hours=1))
    bell.poll(*late, bell.job("bad", "FAILED", input_file_id="file-nightly"))
    text = asyncio.run(of(bell).seen()).text
    verdict = text.partition("as of")[0]
    assert "4 to cancel now: " in verdict
    assert "1 to submit again: nightly" in verdict


def test_who_hears_of_nothing_is_named_once_behind_the_jobs(bell: Bell) -> None:
    bell.poll(bell.job("bad"), at=bell.ago(hours=1))
    bell.poll(bell.job("bad", "FAILED", input_file_id="file-nightly"))
    site = of(bell)
    site.has_channels(ChannelHealth(channel="pager", failing_since=site.now, last_error="503"))
    text = asyncio.run(site.seen()).text
    named = text.index(
        "pager : Repair it: it delivers nothing. failing for 0s , 503; "
        "test it: batchbell notify-test pager"
    )
    assert text.index("nightly") < named < text.index("as of")
    assert text.count("notify-test pager") == 1


def test_the_finished_say_how_many_of_them_are_listed_among_the_failed(bell: Bell) -> None:
    names = ("a", "b", "c")
    bell.poll(*map(bell.job, names), at=bell.ago(hours=1))
    bell.poll(bell.job("a", "FAILED"), bell.job("b", "FAILED"), bell.job("c", "CANCELLED"))
    seen = asyncio.run(of(bell).seen())
    assert "Finished 3" in seen.text
    assert "All of them are shown above." in seen.text
    bell.run("ack", "a")
    bell.run("ack", "b")
    seen = asyncio.run(of(bell).seen())
    assert "1 of them is listed above, under what needs a look" in seen.text


async def test_the_line_of_what_is_well_says_what_that_is(site: Site) -> None:
    site.polled()
    site.has_channels(ChannelHealth(channel="bad", failing_since=site.now, last_error="503"))
    assert "Accounts without trouble: default polled" in (await site.seen()).text


def test_the_verdict_goes_by_what_is_to_be_done(bell: Bell) -> None:
    late = bell.job("late", job_deadline=bell.ago(hours=2))
    ends = {"a": "FAILED", "b": "FAILED", "c": "EXPIRED", "d": "COMPLETED"}
    lost = bell.job("e", "COMPLETED", output_file_id="file-output")
    bell.poll(late, *map(bell.job, (*ends, "e")), at=bell.ago(hours=1))
    # That there is no output is believed when it is listed twice.
    for _ in range(2):
        bell.poll(
            late,
            lost,
            *(
                bell.job(name, status, error="line 3: bad" if name == "a" else None)
                for name, status in ends.items()
            ),
        )
    put(bell.database, unread(lost, ResultsState.LOST, "HTTP 404"))
    loss = Event(
        kind=EventKind.RESULTS_LOST,
        account="default",
        job_id=lost.id,
        happened_at=bell.started,
        seen_at=bell.started,
        job=lost,
    )
    with bell.database.write() as connection:
        announce(connection, [loss], (), bell.started)
    seen = asyncio.run(of(bell).seen())
    verdict = seen.text.partition("as of")[0].partition("0 new")[2]
    assert "Failure: 1 to cancel now: " in verdict
    asked = ("1 to cancel now", "1 with results lost", "1 to repair", "3 to submit again")
    assert [verdict.index(f"{each}: ") for each in asked] == sorted(map(verdict.index, asked))
    assert seen.text.startswith(f"✗ {', '.join(asked)} ·")
    # The terminal counts the same.
    with bell.database.read() as connection:
        status = look(connection, bell.started, everything=False, daemon_runs=True)
    told = urgent_lines(status, asked_in(status), width=80)
    assert [(line.severity, line.lead) for line in told] == [
        (Severity.FAILURE, lead) for lead in asked
    ]
    # Its rows have the same order, each with its act.
    assert [key.partition("/")[2] for key in seen.jobs][:3] == ["late", "e", "a"]
    rows = seen.text.partition("Needs a look 6")[2]
    acts = ("Cancel it now", "Ask for its files", "Repair line 3", "Submit it again")
    places = [rows.index(act) for act in acts]
    assert places == sorted(places)


def counted_alike(bell: Bell) -> tuple[Seen, list[str]]:
    """Return the page, and what the terminal counts, which has to stand on the page too."""
    seen = asyncio.run(of(bell).seen())
    with bell.database.read() as connection:
        status = look(connection, bell.started, everything=False, daemon_runs=True)
    leads = [line.lead for line in urgent_lines(status, asked_in(status), width=80)]
    assert seen.text.startswith(f"{seen.text[0]} {', '.join(leads) or 'All is well'} ·")
    return seen, leads


def test_an_expired_job_that_kept_output_has_a_rest_to_submit_and_is_bad(bell: Bell) -> None:
    bell.poll(*map(bell.job, ("all", "rest")), at=bell.ago(hours=1))
    rest = bell.job("rest", "EXPIRED", output_file_id="file-o")
    bell.poll(bell.job("all", "EXPIRED"), rest)
    seen, leads = counted_alike(bell)
    assert leads == ["1 to submit again", "1 expired, the rest to submit"]
    assert "Failure: 1 expired, the rest to submit: " in seen.text


def test_what_ended_in_part_is_in_the_verdict_and_needs_a_look_as_in_the_terminal(
    bell: Bell,
) -> None:
    names = ("whole", "errors", "stopped", "lost")
    bell.poll(*map(bell.job, names), at=bell.ago(hours=1))
    ended = [
        bell.job("whole", "COMPLETED", output_file_id="file-1"),
        bell.job("errors", "COMPLETED", output_file_id="file-2", error_file_id="file-3"),
        bell.job("stopped", "CANCELLED", output_file_id="file-4"),
    ]
    bell.poll(*ended, bell.job("lost", "FAILED"), at=bell.ago(minutes=9))
    seen, leads = counted_alike(bell)
    part, stopped = "1 completed, a part to submit again", "1 cancelled, to submit if needed"
    assert leads == ["1 to submit again", part, stopped]
    assert f"Warning: {part}: " in seen.text
    assert f"Warning: {stopped}: " in seen.text
    assert "Needs a look 3" in seen.text
    assert {key.partition("/")[2] for key in seen.jobs[:3]} == {"lost", "errors", "stopped"}
    assert "by itself it leaves a day later" in seen.text
    bell.run("ack", "lost")
    seen, leads = counted_alike(bell)
    assert leads == [part, stopped]
    assert "To take what has ended off this list: batchbell ack JOB_ID" in seen.text
    assert "All is well" not in seen.text


def test_what_the_first_poll_found_ended_in_part_is_on_no_list(bell: Bell) -> None:
    bell.poll(bell.job("stopped", "CANCELLED", completed_at=bell.ago(hours=2)))
    seen, leads = counted_alike(bell)
    assert leads == []
    assert "Needs a look" not in seen.text


def test_what_is_to_be_repaired_of_it_is_said_by_why_its_requests_failed(bell: Bell) -> None:
    bell.poll(bell.job("errors"), at=bell.ago(hours=1))
    ended = bell.job("errors", "COMPLETED", output_file_id="file-2", error_file_id="file-3")
    bell.poll(ended, at=bell.ago(minutes=9))
    put(bell.database, partial(ended, at=bell.ago(minutes=8)))
    seen, leads = counted_alike(bell)
    assert leads == ["1 completed, a part to submit again"]
    assert "Repair 10 rows, submit 55 again" in seen.text


def test_what_ended_in_part_a_day_ago_is_history(bell: Bell) -> None:
    bell.poll(bell.job("errors"), at=bell.ago(hours=26))
    ended = bell.job(
        "errors",
        "COMPLETED",
        output_file_id="file-2",
        error_file_id="file-3",
        completed_at=bell.ago(hours=25),
    )
    bell.poll(ended, at=bell.ago(hours=25))
    bell.poll(ended)
    seen, leads = counted_alike(bell)
    assert leads == []
    assert "All is well" in seen.text


def test_of_many_that_ended_in_part_all_are_counted(bell: Bell) -> None:
    names = [f"job-{n}" for n in range(52)]
    bell.poll(*map(bell.job, names), at=bell.ago(hours=1))
    bell.poll(*(bell.job(name, "CANCELLED") for name in names))
    seen, leads = counted_alike(bell)
    assert leads == ["52 cancelled, to submit if needed"]
    assert "Needs a look 52" in seen.text
    assert "2 more stand in the lists below" in seen.text


def test_a_line_that_can_wait_has_on_a_phone_its_first_job_and_how_many_more(
    bell: Bell,
) -> None:
    late = bell.job("late", job_deadline=bell.ago(hours=2))
    failed = [f"bad-{n}" for n in range(3)]
    bell.poll(late, *map(bell.job, failed), at=bell.ago(hours=1))
    bell.poll(late, *(bell.job(name, "FAILED") for name in failed))
    html = asyncio.run(of(bell).seen()).html
    line = html.partition("3 to submit again: ")[2].partition("</li>")[0]
    first, besides = line.partition('<span class="others">')[0], line.partition("hidden>")[2]
    assert first.startswith('<a href="jobs/default/bad-')
    assert "+2" in besides


async def test_the_verdict_begins_with_the_jobs_to_act_on(site: Site) -> None:
    site.polled()
    site.has_channels(ChannelHealth(channel="bad", failing_since=site.now, last_error="503"))
    late = [BatchJob(id=f"r{n}", job_deadline=site.ago(HOUR)) for n in range(5)]
    site.has(*late)
    seen = await site.seen()
    verdict = seen.text.partition("as of")[0]
    assert verdict.index("5 to let run: ") < verdict.index("bad : Repair it")
    assert seen.text.startswith("✗ 5 to let run, 1 channel doesn't deliver ·")


async def test_of_many_that_need_a_look_those_that_nobody_asked_are_counted(site: Site) -> None:
    site.polled()
    due = site.now - MINUTE
    site.has(*(BatchJob(id=f"r{n:02}", progress=0.96, job_deadline=due) for n in range(30)))
    seen = await site.seen()
    assert "25 to let run: r00" in seen.text.replace("model not given", "")
    assert "5 more running need a look" in seen.text


def test_a_failure_of_more_than_a_day_ago_is_history(bell: Bell) -> None:
    bell.poll(bell.job("bad"), at=bell.ago(hours=26))
    bell.poll(bell.job("bad", "FAILED"), at=bell.ago(hours=25))
    bell.poll(bell.job("bad", "FAILED"))
    assert "All is well" in asyncio.run(of(bell).seen()).text


async def test_what_is_well_takes_one_line_and_what_is_not_stands_above_it(site: Site) -> None:
    site.polled()
    site.has_channels(
        ChannelHealth(channel="good", last_success_at=site.now),
        ChannelHealth(channel="bad", failing_since=site.now, last_error="503"),
    )
    seen = await site.seen()
    text = seen.text
    assert text.index("failing for") < text.index("default polled") < text.index("good deliv")
    assert "Accounts and channels without trouble: default polled" in text
    sections = [section["aria-labelledby"] for section in seen.all("section")]
    # The verdict says all of it.
    assert not {"channels", "accounts"} & set(sections)
    assert text.count("failing for") == 1


async def test_a_channel_that_the_verdict_has_no_room_for_has_a_card(site: Site) -> None:
    site.polled()
    names = ("a", "b", "c", "d")
    site.has_channels(*(ChannelHealth(channel=n, failing_since=site.now) for n in names))
    seen = await site.seen()
    assert "channels#channel-c" in seen.links
    assert "channels#channel-d" not in seen.links
    assert seen.text.count("batchbell notify-test d") == 1


def test_the_verdict_says_that_a_job_completed_without_output(bell: Bell) -> None:
    bell.poll(bell.job("empty"), at=bell.ago(minutes=9))
    # The second listing decides what it is.
    for minutes in (3, 2):
        bell.poll(bell.job("empty", "COMPLETED"), at=bell.ago(minutes=minutes))
    seen = asyncio.run(of(bell).seen())
    assert "input : Submit it again" in seen.text
    assert "COMPLETED without output 3m" in seen.text


async def test_the_verdict_names_first_what_is_to_be_cancelled_now_and_says_so(site: Site) -> None:
    site.polled()
    late = [
        BatchJob(
            id=f"late-{n}",
            status="IN_PROGRESS",
            progress=0.96,
            model_id="acme/large",
            job_deadline=site.ago((5 - n) * MINUTE),
        )
        for n in range(3)
    ]
    still = BatchJob(
        id="still",
        status="IN_PROGRESS",
        progress=0.43,
        model_id="acme/still",
        job_deadline=site.now + 11 * MINUTE,
    )
    since = site.ago(35 * MINUTE)
    record = replace(site.record(still), status_since=since, progress_since=since)
    site.has(*late, replace(record, flat_for=35 * MINUTE))
    # They are named alike, whichever jobs the lists show.
    for path in ("/", "/?sort=model", "/?text=nothing"):
        verdict = (await site.seen(path)).text.partition("as of")[0]
        assert verdict.index("1 to cancel now: still") < verdict.index("3 to let run: large")


async def test_what_is_to_be_cancelled_now_never_folds_and_has_its_command(site: Site) -> None:
    site.polled()
    since = site.ago(35 * MINUTE)
    still = [
        BatchJob(
            id=job_id,
            status="IN_PROGRESS",
            progress=0.43,
            job_deadline=site.now + 11 * MINUTE,
        )
        for job_id in (*(f"still-{n}" for n in range(11)), "-rf", "still;ls")
    ]
    records = (replace(site.record(job), status_since=since, progress_since=since) for job in still)
    site.has(*(replace(record, flat_for=35 * MINUTE) for record in records))
    seen = await site.seen()
    assert "13 to cancel now: " in seen.text
    assert " in 11m, 12:11 UTC Cancelling" in seen.text.partition("Next deadline: ")[2]
    kept = "Cancelling keeps what is done, and it is billed."
    assert kept in seen.text.partition("as of")[0]
    assert len(seen.jobs) == 13
    assert not seen.all("details", "folded")
    for job in still[:11]:
        assert f"batchbell cancel -- {job.id} " in seen.text
    # No command that would do harm in a shell.
    assert seen.text.count("batchbell cancel") == 11
    for job in still[11:]:
        assert f" {job.id} " in seen.text


def test_the_verdict_says_what_to_do_about_a_failure(bell: Bell) -> None:
    bell.poll(bell.job("bad"), at=bell.ago(hours=1))
    bell.poll(bell.job("bad", "FAILED", input_file_id="file-nightly", error="line 3: bad"))
    verdict = asyncio.run(of(bell).seen()).text.partition("as of")[0]
    assert "nightly : " in verdict
    assert "nightly : Repair line 3, submit again. FAILED" in verdict
