"""What a listing is known by when the next one is read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from batchbell.providers.runs import Run
    from batchbell.providers.together.row import ParsedRow
    from batchbell.providers.windows import Window


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownListing:
    """What a listing is known by."""

    windows: Sequence[Window] = ()
    #: Several windows each, by the place of the first.
    runs: Mapping[int, Run] = field(default_factory=dict)
    #: Rows that are worth another look at the next poll though they did not change, by id.
    open_rows: Mapping[str, ParsedRow] = field(default_factory=dict)
    #: The rows with fields that were nonsense: how many, by id.
    bad_fields: Mapping[str, int] = field(default_factory=dict)
    fraction_scale: bool = False


NOTHING_KNOWN = KnownListing()
