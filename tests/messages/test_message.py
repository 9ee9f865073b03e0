from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchbell.core.event import ENDS, Event, EventKind, Severity
from batchbell.core.example_events import sample, sample_counted, sample_reminder
from batchbell.core.facts import (
    NO_FACTS,
    CauseFacts,
    DeadlineFacts,
    OutlookFacts,
    StallFacts,
)
from batchbell.core.gap import Gap
from batchbell.core.job import BatchJob
from batchbell.core.ring import Hearing
from batchbell.messages.build import build_message
from batchbell.messages.entry import TITLE_LIMIT, Card, Entry
from batchbell.messages.event_document import notification_document
from batchbell.messages.fact import DEEDS, REFERENCES, Role
from batchbell.messages.facts_json import facts_from_json
from batchbell.messages.kind_words import WORDS
from batchbell.messages.late_news import late_news
from batchbell.messages.subject import short_id
from batchbell.messages.text_body import as_text
from batchbell.messages.view import View
from batchbell.providers.together import words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from batchbell.core.facts import JsonFact

VIEW = View(provider=words.WORDS)
JOB_ID = "3f2a9c1e-1111-2222-3333-444455556666"
AT = datetime(2026, 11, 23, 2, 14, tzinfo=UTC)
JOB = BatchJob(
    id=JOB_ID,
    status="FAILED",
    progress=0.7175,
    created_at=AT - timedelta(hours=3),
    completed_at=AT,
    job_deadline=AT + timedelta(hours=21),
    endpoint="/v1/chat/completions",
    model_id="meta-llama/Llama-3.3-70B",
    output_file_id="file-out-1",
    error_file_id="file-err-1",
    error="line 3: invalid JSON",
)
JOB_KINDS = [kind for kind in EventKind if kind.value.startswith("batch.")]


def event_of(
    kind: EventKind,
    facts: Mapping[str, JsonFact] | None = None,
    *,
    job: BatchJob | None = JOB,
    account: str = "default",
    seen_after: timedelta = timedelta(seconds=20),
) -> Event:
    return Event(
        kind=kind,
        account=account,
        job_id=job.id if job else "",
        job=job,
        happened_at=AT,
        seen_at=AT + seen_after,
        facts=facts_from_json(facts or {}),
    )


def entry_of(kind: EventKind, facts: Mapping[str, JsonFact] | None = None) -> Entry:
    return build_message([event_of(kind, facts)], VIEW).entries[0]


def labelled(entry: Entry) -> dict[str, str]:
    return {fact.label: fact.text for fact in entry.facts}


def job_like(**changes: object) -> BatchJob:
    values = {name: getattr(JOB, name) for name in JOB.__dataclass_fields__}
    return BatchJob(**{**values, **changes})


def test_the_title_says_what_happened_to_which_job_and_why() -> None:
    message = build_message([event_of(EventKind.FAILED)])

    assert message.title == "FAILED: Llama-3.3-70B · 3f2a9c1e, line 3: invalid JSON"
    assert message.severity is Severity.FAILURE
    assert not message.is_digest


def test_a_message_gives_every_fact_of_the_job() -> None:
    facts = labelled(entry_of(EventKind.FAILED, {"previous_status": "IN_PROGRESS"}))

    assert facts == {
        "What to do": "Repair line 3 of the input file and submit it again.",
        "Job": JOB_ID,
        "Status": "FAILED",
        "Previous status": "IN_PROGRESS",
        "Output file": "file-out-1",
        "Error file": "file-err-1",
        "Error": "line 3: invalid JSON",
        "Account": "default",
        "Model": "meta-llama/Llama-3.3-70B",
        "Endpoint": "/v1/chat/completions",
        "Progress": "71.8%",
        "Created": "2026-11-22 23:14 UTC",
        "Finished": "2026-11-23 02:14 UTC",
        "Deadline": "2026-11-23 23:14 UTC",
        "Duration": "3h",
        "Fetch files": f"batchbell fetch -- {JOB_ID}",
        "Fetch output": words.WORDS.fetch_command("file-out-1"),
        "Fetch errors": words.WORDS.fetch_command("file-err-1"),
    }


@pytest.mark.parametrize("kind", sorted(ENDS))
def test_an_end_says_how_to_fetch_its_files_from_where_they_are(kind: EventKind) -> None:
    facts = labelled(entry_of(kind, {"api": "http://127.0.0.1:1/v1"}))

    assert "http://127.0.0.1:1/v1/files/file-out-1/content" in facts["Fetch output"]
    assert "http://127.0.0.1:1/v1/files/file-err-1/content" in facts["Fetch errors"]
    assert "Fetch output" not in labelled(entry_of(EventKind.STALLED))


def test_templates_have_the_long_commands_where_a_message_has_short_ones() -> None:
    entry = entry_of(EventKind.COMPLETED, {"verdict": "complete", "requests": 2, "succeeded": 2})

    assert "Fetch output" in labelled(entry)
    assert "Fetch output" not in {fact.label for fact in entry.shown}


def test_the_text_starts_with_the_title_and_ends_with_what_to_do() -> None:
    message = build_message([event_of(EventKind.FAILED)])
    lines = as_text(message).splitlines()

    assert lines[0] == message.title
    assert f"Job: {JOB_ID}" in lines
    assert lines[-1] == f"Look closer: batchbell show -- {JOB_ID}"


@pytest.mark.parametrize("kind", JOB_KINDS)
def test_every_message_and_digest_line_carries_id_status_files_and_error(kind: EventKind) -> None:
    event = event_of(kind, job=job_like(error="e" * 300))
    other = event_of(EventKind.CREATED, job=job_like(id="other"))

    for text in (as_text(build_message([event])), as_text(build_message([event, other]))):
        for wanted in (JOB_ID, "FAILED", "file-out-1", "file-err-1", "e" * 199 + "…"):
            assert wanted in text


@pytest.mark.parametrize("kind", EventKind)
def test_every_kind_has_words_of_its_own(kind: EventKind) -> None:
    assert WORDS[kind].label
    assert [words.label for words in WORDS.values()].count(WORDS[kind].label) == 1


@pytest.mark.parametrize(
    ("kind", "facts", "headline"),
    [
        (EventKind.CREATED, {}, "Created: Llama-3.3-70B · 3f2a9c1e"),
        (EventKind.PROGRESS, {"threshold": 50}, "Past 50%: Llama-3.3-70B · 3f2a9c1e, now at 71.8%"),
        (EventKind.PROGRESS, {}, "Progress: Llama-3.3-70B · 3f2a9c1e"),
        (EventKind.COMPLETED, {}, "COMPLETED: Llama-3.3-70B · 3f2a9c1e, in 3h"),
        (
            EventKind.EXPIRED,
            {},
            "EXPIRED: Llama-3.3-70B · 3f2a9c1e · 71.8% done, partial output is kept",
        ),
        (
            EventKind.FAILED,
            {"corrects": "COMPLETED"},
            (
                "CORRECTION, FAILED: Llama-3.3-70B · 3f2a9c1e, told as COMPLETED before, "
                "line 3: invalid JSON"
            ),
        ),
        (
            EventKind.DEADLINE_APPROACHING,
            {"step": "1h", "time_left": 3480, "forecast": "2026-11-23T03:30:00Z"},
            (
                "DEADLINE in 58m: Llama-3.3-70B · 3f2a9c1e, should be done about 03:30 UTC, "
                "19h 44m before its 23:14 UTC deadline"
            ),
        ),
        (
            EventKind.DEADLINE_APPROACHING,
            {"step": "1h"},
            "DEADLINE in 1h: Llama-3.3-70B · 3f2a9c1e, due 23:14 UTC, 71.8% done",
        ),
        (
            EventKind.AT_RISK,
            {"forecast": "2026-11-24T03:30:00Z"},
            (
                "AT RISK: Llama-3.3-70B · 3f2a9c1e will probably miss its 23:14 UTC deadline "
                "by about 4h 30m"
            ),
        ),
        (
            EventKind.AT_RISK,
            {},
            "AT RISK: Llama-3.3-70B · 3f2a9c1e, it may not finish before its deadline",
        ),
        (
            EventKind.DEADLINE_MISSED,
            {},
            "DEADLINE MISSED: Llama-3.3-70B · 3f2a9c1e, due 23:14 UTC, 71.8% done",
        ),
        (
            EventKind.STALLED,
            {"since": "2026-11-23T00:14:00Z"},
            "STALLED: Llama-3.3-70B · 3f2a9c1e, no progress for 2h (since 00:14 UTC)",
        ),
        (EventKind.STALLED, {}, "STALLED: Llama-3.3-70B · 3f2a9c1e, no progress"),
        (
            EventKind.RESUMED,
            {"since": "2026-11-23T00:14:00Z"},
            "Resumed: Llama-3.3-70B · 3f2a9c1e, after 2h",
        ),
        (
            EventKind.RESUMED,
            {"stalled_seconds": 7200},
            "Resumed: Llama-3.3-70B · 3f2a9c1e, after 2h",
        ),
        (EventKind.RESUMED, {}, "Resumed: Llama-3.3-70B · 3f2a9c1e"),
        (
            EventKind.VANISHED,
            {"missed_polls": 3},
            "VANISHED: Llama-3.3-70B · 3f2a9c1e, the API lists it no longer",
        ),
        (
            EventKind.STATUS_UNKNOWN,
            {},
            "UNKNOWN STATUS: Llama-3.3-70B · 3f2a9c1e, FAILED",
        ),
        (
            EventKind.COMPLETED_WITH_ERRORS,
            {},
            "COMPLETED WITH ERRORS: Llama-3.3-70B · 3f2a9c1e, line 3: invalid JSON",
        ),
    ],
)
def test_headlines_of_jobs(kind: EventKind, facts: Mapping[str, JsonFact], headline: str) -> None:
    assert entry_of(kind, facts).headline == headline


@pytest.mark.parametrize(
    ("kind", "headline"),
    [
        (EventKind.COMPLETED, "COMPLETED: 3f2a9c1e"),
        (EventKind.COMPLETED_WITH_ERRORS, "COMPLETED WITH ERRORS: 3f2a9c1e, some requests failed"),
        (
            EventKind.COMPLETED_EMPTY,
            "COMPLETED WITHOUT OUTPUT: 3f2a9c1e, no request succeeded",
        ),
        (EventKind.FAILED, "FAILED: 3f2a9c1e, no reason given"),
        (EventKind.EXPIRED, "EXPIRED: 3f2a9c1e, no partial output"),
        (EventKind.CANCELLED, "CANCELLED: 3f2a9c1e, no partial output"),
        (EventKind.DEADLINE_APPROACHING, "DEADLINE NEAR: 3f2a9c1e"),
        (EventKind.DEADLINE_MISSED, "DEADLINE MISSED: 3f2a9c1e, not finished"),
        (EventKind.STATUS_UNKNOWN, "UNKNOWN STATUS: 3f2a9c1e"),
    ],
)
def test_headlines_of_jobs_nothing_is_known_of(kind: EventKind, headline: str) -> None:
    assert build_message([event_of(kind, job=BatchJob(id=JOB_ID))]).title == headline


