"""A digest says what it leaves out: what was told before, and what the next message tells."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

from batchbell.core.event import EventKind
from batchbell.core.example_events import sample
from batchbell.messages.build import build_message
from batchbell.messages.still_to_cancel import (
    NOTHING,
    StillToCancel,
    ToldBefore,
    first_of_still_to_cancel,
    still_to_cancel,
)
from batchbell.messages.text_body import as_text
from batchbell.messages.view import View
from tests.fakes import START

HOUR = timedelta(hours=1)
LEGAL, INVOICES = ToldBefore("legal-review", START + HOUR), ToldBefore("invoices", START + 2 * HOUR)
NAMED = "legal-review (due 13:00), invoices (due 14:00 UTC)"
STILL = f"Still to cancel, told before: {NAMED}"
FAILED = sample(EventKind.FAILED, START)
RISK = replace(sample(EventKind.AT_RISK, START), job_id="job-at-risk")
OTHER = replace(RISK, job_id="another-job")
VIEW = View(now=START, still=StillToCancel((LEGAL, INVOICES)))


def test_each_has_its_deadline_and_the_last_the_zone() -> None:
    assert still_to_cancel(StillToCancel((LEGAL, INVOICES)), START, UTC) == NAMED
    there = still_to_cancel(StillToCancel((LEGAL,)), START, ZoneInfo("Europe/Berlin"))
    assert there == "legal-review (due 14:00 CET)"
    assert still_to_cancel(NOTHING, START, UTC) == ""


def test_a_deadline_that_is_days_off_has_its_day() -> None:
    far = StillToCancel((LEGAL, ToldBefore("b", START + 30 * HOUR)))
    assert still_to_cancel(far, START, UTC) == (
        "legal-review (due 2026-11-23 13:00), b (due 2026-11-24 18:00 UTC)"
    )


def test_of_many_the_first_five_have_names() -> None:
    many = tuple(ToldBefore(f"job-{n}", START + n * HOUR) for n in range(1, 9))
    words = still_to_cancel(StillToCancel(many), START, UTC)
    assert words.endswith(", job-5 (due 17:00 UTC) and 3 more")
    assert "job-6" not in words


def test_it_stands_below_those_that_the_digest_says_to_cancel() -> None:
    text = as_text(build_message([RISK, OTHER, FAILED], VIEW))
    section, _, others = text.partition(f"\n\n{STILL}\n\n")
    assert section.count("\nAT RISK: ") == 2
    assert others.startswith("Repair and submit again (1)\n\nFAILED: ")
    assert text.count("told before") == 1


def test_where_all_of_it_is_to_be_cancelled_it_stands_below_that_too() -> None:
    text = as_text(build_message([RISK, OTHER], VIEW))
    assert f"\n\n{STILL}\n\nLook closer: batchbell status\n" in text


def test_where_nothing_new_is_to_be_cancelled_it_stands_below_the_first_section() -> None:
    late = replace(sample(EventKind.COMPLETED, START), job_id="another-job")
    text = as_text(build_message([FAILED, late], VIEW))
    first, *_, still, done, _, _ = text.split("\n\n")[1:]
    assert (first, still, done) == ("Repair and submit again (1)", STILL, "Done (1)")


def test_where_the_news_asks_for_nothing_the_digest_begins_with_it() -> None:
    late = replace(sample(EventKind.COMPLETED, START), job_id="another-job")
    created = sample(EventKind.CREATED, START)
    text = as_text(build_message([created, late], VIEW))
    assert text.split("\n\n")[1:3] == [STILL, "Done (1)"]


def still_due(name: str, minutes: int) -> View:
    """Return one with a job told before that is due so long after those that are new."""
    job = RISK.job
    assert job is not None
    assert job.job_deadline is not None
    due = job.job_deadline + timedelta(minutes=minutes)
    return View(now=START, still=StillToCancel((ToldBefore(name, due, name),)))


def test_a_title_says_what_is_due_before_all_that_is_new() -> None:
    view = still_due("legal-review", -1)
    first = first_of_still_to_cancel(view.still, START, UTC)
    assert first.startswith("still to cancel: legal-review (due ")
    message = build_message([RISK, OTHER], view)
    due = first.removeprefix("still to cancel: ")
    assert message.title == f"Cancel now: {due}, 2 more"
    assert message.lead.startswith(message.title)


def test_of_what_is_due_later_a_title_has_the_number() -> None:
    title = build_message([RISK, OTHER], still_due("legal-review", 1)).title
    assert title == "Cancel now: nightly-eval (due 12:58), nightly-eval (12:58 UTC), 1 more"
    more = still_due("a", 1).still._replace(may_be_more=True)
    many = build_message([RISK, OTHER], View(now=START, still=more))
    assert many.title.endswith("nightly-eval (12:58 UTC), at least 1 more")


def test_what_goes_on_in_another_message_counts_its_own_apart() -> None:
    later = replace(still_due("legal-review", 1), continues=True)
    title = build_message([RISK, OTHER], later).title
    assert title.startswith("Continued: 2 to cancel now: ")
    assert title.endswith("; still to cancel: 1")
    sooner = replace(still_due("legal-review", -1), left=(FAILED,))
    title = build_message([RISK, OTHER], sooner).title
    assert title.startswith("Still to cancel: legal-review (due 12:57 UTC); 2 to cancel now")


def test_what_is_over_its_deadline_leads_no_title_and_has_its_command() -> None:
    over = ToldBefore("over", START - HOUR, "job-1")
    soon = ToldBefore("soon", START + timedelta(minutes=1), "job-2")
    message = build_message([RISK, OTHER], View(now=START, still=StillToCancel((over, soon))))
    assert message.title.startswith("Cancel now: soon (due 12:01 UTC), 3 more")
    first = "Cancel what was due first: batchbell cancel -- job-1"
    assert f"{first}\nCancel what is due next: batchbell cancel -- job-2\n" in as_text(message)
    alone = build_message([FAILED, OTHER], View(now=START, still=StillToCancel((over,))))
    assert alone.title.startswith("Cancel now: nightly-eval (due 12:58 UTC), 1 more; FAILED")
    assert f"\n{first}\n\n" in as_text(alone)


def test_behind_what_is_new_and_due_before_it_has_its_command_too() -> None:
    text = as_text(build_message([RISK, OTHER], still_due("later", 1)))
    assert "\nCancel what is due next: batchbell cancel -- later\n" in text


def test_where_nothing_is_new_a_title_says_what_is_due_first() -> None:
    title = build_message([FAILED, replace(FAILED, job_id="another-job")], VIEW).title
    assert title.startswith("2 FAILED: ")
    assert title.endswith("; still to cancel: 2, first legal-review (due 13:00 UTC)")


def test_a_title_with_little_room_behind_it_has_how_many_others_there_are() -> None:
    title = build_message([RISK, OTHER, FAILED], still_due("a-long-name" * 10, -1)).title
    assert title.startswith("Cancel now: a-long-")
    assert title.endswith(" (due 12:57 UTC), 2 more; FAILED: nightly-eval")


def test_of_nothing_no_title_says_anything() -> None:
    assert first_of_still_to_cancel(NOTHING, START, UTC) == ""


def test_one_event_counts_nothing_and_says_nothing_of_others() -> None:
    assert "Still to cancel" not in as_text(build_message([RISK], VIEW))


def test_a_digest_that_the_next_message_goes_on_with_says_so_once() -> None:
    goes_on = View(now=START, left=(OTHER, replace(FAILED, job_id="third-job")))
    text = as_text(build_message([RISK, FAILED], goes_on))
    assert text.partition("\n")[0].endswith(" · 2 more in the next message.")
    assert text.count("next message") == 1
    assert "next message" not in as_text(build_message([RISK, FAILED], VIEW))


def test_of_a_long_queue_no_number_is_said_as_if_it_were_all() -> None:
    text = as_text(
        build_message([RISK, FAILED], View(now=START, left=(OTHER,), left_at_least=True))
    )
    assert text.partition("\n")[0].endswith(" · At least 1 more in the next messages.")


def test_a_single_event_of_the_next_message_is_named() -> None:
    text = as_text(build_message([RISK, FAILED], View(now=START, left=(OTHER,))))
    assert text.partition("\n")[0].endswith(" · In the next message: AT RISK: nightly-eval.")


def test_the_rest_of_a_digest_says_that_it_continues_it() -> None:
    message = build_message([RISK, FAILED], View(now=START, continues=True))
    assert message.title.startswith("Continued: ")
    assert message.lead.startswith("Continued: ")


def test_no_account_stands_above_what_another_one_has_still_to_cancel() -> None:
    mine = [replace(each, account="lab") for each in (RISK, OTHER)]
    for account, says in (("lab", "Account lab"), ("prod", "")):
        job = ToldBefore("told", START + HOUR, "job-1", account)
        message = build_message(mine, View(now=START, still=StillToCancel((job,))))
        assert message.scope == says
        assert ("account lab" in message.title) is bool(says)
