"""What a job's page says of its results, from values."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from batchbell.core.event import Severity
from batchbell.core.results.cause import Cause
from batchbell.core.results.collecting import Collection
from batchbell.core.results.counts import Counts, Verdict
from batchbell.core.results.job_results import FileKind, JobResults, ResultFile, ResultsState
from batchbell.core.results.lines import Tokens
from batchbell.messages.results_bar import results_bar
from batchbell.web.components.results_panel import ResultsPanel, results_panel, uncounted_panel
from tests.fakes import MINUTE, START

SOME = Counts(requests=1_000, succeeded=950, failed=40, missing=10, foreign=0)
CAUSE = Cause(
    code="429", message="Rate limit …", count=40, share=1.0, example="req-1", retry_helps=True
)
COUNTED = JobResults(
    account="default",
    job_id="batch-1",
    status="COMPLETED",
    state=ResultsState.COUNTED,
    verdict=Verdict.PARTIAL,
    counts=SOME,
    causes=(CAUSE,),
    files=(ResultFile(kind=FileKind.OUTPUT, id="file-out", bytes=331_207, sha256="ab"),),
    counted_at=START,
)


def collection(results: JobResults, *, attempts: int = 1) -> Collection:
    return Collection(
        results=results,
        created_at=START,
        free_at=START + MINUTE,
        give_up_at=START + timedelta(hours=23),
        next_attempt_at=START + 7 * MINUTE,
        attempts=attempts,
    )


def shown(
    found: Collection,
    now: datetime = START,
    *,
    of_job: Severity = Severity.WARNING,
    has_prices: bool = True,
) -> ResultsPanel:
    """Return what the page shows of results."""
    return results_panel(found, now, of_job=of_job, has_prices=has_prices)


def test_the_parts_of_the_bar_fill_it_and_each_can_be_seen() -> None:
    bar = results_bar(replace(SOME, requests=50_000, succeeded=49_998, failed=1, missing=1))
    assert bar is not None
    assert [(part.name, part.count) for part in bar.parts] == [
        ("ok", 49_998),
        ("failed", 1),
        ("missing", 1),
    ]
    assert [part.start for part in bar.parts] == [0.0, 98.0, 99.0]
    assert sum(part.width for part in bar.parts) == pytest.approx(100)
    assert bar.words == "Of 50,000 requests: 49,998 ok, 1 failed, 1 missing"


def test_the_numbers_at_the_bar_add_up() -> None:
    bar = results_bar(replace(SOME, truncated=6))
    assert bar is not None
    told = [(part.count, part.label) for part in bar.parts]
    assert told == [(944, "whole"), (6, "cut"), (40, "failed"), (10, "missing")]
    assert bar.words == "Of 1,000 requests: 944 whole, 6 cut, 40 failed, 10 missing"


def test_of_empty_and_cut_answers_nobody_knows_how_many_are_whole() -> None:
    bar = results_bar(replace(SOME, empty=18, truncated=73))
    assert bar is not None
    labels = ["whole at most", "cut, 18 empty, some may be both", "failed", "missing"]
    assert [part.label for part in bar.parts] == labels
    assert [part.count for part in bar.parts] == [877, 73, 40, 10]
    assert [part.width for part in bar.parts] == [87.7, 7.3, 4.0, 1.0]
    assert bar.words.endswith(
        ": 877 whole at most, 73 cut, 18 empty, some may be both, 40 failed, 10 missing"
    )


def test_there_is_no_part_of_what_there_is_nothing_of() -> None:
    bar = results_bar(replace(SOME, succeeded=1_000, failed=0, missing=0))
    assert bar is not None
    assert [(part.name, part.width) for part in bar.parts] == [("ok", 100.0)]


@pytest.mark.parametrize(
    "counts",
    [
        Counts(succeeded=950, failed=40),
        Counts(requests=0, missing=0),
        Counts(requests=1_000, succeeded=9),
    ],
)
def test_there_is_no_bar_of_what_is_not_known(counts: Counts) -> None:
    assert results_bar(counts) is None


def test_what_was_counted_is_said_with_what_to_do() -> None:
    panel = shown(collection(COUNTED), START)
    assert panel.severity is Severity.WARNING
    # The numbers stand above it, and at the bar.
    assert (panel.verdict, panel.words) == ("No, not everything", "")
    assert panel.notes == ()
    # They stand with what helps, above the panel.
    assert panel.commands == []
    (cause,) = panel.causes
    assert (cause.code, cause.count, cause.retry) == ("429", 40, "sending it again helps")
    (file,) = panel.files
    assert (file.kind, file.size, file.path) == ("output", "331,207 bytes", "")


def test_what_asks_for_something_has_the_colour_of_its_job() -> None:
    assert shown(collection(COUNTED), of_job=Severity.FAILURE).severity is Severity.FAILURE
    whole = replace(SOME, succeeded=1_000, failed=0, missing=0)
    complete = replace(COUNTED, verdict=Verdict.COMPLETE, counts=whole, causes=())
    assert shown(collection(complete), of_job=Severity.FAILURE).severity is Severity.SUCCESS


def test_what_the_bar_can_t_show_is_said() -> None:
    counts = replace(SOME, duplicated=1)
    panel = shown(collection(replace(COUNTED, counts=counts)), START)
    assert panel.bar is not None
    assert panel.words == "950 of 1,000 ok · 40 failed · 10 missing · 1 answered twice"
    counts = Counts(succeeded=950, failed=40)
    unknown = replace(COUNTED, verdict=Verdict.UNKNOWN, counts=counts)
    panel = shown(collection(unknown), START)
    words = "950 ok · 40 failed · of how many is not known"
    assert (panel.verdict, panel.words) == ("Not known", words)


def test_a_complete_job_has_nothing_to_send_again() -> None:
    whole = replace(SOME, succeeded=1_000, failed=0, missing=0)
    complete = replace(COUNTED, verdict=Verdict.COMPLETE, counts=whole, causes=())
    panel = shown(collection(complete), START)
    assert panel.severity is Severity.SUCCESS
    assert panel.verdict == "Yes, everything"
    assert panel.commands == []


def test_a_command_that_can_t_be_copied_without_harm_is_left_out() -> None:
    lost = replace(COUNTED, job_id="x; rm -rf /", state=ResultsState.LOST)
    assert shown(collection(lost), START).commands == []
    assert uncounted_panel("$(id)", is_off=True).commands == []


def test_the_cost_of_a_model_without_a_price_is_not_known() -> None:
    used = replace(COUNTED, tokens=Tokens(400_000, 12_000, 412_000))
    facts = dict(shown(collection(used), START).facts)
    assert facts["Tokens"] == "412,000 (400,000 in, 12,000 out)"
    assert facts["Cost"].startswith("not known")
    assert "Cost" not in dict(shown(collection(used), START, has_prices=False).facts)
    priced = replace(used, cost=Decimal("0.36256"))
    assert dict(shown(collection(priced), START).facts)["Cost"] == "0.36 by your prices"


def test_many_causes_are_counted_and_not_all_shown() -> None:
    panel = shown(collection(replace(COUNTED, causes=(CAUSE,) * 12)), START)
    assert (len(panel.causes), panel.more_causes) == (10, 2)


def test_a_file_that_was_not_read_to_its_end_says_why() -> None:
    broken = ResultFile(kind=FileKind.OUTPUT, id="file-out", trouble="HTTP 404\nno such file")
    (file,) = shown(collection(replace(COUNTED, files=(broken,))), START).files
    assert file.size == "HTTP 404 no such file"


WAITING = replace(COUNTED, state=ResultsState.WAITING, verdict=None, counts=None, causes=())


def test_what_is_waited_for_comes_by_itself() -> None:
    panel = shown(collection(WAITING, attempts=0), START)
    assert (panel.severity, panel.verdict, panel.words) == (Severity.INFO, "WAITING", "")
    assert panel.notes == (
        "Its files are read as soon as they can be had; the verdict comes by itself.",
    )
    assert panel.commands == [("Count now what came back", "batchbell results -- batch-1")]


def test_after_failed_attempts_it_says_why_and_when_the_next_one_is() -> None:
    failing = replace(WAITING, reason="the output file can't be had: HTTP 503")
    panel = shown(collection(failing, attempts=3), START)
    assert panel.notes == (
        "The output file can't be had: HTTP 503.",
        "3 attempts so far, the next one in 7m; given up in 23h.",
    )


def test_an_attempt_that_is_due_soon_or_now_says_so() -> None:
    soon = replace(collection(WAITING, attempts=1), next_attempt_at=START + timedelta(seconds=5))
    assert "1 attempt so far, the next one in 5s" in shown(soon, START).notes[0]
    due = START + timedelta(days=2)
    assert "the next one now; given up now" in shown(soon, due).notes[0]


def test_what_is_lost_is_a_failure_and_says_why() -> None:
    lost = replace(
        WAITING, state=ResultsState.LOST, verdict=Verdict.UNKNOWN, reason="HTTP 404: no such file"
    )
    panel = shown(collection(lost), START)
    assert (panel.severity, panel.verdict) == (Severity.FAILURE, "LOST")
    assert panel.notes == ("HTTP 404: no such file.",)
    trouble = "it is gone (404: no such file)"
    output = ResultFile(kind=FileKind.OUTPUT, id="file-1", trouble=trouble)
    long = replace(lost, reason=f"the output file can't be had: {trouble}", files=(output,))
    panel = shown(collection(long), START)
    assert panel.verdict == "Lost: output file not found (404)"
    assert panel.notes == (f"The output file can't be had: {trouble}.",)
    assert [each.size for each in panel.files] == ["can't be had"]


def test_what_is_skipped_says_why() -> None:
    skipped = replace(WAITING, state=ResultsState.SKIPPED, reason="it has no result file")
    panel = shown(collection(skipped), START)
    assert (panel.severity, panel.verdict) == (Severity.INFO, "SKIPPED")
    assert panel.notes == ("It has no result file.",)


def test_what_nobody_counts_says_why() -> None:
    off, before = (uncounted_panel("batch-1", is_off=is_off) for is_off in (True, False))
    assert "collect is off" in off.notes[0]
    assert "not read when it ended" in before.notes[0]
    assert off.commands == [("Count now what came back", "batchbell results -- batch-1")]


@pytest.mark.parametrize(
    ("counts", "answer"),
    [
        ({"truncated": 91}, "Yes, but 91 are cut"),
        ({"empty": 1}, "Yes, but 1 is empty"),
        ({"empty": 18, "truncated": 73}, "Yes, but 73 are cut, 18 empty"),
        ({}, "Yes, everything"),
    ],
)
def test_that_everything_came_back_is_not_said_of_answers_of_little_use(
    counts: dict[str, int], answer: str
) -> None:
    all_of_it = replace(SOME, succeeded=1_000, failed=0, missing=0)
    known = replace(COUNTED, verdict=Verdict.COMPLETE, counts=replace(all_of_it, **counts))
    assert shown(collection(known), START).verdict == answer