@pytest.mark.parametrize(
    ("kind", "facts", "title"),
    [
        (
            EventKind.ACCOUNT_UNREACHABLE,
            {"error": "HTTP 503", "outage_since": "2026-11-23T02:14:00Z"},
            "ACCOUNT UNREACHABLE: prod, HTTP 503",
        ),
        (
            EventKind.ACCOUNT_UNAUTHORIZED,
            {},
            "ACCOUNT UNAUTHORIZED: prod, the API refused the key",
        ),
        (
            EventKind.ACCOUNT_RECOVERED,
            {"outage_since": "2026-11-23T00:00:00Z", "blind_seconds": 8040.0},
            "Account recovered: prod, after 2h 14m",
        ),
        (
            EventKind.ACCOUNT_RECOVERED,
            {"outage_since": "2026-11-23T00:00:00Z"},
            "Account recovered: prod, after 2h 14m",
        ),
        (
            EventKind.ACCOUNT_WATCHING,
            {"jobs": 30, "running": 3, "ended_untold": 7},
            "Watching account: prod · 30 jobs, 3 running, 27 ended (7 in the last 24 h, not told)",
        ),
        (
            EventKind.ACCOUNT_WATCHING,
            {"jobs": 1, "running": 1, "ended_untold": 0},
            "Watching account: prod · 1 job, 1 running, 0 ended in the last 24 h, not told",
        ),
        (
            EventKind.CHANNEL_FAILING,
            {"channel": "team", "error": "HTTP 404 Not Found"},
            "CHANNEL FAILING: team, HTTP 404 Not Found",
        ),
        (EventKind.CHANNEL_RECOVERED, {}, "Channel recovered: a channel"),
        (
            EventKind.CHANNEL_MESSAGE_LOST,
            {
                "channel": "team",
                "error": "HTTP 400 Bad Request",
                "lost_jobs": "job-1",
                "lost_names": "unit-tests.jsonl",
                "lost_kinds": "batch.completed",
            },
            "MESSAGE NOT SENT to team: unit-tests, still tried (HTTP 400 Bad Request)",
        ),
        (
            EventKind.CHANNEL_MESSAGE_LOST,
            {"channel": "team", "lost_jobs": "job-1", "lost_kinds": "batch.completed, batch.new"},
            "MESSAGE NOT SENT to team: job-1, still tried",
        ),
        (
            EventKind.CHANNEL_MESSAGE_LOST,
            {"channel": "team", "lost_kinds": "account.unreachable"},
            "MESSAGE NOT SENT to team: still tried",
        ),
        (
            EventKind.CHANNEL_MESSAGE_LOST,
            {"channel": "team", "lost_jobs": ", ".join(f"job-{n:030}" for n in range(20))},
            "MESSAGE NOT SENT to team: job-00000000 and 19 more, still tried",
        ),
        (
            EventKind.CHANNEL_MESSAGE_LOST,
            {"channel": "team"},
            "MESSAGE NOT SENT to team: still tried",
        ),
    ],
)
def test_titles_of_accounts_and_channels(
    kind: EventKind, facts: Mapping[str, JsonFact], title: str
) -> None:
    assert build_message([event_of(kind, facts, job=None, account="prod")]).title == title


@pytest.mark.parametrize(
    ("kind", "facts", "advice"),
    [
        (EventKind.FAILED, {}, f"batchbell show -- {JOB_ID}"),
        (EventKind.FAILED, {"corrects": "COMPLETED"}, f"batchbell explain -- {JOB_ID}"),
        (EventKind.VANISHED, {}, f"batchbell explain -- {JOB_ID}"),
        (EventKind.STATUS_UNKNOWN, {}, f"batchbell explain -- {JOB_ID}"),
        (EventKind.ACCOUNT_UNAUTHORIZED, {}, "batchbell doctor"),
        (EventKind.CHANNEL_FAILING, {"channel": "team"}, "batchbell deliveries --failed"),
    ],
)
def test_every_message_says_what_to_do_next(
    kind: EventKind, facts: Mapping[str, JsonFact], advice: str
) -> None:
    assert entry_of(kind, facts).advice == advice


@pytest.mark.parametrize("job_id", ["x; rm -rf ~", "--config=x", "-x", "`x`", "ä"])
def test_an_id_that_is_live_in_a_shell_is_in_no_command(job_id: str) -> None:
    message = build_message([event_of(EventKind.FAILED, job=job_like(id=job_id))])

    assert message.entries[0].advice == "batchbell status"
    assert labelled(message.entries[0])["Job"] == job_id


def test_an_account_without_a_job_points_to_the_status() -> None:
    watching = event_of(EventKind.ACCOUNT_WATCHING, job=None, account="")

    assert build_message([watching]).entries[0].advice == "batchbell status"
    assert build_message([watching]).title == "Watching account: an account"


def test_late_news_carries_both_times_and_when_nobody_looked() -> None:
    event = event_of(
        EventKind.FAILED,
        {
            "blind_from": "2026-11-23T02:10:00Z",
            "blind_until": "2026-11-23T05:05:00Z",
            "blind_reason": "daemon down",
        },
        seen_after=timedelta(hours=2, minutes=51),
    )

    assert labelled(build_message([event]).entries[0])["Late news"] == (
        "finished 02:14, seen 05:05 UTC; not polling 02:10\u201305:05 UTC (daemon down)"
    )


def test_late_news_of_another_day_carries_the_dates() -> None:
    event = event_of(EventKind.IN_PROGRESS, seen_after=timedelta(days=1))

    assert late_news(event) == "happened 2026-11-23 02:14, seen 2026-11-24 02:14 UTC"


def test_news_within_ten_minutes_is_not_late() -> None:
    event = event_of(EventKind.FAILED, {"blind_from": "x"}, seen_after=timedelta(minutes=10))

    assert late_news(event) == ""


@pytest.mark.parametrize("kind", [EventKind.CHANNEL_FAILING, EventKind.ACCOUNT_UNREACHABLE])
def test_what_is_told_once_it_has_lasted_is_not_late(kind: EventKind) -> None:
    assert late_news(event_of(kind, job=None, seen_after=timedelta(minutes=31))) == ""


def test_blind_time_is_told_without_a_reason_too() -> None:
    blind = {
        "blind_from": "2026-11-23T02:10:00Z",
        "blind_until": "2026-11-23T05:05:00Z",
        "blind_reason": "",
    }

    assert late_news(event_of(EventKind.FAILED, blind)) == "not polling 02:10\u201305:05 UTC"


def test_the_facts_of_rules_and_outages_are_told_with_units() -> None:
    deadline = labelled(
        entry_of(
            EventKind.DEADLINE_APPROACHING,
            {
                "step": "6h",
                "time_left": 21_500,
                "forecast": "2026-11-24T03:30:00Z",
                "poll_age": 45.2,
                "missed_polls": 3,
                "since": "2026-11-23T00:14:00Z",
            },
        )
    )
    outage = build_message(
        [
            event_of(
                EventKind.ACCOUNT_UNREACHABLE,
                {"outage_since": "2026-11-23T02:09:20Z", "failures": 6, "error": "HTTP 503"},
                job=None,
            )
        ]
    )

    assert deadline["Warning step"] == "6h"
    assert deadline["Time left"] == "5h 58m"
    assert deadline["Forecast"] == "2026-11-24 03:30 UTC"
    assert deadline["Last poll"] == "45s before"
    assert deadline["No progress since"] == "2026-11-23 00:14 UTC"
    assert deadline["Happened"] == "2026-11-23 02:14 UTC"
    assert labelled(outage.entries[0]) == {
        "What to do": (
            "Look whether the provider is down or the network here is: until it answers its jobs "
            "run on unseen."
        ),
        "Error": "HTTP 503",
        "Account": "default",
        "Outage since": "2026-11-23 02:09 UTC",
        "Outage so far": "5m",
        "Failed polls": "6",
        "Happened": "2026-11-23 02:14 UTC",
    }


def test_an_end_before_the_creation_has_no_duration() -> None:
    odd = job_like(completed_at=AT - timedelta(days=9))

    assert build_message([event_of(EventKind.COMPLETED, job=odd)]).title == (
        "COMPLETED: Llama-3.3-70B · 3f2a9c1e"
    )


def test_a_job_that_should_not_wait_there_stalls_with_its_status() -> None:
    stuck = event_of(
        EventKind.STALLED,
        {"since": "2026-11-22T20:14:20Z"},
        job=job_like(status="VALIDATING"),
    )

    assert build_message([stuck]).title == (
        "STALLED: Llama-3.3-70B · 3f2a9c1e, still VALIDATING after 6h (since 20:14 UTC)"
    )


def test_a_resumption_before_the_stall_has_no_length() -> None:
    assert entry_of(EventKind.RESUMED, {"since": "2027-01-01T00:00:00Z"}).headline == (
        "Resumed: Llama-3.3-70B · 3f2a9c1e"
    )


def test_ids_are_shortened_to_prefixes_that_commands_take() -> None:
    assert short_id(JOB_ID) == "3f2a9c1e"
    assert short_id("batch-2026-11-23") == "batch-2026-11-23"
    assert short_id("b" * 40) == "b" * 12


def test_a_digest_counts_kinds_and_names_every_job() -> None:
    events = [
        event_of(EventKind.COMPLETED, job=job_like(id="ok-1", error=None)),
        event_of(EventKind.FAILED, job=job_like(id="bad-1")),
        event_of(EventKind.CANCELLED, job=job_like(id="gone-1"), account="prod"),
        event_of(EventKind.COMPLETED, job=job_like(id="ok-2", error=None)),
    ]
    message = build_message(events)
    text = as_text(message)

    assert message.is_digest
    ended = "FAILED: Llama-3.3-70B · bad-1; CANCELLED: Llama-3.3-70B · gone-1; 2 completed"
    assert message.title == ended
    assert text.splitlines()[0] == f"{ended} · accounts default, prod"
    assert message.counts == "4 events of accounts default, prod"
    assert text.index("bad-1") < text.index("gone-1") < text.index("ok-1") < text.index("ok-2")
    assert text.endswith("Look closer: batchbell status\n")


def test_a_name_leaves_room_for_the_counts_behind_it() -> None:
    name = "customer-feedback-classification-emea-q4-2026-shard-007-of-128"
    kinds = (EventKind.EXPIRED, EventKind.FAILED, EventKind.CANCELLED, EventKind.COMPLETED)
    events = [
        event_of(kind, {"input_file": f"{name}.jsonl"}, job=job_like(id=kind)) for kind in kinds
    ]
    title = build_message(events).title
    assert title == (
        "FAILED: customer-feedback-…-2026-shard-007-of-128; 1 with a rest to submit, 1 cancelled, "
        "1 completed"
    )
    everything = build_message([event_of(kind, job=job_like(id=kind)) for kind in EventKind])
    assert len(everything.title) <= 120
    assert everything.title.startswith("Cancel now: ")
    assert everything.title.endswith(" more")
    assert len(everything.card_title) <= 120
    assert everything.lead == everything.title
    assert everything.counts.endswith(", 1 account watched")


def test_the_account_of_a_digest_gives_way_to_its_names() -> None:
    events = [
        event_of(EventKind.FAILED, job=job_like(id=name), account="a" * 90) for name in ("a", "b")
    ]
    message = build_message(events)
    assert message.title == "2 FAILED: Llama-3.3-70B · a, Llama-3.3-70B · b"
    assert message.lead == f"{message.title} · account {'a' * 90}"
    assert message.counts == f"2 events of account {'a' * 90}"


def test_names_give_way_to_what_else_is_to_be_done_and_counts_to_the_first_name() -> None:
    name = "customer-feedback-classification-emea-q4-2026-shard-007-of-128.jsonl"
    bad = [
        event_of(EventKind.FAILED, {"input_file": name}, job=job_like(id=f"bad-{number}"))
        for number in range(4)
    ]
    kinds = (EventKind.CANCELLED, EventKind.VANISHED, EventKind.CREATED)
    others = [event_of(kind, job=job_like(id=kind)) for kind in kinds]
    short = "customer-feedback-…-2026-shard-007-of-128"
    assert build_message([*bad, *others]).title == (
        f"4 FAILED, first {short}; 1 to look into, 1 cancelled, 1 created"
    )
    failing = event_of(EventKind.CHANNEL_FAILING, {"channel": "a" * 80}, job=None, account="")
    title = build_message([failing, *bad, *others]).title
    assert title == f"CHANNEL FAILING: {'a' * 80}; 4 to repair, 3 more"


def test_a_title_that_is_too_long_with_one_name_alone_is_cut() -> None:
    lost = [
        event_of(EventKind.CHANNEL_MESSAGE_LOST, {"channel": letter * 200}, job=None, account="")
        for letter in "ab"
    ]
    title = build_message(lost).title
    assert len(title) <= 120
    assert title.endswith("…")


