"""What was written to be sent again, for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import click

from batchbell.cli.terminal.event_lines import painted
from batchbell.cli.terminal.hanging import command_lines, hanging
from batchbell.cli.terminal.signs import sign
from batchbell.core.awaiting import results_facts
from batchbell.core.event import Severity
from batchbell.core.results.retry_helps import is_of_the_account, is_of_the_model, is_passing
from batchbell.core.results.selection import USUALLY, Include
from batchbell.messages.error_advice import may_be_in_others, named_line
from batchbell.messages.event_words import ERROR_LIMIT
from batchbell.messages.job_step import job_command
from batchbell.messages.plain_text import counted, one_line
from batchbell.messages.results_words import verdict_words

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

    from batchbell.core.job import BatchJob
    from batchbell.core.results.cause import Cause
    from batchbell.core.results.job_results import JobResults
    from batchbell.usecases.write_retry import Written

#: So many causes are shown.
_SHOWN_CAUSES = 5
_ONCE_REPAIRED = "Once repaired"
#: Where one begins, columns.
_BELOW = len("  1234567  ")
#: So many lines of the file, or runs of such, are named of each.
_SHOWN_SPANS = 40


def retry_lines(
    written: Written,
    path: Path,
    results: JobResults,
    include: Collection[Include],
    *,
    skips_repair: bool,
) -> Iterator[str]:
    """Yield how many there are, which sending again alone does not help, and what stays out."""
    yield from hanging(_written(written, path))
    yield from _to_repair(written, results, include, skips_repair=skips_repair)
    left_out = _left_out(results, include)
    if left_out.words:
        yield from hanging(f"Not in it: {left_out.words}")
        yield from _with_those(left_out, results.job_id, skips_repair=skips_repair)


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


def _written(written: Written, path: Path, which: str = "") -> str:
    """Say that the file is there, and how many requests are in it."""
    count = click.style(counted(written.requests, "request"), bold=True)
    replaced = ", in place of what was there" if written.replaces else ""
    mark = painted(sign(Severity.SUCCESS), Severity.SUCCESS)
    return f"{mark} {count} written to {path}{which}{replaced}"


def _command(label: str, options: str, job_id: str) -> Iterator[str]:
    """Yield the other choice whole, to be copied; nothing for an id that can't be without harm."""
    command = job_command(f"retry {options}".rstrip(), job_id)
    if command:
        yield from command_lines(label, command)


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
    left_out = _LeftOut("", "") if results is None else _left_out(results, include)
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
    yield from _command("With those", option, job_id)


def missing_lines(called: str, job_id: str) -> Iterator[str]:
    """Yield that all of a job is missing, which was not asked for, and what writes it."""
    mark = painted(sign(Severity.WARNING), Severity.WARNING)
    yield from hanging(f"{mark} {click.style(called, bold=True)}: no file written")
    yield "Not asked for: all of it is missing"
    yield from _command("With that", "", job_id)


def _left_out(results: JobResults, include: Collection[Include]) -> _LeftOut:
    facts = results_facts(results)
    found = {
        Include.FAILED: (facts.failed, "failed"),
        Include.MISSING: (facts.missing, "missing"),
        Include.EMPTY: (facts.empty, "empty {answers}"),
        Include.TRUNCATED: (facts.truncated, "cut {answers}"),
    }
    parts = [
        f"{count:,} {word.format(answers='answer' if count == 1 else 'answers')}"
        for each, (count, word) in found.items()
        if count and each not in include
    ]
    wanted = [each for each, (count, _) in found.items() if count]
    return _LeftOut(", ".join(parts), f"--include {','.join(wanted)}")


def _to_repair(
    written: Written, results: JobResults, include: Collection[Include], *, skips_repair: bool
) -> Iterator[str]:
    count = written.need_repair
    if not count:
        return
    if skips_repair:
        said = f"{counted(count, 'request')} left out, to be repaired first"
    else:
        said = f"{count:,} of its lines {'needs' if count == 1 else 'need'} repair first"
    yield from hanging(f"{_warned(said)}:")
    causes = [cause for cause in results.causes if cause.retry_helps is False]
    yield from _causes(causes, results.job_id, written)
    if not skips_repair and count < written.requests:
        names = ",".join(each for each in Include if each in include)
        wanted = "" if set(include) == USUALLY else f"--include {names} "
        label = f"Only the {written.requests - count:,} that need none"
        yield from _command(label, f"{wanted}--skip-repair", results.job_id)


def _warned(text: str) -> str:
    """Return a text that must not be missed, each word by itself: lines are broken between them."""
    return " ".join(
        click.style(painted(word, Severity.WARNING), bold=True) for word in text.split(" ")
    )


def whole_input_lines(written: Written, path: Path, job: BatchJob) -> Iterator[str]:
    """Yield how many there are of a job that left no files, and what it failed for.

    If it left some, they were not asked for.
    """
    yield from hanging(_written(written, path, ", the whole input"))
    status = one_line(job.status or "of no known status")
    if job.output_file_id or job.error_file_id:
        paid = f"This job is {status}: what has an answer already is answered, and paid, twice."
        yield from hanging(_warned(paid), below=0)
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
        yield from _command(f"To write its whole input{when}", "--include all", job.id)


def _by_error(error: str, written: str) -> str:
    """Return what to do about a job's error before all is sent again; '' for none."""
    line = named_line(error)
    if line is not None:
        number, why = line
        others = ", and check the others for the same" if may_be_in_others(error) else ""
        return f"{_warned(f'Repair line {number} of {written} first')}{others}: {why or error}"
    if is_of_the_account(error):
        return f"Nothing is wrong with the input; its account needs credit first: {error}"
    if error and is_passing(error):
        return f"Nothing is wrong with the input: {error}"
    if is_of_the_model(error):
        return f"Its model takes no batches, so name another one in the file first: {error}"
    return error and f"If its error is about the input, repair that in the file first: {error}"


def _causes(causes: Sequence[Cause], job_id: str, written: Written) -> Iterator[str]:
    """Yield what is to be repaired, an example, and which lines of the file these are."""
    for cause in causes[:_SHOWN_CAUSES]:
        what = one_line(" ".join(part for part in (cause.code, cause.message) if part))
        example = f", for example {one_line(cause.example)}" if cause.example else ""
        line = f"  {cause.count:>7,}  {what or 'without a reason'}{example}"
        yield from hanging(line, below=_BELOW)
        found = written.lines_to_repair.get((cause.code, cause.message), ())
        if found:
            yield from hanging(f"{' ' * _BELOW}{_line_numbers(found)}", below=_BELOW)
    command = job_command("results", job_id)
    if len(causes) > _SHOWN_CAUSES:
        more = f"and for {counted(len(causes) - _SHOWN_CAUSES, 'more cause')}"
        yield f"  {more}: {command}" if command else f"  {more}"


def _line_numbers(numbers: Sequence[int]) -> str:
    """Return `lines 1-3, 9`, of very many the first: `lines 1, 3, 5 and 90 more`."""
    spans: list[list[int]] = []
    for number in numbers:
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    shown = spans[:_SHOWN_SPANS]
    words = [f"{first:,}" if first == last else f"{first:,}-{last:,}" for first, last in shown]
    left = len(numbers) - sum(last - first + 1 for first, last in shown)
    more = f" and {left:,} more" if left else ""
    return f"{'line' if len(numbers) == 1 else 'lines'} {', '.join(words)}{more}"
