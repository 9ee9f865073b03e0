"""What a line of a job's files says, read from its bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from batchbell.core.results.lines import ResultLine


def input_id(line: bytes) -> str | None:
    """Return the `custom_id` of an input's line, None for a line that can't be read."""
    raise NotImplementedError


def result_line(line: bytes) -> ResultLine | None:
    """Return what a line of an output or error file says, None for one that can't be read."""
    raise NotImplementedError