def test_a_title_says_by_when_and_what_is_past() -> None:
    soon, far = due("soon", 30, EventKind.AT_RISK), due("far", 3_000, EventKind.AT_RISK)
    other = event_of(EventKind.CREATED, job=job_like(id="new"))
    told = build_message([soon, other], VIEW)
    assert told.title == "Cancel now: Llama-3.3-70B · soon (due 02:44 UTC); 1 created"
    late = View(now=AT + timedelta(hours=1))
    assert "due 2026-11-25 04:14 UTC" in build_message([far, other], VIEW).title
    missed = event_of(EventKind.DEADLINE_MISSED, job=soon.job and running(soon).job)
    assert "(was due 02:44 UTC)" in build_message([missed, other], late).title


def test_a_digest_of_one_account_names_it_once() -> None:
    events = [
        event_of(EventKind.FAILED, job=job_like(id=name), account="prod") for name in ("a", "b")
    ]
    message = build_message(events)
    assert "Account" not in labelled_in_digest(message.entries[0])
    assert message.title == "2 FAILED: Llama-3.3-70B · a, Llama-3.3-70B · b · account prod"
    assert message.counts == "2 events"
    other = event_of(EventKind.FAILED, job=job_like(id="c"), account="test")
    message = build_message([*events, other])
    assert [labelled_in_digest(entry)["Account"] for entry in message.entries] == [
        "prod",
        "prod",
        "test",
    ]


def test_the_first_line_of_a_digest_says_who_stalls_together() -> None:
    together = {"cohort": "both jobs on M flat since 14:05 UTC: likely on Together's side"}
    stalls = [event_of(EventKind.STALLED, together, job=job_like(id=job)) for job in ("a", "b")]
    message = build_message([*stalls, event_of(EventKind.CREATED)])

    assert message.lead == (
        "2 to watch: Llama-3.3-70B · a (due 23:14), Llama-3.3-70B · b (23:14 UTC); 1 created "
        "· Both jobs on M flat since 14:05 UTC: likely on Together's side."
    )
    assert as_text(message).startswith(message.lead)


@pytest.mark.parametrize(
    ("kind", "advised"),
    [
        (
            EventKind.DEADLINE_APPROACHING,
            "Let it run: it may still be done in time. If not, what is done",
        ),
        (
            EventKind.AT_RISK,
            "Cancel it now and submit the rest: it will probably expire unfinished. What",
        ),
        (
            EventKind.DEADLINE_MISSED,
            "Let it run: deadlines are best effort, and a bad end rings. If",
        ),
        (EventKind.STALLED, "Look again in an hour: if it has not moved by then, cancel it and"),
    ],
)
def test_what_can_be_done_in_time_is_said(kind: EventKind, advised: str) -> None:
    assert labelled(entry_of(kind))["What to do"].startswith(advised)


def test_a_warning_carries_the_forecast_in_words_also_in_a_digest() -> None:
    warned = event_of(
        EventKind.DEADLINE_APPROACHING,
        {
            "forecast": "2026-11-23T03:30:00Z",
            "outlook": "about 03:30 UTC (03:10-04:05), 12 %/h",
            "poll_age": 720,
        },
    )
    text = as_text(build_message([warned, event_of(EventKind.CREATED)]))

    assert "Forecast: about 03:30 UTC (03:10-04:05), 12 %/h" in text
    assert "Last poll: 12m before" in text


def test_a_digest_says_an_error_once() -> None:
    other = event_of(EventKind.CREATED, job=job_like(id="other"))
    text = as_text(build_message([event_of(EventKind.FAILED), other]))

    assert text.count("line 3: invalid JSON") == 2


def test_a_digest_of_channels_names_no_account() -> None:
    failing = event_of(EventKind.CHANNEL_FAILING, {"channel": "a"}, job=None, account="")
    recovered = event_of(EventKind.CHANNEL_RECOVERED, {"channel": "b"}, job=None, account="")
    message = build_message([recovered, failing])

    assert message.title == "CHANNEL FAILING: a; 1 channel recovered"


def test_an_entry_without_a_fact_is_its_headline() -> None:
    created = event_of(EventKind.CREATED)
    card = Card(title="x: Created", below="")
    bare = Entry(event=created, headline="Created: x", card=card, facts=(), advice="")
    message = build_message([event_of(EventKind.CREATED), event_of(EventKind.FAILED)])
    digest = type(message)(title="t", lead="l", entries=(bare, bare))

    assert as_text(digest) == "l\n\nCreated: x\n\nCreated: x\n"
    assert as_text(type(message)(title="t", lead="l", entries=(bare,))) == "l\n"


def test_a_digest_of_one_kind_of_thing_says_where_to_look_closer() -> None:
    events = [
        event_of(EventKind.CHANNEL_FAILING, {"channel": name}, job=None) for name in ("a", "b")
    ]
    assert build_message(events).advice == "batchbell deliveries --failed"


def due(job_id: str, minutes: int, kind: EventKind = EventKind.DEADLINE_APPROACHING) -> Event:
    """Return a warning about a job that is due in so many minutes."""
    deadline = AT + timedelta(minutes=minutes)
    return event_of(
        kind, {"time_left": minutes * 60}, job=job_like(id=job_id, job_deadline=deadline)
    )


def running(event: Event) -> Event:
    assert event.job is not None
    return replace(event, job=replace(event.job, status="IN_PROGRESS", completed_at=None))


def test_of_deadlines_the_nearest_stands_first_and_what_all_ask_for_is_said_once() -> None:
    events = [due("far", 94), due("near", 23), due("between", 26, EventKind.AT_RISK)]
    message = build_message([*events, due("next", 32)], VIEW)
    assert [entry.event.job_id for entry in message.entries] == ["between", "near", "next", "far"]
    told = [labelled_in_digest(entry).get("What to do", "") for entry in message.entries]
    assert told[0].startswith("Cancel it now and submit the rest: it will prob")
    assert told[1:] == ["", "", ""]
    above = [(entry.heading, entry.for_all[:40]) for entry in message.entries]
    assert above == [
        ("Cancel now (1)", ""),
        ("Watch (3)", "Let each run: each may still be done in "),
        ("", ""),
        ("", ""),
    ]


def test_what_is_to_be_cancelled_now_stands_first_and_what_is_let_run_behind_the_ends() -> None:
    ended = {
        "done": EventKind.COMPLETED,
        "gone": EventKind.CANCELLED,
        "bad": EventKind.FAILED,
        "still": EventKind.STALLED,
    }
    events = [event_of(kind, job=job_like(id=name)) for name, kind in ended.items()]
    hopeless = [due("late", 90, EventKind.AT_RISK), due("soon", 40, EventKind.AT_RISK)]
    message = build_message([*events, *hopeless, due("fine", 30)], VIEW)
    ids = [entry.event.job_id for entry in message.entries]
    assert ids == ["soon", "late", "bad", "gone", "fine", "still", "done"]
    assert message.title == (
        "2 to cancel now, first Llama-3.3-70B · soon (due 02:54 UTC); "
        "FAILED: Llama-3.3-70B · bad; 1 cancelled, 3 more"
    )
    assert message.counts == "7 events; more: 2 to watch, 1 completed"
    assert [entry.heading for entry in message.entries] == [
        "Cancel now (2)",
        "",
        "Repair and submit again (1)",
        "Cancelled, submit again if still needed (1)",
        "Watch (2)",
        "",
        "Done (1)",
    ]


def test_a_title_says_to_whom_a_message_was_not_sent() -> None:
    events = [event_of(EventKind.CHANNEL_MESSAGE_LOST, {"channel": "team"})]
    title = build_message([*events, event_of(EventKind.COMPLETED)]).title
    assert title == "MESSAGE NOT SENT: team; 1 completed"


def test_entries_that_all_ask_for_the_same_have_no_heading() -> None:
    events = [event_of(EventKind.FAILED, job=job_like(id=name)) for name in "ab"]
    assert [entry.heading for entry in build_message(events).entries] == ["", ""]


def test_a_job_that_is_done_is_its_headline_and_what_it_is_known_by() -> None:
    blind = Gap(since=AT - timedelta(hours=2), until=AT, reason="daemon down")
    done = event_of(EventKind.COMPLETED, {"input_file": "faq.jsonl"}, job=job_like(error=None))
    late = replace(done, facts=replace(done.facts, gap=blind), job=job_like(id="other"))
    failed = event_of(EventKind.FAILED, job=job_like(id="bad"))
    text = as_text(build_message([done, replace(late, job_id="other"), failed], VIEW))
    files = "Output file: file-out-1 · Error file: file-err-1"
    assert (
        "\n\nDone (2)\n\nCOMPLETED: faq (Llama-3.3-70B), in 3h\n"
        f"  Fetch files: batchbell fetch -- {JOB_ID}\n  Status: FAILED · {files}\n"
    ) in text
    # What could be missed otherwise is said.
    assert "\n  Late news: not polling 00:14\u201302:14 UTC (daemon down)" in text


def test_what_asks_for_nothing_any_more_is_not_urgent() -> None:
    risky, failed = due("late", 90, EventKind.AT_RISK), event_of(EventKind.FAILED)
    end = later(replace(risky, kind=EventKind.COMPLETED), minutes=1)
    view = replace(VIEW, now=AT + timedelta(minutes=2), later=(end,))
    assert [each.kind for each in build_message([risky, failed], view).entries] == [
        EventKind.FAILED,
        EventKind.AT_RISK,
    ]


@pytest.mark.parametrize("page", ["", "https://bell"])
def test_a_digest_has_the_commands_to_cancel_what_it_asks_to(page: str) -> None:
    events = [running(due("late", 90, EventKind.AT_RISK)), running(due("fine", 30))]
    late, fine = build_message(events, replace(VIEW, page_url=page)).entries
    told = labelled_in_digest(late)
    assert told["1 Cancel it"] == "batchbell cancel -- late"
    assert told["2 Fetch what is done, once it is cancelled"] == "batchbell fetch -- late"
    assert (
        told["3 Write a file of the rest, then run the command it prints"]
        == "batchbell retry -- late"
    )
    assert "1 Cancel it" not in labelled_in_digest(fine)
    assert ("Open job" in told) is bool(page)


def labelled_in_digest(entry: Entry) -> dict[str, str]:
    return {fact.label: fact.text for fact in entry.digest_facts}


def later(event: Event, **after: float) -> Event:
    moved = timedelta(**after)
    return replace(event, happened_at=event.happened_at + moved, seen_at=event.seen_at + moved)


