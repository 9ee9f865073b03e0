"""What entries of a digest ask for alike stands once, above them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from batchbell.core.event import Event, EventKind
from batchbell.core.example_events import sample
from batchbell.core.facts import ResultsFacts
from batchbell.core.job import BatchJob
from batchbell.core.results.counts import Verdict
from batchbell.messages.build import build_message
from batchbell.messages.entry import Card, Entry
from batchbell.messages.fact import Role, brief
from batchbell.messages.remedy import Asks
from batchbell.messages.shared_advice import shared

AT = datetime(2026, 11, 23, 2, 14, tzinfo=UTC)
KEPT = "What is done is kept and billed."
ENTRY = Entry(
    event=sample(EventKind.AT_RISK, AT),
    headline="AT RISK: nightly-eval",
    card=Card("nightly-eval", ""),
    facts=(),
    advice="",
    asks=Asks.CANCEL,
)


def entry(advice: str, asks: Asks = Asks.CANCEL) -> Entry:
    facts = (brief("What to do", advice, Role.REMEDY),) if advice else ()
    return replace(ENTRY, facts=facts, asks=asks)


def told(*advices: str) -> tuple[str, list[str | None]]:
    """Return what stands above entries with these advices, and what each has of its own."""
    first, *others = shared([entry(advice) for advice in advices])
    assert not any(other.for_all for other in others)
    return first.for_all, [each.own_advice for each in (first, *others)]


def test_the_deed_is_said_once_and_each_has_its_reason() -> None:
    late = f"Cancel it now and submit the rest: it will be about 18h late. {KEPT}"
    still = f"Cancel it now and submit the rest: it stands still. {KEPT}"
    assert told(late, still) == (
        f"Cancel each now and submit its rest. {KEPT}",
        ["It will be about 18h late.", "It stands still."],
    )


def test_how_late_it_will_be_is_not_said_again_below_a_headline_that_does() -> None:
    late = "Cancel it now: it will be about 10h late, and will probably expire."
    still = "Cancel it now: it stands still."
    headline = "DEADLINE in 3h: nightly-eval will miss its 01:02 CET deadline by about 10h"
    said = replace(entry(late), headline=headline)
    assert [each.own_advice for each in shared([said, entry(late), entry(still)])] == [
        "It will probably expire.",
        "It will be about 10h late, and will probably expire.",
        "It stands still.",
    ]


def test_what_is_alike_altogether_is_said_whole_above() -> None:
    wait = f"Let it run: it may still be done in time. {KEPT}"
    assert told(wait, wait) == (
        f"Let each run: each may still be done in time. {KEPT}",
        ["", ""],
    )
    assert told("Fetch its output.", "Fetch its output.") == ("Fetch its output.", ["", ""])


def test_what_only_some_say_stays_with_them() -> None:
    one = "Wait: it is early. If it has not moved, cancel it."
    two = f"Wait: it is late. {KEPT}"
    assert told(one, two) == (
        "Nothing to do yet: wait.",
        ["It is early. If it has not moved, cancel it.", f"It is late. {KEPT}"],
    )


def test_what_a_headline_says_in_full_needs_no_sentence_below_it() -> None:
    several = [
        replace(
            entry(
                f"Cancel it now: it needs about {late} more than it has, and will probably expire "
                f"unfinished. {KEPT}"
            ),
            headline=f"AT RISK: web-crawl will miss its 02:02 CET deadline by about {late}",
        )
        for late in ("10h", "1d 1h")
    ]
    still = entry(f"Cancel it now: it stands still. {KEPT}")
    first, second, last = shared([*several, still])
    assert first.for_all == f"Cancel each now. {KEPT}"
    assert [each.own_advice for each in (first, second, last)] == ["", "", "It stands still."]
    (other, _) = shared([replace(several[0], headline="AT RISK: web-crawl"), still])
    assert (other.own_advice or "").startswith("It needs about 10h more than it has")


def named(name: str, advice: str) -> Entry:
    event = replace(ENTRY.event, facts=replace(ENTRY.event.facts, input_file=name))
    return replace(entry(advice), event=event)


def test_the_one_that_asks_for_something_else_is_named_and_says_all_of_it() -> None:
    late, new = "Cancel it now: it is late.", "Submit it again: it has not begun."
    several = [named("a", late), named("new", new), named("b", late), named("c", late)]
    first, *others = shared(several)
    assert first.for_all == "All but new: cancel each now: each is late."
    assert [each.own_advice for each in (first, *others)] == ["", new, "", ""]
    # Whom it does not hold for must be known.
    assert shared([*several[:3], named("new", late)])[0].for_all == ""


def test_with_more_exceptions_each_says_all_of_it() -> None:
    late, new = "Cancel it now: it is late.", "Submit it again: it has not begun."
    assert told(late, new, late) == ("", [None] * 3)
    # Nothing is alike.
    assert told(late, new) == ("", [None, None])
    assert told("", "") == ("", [None, None])


def test_brackets_are_not_parted() -> None:
    one, two = (f"Submit what failed again ({n} need repair: too long)." for n in (1, 2))
    assert told(one, two) == ("", [None, None])
    assert told(one, one) == (one, ["", ""])


def test_nothing_is_shared_between_those_that_ask_for_something_else() -> None:
    several = [entry("Fetch it.", Asks.FETCH), entry("Fetch it.", Asks.LOOK)]
    assert shared(several) == several


def test_of_what_is_done_nothing_is_to_be_said() -> None:
    several = [entry("Fetch its output.", Asks.DONE)] * 2
    assert shared(several) == several


def ended(job_id: str, status: str, **of_job: Any) -> Event:
    event = sample(EventKind(f"batch.{status.lower()}"), AT)
    job = BatchJob(id=job_id, status=status, input_file_id="file-i", **of_job)
    return replace(event, job_id=job_id, job=job)


@pytest.mark.parametrize(
    ("error", "for_all"),
    [
        ("line 3: invalid JSON", "Repair line 3 of make-it-so.jsonl and submit each again."),
        (
            "insufficient funds",
            "Add credit to the account it, or raise its limit, then submit each again.",
        ),
        (
            "no worker took it",
            """Read each error: if it is about the input, repair that; \
else submit the job again as it is.""",
        ),
    ],
)
def test_of_several_that_failed_no_name_has_other_words(error: str, for_all: str) -> None:
    events = [
        replace(
            each,
            account="it",
            facts=replace(each.facts, input_file="make-it-so.jsonl", results=ResultsFacts()),
        )
        for each in (ended("a", "FAILED", error=error), ended("b", "FAILED", error=error))
    ]
    assert build_message(events).entries[0].for_all == for_all


def test_the_output_of_each_of_several_is_fetched() -> None:
    found = ResultsFacts(verdict=Verdict.PARTIAL, requests=9, succeeded=9, failed=0, truncated=2)
    events = [
        replace(each, facts=replace(each.facts, results=found))
        for each in (
            ended(which, "COMPLETED", output_file_id="file-o") for which in ("job-1", "job-2")
        )
    ]
    assert build_message(events).entries[0].for_all == (
        "Fetch each output, raise max_tokens, and submit the 2 cut answers again."
    )
