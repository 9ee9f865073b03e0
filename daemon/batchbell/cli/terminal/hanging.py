"""Long lines on a terminal: broken between words, going on below where their text begins."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import click

from batchbell.cli.terminal.grid import text_width
from batchbell.cli.terminal.output import on_terminal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from batchbell.messages.job_step import JobStep

#: Between these a line is broken rather than within them.
_PARTS = re.compile(r"(?<=[;.])(?= )")
#: A last line of fewer columns looks as if it was left over.
_ORPHAN = 12
#: What a line that goes on is indented more, columns.
_MORE = 4
#: Where a command begins, columns.
_COMMAND_INDENT = 6
#: A narrower terminal breaks lines by itself.
_NARROWEST = 40
#: On one that is narrower an id behind each name leaves no room for what happened.
_WIDE = 100
#: A span or a moment in time, which is read in one: `(in 3h 44m)`, `2026-11-24 07:00 CET`.
_SPAN = r"(?:in )?\d+[dhms](?: \d+[hms])?\b(?: ago\b)?"
_MOMENT = r"(?:\d{4}-\d\d-\d\d )?\d\d:\d\d\b(?: [A-Z]{2,5}\b)?"
#: How many requests came to what: `· 16 empty`.
_COUNT = r"(?:[·-] )?\d[\d,]* (?:failed|missing|empty|cut)\b"
#: A word, with what sets it apart from the one before: columns stay in line.
_WORDS = re.compile(rf" *(?:\(?(?:{_SPAN}|{_MOMENT}|{_COUNT})[^ ]*|[^ ]+)")


def hanging(line: str, *, below: int | None = None) -> Iterator[str]:
    """Yield a line in as many as the terminal's width takes; in a pipe, as it is.

    It goes on at the column `below`; None: a little right of where it begins.
    """
    width = shutil.get_terminal_size().columns
    if not on_terminal() or width < _NARROWEST:
        yield line
        return
    yield from broken(line, width, below=below)


def command_lines(label: str, command: str) -> Iterator[str]:
    """Yield what is to be copied below what it does; in a pipe behind it.

    The command itself is never parted.
    """
    if not on_terminal():
        yield f"    {label}: {command}"
        return
    yield click.style(f"    {label}:", dim=True)
    # A long one rather begins further to the left.
    room = shutil.get_terminal_size().columns - len(command)
    yield " " * max(min(_COMMAND_INDENT, room), 0) + command


def command_block(labelled: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Yield several of them."""
    for label, command in labelled:
        yield from command_lines(label, command)


def step_block(steps: Iterable[JobStep]) -> Iterator[str]:
    """Yield what is done one after the other; what is done by hand may be broken."""
    for step in steps:
        if step.is_command:
            yield from command_lines(step.label, step.text)
        else:
            yield from _by_hand(step)


def _by_hand(step: JobStep) -> Iterator[str]:
    """Yield what is done by hand; several things of it, or a long one, where commands stand."""
    label = click.style(f"    {step.label}:", dim=True)
    whole = f"{label} {step.text}"
    things = step.text.split("; ")
    is_short = len(things) == 1 and len([*hanging(whole)]) == 1
    if is_short or not on_terminal():
        yield whole
        return
    yield label
    for thing in things:
        yield from hanging(" " * _COMMAND_INDENT + thing)


def is_narrow() -> bool:
    """Whether a terminal reads this on which a line has no room for all."""
    return on_terminal() and shutil.get_terminal_size().columns < _WIDE


def broken_at_parts(line: str, width: int, *, below: int) -> Iterator[str]:
    """Yield a line as `broken` does, but rather between its parts, sentences or halves.

    What has no room in a line of its own is parted so that no short word is left over.
    """
    filled = ""
    for part in _PARTS.split(line):
        fresh = " " * below + part.lstrip(" ")
        if filled.strip() and text_width(filled + part) > width and text_width(fresh) <= width:
            yield filled
            filled = fresh
        else:
            *whole, filled = even(filled + part, width, below=below)
            yield from whole
    yield filled


def even(line: str, width: int, *, below: int) -> list[str]:
    """Return a line as `broken` does, in as many lines, and the last is no short word alone."""
    found = [*broken(line, width, below=below)]
    for narrower in range(width - 1, max(width - _ORPHAN, below), -1):
        if len(found) == 1 or text_width(found[-1].strip()) >= _ORPHAN:
            break
        other = [*broken(line, narrower, below=below)]
        if len(other) == len(found):
            found = other
    return found


def broken(line: str, width: int, *, below: int | None = None) -> Iterator[str]:
    """Yield a line, which may have colours, in lines of `width` columns; no word is parted.

    One that is longer than a line begins where it comes: below it would not fit either.
    """
    if below is None:
        below = len(line) - len(line.lstrip(" ")) + _MORE
    filled = ""
    for word in _WORDS.findall(line):
        longer = filled + word
        fits_below = below + text_width(click.unstyle(word.lstrip(" "))) <= width
        if filled.strip() and fits_below and text_width(click.unstyle(longer)) > width:
            yield filled
            longer = " " * below + word.lstrip(" ")
        filled = longer
    yield filled