class TestOvertaken:
    """What an end, or a missed deadline, overtakes stands in a line below it and asks nothing."""

    NEAR = due(JOB_ID, 10)
    STALLED = later(event_of(EventKind.STALLED), minutes=2)
    MISSED = later(event_of(EventKind.DEADLINE_MISSED), minutes=10)
    EXPIRED = later(event_of(EventKind.EXPIRED), minutes=11)

    def test_an_end_stands_alone_with_what_was_before(self) -> None:
        message = build_message([self.MISSED, self.NEAR, self.EXPIRED, self.STALLED], VIEW)
        assert message.title.startswith("EXPIRED: ")
        assert not message.is_digest
        text = as_text(message)
        before = (
            "warned of its deadline at 02:14; stalled at 02:16; missed its deadline at 02:24 UTC"
        )
        assert f"\nEarlier: {before}\n" in text
        assert text.count("What to do: ") == 1
        assert [entry.kind for entry in message.all_entries] == [
            EventKind.EXPIRED,
            EventKind.DEADLINE_APPROACHING,
            EventKind.STALLED,
            EventKind.DEADLINE_MISSED,
        ]

    def test_a_missed_deadline_overtakes_its_warnings(self) -> None:
        missed = replace(self.MISSED, seen_at=self.NEAR.seen_at)
        (entry,) = build_message([self.NEAR, missed], VIEW).entries
        assert entry.kind is EventKind.DEADLINE_MISSED
        assert labelled(entry)["Earlier"] == "warned of its deadline at 02:14 UTC"

    def test_of_a_digest_only_the_jobs_own_news_is_overtaken(self) -> None:
        other = due("other", 10)
        message = build_message([self.EXPIRED, self.MISSED, other], VIEW)
        kinds = {entry.event.job_id: entry.kind for entry in message.entries}
        assert kinds == {JOB_ID: EventKind.EXPIRED, "other": EventKind.DEADLINE_APPROACHING}
        assert message.title.startswith("Cancel now: Llama-3.3-70B · other (due 02:24 UTC)")
        assert message.title.endswith("; EXPIRED: Llama-3.3-70B · 3f2a9c1e")
        told = labelled_in_digest(message.entries[1])
        assert told["Earlier"] == "missed its deadline at 02:24 UTC"

    def test_what_came_after_an_end_stands_for_itself(self) -> None:
        again = later(self.STALLED, hours=1)
        assert len(build_message([self.EXPIRED, again]).entries) == 2

    def test_a_job_that_runs_stands_once_with_its_last_word(self) -> None:
        (entry,) = build_message([self.STALLED, self.NEAR]).entries
        assert (entry.kind, [each.kind for each in entry.before]) == (
            EventKind.STALLED,
            [EventKind.DEADLINE_APPROACHING],
        )
        still = replace(self.MISSED, facts=replace(NO_FACTS, stall=StallFacts(since=AT)))
        (entry,) = build_message([self.STALLED, still, self.NEAR]).entries
        assert entry.kind is EventKind.DEADLINE_MISSED
        assert labelled(entry)["Earlier"] == (
            "warned of its deadline at 02:14; stalled at 02:16 UTC"
        )
        # Of one that may have moved since it does not say so.
        assert len(build_message([self.STALLED, self.MISSED]).entries) == 2
        # Nor is a failure hidden under a warning.
        after = later(self.STALLED, hours=1)
        assert len(build_message([self.MISSED, after]).entries) == 2

    def test_programs_get_every_event_and_the_worst_severity(self) -> None:
        done = later(event_of(EventKind.COMPLETED), minutes=11)
        message = build_message([self.MISSED, done])
        assert message.severity is Severity.SUCCESS
        document = notification_document(message, "", AT)["data"]
        assert document["severity"] == "failure"
        assert [each["kind"] for each in document["events"]] == [
            "batch.completed",
            "batch.deadline_missed",
        ]


def test_the_order_of_events_does_not_matter() -> None:
    events = [event_of(kind, job=job_like(id=f"job-{n}")) for n, kind in enumerate(JOB_KINDS)]

    assert build_message(events) == build_message(events[::-1])


def test_a_message_without_events_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="at least one event"):
        build_message([])


_TEXT = st.text(max_size=60)
_TIMES = st.datetimes(timezones=st.just(UTC))
_FACT_NAMES = st.sampled_from(
    [
        "previous_status",
        "corrects",
        "step",
        "next_ring",
        "time_left",
        "threshold",
        "since",
        "forecast",
        "outlook",
        "cohort",
        "cohort_jobs",
        "cohort_of",
        "cohort_since",
        "poll_age",
        "missed_polls",
        "outage_since",
        "failures",
        "blind_seconds",
        "stalled_seconds",
        "error",
        "jobs",
        "running",
        "ended_untold",
        "channel",
        "blind_from",
        "blind_until",
        "blind_reason",
    ]
)
_FACTS = st.none() | st.booleans() | st.integers() | st.floats() | _TEXT | _TIMES.map(str)
_JOBS = st.builds(
    BatchJob,
    id=_TEXT,
    status=st.none() | _TEXT,
    progress=st.none() | st.floats(),
    created_at=st.none() | _TIMES,
    completed_at=st.none() | _TIMES,
    job_deadline=st.none() | _TIMES,
    endpoint=st.none() | _TEXT,
    model_id=st.none() | _TEXT,
    output_file_id=st.none() | _TEXT,
    error_file_id=st.none() | _TEXT,
    error=st.none() | st.text(max_size=400),
)
_EVENTS = st.builds(
    Event,
    kind=st.sampled_from(EventKind),
    account=_TEXT,
    job_id=_TEXT,
    happened_at=_TIMES,
    seen_at=_TIMES,
    job=st.none() | _JOBS,
    facts=st.dictionaries(_FACT_NAMES, _FACTS, max_size=8).map(facts_from_json),
)


@given(st.lists(_EVENTS, min_size=1, max_size=4))
def test_any_events_make_a_message(events: list[Event]) -> None:
    message = build_message(events)

    assert 0 < len(message.title) <= TITLE_LIMIT
    assert len(message.title.splitlines()) == 1
    assert len(message.all_entries) == len(events)
    for entry in message.all_entries:
        for text in (entry.headline, entry.advice, *(fact.text for fact in entry.facts)):
            assert len(text.splitlines()) <= 1
    as_text(message).encode()


@given(st.lists(_EVENTS, min_size=2, max_size=4, unique_by=lambda event: event.key))
def test_any_digest_is_the_same_in_any_order(events: list[Event]) -> None:
    forwards, backwards = build_message(events), build_message(events[::-1])

    assert forwards.title == backwards.title


class TestNames:
    """A job goes by its input file's name, if that is known."""

    @pytest.mark.parametrize(
        ("name", "model", "subject"),
        [
            (
                "nightly-eval.jsonl",
                "meta-llama/Llama-3.3-70B-Instruct-Turbo",
                "nightly-eval (Llama-3.3-70B)",
            ),
            ("nightly.tar.gz", "meta-llama/Llama-3.3-70B", "nightly.tar.gz (Llama-3.3-70B)"),
            (".jsonl", "meta-llama/Llama-3.3-70B", ".jsonl (Llama-3.3-70B)"),
            ("nightly.jsonl", None, "nightly (3f2a9c1e)"),
            ("", "Qwen/Qwen2.5-7B-Instruct-Turbo", "Qwen2.5-7B · 3f2a9c1e"),
            ("", "-Instruct", "-Instruct · 3f2a9c1e"),
            ("", None, "3f2a9c1e"),
        ],
    )
    def test_the_headline_stands_alone(self, name: str, model: str | None, subject: str) -> None:
        job = replace(JOB, model_id=model)
        event = event_of(EventKind.FAILED, {"input_file": name}, job=job)
        (entry,) = build_message([event]).entries
        assert entry.headline == f"FAILED: {subject}, line 3: invalid JSON"

    @pytest.mark.parametrize(
        ("name", "told"), [("faq.jsonl", "faq"), ("", "Llama-3.3-70B · 3f2a9c1e")]
    )
    def test_of_a_job_with_a_name_a_title_leaves_out_the_model(self, name: str, told: str) -> None:
        event = event_of(EventKind.FAILED, {"input_file": name})
        other = event_of(EventKind.CREATED, job=job_like(id="other"))
        one, both = build_message([event]), build_message([event, other])
        assert one.title == one.lead == f"FAILED: {told}, line 3: invalid JSON"
        assert both.title.startswith(f"FAILED: {told}; 1 created")

    def test_the_facts_have_its_name_and_id(self) -> None:
        job = replace(JOB, input_file_id="file-in-1")
        both = event_of(EventKind.FAILED, {"input_file": "nightly.jsonl"}, job=job)
        assert facts_of(both)["Input file"] == "nightly.jsonl (file-in-1)"
        assert facts_of(event_of(EventKind.FAILED, job=job))["Input file"] == "file-in-1"
        assert "Input file" not in facts_of(event_of(EventKind.FAILED))


class TestView:
    """Times by the readers' clock, and how far off they are."""

    BERLIN = View(zone=ZoneInfo("Europe/Berlin"), now=AT, provider=words.WORDS)

    def test_times_have_the_zone_and_the_distance(self) -> None:
        facts = facts_of(event_of(EventKind.DEADLINE_APPROACHING), self.BERLIN)
        assert facts["Created"] == "2026-11-23 00:14 CET"
        assert facts["Duration"] == "3h"
        assert facts["Happened"] == "2026-11-23 03:14 CET"

    def test_how_far_off_a_deadline_is_stands_where_the_headline_does_not_say_it(self) -> None:
        deadline = "2026-11-24 00:14 CET"
        stalled = facts_of(event_of(EventKind.STALLED), self.BERLIN)
        assert stalled["Time left"] == "21h, due 00:14 CET"
        for kind in (EventKind.STALLED, EventKind.DEADLINE_APPROACHING, EventKind.AT_RISK):
            assert facts_of(event_of(kind), self.BERLIN)["Deadline"] == deadline

    @pytest.mark.parametrize("over_for", [timedelta(), timedelta(hours=1)])
    def test_a_standstill_after_its_deadline_has_no_time_left(self, over_for: timedelta) -> None:
        job = replace(JOB, job_deadline=AT - over_for)
        assert facts_of(event_of(EventKind.STALLED, job=job), self.BERLIN)["Time left"] == "none"
        ahead = event_of(EventKind.STALLED, job=replace(JOB, job_deadline=AT + timedelta(hours=1)))
        held = View(now=AT + timedelta(hours=2))
        assert facts_of(ahead, held)["Time left"] == "none"

    @pytest.mark.parametrize(
        ("zone", "time"),
        [
            ("UTC", "02:14 UTC"),
            ("America/Sao_Paulo", "23:14 UTC-03"),
            ("Asia/Kolkata", "07:44 IST"),
        ],
    )
    def test_a_zone_without_a_short_name_shows_its_offset(self, zone: str, time: str) -> None:
        facts = facts_of(event_of(EventKind.FAILED), View(zone=ZoneInfo(zone)))
        assert facts["Finished"].endswith(time)

    def test_summer_time_is_told_apart(self) -> None:
        july = replace(JOB, created_at=datetime(2026, 7, 1, 12, tzinfo=UTC))
        facts = facts_of(event_of(EventKind.FAILED, job=july), View(zone=ZoneInfo("Europe/Berlin")))
        assert facts["Created"] == "2026-07-01 14:00 CEST"

    def test_a_span_over_the_change_of_clocks_is_not_read_backwards(self) -> None:
        before = datetime(2026, 10, 25, 0, 50, tzinfo=UTC)
        blind = {
            "blind_from": before.isoformat(),
            "blind_until": (before + timedelta(minutes=20)).isoformat(),
            "blind_reason": "",
        }
        late = facts_of(event_of(EventKind.CREATED, blind), self.BERLIN)["Late news"]
        assert late == "not polling 02:50 CEST\u201302:10 CET"

    def test_a_range_over_the_change_of_clocks_names_both(self) -> None:
        finish = datetime(2026, 10, 25, 1, 10, tzinfo=UTC)
        facts = {
            "forecast": finish.isoformat(),
            "earliest": (finish - timedelta(minutes=20)).isoformat(),
            "latest": (finish + timedelta(minutes=50)).isoformat(),
        }
        event = replace(event_of(EventKind.AT_RISK, facts), seen_at=finish - timedelta(hours=2))
        told = facts_of(event, self.BERLIN)["Forecast"]
        seen = ", as of 2026-10-25 01:10 CEST"
        assert told == f"about 2026-10-25 02:10 CET (likely 02:50 CEST to 03:00 CET){seen}"

    def test_a_time_the_calendar_has_no_room_for_is_told_in_utc(self) -> None:
        last = replace(JOB, job_deadline=datetime(9999, 12, 31, 23, 59, tzinfo=UTC))
        facts = facts_of(event_of(EventKind.FAILED, job=last), self.BERLIN)
        assert facts["Deadline"].startswith("9999-12-31 23:59 UTC (in ")

    def test_a_forecast_is_told_by_the_readers_clock(self) -> None:
        facts = {
            "outlook": "in words of UTC",
            "forecast": "2026-11-23T05:00:00Z",
            "earliest": "2026-11-23T04:30:00Z",
            "latest": "2026-11-23T07:00:00Z",
            "pace": "12 %/h",
        }
        event = event_of(EventKind.AT_RISK, facts)
        told = facts_of(event, self.BERLIN)["Forecast"]
        assert told == "about 06:00 CET (likely 05:30-08:00), 12\u00a0%/h"
        assert build_message([event], self.BERLIN).title.endswith(
            ", should be done about 06:00 CET, 18h 14m before its 00:14 CET deadline"
        )
        bare = event_of(EventKind.AT_RISK, {**facts, "pace": ""})
        assert facts_of(bare)["Forecast"] == "about 05:00 UTC (04:30-07:00)"

    def test_late_news_and_gaps_are_told_by_the_readers_clock(self) -> None:
        event = replace(
            event_of(
                EventKind.FAILED,
                {
                    "blind_from": "2026-11-23T02:10:00Z",
                    "blind_until": "2026-11-23T05:05:00Z",
                    "blind_reason": "",
                },
            ),
            seen_at=AT + timedelta(hours=3),
        )
        late = facts_of(event, self.BERLIN)["Late news"]
        assert late == "finished 03:14, seen 06:14 CET; not polling 03:10\u201306:05 CET"

    def test_the_page_is_named_if_it_can_be_reached(self) -> None:
        view = View(page_url="https://bell.example.com")
        message = build_message([event_of(EventKind.FAILED)], view)
        there = f"https://bell.example.com/jobs/default/{JOB_ID}"
        assert message.entries[0].link == there
        assert as_text(message).endswith(f"\nOpen job: {there}\n")
        assert "Open job" not in as_text(build_message([event_of(EventKind.FAILED)]))

    def test_a_digest_ends_with_the_page_once(self) -> None:
        view = View(page_url="https://bell.example.com")
        events = [event_of(EventKind.FAILED), event_of(EventKind.COMPLETED)]
        text = as_text(build_message(events, view))
        assert text.count("Status page") == 1
        assert text.endswith("\nStatus page: https://bell.example.com/\n")

    def test_an_account_is_at_the_top_of_the_page(self) -> None:
        lost = event_of(EventKind.ACCOUNT_UNREACHABLE, job=None)
        (entry,) = build_message([lost], View(page_url="https://bell.example.com")).entries
        assert entry.link == "https://bell.example.com/"

    def test_who_stalls_together_is_told_by_the_readers_clock(self) -> None:
        facts: dict[str, JsonFact] = {
            "cohort": "in words of UTC",
            "cohort_jobs": 3,
            "cohort_of": "on M",
            "cohort_since": "2026-11-23T00:14:00Z",
        }
        stalled = event_of(EventKind.STALLED, facts)
        sentence = "all 3 jobs on M flat since 01:14 CET: likely on Together's side"
        assert facts_of(stalled, self.BERLIN)["Stalled together"] == sentence
        other = event_of(EventKind.CREATED, job=job_like(id="other"))
        lead = build_message([stalled, other], self.BERLIN).lead
        assert lead.endswith(f" · A{sentence[1:]}.")

    def test_an_end_the_api_gives_no_time_of_says_when_it_was_seen(self) -> None:
        ended = event_of(EventKind.FAILED, job=job_like(completed_at=None))
        facts = facts_of(ended, self.BERLIN)
        assert facts["Created"] == "2026-11-23 00:14 CET"
        assert facts["Ended, seen at"] == "2026-11-23 03:14 CET"
        assert "Finished" not in facts
        assert "Ended, seen at" not in facts_of(event_of(EventKind.FAILED), self.BERLIN)
        (entry,) = build_message([ended], self.BERLIN).entries
        assert "Ended, seen at" in labelled(entry)
        assert "Ended, seen at" in {fact.label for fact in entry.shown}
        assert "Ended, seen at" not in {fact.label for fact in entry.digest_facts}

    @pytest.mark.parametrize("kind", [EventKind.EXPIRED, EventKind.CANCELLED])
    def test_how_far_a_job_came_is_said_by_what_came_back(self, kind: EventKind) -> None:
        counted: dict[str, JsonFact] = {
            "verdict": "partial",
            "requests": 640,
            "succeeded": 236,
            "missing": 404,
        }
        cut_short = event_of(kind, counted, job=job_like(progress=0.37))
        (entry,) = build_message([cut_short]).entries
        assert labelled(entry)["Progress"] == "37.0%"
        assert "Progress" not in {fact.label for fact in (*entry.shown, *entry.digest_facts)}


