"""Grouping failures by what caused them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchbell.core.results.cause import MOST_CAUSES, Cause
from batchbell.core.results.masking import MASK, masked_code, masked_message
from batchbell.core.results.retry_helps import retry_helps
from batchbell.core.text import harmless_line, shortened

if TYPE_CHECKING:
    from batchbell.core.results.lines import ResultLine

#: Failures beyond so many causes have one together, whose code and message are `…`.
MOST_GROUPS = 1_000
#: The API's own limit of a `custom_id`, characters.
LONGEST_ID = 64


@dataclass(slots=True)
class _Group:
    code: str
    message: str
    retry_helps: bool | None
    example: str = ""
    count: int = 0


class Causes:
    """The causes of a job's failures, by their numbers, which count from 1.

    A request's cause may change with a later line: the last one it is told of counts.
    """

    def __init__(self) -> None:
        self._groups: list[_Group] = []
        self._numbers: dict[tuple[str, str], int] = {}

    def number_of(self, line: ResultLine) -> int:
        """Return the number of a failure's cause."""
        code = masked_code(line.code or ("" if line.status is None else str(line.status)))
        key = code, masked_message(line.message)
        known = self._numbers.get(key)
        if known is None and len(self._groups) >= MOST_GROUPS:
            key = MASK, MASK
            known = self._numbers.get(key)
        helps = None if key == (MASK, MASK) else retry_helps(line.status, *key)
        if known is None:
            self._groups.append(_Group(*key, helps))
            known = self._numbers[key] = len(self._groups)
        group = self._groups[known - 1]
        if group.retry_helps is not helps:
            group.retry_helps = None  # the same words under two statuses say nothing for sure
        return known

    def to_repair(self, number: int) -> tuple[str, str] | None:
        """Return a cause's code and message if it does not help to send it again; else None."""
        group = self._groups[number - 1]
        return (group.code, group.message) if group.retry_helps is False else None

    def add(self, number: int, custom_id: str) -> None:
        """Count a request that failed for a cause."""
        group = self._groups[number - 1]
        group.example = group.example or custom_id
        group.count += 1

    def most_frequent(self) -> tuple[Cause, ...]:
        """Return the causes that requests were counted for, the most frequent first."""
        together = sum(group.count for group in self._groups)
        groups = sorted(
            (group for group in self._groups if group.count),
            key=lambda group: (-group.count, group.code, group.message),
        )
        return tuple(
            Cause(
                code=group.code,
                message=group.message,
                count=group.count,
                share=group.count / together,
                example=shortened(harmless_line(group.example), LONGEST_ID),
                retry_helps=group.retry_helps,
            )
            for group in groups[:MOST_CAUSES]
        )

    def recount(self) -> None:
        """Forget which requests were counted."""
        for group in self._groups:
            group.count = 0
            group.example = ""
