"""Attempts that ended alike, one behind the other, as one row of page and terminal."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

#: Fewer of them are rather seen each with its time.
_WORTH_FOLDING = 3


class _Attempt(Protocol):
    """What is known of an attempt to send a message."""

    @property
    def delivered(self) -> bool:
        """Whether it was taken."""

    @property
    def reason(self) -> str:
        """Return why not."""

    @property
    def output(self) -> str:
        """Return what a program wrote."""


_Made = TypeVar("_Made", bound=_Attempt)


def folded_attempts(attempts: Iterable[_Made]) -> Iterator[Sequence[_Made]]:
    """Yield attempts, three and more that ended alike together."""
    for _, run in groupby(attempts, lambda each: (each.delivered, each.reason, each.output)):
        several = [*run]
        if len(several) >= _WORTH_FOLDING:
            yield several
        else:
            yield from ([each] for each in several)