class TestHeld:
    """A warning that was held tells how much time is left when it is told, not when it was seen."""

    @pytest.mark.parametrize(
        ("after", "label", "left"),
        [
            (timedelta(minutes=1), "DEADLINE in 58m", "58m"),
            (timedelta(minutes=48), "DEADLINE in 10m", "10m"),
            (timedelta(minutes=57, seconds=55), "DEADLINE now", "seconds"),
            (timedelta(hours=2), "DEADLINE PASSED", "none"),
        ],
    )
    def test_the_time_left_is_that_of_the_message(
        self, after: timedelta, label: str, left: str
    ) -> None:
        job = job_like(job_deadline=AT + timedelta(minutes=58))
        event = event_of(EventKind.DEADLINE_APPROACHING, {"time_left": 3480}, job=job)
        (entry,) = build_message([event], View(now=AT + after)).entries
        assert entry.headline.startswith(f"{label}: Llama")
        assert labelled(entry)["Time left"] == left

    def test_other_news_says_nothing_of_it(self) -> None:
        event = event_of(EventKind.FAILED)
        assert "Time left" not in facts_of(event, View(now=AT + timedelta(hours=4)))

    def test_a_deadline_nobody_knows_is_as_far_off_as_it_was(self) -> None:
        job = job_like(job_deadline=None)
        event = event_of(EventKind.DEADLINE_APPROACHING, {"time_left": 3480}, job=job)
        told = build_message([event], View(now=AT + timedelta(hours=1)))
        assert told.title.startswith("DEADLINE in 58m: ")


@pytest.mark.parametrize(
    ("seconds", "label", "left"),
    [
        (0, "DEADLINE now", "seconds"),
        (9, "DEADLINE now", "seconds"),
        (10, "DEADLINE in 10s", "10s"),
    ],
)
def test_a_deadline_that_is_over_before_anybody_has_read_of_it_is_now(
    seconds: int, label: str, left: str
) -> None:
    event = event_of(EventKind.DEADLINE_APPROACHING, {"time_left": seconds}, job=job_like())
    (entry,) = build_message([event]).entries
    assert entry.headline.startswith(f"{label}: Llama")
    assert labelled(entry)["Time left"] == left


def test_a_forecast_without_a_deadline_is_a_time() -> None:
    event = event_of(
        EventKind.AT_RISK, {"forecast": "2026-11-23T03:30:00Z"}, job=job_like(job_deadline=None)
    )
    assert build_message([event]).title.endswith(", should be done about 03:30 UTC")


@pytest.mark.parametrize(
    ("seconds", "fate"),
    [
        (
            -3725,
            "M · 3f2a9c1e, should be done about 22:11 UTC, 1h 2m before its 23:14 UTC deadline",
        ),
        (-142, "M · 3f2a9c1e, should be done about 23:11 UTC, 2m before its 23:14 UTC deadline"),
        (20, "M · 3f2a9c1e, will be done about 23:14 UTC, just at its deadline"),
        (142, "M · 3f2a9c1e will probably miss its 23:14 UTC deadline by about 2m"),
        (3725, "M · 3f2a9c1e will probably miss its 23:14 UTC deadline by about 1h"),
        (100_000, "M · 3f2a9c1e will miss its 23:14 UTC deadline by about 1d 4h"),
    ],
)
def test_a_forecast_is_as_far_off_the_deadline_as_it_can_know(seconds: int, fate: str) -> None:
    finish = AT + timedelta(hours=21, seconds=seconds)
    facts = {"forecast": finish.isoformat()}
    event = event_of(EventKind.AT_RISK, facts, job=job_like(model_id="M"))
    assert build_message([event]).title == f"AT RISK: {fate}"


def test_near_a_deadline_it_says_what_it_takes_where_nothing_can_be_forecast() -> None:
    job = job_like(progress=0.43, job_deadline=AT + timedelta(minutes=12, seconds=20))
    facts: dict[str, JsonFact] = {
        "time_left": 720,
        "outlook": "can't tell yet: no progress for 38m",
    }
    event = event_of(EventKind.DEADLINE_APPROACHING, facts, job=job)
    (entry,) = build_message([event]).entries
    fate = "will probably miss its 02:26 UTC deadline: 57.0% are left to do in 12m"
    assert entry.headline.endswith(f" · 3f2a9c1e {fate}")
    assert "Progress" in {fact.label for fact in entry.shown}
    assert labelled(entry)["Forecast"] == "57.0% are left to do in 12m, no progress for 38m"


def test_a_warning_held_until_its_deadline_is_past_tells_the_forecast_alone() -> None:
    job = job_like(job_deadline=AT + timedelta(minutes=58))
    facts: dict[str, JsonFact] = {
        "time_left": 3480,
        "forecast": (AT + timedelta(hours=2)).isoformat(),
    }
    event = event_of(EventKind.DEADLINE_APPROACHING, facts, job=job)
    (entry,) = build_message([event], View(now=AT + timedelta(hours=3))).entries
    assert entry.headline == (
        "DEADLINE PASSED: Llama-3.3-70B · 3f2a9c1e, will be done about 04:14 UTC, 1h 2m after its "
        "03:12 UTC deadline, as of 02:14 UTC"
    )


def shown(kind: EventKind, view: View = VIEW, **changes: object) -> dict[str, str]:
    """Return what a message of its own gives besides its headline."""
    event = event_of(kind, job=job_like(**changes))
    (entry,) = build_message([event], view).entries
    return {fact.label: fact.text for fact in entry.shown}


class TestBallast:
    """What says nothing, or what the headline says, is left out; templates have it."""

    @pytest.mark.parametrize(
        ("label", "changes"),
        [
            ("Output file", {"output_file_id": None}),
            ("Error file", {"error_file_id": None}),
            ("Progress", {"progress": 0.0}),
            ("Progress", {"progress": 1.0}),
            ("Account", {}),
            ("Endpoint", {}),
            ("Deadline", {}),
            ("Error", {}),
        ],
    )
    def test_what_says_nothing_of_a_failure_is_left_out(
        self, label: str, changes: dict[str, object]
    ) -> None:
        assert label not in shown(EventKind.FAILED, VIEW, **changes)
        failed = event_of(EventKind.FAILED, job=job_like(**changes))
        assert label in labelled(build_message([failed], VIEW).entries[0])

    def test_what_says_something_stays(self) -> None:
        told = shown(EventKind.FAILED, error="e" * 300)
        wanted = {"Progress", "Output file", "Error file", "Error", "Model", "Job"}
        assert wanted <= told.keys()
        assert {"Deadline", "Status"} <= shown(EventKind.STALLED).keys()
        other = build_message([event_of(EventKind.FAILED, account="prod")]).entries[0]
        assert "prod" in {fact.text for fact in other.shown}

    @pytest.mark.parametrize("kind", [EventKind.FAILED, EventKind.COMPLETED_WITH_ERRORS])
    def test_the_status_that_the_headline_says_is_not_repeated(self, kind: EventKind) -> None:
        status = "FAILED" if kind is EventKind.FAILED else "COMPLETED"
        assert "Status" not in shown(kind, status=status)
        assert "Status" in shown(kind, status="a word of its own")

    def test_progress_that_the_headline_says_is_not_repeated(self) -> None:
        assert "Progress" not in shown(EventKind.EXPIRED)
        assert "Duration" not in shown(EventKind.COMPLETED)

    def test_the_age_of_the_last_look_is_told_if_it_is_old(self) -> None:
        for age, is_told in ((45.0, False), (660.0, True)):
            event = event_of(EventKind.DEADLINE_APPROACHING, {"poll_age": age})
            told = build_message([event]).entries[0].shown
            assert ("Last poll" in {fact.label for fact in told}) is is_told

    def test_a_time_that_is_the_messages_own_is_left_out(self) -> None:
        assert "Happened" not in shown(EventKind.STALLED, View(now=AT))
        assert "Happened" in shown(EventKind.STALLED, View(now=AT + timedelta(hours=1)))

    def test_an_outage_that_has_just_begun_is_told_without_its_length(self) -> None:
        for lasted, is_told in ((timedelta(), False), (timedelta(minutes=3), True)):
            facts = {"channel": "a", "outage_since": (AT - lasted).isoformat()}
            event = event_of(EventKind.ACCOUNT_UNREACHABLE, facts, job=None)
            told = {fact.label for fact in build_message([event]).entries[0].shown}
            assert ({"Outage since", "Outage so far"} <= told) is is_told
            assert bool({"Outage since", "Outage so far"} & told) is is_told

    def test_an_outage_says_how_long_it_lasted_and_not_how_long_ago_it_began(self) -> None:
        facts = {"outage_since": (AT - timedelta(minutes=6)).isoformat()}
        event = event_of(EventKind.ACCOUNT_UNREACHABLE, facts, job=None)
        (entry,) = build_message([event], View(now=event.seen_at)).entries
        told = {fact.label: fact.text for fact in entry.shown}
        assert "ago" not in told["Outage since"]
        assert told["Outage so far"] == "6m 20s"

    def test_what_a_job_is_known_by_stands_last(self) -> None:
        event = event_of(EventKind.STALLED, {"since": "2026-11-23T00:00:00Z"})
        roles = [fact.role for fact in build_message([event], VIEW).entries[0].shown]
        first = min(roles.index(role) for role in REFERENCES if role in roles)
        assert set(roles[first:]) <= REFERENCES
        assert roles[-1] is Role.JOB


