"""What was written to be sent again, for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import click

from batchbell.cli.terminal.event_lines import painted
from batchbell.cli.terminal.hanging import hanging
from batchbell.cli.terminal.retry_repair import other_choice, to_repair, warned
from batchbell.cli.terminal.signs import sign
from batchbell.core.awaiting import results_facts
from batchbell.core.event import Severity
from batchbell.core.results.retry_helps import is_of_the_account, is_of_the_model, is_passing
from batchbell.core.results.selection import USUALLY, Include
from batchbell.messages.error_advice import may_be_in_others, named_line
from batchbell.messages.event_words import ERROR_LIMIT
from batchbell.messages.plain_text import counted, one_line
from batchbell.messages.results_words import verdict_words

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from batchbell.core.job import BatchJob
    from batchbell.core.results.job_results import JobResults
    from batchbell.usecases.write_retry import Written

_ONCE_REPAIRED = "Once repaired"


def retry_lines(
    written: Written,
    path: Path,
    results: JobResults,
    include: Collection[Include],
    *,
    skips_repair: bool,
) -> Iterator[str]:
    """Yield how many there are, what stays out, and which sending again alone does not help."""
    left_out = _left_out(results, include)
    skipped = written.need_repair if skips_repair else 0
    yield from hanging(_written(written, path, left_out=left_out, skipped=skipped))
    if left_out.words:
        yield from hanging(warned(f"Not in it: {left_out.words}"))
        yield from _with_those(left_out, results.job_id, skips_repair=skips_repair)
    yield from to_repair(written, results, include, skips_repair=skips_repair)


def once_repaired(written: Written, *, skips_repair: bool) -> str:
    """Return what has to be done before the file is submitted; '' if nothing."""
    return _ONCE_REPAIRED if written.need_repair and not skips_repair else ""


def once_mended(job: BatchJob) -> str:
    """Return what has to be done before the whole input of a job is submitted; '' if nothing."""
    error = one_line(job.error or "", ERROR_LIMIT)
    if job.output_file_id or job.error_file_id:
        return ""
    if named_line(error) is None and is_of_the_account(error):
        return "Once its account has credit"
    is_of_the_input = named_line(error) is not None or is_of_the_model(error)
    return _ONCE_REPAIRED if is_of_the_input else ""


class _LeftOut(NamedTuple):
    """What stays out of a file."""

    #: `6 cut answers`; '' if nothing does.
    words: str
    #: What takes all of it in.
    option: str
    #: How many requests these are; None if that is not known.
    requests: int | None = 0


_NOTHING = _LeftOut("", "")


def _written(
    written: Written,
    path: Path,
    which: str = "",
    *,
    left_out: _LeftOut = _NOTHING,
    skipped: int = 0,
) -> str:
    """Say that the file is there, how many requests are in it, and of how many."""
    severity = Severity.WARNING if left_out.words or skipped else Severity.SUCCESS
    others = None if left_out.requests is None else left_out.requests + skipped
    count = counted(written.requests, "request")
    if others:
        count = f"{written.requests:,} of {counted(written.requests + others, 'request')}"
    replaced = ", in place of what was there" if written.replaces else ""
    said = f"{click.style(count, bold=True)} written to {path}{which}{replaced}"
    return f"{painted(sign(severity), severity)} {said}"


def nothing_lines(
    called: str,
    why: str,
    results: JobResults | None = None,
    include: Collection[Include] = USUALLY,
    *,
    skips_repair: bool = False,
) -> Iterator[str]:
    """Yield `judge-answers: nothing to send again, 4,300 of 4,300 ok`, and what was not asked for.

    `results` is None where nothing came back.
    """
    left_out = _NOTHING if results is None else _left_out(results, include)
    is_well = not (why or left_out.words)
    mark = Severity.SUCCESS if is_well else Severity.WARNING
    counts = "" if results is None else f", {verdict_words(results_facts(results))}"
    said = f"nothing to send again{counts}{why and f': {why}'}"
    yield from hanging(f"{painted(sign(mark), mark)} {click.style(called, bold=True)}: {said}")
    if results is not None and left_out.words:
        yield from hanging(f"Not asked for: {left_out.words}")
        yield from _with_those(left_out, results.job_id, skips_repair=skips_repair)


def _with_those(left_out: _LeftOut, job_id: str, *, skips_repair: bool) -> Iterator[str]:
    option = f"{left_out.option}{' --skip-repair' if skips_repair else ''}"
    yield from other_choice("With those", f"retry {option}", job_id)


def missing_lines(called: str, job_id: str) -> Iterator[str]:
    """Yield that all of a job is missing, which was not asked for, and what writes it."""
    mark = painted(sign(Severity.WARNING), Severity.WARNING)
    yield from hanging(f"{mark} {click.style(called, bold=True)}: no file written")
    yield "Not asked for: all of it is missing"
    yield from other_choice("With that", "retry", job_id)


def _left_out(results: JobResults, include: Collection[Include]) -> _LeftOut:
    facts = results_facts(results)
    found = {
        Include.FAILED: (facts.failed, "failed"),
        Include.MISSING: (facts.missing, "missing"),
        Include.EMPTY: (facts.empty, "empty {answers}"),
        Include.TRUNCATED: (facts.truncated, "cut {answers}"),
    }
    others = [(count, word) for each, (count, word) in found.items() if each not in include]
    parts = [
        f"{count:,} {word.format(answers='answer' if count == 1 else 'answers')}"
        for count, word in others
        if count
    ]
    wanted = [each for each, (count, _) in found.items() if count]
    # One answer may be both.
    are_all_in = {Include.EMPTY, Include.TRUNCATED} <= set(include)
    is_known = are_all_in or not (facts.empty and facts.truncated)
    count = sum(count or 0 for count, _ in others) if is_known else None
    return _LeftOut(", ".join(parts), f"--include {','.join(wanted)}", count)


def whole_input_lines(written: Written, path: Path, job: BatchJob) -> Iterator[str]:
    """Yield how many there are of a job that left no files, and what it failed for.

    If it left some, they were not asked for.
    """
    yield from hanging(_written(written, path, ", the whole input"))
    status = one_line(job.status or "of no known status")
    if job.output_file_id or job.error_file_id:
        paid = f"This job is {status}: what has an answer already is answered, and paid, twice."
        yield from hanging(warned(paid), below=0)
        return
    yield f"Nothing came back of this job, which is {status}."
    helps = _by_error(one_line(job.error or "", ERROR_LIMIT), one_line(path.name))
    if helps:
        yield from hanging(helps, below=0)


def not_chosen_lines(why: str, job: BatchJob, *, has_input: bool) -> Iterator[str]:
    """Yield that nobody knows what to send again, and what writes all of it instead."""
    yield f"what to send again can't be said of job {job.id}: {why}"
    if job.input_file_id:
        when = "" if has_input else ", once that can be read"
        yield from other_choice(f"To write its whole input{when}", "retry --include all", job.id)


def _by_error(error: str, written: str) -> str:
    """Return what to do about a job's error before all is sent again; '' for none."""
    line = named_line(error)
    if line is not None:
        number, why = line
        others = ", and check the others for the same" if may_be_in_others(error) else ""
        return f"{warned(f'Repair line {number} of {written} first')}{others}: {why or error}"
    if is_of_the_account(error):
        return f"Nothing is wrong with the input; its account needs credit first: {error}"
    if error and is_passing(error):
        return f"Nothing is wrong with the input: {error}"
    if is_of_the_model(error):
        return f"Its model takes no batches, so name another one in the file first: {error}"
    return error and f"If its error is about the input, repair that in the file first: {error}"
