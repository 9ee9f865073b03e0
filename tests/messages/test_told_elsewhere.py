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
    assert words.endswith(", job-5 (due 17:00 UTC) and 3 more: batchbell status")
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


def test_where_nothing_else_is_to_be_cancelled_the_digest_begins_with_it() -> None:
    late = sample(EventKind.COMPLETED, START)
    text = as_text(build_message([FAILED, replace(late, job_id="another-job")], VIEW))
    assert text.split("\n\n")[1:3] == [STILL, "Repair and submit again (1)"]


def still_due(name: str, minutes: int) -> View:
    """Return one with a job told before that is due so long after those that are new."""
    job = RISK.job
    assert job is not None
    assert job.job_deadline is not None
    due = job.job_deadline + timedelta(minutes=minutes)
    return View(now=START, still=StillToCancel((ToldBefore(name, due),)))


def test_a_title_says_what_is_due_before_all_that_is_new() -> None:
    view = still_due("legal-review", -1)
    first = first_of_still_to_cancel(view.still, START, UTC)
    assert first.startswith("still to cancel: legal-review (due ")
    message = build_message([RISK, OTHER], view)
    assert message.title.startswith("2 to cancel now")
    assert message.title.endswith(f"; {first}")
    assert message.lead.endswith(f"; {first}")
    later = build_message([RISK, OTHER], still_due("legal-review", 1))
    assert "still to cancel" not in later.title


def test_where_nothing_is_new_a_title_says_what_is_due_first() -> None:
    title = build_message([FAILED, replace(FAILED, job_id="another-job")], VIEW).title
    assert title.startswith("2 FAILED: ")
    assert title.endswith("; still to cancel: 2, first legal-review (due 13:00 UTC)")


def test_a_title_without_room_for_it_is_what_it_is_without_it() -> None:
    title = build_message([RISK, OTHER], still_due("a-long-name" * 10, -1)).title
    assert title == build_message([RISK, OTHER], View(now=START)).title


def test_of_nothing_no_title_says_anything() -> None:
    assert first_of_still_to_cancel(NOTHING, START, UTC) == ""


def test_one_event_counts_nothing_and_says_nothing_of_others() -> None:
    assert "Still to cancel" not in as_text(build_message([RISK], VIEW))


def test_a_digest_that_the_next_message_goes_on_with_says_so_at_both_of_its_ends() -> None:
    goes_on = View(now=START, goes_on=True)
    text = as_text(build_message([RISK, FAILED], goes_on))
    assert text.partition("\n")[0].endswith(" · More in the next message.")
    assert text.endswith("\nNote: More in the next message.\n")
    assert "More in" not in as_text(build_message([RISK, FAILED], VIEW))