def test_a_digest_gives_each_event_what_to_do_and_a_line_of_facts() -> None:
    done = event_of(EventKind.COMPLETED, job=job_like(error=None))
    events = [event_of(EventKind.FAILED), done]
    _, repair, failed, done_too, completed, _ = as_text(build_message(events, VIEW)).split("\n\n")
    assert (repair, done_too) == ("Repair and submit again (1)", "Done (1)")
    files = "Output file: file-out-1 · Error file: file-err-1"
    assert failed.splitlines() == [
        "FAILED: Llama-3.3-70B · 3f2a9c1e, line 3: invalid JSON",
        "  What to do: Repair line 3 of the input file and submit it again.",
        f"  Fetch files: batchbell fetch -- {JOB_ID}",
        f"  Progress: 71.8% · {files}",
    ]
    assert completed.splitlines() == [
        "COMPLETED: Llama-3.3-70B · 3f2a9c1e, in 3h",
        f"  Fetch files: batchbell fetch -- {JOB_ID}",
        f"  Status: FAILED · {files}",
    ]


def test_a_digest_leads_to_the_page_of_each_job_or_else_has_commands_to_copy() -> None:
    results: dict[str, JsonFact] = {
        "verdict": "partial",
        "requests": 6,
        "succeeded": 4,
        "failed": 2,
        "missing": 0,
    }
    counted = event_of(EventKind.COMPLETED_WITH_ERRORS, results, job=job_like(error=None))
    bare = job_like(id="bare-1", error=None, output_file_id=None, error_file_id=None)
    events = [counted, event_of(EventKind.CANCELLED, job=bare)]
    with_files, without = build_message(events, VIEW).entries
    assert [(fact.label, fact.text) for fact in with_files.ways] == [
        ("1 Fetch files", f"batchbell fetch -- {JOB_ID}"),
        (
            "2 Write a file of the rest, then run the command it prints",
            f"batchbell retry -- {JOB_ID}",
        ),
    ]
    # Nothing of it can be fetched: its command shows more.
    assert [fact.text for fact in without.ways] == ["batchbell show -- bare-1"]
    paged = build_message(events, View(page_url="https://bell.example.com")).entries
    page = "https://bell.example.com/jobs/default"
    assert [[fact.text for fact in entry.ways] for entry in paged] == [
        [f"batchbell fetch -- {JOB_ID}", f"batchbell retry -- {JOB_ID}", f"{page}/{JOB_ID}"],
        ["batchbell show -- bare-1", f"{page}/bare-1"],
    ]


@pytest.mark.parametrize(
    ("kind", "command"),
    [
        (EventKind.FAILED, f"batchbell retry -- {JOB_ID}"),
        (EventKind.VANISHED, f"batchbell show -- {JOB_ID}"),
        (EventKind.ACCOUNT_UNREACHABLE, "batchbell doctor"),
        (EventKind.CHANNEL_FAILING, "batchbell notify-test team"),
        (EventKind.CREATED, None),
    ],
)
def test_each_entry_of_a_digest_that_asks_for_something_has_its_command(
    kind: EventKind, command: str | None
) -> None:
    unsaved = job_like(input_file_id="file-in", output_file_id=None, error_file_id=None)
    job = unsaved if kind.startswith("batch.") else None
    event = event_of(kind, {"channel": "team"}, job=job)
    other = event_of(EventKind.FAILED, job=job_like(id="other"))
    entries = build_message([event, other], View(page_url="https://bell")).entries
    (entry,) = (entry for entry in entries if entry.event is event)
    commands = [fact.text for fact in entry.digest_facts if fact.role is Role.COMMAND]
    assert commands == ([] if command is None else [command])


@pytest.mark.parametrize("length", [1, 60, 3_000, 100_000])
def test_a_long_name_keeps_the_end_that_tells_it_apart(length: int) -> None:
    for sign in ("x", "e\u0301", "\u202ex"):
        name = f"{sign * length}-shard-008-of-128.jsonl"
        event = event_of(EventKind.FAILED, {"input_file": name})
        assert "-shard-008-of-128, line 3" in build_message([event]).title
        assert "-shard-008-of-128.jsonl and submit" in facts_of(event)["What to do"]


def test_a_long_name_does_not_push_out_what_happened() -> None:
    event = event_of(
        EventKind.FAILED,
        {"input_file": f"{'long ' * 50}.jsonl"},
        job=job_like(model_id="m" * 300),
    )
    message = build_message([event])
    assert message.title.endswith(", line 3: invalid JSON")
    assert message.entries[0].headline.endswith("…), line 3: invalid JSON")


@pytest.mark.parametrize(
    ("kind", "files", "advised"),
    [
        (EventKind.EXPIRED, {}, "Fetch what is done, which is billed, and submit the rest again."),
        (
            EventKind.CANCELLED,
            {},
            "Fetch what is done, which is billed, and submit the rest again if it is still needed.",
        ),
        (EventKind.EXPIRED, {"output_file_id": None}, "Submit it again: nothing of it was kept."),
        (
            EventKind.CANCELLED,
            {"output_file_id": None},
            "Submit it again if it is still needed: nothing of it was",
        ),
        (EventKind.COMPLETED, {}, "Fetch its output."),
        (EventKind.COMPLETED, {"output_file_id": None}, ""),
        (EventKind.COMPLETED_WITH_ERRORS, {}, "Read in the error file why"),
        (EventKind.COMPLETED_EMPTY, {"error_file_id": None}, "Repair line 3 of the input file"),
    ],
)
def test_what_can_be_done_with_the_files_is_said(
    kind: EventKind, files: Mapping[str, None], advised: str
) -> None:
    facts = facts_of(event_of(kind, job=job_like(**files)))
    assert facts.get("What to do", "").startswith(advised)
    assert ("What to do" in facts) == bool(advised)


@pytest.mark.parametrize(
    ("error", "name", "advised"),
    [
        (
            "line 3: invalid JSON",
            "nightly-eval.jsonl",
            "Repair line 3 of nightly-eval.jsonl and submit it again.",
        ),
        ("invalid JSON at Line 12", "", "Repair line 12 of the input file and submit it again."),
        (
            "model is not available for batch inference",
            "a.jsonl",
            "Submit it again with another model: Together refused this one for batches.",
        ),
        (
            "too many tokens in all",
            "a.jsonl",
            "Read the error: if it is about the input, repair that; else submit it again as it is.",
        ),
        (
            "insufficient funds",
            "a.jsonl",
            "Add credit to the account, or raise its limit, then submit it again.",
        ),
        (
            "503 Service Unavailable - please retry later",
            "a.jsonl",
            "Submit it again later; nothing is wrong with the input.",
        ),
        (None, "a.jsonl", "Submit it again; if it fails again, ask Together."),
    ],
)
def test_a_failure_says_whether_and_where_the_input_has_to_be_repaired(
    error: str | None, name: str, advised: str
) -> None:
    failed = event_of(EventKind.FAILED, {"input_file": name}, job=job_like(error=error))
    assert facts_of(failed)["What to do"] == advised


def test_what_a_failed_job_had_done_is_not_kept_unless_it_left_files() -> None:
    none = job_like(progress=0.309, output_file_id=None, error_file_id=None)
    failed = event_of(EventKind.FAILED, job=none)
    assert facts_of(failed)["Progress"] == "30.9%, nothing of it is kept"
    left = event_of(EventKind.FAILED, job=job_like(progress=0.309, output_file_id="file-o"))
    assert facts_of(left)["Progress"] == "30.9%"


def test_of_several_accounts_it_is_said_which_needs_credit() -> None:
    failed = event_of(EventKind.FAILED, job=job_like(error="insufficient funds"))
    helps = facts_of(replace(failed, account="research"))["What to do"]
    assert helps.startswith("Add credit to the account research, or raise its limit")


@pytest.mark.parametrize(
    ("finish", "latest", "advised"),
    [
        (timedelta(hours=20), timedelta(hours=20, minutes=50), "Nothing to do now: it should be"),
        (
            timedelta(hours=20),
            timedelta(hours=22),
            "Nothing to do now: it should just be done in time, but may be about 1h late. If not, ",
        ),
        (
            timedelta(hours=21, minutes=50),
            timedelta(hours=23),
            "Let it run: it will be about 50m late, and deadlines are best effort. If it expires,",
        ),
        (timedelta(hours=24), timedelta(hours=25), "Cancel it now and submit the rest: it ne"),
        (None, None, "Let it run: it may still be done in time. If not, what is done"),
    ],
)
def test_a_deadline_says_what_to_do_by_its_forecast(
    finish: timedelta | None, latest: timedelta | None, advised: str
) -> None:
    facts: dict[str, JsonFact] = {}
    if finish and latest:
        facts["forecast"] = facts["earliest"] = (AT + finish).isoformat()
        facts["latest"] = (AT + latest).isoformat()
    told = facts_of(event_of(EventKind.DEADLINE_APPROACHING, facts))
    assert told["What to do"].startswith(advised)


#: A job that has not moved for as long as it has left.
HOPELESS = event_of(
    EventKind.DEADLINE_APPROACHING,
    {
        "time_left": 480,
        "since": (AT - timedelta(minutes=42)).isoformat(),
        "outlook": "can't tell yet: too few samples",
    },
    job=job_like(status="IN_PROGRESS", job_deadline=AT + timedelta(minutes=8), progress=0.43),
)


def test_of_a_job_that_stands_still_and_is_lost_no_forecast_is_shown() -> None:
    # It goes by how the job moved before.
    finish, last = AT + timedelta(hours=36), AT + timedelta(hours=60)
    outlook = OutlookFacts(finish=finish, earliest=AT + timedelta(hours=20), latest=last)
    known = replace(HOPELESS, facts=replace(HOPELESS.facts, outlook=outlook))
    (entry,) = build_message([known], VIEW).entries
    assert "can't make its 02:22 UTC deadline" in entry.headline
    assert "Forecast" not in {fact.label for fact in (*entry.shown, *entry.digest_facts)}


