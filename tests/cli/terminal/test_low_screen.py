"""`status --watch` in 24 lines: jobs first, what is all right in one line."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from batchbell.cli.terminal.asked import asked_in
from batchbell.cli.terminal.job_rows import job_row
from batchbell.cli.terminal.job_table import act_in
from batchbell.cli.terminal.rich_status import print_status, status_view
from batchbell.cli.terminal.urgent_lines import UrgentLine, deeds_in_one
from batchbell.core.event import Severity
from batchbell.core.results.counts import Counts, Verdict
from batchbell.core.results.job_results import ResultsState
from batchbell.core.routing import Filter
from batchbell.errors import ApiError
from batchbell.messages.deeds import Deed, counted_deed, counted_in_short
from batchbell.store.views.status import look
from tests.came_back import partial, put, unread
from tests.cli.filled import REFUSED, SENT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from batchbell.core.job import BatchJob
    from batchbell.core.results.job_results import JobResults
    from tests.cli.filled import Bell

LINES = 24
FULL, NONE = "━" * 10, "─" * 10


def seen_in(bell: Bell, most_lines: int | None, *, width: int = 80, keys: str = "") -> list[str]:
    with bell.database.read() as connection:
        status = look(connection, bell.started, everything=False, daemon_runs=True)
    console = Console(file=io.StringIO(), width=width, markup=False, force_terminal=False)
    console.print(status_view(status, console, most_lines=most_lines, keys=keys))
    assert isinstance(console.file, io.StringIO)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


def busy(bell: Bell, jobs: int) -> None:
    bell.configure(Filter(channel="oncall"), Filter(channel="team"))
    running = [bell.job(f"job-{each:02}", progress=0.5) for each in range(jobs)]
    failed = bell.job("broken", "FAILED", error="line 3: invalid JSON")
    bell.poll(*running, bell.job("broken"), at=bell.ago(minutes=5))
    bell.poll(*running, failed, at=bell.ago(minutes=1))
    for channel in ("oncall", "team"):
        bell.deliver(channel, SENT, at=bell.ago(minutes=1))


def printed_on(bell: Bell, lines: int, *, width: int = 80) -> list[str]:
    with bell.database.read() as connection:
        status = look(connection, bell.started, everything=False, daemon_runs=True)
    console = Console(file=io.StringIO(), width=width, height=lines, markup=False)
    print_status(status, console)
    assert isinstance(console.file, io.StringIO)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


def test_what_is_longer_than_the_terminal_ends_with_the_worst_and_a_command(bell: Bell) -> None:
    busy(bell, jobs=40)
    whole = seen_in(bell, None)
    assert printed_on(bell, len(whole) + 1) == whole
    *above, title, row, begin, command = printed_on(bell, LINES)
    assert above == [*whole, ""]
    assert (title, begin, command) == ("To act on:", "Begin here:", "    batchbell show -- broken")
    assert re.fullmatch("✗  Repair line 3, submit again  input · broken +FAILED  .* ago", row)


def test_the_end_names_the_most_urgent_with_their_times_and_cancels_the_first(bell: Bell) -> None:
    bell.configure(Filter(channel="pager"))
    due = [
        bell.job(f"due-{each}", progress=0.1, job_deadline=bell.ago(minutes=-each - 0.5))
        for each in (9, 8)
    ]
    failed = [bell.job(f"failed-{each}") for each in range(5)]
    bell.poll(*due, *failed, at=bell.ago(hours=2))
    ends = [bell.job(each.id, "FAILED") for each in failed]
    bell.poll(*due, *ends, at=bell.ago(minutes=1))
    bell.deliver("pager", REFUSED, at=bell.ago(minutes=1))
    bell.run("mute", "failed-0", "--for", "2h")
    title, *rows, silent, _begin, first, second, test = printed_on(bell, LINES)[-10:]
    assert title == "Most urgent of 7 to act on:"
    what = re.compile(r"[!✗]  (\w+ it \w+).* input · (\S+) .* (due in \d+m|1m ago)")
    assert [what.fullmatch(row).groups() for row in rows] == [  # type: ignore[union-attr]
        ("Cancel it now", "due-8", "due in 8m"),
        ("Cancel it now", "due-9", "due in 9m"),
        ("Submit it again", "failed-1", "1m ago"),
        ("Submit it again", "failed-2", "1m ago"),
    ]
    assert silent == "✗  channel pager delivers nothing for 1m: receiver answered 404"
    assert (first, second) == ("    batchbell cancel -- due-8", "    batchbell cancel -- due-9")
    assert test == "    batchbell notify-test pager"


def test_who_is_silent_is_tested_before_what_can_wait(bell: Bell) -> None:
    bell.configure(Filter(channel="pager"))
    bell.poll(bell.job("broken"), at=bell.ago(hours=2))
    bell.poll(bell.job("broken", "FAILED"), at=bell.ago(minutes=1))
    bell.deliver("pager", REFUSED, at=bell.ago(minutes=1))
    silent, title, row, _begin, command = printed_on(bell, 9)[-5:]
    assert silent.startswith("✗  channel pager delivers nothing")
    assert title == "To act on:"
    assert row.startswith("✗  Submit it again ")
    assert command == "    batchbell notify-test pager"


def test_of_a_list_that_is_too_long_less_is_shown_of_what_went_well(bell: Bell) -> None:
    well = [
        bell.job(f"well-{each:02}", "COMPLETED", output_file_id="o", completed_at=bell.ago(hours=1))
        for each in range(12)
    ]
    bell.poll(*well, at=bell.ago(minutes=1))

    def shown(lines: int) -> int:
        return sum(line.startswith("✓  input") for line in printed_on(bell, lines))

    assert (shown(40), shown(LINES - 8)) == (10, 3)
    assert not any("Begin" in line for line in printed_on(bell, 5))


def test_a_command_at_the_end_is_not_parted_on_a_narrow_terminal(bell: Bell) -> None:
    bell.poll(bell.job("broken"), at=bell.ago(hours=2))
    bell.poll(bell.job("broken", "FAILED"), at=bell.ago(hours=1))
    assert printed_on(bell, 5, width=20)[-1] == "    batchbell show -- broken"


def test_an_id_that_cant_be_copied_safely_is_in_no_command_at_the_end(bell: Bell) -> None:
    bell.poll(bell.job("$(x)"), at=bell.ago(hours=2))
    bell.poll(bell.job("$(x)", "FAILED"), at=bell.ago(hours=1))
    assert printed_on(bell, 5)[-1].startswith("✗  Submit it again ")


def test_a_long_list_of_what_asks_for_nothing_ends_as_it_is(bell: Bell) -> None:
    bell.poll(*(bell.job(f"job-{each}") for each in range(40)))
    assert printed_on(bell, LINES) == seen_in(bell, None)


def test_many_jobs_take_the_room_of_what_is_fine_and_the_others_are_counted(bell: Bell) -> None:
    busy(bell, jobs=40)
    whole, low = seen_in(bell, None), seen_in(bell, LINES)
    assert len(whole) > LINES >= len(low)
    assert "Accounts" in whole
    assert "Accounts" not in low
    assert low[-1] == "How: batchbell show JOB_ID · 1 account, 2 channels fine"
    shown = [line for line in low if line.startswith(("✗", "!", "i", "x", "+")) and "job" in line]
    (more,) = [line for line in low if line.startswith("   and ")]
    # The first that needs a look stands first, whatever does not fit.
    assert re.match(r"✗  Repair line 3, submit again  input · broken +FAILED ", low[4])
    assert more == f"   and {40 - len(shown)} that can wait"
    assert len(shown) >= 8


def test_what_fits_stays_whole(bell: Bell) -> None:
    busy(bell, jobs=2)
    assert seen_in(bell, 40) == seen_in(bell, None)
    assert "Accounts" in seen_in(bell, LINES)


def test_what_is_to_be_cancelled_stands_above_failures_however_many_there_are(bell: Bell) -> None:
    stuck = bell.job("stuck", progress=0.1, job_deadline=bell.ago(minutes=-9))
    names = [f"broken-{each:02}" for each in range(12)]
    bell.poll(stuck, *map(bell.job, names), at=bell.ago(hours=2))
    bell.poll(stuck, *(bell.job(each, "FAILED") for each in names), at=bell.ago(minutes=1))
    low = seen_in(bell, LINES)
    header = next(at for at, line in enumerate(low) if line.lstrip().startswith("To do "))
    assert low[header - 2] == "✗ 1 to cancel now; 12 to submit again"
    assert re.match(r"!  Cancel it now.* input · stuck +\S+ +10.0%  due in ", low[header + 1])
    assert "broken" in low[header + 2]


def test_eight_jobs_with_what_to_do_have_room_below_every_deed(bell: Bell) -> None:
    bell.configure(Filter(channel="oncall"), Filter(channel="gone"))
    due = bell.ago(minutes=-9)
    running = [bell.job(f"stuck-{each}", progress=0.1, job_deadline=due) for each in range(3)]
    running += [
        bell.job("late", progress=0.996, job_deadline=bell.ago(minutes=1)),
        bell.job("odd", "PAUSED"),
        *(bell.job(f"fine-{each}") for each in range(20)),
    ]
    names = {f"wrong-{each}": "line 3: bad" for each in range(3)}
    names |= {f"broken-{each}": "" for each in range(5)}
    bell.poll(*running, *map(bell.job, names), at=bell.ago(hours=2))
    ends = [bell.job(each, "FAILED", error=error) for each, error in names.items()]
    bell.poll(*running, *ends, at=bell.ago(minutes=1))
    bell.deliver("gone", REFUSED, at=bell.ago(minutes=1))
    low = seen_in(bell, LINES)
    assert len(low) <= LINES
    assert low[1 : low.index("")] == [
        "✗ 3 to cancel now; 3 to repair; 5 to submit again",
        "✗ channel gone delivers nothing for 1m: receiver answered 404",
        "! 1 to look into; 1 to let run",
    ]
    table = low[low.index("") + 2 :]
    acts = [line[3:20].strip() for line in table[:-2]]
    # As no name stands above, each of the 13 has its row.
    assert len(acts) >= 13
    assert all(each.startswith("Cancel it now") for each in acts[:3])
    assert acts[3].startswith("Repair line 3")
    assert table[len(acts)] == f"   and {20 - (len(acts) - 13)} that can wait"


def test_with_little_room_the_account_gives_way_to_what_to_do(bell: Bell) -> None:
    stuck = bell.job("stuck-in-its-queue", progress=0.1, job_deadline=bell.ago(minutes=-9))
    others = [bell.job(f"fine-{each}") for each in range(20)]
    bell.poll(stuck, *map(bell.job, ("first", "second")), at=bell.ago(hours=2))
    ends = (
        bell.job("first", "COMPLETED", output_file_id=None),
        bell.job("second", "FAILED", error="model is not available for batch inference"),
    )
    bell.poll(stuck, *ends, at=bell.ago(minutes=1))
    bell.poll(*others, account="another-account", at=bell.ago(minutes=1))
    low = seen_in(bell, LINES)
    acts = [line[3:].partition("  ")[0] for line in low if "input · " in line and line[0] in "✗!"]
    # Where its column has the room, the reason stands behind it.
    assert acts[0] == "Cancel it now: can't make it"
    assert acts[1].startswith("Change the model")
    assert not [line for line in low if "another" in line and "model" not in line]


@pytest.mark.parametrize("width", [50, 60, 80, 100])
def test_when_a_job_is_due_is_never_cut(bell: Bell, width: int) -> None:
    due = bell.ago(hours=-5, minutes=-41, seconds=-30)
    paused = bell.job("paused", "PAUSED_FOR_REVIEW", job_deadline=due)
    late = bell.job("late", job_deadline=bell.ago(hours=1, minutes=12))
    for minutes in (2, 1):
        bell.poll(late, paused, account="production", at=bell.ago(minutes=minutes))
        bell.poll(bell.job("other"), account="research", at=bell.ago(minutes=minutes))
    text = "\n".join(seen_in(bell, None, width=width))
    assert "overdue 1h 12m" in text
    assert "due in 5h 41m" in text
    assert ("Account " in text) is (width >= 80)


def test_what_asks_for_something_has_a_line_before_anything_that_went_well(bell: Bell) -> None:
    well = [f"well-{each:02}" for each in range(12)]
    cancelled = [f"cancelled-{each:02}" for each in range(12)]
    bell.poll(*map(bell.job, (*well, *cancelled)), at=bell.ago(hours=20))
    ends = [bell.job(each, "CANCELLED", completed_at=bell.ago(hours=19)) for each in cancelled] + [
        bell.job(each, "COMPLETED", output_file_id="file-o", completed_at=bell.ago(hours=1))
        for each in well
    ]
    bell.poll(*ends, at=bell.ago(minutes=1))
    text = seen_in(bell, None)
    assert any(line.startswith("! 12 cancelled, to submit if needed: ") for line in text)
    rows = [line for line in text if re.match(r"[!✓]  input · ", line)]
    assert [line[0] == "!" for line in rows] == [True] * 12 + [False] * 10
    assert "   2 more ask for nothing: batchbell status --all" in text
    assert "How: batchbell show JOB_ID has the commands." in text
    assert "To take what has ended off this list: batchbell ack JOB_ID." in " ".join(text)


def test_below_the_jobs_stands_how_and_what_cancelling_costs(bell: Bell) -> None:
    stuck = bell.job("stuck", progress=0.1, job_deadline=bell.ago(minutes=-9))
    names = ("cancelled", "failed")
    bell.poll(stuck, *map(bell.job, names), at=bell.ago(hours=2))
    ends = [bell.job(each, each.upper(), completed_at=bell.ago(hours=1)) for each in names]
    bell.poll(stuck, *ends, at=bell.ago(minutes=1))
    text = seen_in(bell, None, width=100)
    how = "How: batchbell show JOB_ID has the commands. "
    how += "Cancelling keeps what is done, and it is billed."
    at = text.index(how)
    leaves = "To take what has ended off this list: batchbell ack JOB_ID. "
    leaves += "By itself it leaves after 1d;"
    counted = "if it is to act on, it is counted as an older one for 7d."
    assert text[at - 1 : at + 3] == ["", how, leaves, counted]
    assert text[0].endswith("2 ended in 24 h, 1 failure, 1 without ack")
    bell.run("ack", "failed")
    after = seen_in(bell, None)
    assert leaves in " ".join(map(str.strip, after))
    assert not any("FAILED" in line for line in after)
    assert "   1 more asks for nothing: batchbell status --all" in after


def test_what_keys_do_stands_at_the_end_and_in_a_low_screen_in_the_last_line(bell: Bell) -> None:
    busy(bell, jobs=2)
    assert seen_in(bell, 40, keys="q quits")[-2:] == ["", "q quits"]
    low = seen_in(bell, 9, keys="q quits")
    assert low[-1] == "How: batchbell show JOB_ID · 1 account, 2 channels fine · q quits"


def test_what_is_acknowledged_asks_for_nothing(bell: Bell) -> None:
    bell.poll(bell.job("a"), bell.job("b"), at=bell.ago(minutes=5))
    ends = {"a": "FAILED", "b": "EXPIRED"}
    bell.poll(*(bell.job(*each) for each in ends.items()), at=bell.ago(minutes=1))
    assert "✗ 2 to submit again: input · a, input · b" in seen_in(bell, None)
    for each in ends:
        bell.run("ack", each)
    assert not any("to submit" in line for line in seen_in(bell, None))


def test_of_more_jobs_than_are_forecast_those_that_need_a_look_ask_for_it(bell: Bell) -> None:
    due = bell.ago(minutes=-9)
    jobs = [bell.job(each, progress=0.1, job_deadline=due) for each in ("a", "b")]
    jobs += [bell.job("c"), bell.job("d")]
    bell.poll(*jobs, at=bell.ago(hours=2))
    bell.poll(*jobs, at=bell.ago(minutes=1))
    with bell.database.read() as connection:
        status = look(
            connection, bell.started, everything=False, daemon_runs=True, most_forecasts=1
        )
    assert {job_id: deed.name for (_, job_id), deed in asked_in(status).items()} == {
        "a": "CANCEL_NOW",
        "b": "CANCEL_NOW",
    }


def test_low_screens_without_room_still_show_some_jobs(bell: Bell) -> None:
    busy(bell, jobs=1)
    for most in (1, 5):
        low = seen_in(bell, most)
        assert "   and 1 that can wait" in low or "job-00" in " ".join(low)


def test_what_has_no_line_is_counted_once(bell: Bell) -> None:
    ended = {"progress": 1.0, "output_file_id": "file-o"}
    new = [
        bell.job(f"new-{each:02}", "COMPLETED", completed_at=bell.ago(hours=1), **ended)
        for each in range(13)
    ]
    old = bell.job(
        "old",
        "COMPLETED",
        created_at=bell.ago(hours=31),
        completed_at=bell.ago(hours=30),
        **ended,
    )
    bell.poll(*new, old, at=bell.ago(minutes=1))
    told = [line for line in seen_in(bell, None) if "--all" in line]
    assert told == ["   3 more ask for nothing; 1 ended over 24 h ago: batchbell status --all"]


def test_below_what_is_muted_stands_what_ends_that(bell: Bell) -> None:
    bell.poll(bell.job("one"), at=bell.ago(minutes=1))
    assert "To end a mute" not in "\n".join(seen_in(bell, None))
    bell.run("mute", "one", "--for", "6h")
    assert seen_in(bell, None)[-1] == "To end a mute: batchbell unmute JOB_ID"
    bell.run("mute", "--account", "default", "--for", "6h")
    assert seen_in(bell, None)[-1] == "To end a mute: see batchbell mute --list"


@pytest.mark.parametrize("is_seen", [True, False])
def test_only_a_bad_end_that_was_acknowledged_is_grey(bell: Bell, *, is_seen: bool) -> None:
    bell.poll(bell.job("one"), at=bell.ago(hours=2))
    bell.poll(bell.job("one", "FAILED"), at=bell.ago(hours=1))
    if is_seen:
        bell.run("ack", "one")
    with bell.database.read() as connection:
        status = look(connection, bell.started, everything=True, daemon_runs=True)
    console = Console(file=io.StringIO(), width=100, force_terminal=True, color_system="256")
    console.print(status_view(status, console))
    assert isinstance(console.file, io.StringIO)
    text = console.file.getvalue()
    (row,) = [line for line in text.splitlines() if "FAILED" in line]
    assert ("38;5;166" in row) is not is_seen


def test_what_to_do_is_whole_where_its_column_has_the_room(bell: Bell) -> None:
    names = [f"broken-{each:02}" for each in range(30)]
    bell.poll(*map(bell.job, names), at=bell.ago(hours=2))
    ends = [bell.job(each, "FAILED", error="line 3: invalid JSON") for each in names]
    bell.poll(*ends, at=bell.ago(minutes=1))
    for width, act in ((100, "Repair line 3, submit again"), (60, "Repair line 3")):
        rows = [line for line in seen_in(bell, LINES, width=width) if "FAILED" in line]
        assert rows
        assert {row[3:].partition("  ")[0] for row in rows} == {act}


def test_a_job_of_which_all_came_back_takes_one_line(bell: Bell) -> None:
    bell.poll(bell.job("whole"), bell.job("part"), at=bell.ago(hours=2))
    ends = [bell.job(each, "COMPLETED", output_file_id="file-o") for each in ("whole", "part")]
    bell.poll(*ends, at=bell.ago(minutes=1))
    known = [partial(each, at=bell.ago(minutes=1)) for each in ends]
    counts = Counts(requests=1_200, succeeded=1_200, failed=0, missing=0, foreign=0)
    known[0] = replace(known[0], verdict=Verdict.COMPLETE, counts=counts, causes=())
    put(bell.database, *known)
    text = seen_in(bell, None, width=100)
    at = next(at for at, line in enumerate(text) if "input · whole" in line)
    assert "1,200 ok" in text[at]
    assert not text[at + 1].strip()
    assert "1,200 of 1,200 ok" in bell.run("status").output


def test_a_muted_job_is_named_last_and_as_such(bell: Bell) -> None:
    for job_id in ("first", "second"):
        bell.poll(*map(bell.job, ("first", "second")), at=bell.ago(hours=2))
        bell.poll(*(bell.job(each, "FAILED") for each in ("first", "second")))
        assert bell.run("mute", job_id, "--for", "2d").exit_code == 0
        text = seen_in(bell, None, width=100)
        other = {"first": "second", "second": "first"}[job_id]
        assert text[1] == f"✗ 2 to submit again: input · {other}, input · {job_id} (muted)"
        assert bell.run("unmute", job_id).exit_code == 0


def test_deeds_that_can_wait_give_way_where_the_head_is_low_and_narrow() -> None:
    status = [
        UrgentLine(Severity.FAILURE, f"{n} to do something about it", "a", "", asks=True, jobs=1)
        for n in range(9)
    ]
    silent = UrgentLine(Severity.FAILURE, "channel pager", "delivers nothing: " + "x" * 99, "")
    (deeds, channel) = deeds_in_one([*status, silent], 60)
    assert (deeds.lead, deeds.asks) == ("0 to do something about it;", False)
    assert deeds.rest == "8 other jobs"
    assert len(f"✗ {channel.lead} {channel.rest}") <= 60
    assert [*deeds_in_one([silent], 200)] == [silent]


def test_no_deed_is_left_out_of_a_narrow_head_without_a_count() -> None:
    found = {Deed.SUBMIT: 4, Deed.SUBMIT_PART: 7, Deed.LOOK: 2}
    asked = [
        UrgentLine(
            Severity.FAILURE,
            counted_deed(deed, jobs),
            "a",
            "",
            asks=True,
            jobs=jobs,
            in_short=counted_in_short(deed, jobs),
        )
        for deed, jobs in found.items()
    ]

    def head(width: int) -> str:
        (line,) = deeds_in_one(asked, width)
        return f"{line.lead} {line.rest}"

    assert head(80) == "4 to submit again; 7 completed, a part to submit again; 2 to look into"
    assert head(62) == "4 to submit again; 7 to submit in part; 2 to look into"
    assert head(54) == "4 to submit; 7 to submit in part; 2 to look into"
    assert head(50) == "4 to submit; 7 to submit in part; 2 other jobs"
    assert head(30) == "4 to submit; 9 other jobs"


def test_whoever_watches_sees_that_the_screen_lives(bell: Bell) -> None:
    bell.poll(bell.job("a"), account="one", at=bell.ago(seconds=90))
    bell.poll(bell.job("b"), account="two", at=bell.ago(seconds=5))
    (wide, short, narrow) = (seen_in(bell, LINES, width=w, keys="q")[0] for w in (80, 40, 20))
    assert re.fullmatch(
        r"batchbell  2 running; 0 ended in 24 h +\d\d:\d\d:\d\d UTC, polled 1m ago", wide
    )
    assert len(wide) == 80
    assert re.fullmatch(r"batchbell  2 running +\d\d:\d\d:\d\d UTC", short)
    assert narrow == "batchbell  2"
    assert ":" not in seen_in(bell, None)[0]


def test_an_account_that_fails_does_not_make_the_screen_look_old(bell: Bell) -> None:
    bell.poll(bell.job("a"), account="one", at=bell.ago(minutes=3))
    bell.poll(account="one", at=bell.ago(minutes=2), answer=ApiError("HTTP 503"))
    assert seen_in(bell, LINES, keys="q")[0].endswith(", polled 3m ago")
    bell.poll(bell.job("b"), account="two", at=bell.ago(minutes=1))
    assert seen_in(bell, LINES, keys="q")[0].endswith(", polled 1m ago")


def test_before_the_first_good_poll_the_clock_says_so(bell: Bell) -> None:
    bell.poll(at=bell.ago(minutes=2), answer=ApiError("HTTP 503"))
    assert seen_in(bell, LINES, keys="q")[0].endswith(" UTC, not polled yet")


@pytest.mark.parametrize(
    ("remark", "width", "told"),
    [
        ("will probably miss it, needs 90 %/h, no progress for 2h 12m", 34, ": stuck 2h 12m"),
        ("no progress for 2h 36m", 34, ": stuck 2h 36m"),
        ("no progress for 2h 36m", 40, ": no progress for 2h 36m"),
        ("no progress for 2h 36m", 20, ""),
    ],
)
def test_how_long_a_job_stands_still_is_said_in_short_where_there_is_no_room(
    bell: Bell, remark: str, width: int, told: str
) -> None:
    job = bell.job("still", job_deadline=bell.ago(minutes=-20))
    bell.poll(job)
    with bell.database.read() as connection:
        (item,) = look(connection, bell.started, everything=False, daemon_runs=True).jobs
    row = replace(job_row(item, bell.started), act="Cancel it now", remark=remark)
    assert act_in(row, width) == f"Cancel it now{told}"


@pytest.mark.parametrize(
    ("verdict", "done"), [(Verdict.COMPLETE, "950 ok"), (Verdict.EMPTY, "0 ok"), (None, "lost")]
)
def test_what_came_to_nothing_does_not_read_as_all_done(
    bell: Bell, verdict: Verdict | None, done: str
) -> None:
    job = bell.job("ended", "COMPLETED", progress=1.0, completed_at=bell.ago(minutes=9))
    bell.poll(job)
    none = Counts(requests=950, succeeded=0, failed=950, missing=0, foreign=0, empty=0)
    whole = replace(none, succeeded=950, failed=0)
    counts = whole if verdict is Verdict.COMPLETE else none
    counted = replace(partial(job), verdict=verdict, counts=counts, causes=())
    put(bell.database, counted if verdict else unread(job, ResultsState.LOST, "HTTP 404"))
    text = seen_in(bell, None, width=100)
    (line,) = [line for line in text if "COMPLETED" in line]
    assert f"  {done}  " in line
    assert "100.0%" not in line
    # A bar that is full would say the opposite.
    assert (FULL in line, NONE in line) == (done == "950 ok", done == "0 ok")


def done_of(bell: Bell, *ends: BatchJob, results: Iterable[JobResults] = ()) -> str:
    bell.poll(*ends)
    put(bell.database, *results)
    (line,) = [line for line in seen_in(bell, None, width=100) if "input · ended" in line]
    *_, found, _when, _model = re.split("  +", line)
    return found


def test_of_an_end_in_part_stands_what_came_back(bell: Bell) -> None:
    job = bell.job("ended", "COMPLETED", progress=1.0, output_file_id="file-o")
    # Five of the answers are empty.
    assert done_of(bell, job, results=[partial(job)]) == "945 ok"


def test_answers_that_may_be_empty_or_cut_are_not_counted(bell: Bell) -> None:
    job = bell.job("ended", "COMPLETED", progress=1.0, output_file_id="file-o")
    known = partial(job)
    assert known.counts is not None
    cut = replace(known, counts=replace(known.counts, truncated=15))
    assert done_of(bell, job, results=[cut]) == "930 ok"


@pytest.mark.parametrize("status", ["FAILED", "EXPIRED", "CANCELLED"])
@pytest.mark.parametrize(("output", "done"), [(None, "0 ok"), ("file-o", "-")])
def test_of_an_end_that_nobody_counts_stands_what_is_known(
    bell: Bell, status: str, output: str | None, done: str
) -> None:
    assert done_of(bell, bell.job("ended", status, progress=0.8, output_file_id=output)) == done


def test_what_is_not_counted_yet_is_not_known(bell: Bell) -> None:
    job = bell.job("ended", "FAILED", progress=0.8)
    awaited = unread(job, ResultsState.WAITING)
    assert done_of(bell, job, results=[awaited]) == "-"


def test_an_account_is_worth_more_than_a_long_bar(bell: Bell) -> None:
    for account in ("production", "research"):
        bell.poll(bell.job(f"of-{account}", "PAUSED_FOR_REVIEW"), account=account)
    for width in range(70, 140, 5):
        text = seen_in(bell, None, width=width)
        assert not any("…" in line for line in text if "PAUSED" in line and "━" in line)
