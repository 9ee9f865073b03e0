"""What a page is asked for, and all it may look at besides the database."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from batchbell.store.remembered_answers import RememberedAnswers
from batchbell.store.remembered_trends import RememberedTrends

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from batchbell.web.watching import Watching


class NoSuchPageError(Exception):
    """The address names something that is not there; the message says what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request of a page."""

    #: What stands behind the `?` of the address.
    query: Mapping[str, str]
    #: The parts of the address that name something.
    path: Mapping[str, Any]
    watching: Watching
    #: What is wrong with the daemon itself, in words.
    complaints: Sequence[str]
    now: datetime
    #: What is kept of jobs' progress from page to page.
    trends: RememberedTrends = field(default_factory=RememberedTrends)
    #: What is kept of the database's answers; by themselves none.
    answers: RememberedAnswers = field(default_factory=lambda: RememberedAnswers(lambda _: None))