def test_a_step_says_of_a_job_that_has_not_begun_until_when_to_wait_as_its_standstill_did() -> None:
    facts: dict[str, JsonFact] = {
        "time_left": 21_600,
        "since": (AT - timedelta(hours=2)).isoformat(),
        "outlook": "can't tell yet: it is not in progress",
    }
    job = job_like(status="VALIDATING", job_deadline=AT + timedelta(hours=6), progress=0.0)
    stalled = build_message([event_of(EventKind.STALLED, facts, job=job)], VIEW).entries[0]
    step = build_message([event_of(EventKind.DEADLINE_APPROACHING, facts, job=job)], VIEW)
    told = labelled(step.entries[0])
    assert told["What to do"] == labelled(stalled)["What to do"]
    assert told["What to do"].startswith(
        "Look again at 04:14 UTC. If the job has not moved, cancel"
    )
    assert step.title == (
        "DEADLINE in 6h: Llama-3.3-70B · 3f2a9c1e, still VALIDATING, due 08:14 UTC"
    )


def test_of_a_job_that_stands_still_headline_and_what_to_do_say_so() -> None:
    (entry,) = build_message([HOPELESS], VIEW).entries
    told = labelled(entry)
    assert entry.headline == (
        "DEADLINE in 8m: Llama-3.3-70B · 3f2a9c1e can't make its 02:22 UTC deadline: "
        "57.0% are left to do in 8m, no progress for 42m"
    )
    assert "Forecast" not in {fact.label for fact in entry.shown}
    assert told["What to do"] == (
        "Cancel it now and submit the rest: it stands still, so waiting only loses time. "
        "What is done is kept and billed."
    )
    assert told["Cancel it"] == f"batchbell cancel -- {JOB_ID}"
    assert told["Write a file of the rest"] == f"batchbell retry -- {JOB_ID}"
    assert "No progress since" not in {fact.label for fact in entry.shown}


def test_a_job_that_stands_still_can_t_make_its_deadline_whatever_its_forecast_says() -> None:
    finish = AT + timedelta(minutes=58)
    outlook = replace(HOPELESS.facts.outlook, words="", finish=finish)
    outlook = replace(outlook, earliest=AT + timedelta(minutes=30), latest=AT + timedelta(hours=3))
    late = replace(HOPELESS, facts=replace(HOPELESS.facts, outlook=outlook))
    (entry,) = build_message([late], VIEW).entries
    assert entry.headline == (
        "DEADLINE in 8m: Llama-3.3-70B · 3f2a9c1e can't make its 02:22 UTC deadline: "
        "57.0% are left to do in 8m, no progress for 42m"
    )
    assert labelled(entry)["What to do"].startswith("Cancel it now and submit the rest: it stands")


def test_a_digest_says_once_what_jobs_ask_for_alike_and_of_each_why() -> None:
    def slow(job_id: str, progress: float) -> Event:
        job = replace(due(job_id, 15).job or job_like(), status="IN_PROGRESS", progress=progress)
        facts = replace(HOPELESS.facts, outlook=OutlookFacts(rate=0.001))
        return replace(due(job_id, 15), job=job, facts=replace(facts, stall=StallFacts()))

    message = build_message([slow("a", 0.1), slow("b", 0.2), slow("c", 0.2)], VIEW)
    told = [labelled_in_digest(entry).get("What to do", "") for entry in message.entries]
    assert message.entries[0].for_all.startswith("Cancel each now and submit its rest.")
    assert [text[:14] for text in told] == ["90.0% are left", *["80.0% are left"] * 2]


def test_of_a_job_that_is_far_too_slow_headline_and_what_to_do_say_so() -> None:
    slow = event_of(
        EventKind.DEADLINE_APPROACHING,
        {
            "time_left": 900,
            "since": (AT - timedelta(minutes=12)).isoformat(),
            "outlook": "can't tell yet: too few samples",
            "pace": "0.48 %/h",
        },
        job=job_like(status="IN_PROGRESS", job_deadline=AT + timedelta(minutes=15), progress=0.114),
    )
    (entry,) = build_message([slow], VIEW).entries
    told = labelled(entry)
    assert entry.headline == (
        "DEADLINE in 15m: Llama-3.3-70B · 3f2a9c1e can't make its 02:29 UTC deadline: "
        "88.6% are left to do in 15m"
    )
    assert told["Forecast"] == "none while it stands still; 88.6% are left to do in 15m"
    moving = replace(slow, facts=replace(slow.facts, stall=StallFacts()))
    (entry,) = build_message([moving], VIEW).entries
    # What to do says what it needs.
    assert "Forecast" not in {fact.label for fact in (*entry.shown, *entry.digest_facts)}
    assert told["What to do"] == (
        "Cancel it now and submit the rest: 88.6% are left to do in 15m, and it made 0.48\u00a0%/h "
        "on average. What is done is kept and billed either way; the rest starts now, not once it "
        "expires."
    )
    assert told["Cancel it"] == f"batchbell cancel -- {JOB_ID}"
    # Told a minute later both say so.
    (entry,) = build_message([moving], replace(VIEW, now=AT + timedelta(minutes=1))).entries
    assert entry.headline.endswith("deadline: 88.6% are left to do in 14m")
    assert "88.6% are left to do in 14m" in entry.remedy
    assert slow.job is not None
    new = replace(slow, job=replace(slow.job, progress=0.0))
    new = replace(new, facts=replace(new.facts, outlook=OutlookFacts(rate=0.0)))
    assert facts_of(new)["What to do"] == (
        "Cancel it now and submit it again: it will probably expire unfinished, as all of it "
        "is left to do in 15m. Nothing is done so far."
    )


def test_while_there_is_time_left_it_stands_still() -> None:
    assert HOPELESS.job is not None
    job = replace(HOPELESS.job, job_deadline=AT + timedelta(hours=2))
    (entry,) = build_message([replace(HOPELESS, job=job)], VIEW).entries
    assert entry.headline.endswith("no progress for 42m, due 04:14 UTC, 43.0% done")
    assert labelled(entry)["What to do"].startswith("Look again at 02:53 UTC. If the job")


def test_a_message_says_when_the_bell_rings_next_unless_what_to_do_does() -> None:
    stalled = sample(EventKind.STALLED, AT)
    (entry,) = build_message([stalled], VIEW).entries
    assert labelled(entry)["What to do"].startswith("Wait: the bell rings again at 04:14 UTC. If")
    # Its risk was told before: only the step is ahead.
    step = DeadlineFacts(next_ring=AT + timedelta(hours=13))
    stalled = replace(stalled, facts=replace(stalled.facts, deadline=step))
    (entry,) = build_message([stalled], VIEW).entries
    assert "Rings next" not in {fact.label for fact in entry.shown}
    assert labelled(entry)["What to do"].startswith(
        "Look again at 04:14 UTC: no bell rings then, the next for its deadline is at 15:14 UTC. If"
    )
    near = replace(stalled, job=job_like(job_deadline=AT + timedelta(hours=8, minutes=30)))
    due = DeadlineFacts(next_ring=AT + timedelta(hours=2, minutes=30))
    still = replace(near.facts.stall, waits_until=due.next_ring)
    near = replace(near, facts=replace(near.facts, deadline=due, stall=still))
    (entry,) = build_message([near], VIEW).entries
    rings = "Wait: the bell rings again at 04:44 UTC, 6h before its deadline. If the job has not mo"
    assert labelled(entry)["What to do"].startswith(rings)
    assert "Rings next" not in {fact.label for fact in entry.shown}


def test_of_a_job_to_be_cancelled_it_is_not_said_when_the_bell_rings_next() -> None:
    assert HOPELESS.job is not None
    due = replace(HOPELESS.facts.deadline, next_ring=HOPELESS.job.job_deadline)
    lost = replace(HOPELESS, facts=replace(HOPELESS.facts, deadline=due))
    (entry,) = build_message([lost], VIEW).entries
    assert "Rings next" not in {fact.label for fact in entry.shown}
    assert facts_of(lost)["Rings next"] == "02:22 UTC, its deadline"


def test_nobody_is_promised_a_bell_that_will_not_ring_for_them() -> None:
    stalled = sample(EventKind.STALLED, AT)
    deaf = replace(VIEW, hears=lambda *_: Hearing.NOT_THEN)
    for view in (deaf, replace(VIEW, now=AT + timedelta(hours=14))):
        assert "Rings next" not in facts_of(stalled, view)


@pytest.mark.parametrize(
    ("hearing", "says"),
    [
        (Hearing.NOT_THEN, "this channel is silent then."),
        (Hearing.IN_A_DIGEST, "this channel tells of it only in the digest after that."),
    ],
)
def test_who_does_not_hear_the_bell_is_told_so_with_the_moment_that_all_are_told(
    hearing: Hearing, says: str
) -> None:
    deaf = replace(VIEW, hears=lambda *_: hearing)
    stalled = sample(EventKind.STALLED, AT)
    assert facts_of(stalled, deaf)["What to do"].startswith(
        f"Look again at 04:14 UTC: {says} If the job has not moved, cancel it and submit the rest."
    )
    # It rings before patience ends.
    soon = replace(stalled, job=job_like(job_deadline=AT + timedelta(hours=6, minutes=6)))
    at = AT + timedelta(minutes=6)
    facts = replace(
        soon.facts,
        deadline=DeadlineFacts(next_ring=at),
        stall=replace(soon.facts.stall, waits_until=at),
    )
    soon = replace(soon, facts=facts)
    rings = "02:20 UTC, 6h before its deadline"
    assert facts_of(soon, deaf)["What to do"] == f"Look again at {rings}: {says}"
    assert facts_of(soon)["What to do"] == f"Wait: the bell rings again at {rings}."


def test_a_step_hours_before_the_deadline_says_in_a_sentence_to_let_it_run() -> None:
    facts: dict[str, JsonFact] = {
        "time_left": 21_600,
        "outlook": "can't tell yet: no progress yet",
        "next_ring": (AT + timedelta(hours=5)).isoformat(),
    }
    job = job_like(status="IN_PROGRESS", job_deadline=AT + timedelta(hours=6), progress=0.0)
    event = event_of(EventKind.DEADLINE_APPROACHING, facts, job=job)
    (entry,) = build_message([event], VIEW).entries
    assert labelled(entry)["What to do"] == (
        "Let it run: no progress yet, but 6h to go. "
        "The bell rings again at 07:14 UTC, 1h before its deadline."
    )
    assert "Forecast" not in {fact.label for fact in (*entry.shown, *entry.digest_facts)}


def test_a_deadline_just_beyond_midnight_is_a_time_of_the_clock() -> None:
    assert HOPELESS.job is not None
    before = AT.replace(hour=23, minute=50) - AT
    for event, said in (
        (HOPELESS, "can't make its 00:02 UTC deadline"),
        (
            replace(HOPELESS, facts=replace(HOPELESS.facts, stall=StallFacts())),
            "will probably miss its 00:02 UTC deadline: 57.0% are left to do in 12m",
        ),
    ):
        late = later(event, seconds=before.total_seconds())
        job = replace(HOPELESS.job, job_deadline=AT + before + timedelta(minutes=12))
        (entry,) = build_message([replace(late, job=job)], VIEW).entries
        assert said in entry.headline


@pytest.mark.parametrize(
    ("pace", "how_sure"),
    # It needs 57 %/h.
    [("11 %/h", "can't make"), ("12 %/h", "will probably miss"), (None, "will probably miss")],
)
def test_what_stands_still_can_t_make_a_pace_far_above_its_own(
    pace: str | None, how_sure: str
) -> None:
    facts: dict[str, JsonFact] = {
        "time_left": 3600,
        "since": (AT - timedelta(hours=1, minutes=36)).isoformat(),
        "outlook": "can't tell yet: too few samples",
    }
    if pace:
        facts["pace"] = pace
    job = job_like(status="IN_PROGRESS", job_deadline=AT + timedelta(hours=1), progress=0.43)
    event = event_of(EventKind.DEADLINE_APPROACHING, facts, job=job)
    (entry,) = build_message([event], VIEW).entries
    assert f"{how_sure} its 03:14 UTC deadline: needs 57\u00a0%/h, no progress" in entry.headline


