"""What the overview's form offers: the accounts, statuses and models that jobs have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchbell.messages.plain_text import one_line
from batchbell.store.views.jobs import Sort

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from batchbell.store.views.jobs import JobGroup
    from batchbell.web.components.job_query import JobQuery

#: Values of a field offered for choosing: a listing may have any number of them.
_MOST_CHOICES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What the form offers."""

    accounts: Sequence[str]
    statuses: Sequence[str]
    models: Sequence[str]
    sorts: Sequence[Sort] = tuple(Sort)


def choices(kinds: Sequence[JobGroup], query: JobQuery) -> Choices:
    """Return what the jobs have to choose from, and what is chosen even if none has it."""
    wanted = query.wanted
    return Choices(
        accounts=_with_chosen((kind.account for kind in kinds), wanted.account),
        statuses=_with_chosen((kind.status for kind in kinds), wanted.status),
        models=_with_chosen((kind.model for kind in kinds), wanted.model),
    )


def _with_chosen(found: Iterable[str | None], chosen: str) -> list[str]:
    first = sorted({text for text in found if text is not None})[:_MOST_CHOICES]
    # What can't be written into the form as it is can't be chosen.
    return sorted({text for text in (*first, chosen) if text and text == one_line(text)})