def standing(progress: float, left: timedelta, **facts: JsonFact) -> Event:
    job = job_like(status="IN_PROGRESS", job_deadline=AT + left, progress=progress)
    since = (AT - 2 * left).isoformat()
    known = {"time_left": left.total_seconds(), "since": since, **facts}
    return event_of(EventKind.DEADLINE_APPROACHING, known, job=job)


def test_how_sure_a_miss_is_goes_by_the_pace_of_a_forecast_too() -> None:
    finish = AT + timedelta(hours=12)
    event = standing(0.64, timedelta(hours=1))
    for rate, how_sure in ((0.03, "can't make"), (0.3, "will probably miss")):
        outlook = OutlookFacts(finish=finish, earliest=finish, latest=finish, rate=rate)
        moved = replace(event, facts=replace(event.facts, outlook=outlook))
        (entry,) = build_message([moved], VIEW).entries
        assert f"{how_sure} its 03:14 UTC deadline: needs 36\u00a0%/h, no" in entry.headline


@pytest.mark.parametrize(("minutes", "how_sure"), [(60, "can't make"), (61, "will probably miss")])
def test_what_has_not_begun_in_its_last_hour_can_t_make_it(minutes: int, how_sure: str) -> None:
    event = standing(0.0, timedelta(minutes=minutes))
    (entry,) = build_message([event], VIEW).entries
    assert f" {how_sure} its 03:1" in entry.headline
    assert "deadline: nothing done in 2h" in entry.headline


def test_what_stands_still_far_below_what_it_needs_can_t_make_it_hours_before() -> None:
    event = standing(0.31, timedelta(hours=6), pace="1.8 %/h")
    since = AT - timedelta(hours=2)
    stall = replace(event.facts.stall, since=since)
    event = replace(event, facts=replace(event.facts, stall=stall))
    (entry,) = build_message([event], VIEW).entries
    fate = "can't make its 08:14 UTC deadline: needs 12\u00a0%/h, no progress for 2h"
    assert fate in entry.headline


def test_a_standstill_is_no_milder_than_the_warning_of_the_deadline_before_it() -> None:
    event = replace(standing(0.64, timedelta(hours=1), pace="3.0 %/h"), kind=EventKind.STALLED)
    (entry,) = build_message([event], VIEW).entries
    fate = "can't make its 03:14 UTC deadline: needs 36\u00a0%/h, no progress for 2h"
    assert entry.headline == f"STALLED: Llama-3.3-70B · 3f2a9c1e {fate}"
    early = replace(event, job=job_like(progress=0.64, job_deadline=AT + timedelta(hours=20)))
    (entry,) = build_message([early], VIEW).entries
    assert entry.headline.endswith(", no progress for 2h (since 00:14 UTC)")
    over = replace(VIEW, now=AT + timedelta(hours=2))
    (entry,) = build_message([event], over).entries
    assert "make its" not in entry.headline


def test_of_what_never_began_that_is_said() -> None:
    job = job_like(status="IN_PROGRESS", job_deadline=AT + timedelta(hours=12), progress=0.0)
    stalled = event_of(EventKind.STALLED, {"since": (AT - timedelta(hours=9)).isoformat()}, job=job)
    (entry,) = build_message([stalled], VIEW).entries
    assert "nothing done in 9h (since 17:14 UTC)" in entry.headline
    expired = event_of(
        EventKind.EXPIRED, {}, job=job_like(status="EXPIRED", progress=0.0, output_file_id=None)
    )
    (entry,) = build_message([expired], VIEW).entries
    assert entry.headline.endswith(", never begun")


def test_where_nothing_is_done_nothing_is_said_to_be_kept() -> None:
    assert HOPELESS.job is not None
    event = replace(HOPELESS, job=replace(HOPELESS.job, progress=0.0))
    for kind in (EventKind.DEADLINE_APPROACHING, EventKind.AT_RISK, EventKind.DEADLINE_MISSED):
        for facts in (HOPELESS.facts, NO_FACTS):
            told = facts_of(replace(event, kind=kind, facts=facts))["What to do"]
            assert "kept" not in told
            assert "Nothing is done so far" in told or "nothing of it is done" in told


@pytest.mark.parametrize(
    "changes", [{"id": "a;b", "status": "IN_PROGRESS"}, {"status": "CANCELING"}]
)
def test_no_command_cancels_what_can_not_be_copied_or_is_cancelled_already(
    changes: dict[str, str],
) -> None:
    told = facts_of(event_of(EventKind.STALLED, job=job_like(**changes)))
    assert ("cancel it" in told["What to do"]) is (changes["status"] != "CANCELING")
    assert "Cancel it" not in told


def test_a_warning_told_after_its_deadline_says_what_helps_then() -> None:
    event = event_of(EventKind.DEADLINE_APPROACHING)
    told = facts_of(event, replace(VIEW, now=AT + timedelta(hours=22)))
    assert told["What to do"].startswith(
        "Let it run: deadlines are best effort, and a bad end rings"
    )


def test_a_channel_that_was_refused_says_how_to_send_what_was_given_up() -> None:
    failing = event_of(EventKind.CHANNEL_FAILING, {"channel": "a"}, job=None)
    refused = event_of(EventKind.CHANNEL_FAILING, {"channel": "a", "given_up": True}, job=None)
    repair = "Repair the receiver or its URL: what waits is kept for 3d and sent then."
    assert facts_of(failing)["What to do"] == repair
    assert facts_of(refused)["What to do"].endswith(
        "send what was given up: batchbell deliveries retry all"
    )


@pytest.mark.parametrize(
    ("only_here", "says"),
    [
        (0, "There is time: other channels are told all that it missed. Repair the receiver"),
        (1, "Look now what it missed: 1 event is told nowhere else. Repair the receiver"),
        (12, "Look now what it missed: 12 events are told nowhere else. Repair the receiver"),
    ],
)
def test_a_failing_channel_says_what_waits_and_how_much_nobody_else_is_told(
    only_here: int, says: str
) -> None:
    missed: dict[str, JsonFact] = {"channel": "a", "waiting": 38, "told_nowhere_else": only_here}
    told = facts_of(event_of(EventKind.CHANNEL_FAILING, missed, job=None))
    assert told["What to do"].startswith(says)
    assert told["Waiting"] == "38 messages"


@pytest.mark.parametrize("view", [VIEW, View()], ids=["Together", "any provider"])
@pytest.mark.parametrize("kind", [kind for kind in EventKind if kind.value[-9:] != "recovered"])
def test_what_to_do_stands_directly_under_the_headline(kind: EventKind, view: View) -> None:
    message = build_message([sample(kind, AT)], view)
    (entry,) = message.entries
    is_bad = entry.severity > Severity.SUCCESS and view is VIEW
    first = as_text(message).splitlines()[2]
    assert first.startswith("What to do: ") or not (is_bad or kind is EventKind.COMPLETED)
    assert (entry.facts[0].role is Role.REMEDY) == first.startswith("What to do: ")


@pytest.mark.parametrize(
    ("kind", "is_said"), [(EventKind.DEADLINE_MISSED, False), (EventKind.STALLED, True)]
)
def test_a_chat_says_how_far_a_job_came_where_its_headline_does_not(
    kind: EventKind, *, is_said: bool
) -> None:
    (entry,) = build_message([sample(kind, AT)], VIEW).entries
    assert ("68.3%" in entry.headline) is not is_said
    assert (Role.PROGRESS in {fact.role for fact in entry.in_few}) is is_said


def test_a_reminder_has_the_command_that_ends_it_and_not_how_far_its_job_came() -> None:
    (entry,) = build_message([sample_reminder(AT)], VIEW).entries
    shown = {fact.label: fact for fact in entry.shown}
    assert shown["Reminder"].text.startswith("number 2, first told ")
    assert shown["End the reminders"].text == f"batchbell ack -- {entry.event.job_id}"
    assert "Progress" not in shown
    digest = build_message([sample_reminder(AT), event_of(EventKind.CREATED)], VIEW)
    said = labelled_in_digest(digest.entries[0])["Reminder"]
    assert said.endswith(f"; this ends it: batchbell ack -- {entry.event.job_id}")


def test_a_reminder_of_a_job_whose_id_is_not_copied_says_what_ends_it() -> None:
    event = replace(sample_reminder(AT), job_id="-rf /")
    (entry,) = build_message([event], VIEW).entries
    shown = {fact.label: fact.text for fact in entry.shown}
    assert shown["Reminder"].endswith("; this ends it: batchbell ack")
    assert "End the reminders" not in shown


def facts_of(event: Event, view: View = VIEW) -> dict[str, str]:
    return labelled(build_message([event], view).entries[0])


@pytest.mark.parametrize(
    ("kind", "title"),
    [
        (EventKind.DEADLINE_APPROACHING, "DEADLINE NEAR: batch-1"),
        (EventKind.DEADLINE_MISSED, "DEADLINE MISSED: batch-1, not finished"),
        (EventKind.EXPIRED, "EXPIRED: batch-1, no partial output"),
        (EventKind.STALLED, "STALLED: batch-1, no progress"),
        (EventKind.COMPLETED_WITH_ERRORS, "COMPLETED WITH ERRORS: batch-1, some requests failed"),
        (EventKind.STATUS_UNKNOWN, "UNKNOWN STATUS: batch-1"),
    ],
)
def test_headlines_of_jobs_whose_row_is_gone(kind: EventKind, title: str) -> None:
    told = build_message([replace(event_of(kind, job=None), job_id="batch-1")])
    assert told.title == title


def test_a_failing_channel_says_once_since_when() -> None:
    since = AT - timedelta(minutes=35)
    facts: dict[str, JsonFact] = {"channel": "pager", "outage_since": since.isoformat()}
    failing = event_of(EventKind.CHANNEL_FAILING, facts, job=None, account="")
    failing = replace(failing, happened_at=since, seen_at=AT)
    (entry,) = build_message([failing], replace(VIEW, now=AT)).entries
    told = [fact.label for fact in entry.shown]
    assert told == ["What to do", "Outage since", "Test it"]


def test_what_is_sent_again_is_told_in_steps() -> None:
    (entry,) = build_message([sample_counted(EventKind.EXPIRED, AT)], VIEW).entries
    deeds = [fact.label for fact in entry.shown if fact.role in DEEDS]
    named = "2 Write a file of the rest and the cut answers"
    steps = ["1 Fetch files", named, "3 Repair it", "4 Submit it"]
    assert deeds == steps
    # A template finds each by its own name.
    assert {step[2:] for step in steps} <= labelled(entry).keys()
    (whole,) = build_message([sample(EventKind.COMPLETED, AT)], VIEW).entries
    assert not any(fact.label[0].isdigit() for fact in whole.shown)


def test_a_chat_draws_what_came_back_and_names_all_causes_in_a_line() -> None:
    event = sample_counted(EventKind.COMPLETED_WITH_ERRORS, AT)
    causes = tuple(CauseFacts(count=count, code=f"c{count}") for count in (20, 12, 6, 2))
    results = replace(event.facts.results, causes=causes, causes_to_repair=0)
    event = replace(event, facts=replace(event.facts, results=results))
    (entry,) = build_message([event], VIEW).entries
    roles = [fact.role for fact in entry.in_few][:5]
    assert roles == [Role.REMEDY, Role.SHARE, Role.CAUSE, Role.COMMAND, Role.COMMAND]
    told = entry.in_few[2].text
    assert told == "20 c20 (send again), 12 c12 (send again), 6 c6 (send again), 2 c2 (send again)"
    assert Role.SHARE not in {fact.role for fact in entry.shown}


def test_no_title_ends_within_an_id() -> None:
    file_id = "file-99aabbcc-5678-90ab-cdef-1234567890ab"
    error = f"the input that you named can not be had, as it seems: {file_id}"
    for chars in range(12):
        job = job_like(error=f"{'x' * chars} {error}")
        title = build_message([event_of(EventKind.FAILED, job=job)]).title
        assert title.endswith(file_id) or "file-" not in title
