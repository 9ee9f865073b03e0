"""One stretch of a list that only grows, and the way to what is newer and older."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar
from urllib.parse import urlencode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

#: Entries of one stretch.
ROWS = 50
#: More digits than any id has; `int` would take its time over a million of them.
_DIGITS = 18
Entry = TypeVar("Entry")
Entry_co = TypeVar("Entry_co", covariant=True)


class Read(Protocol[Entry_co]):
    """Reads up to `limit` entries behind the one with the id `behind`, from one end."""

    def __call__(self, *, behind: int | None, oldest_first: bool, limit: int) -> Sequence[Entry_co]:
        """Return them in the asked order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CursorPage(Generic[Entry]):
    """What is shown of the list, the newest first."""

    entries: Sequence[Entry]
    #: Where the neighbouring stretches are; '' where there is none.
    newer: str
    older: str


def cursor_page(
    query: Mapping[str, str],
    read: Read[Entry],
    id_of: Callable[[Entry], int],
    chosen: Mapping[str, str],
    *,
    rows: int = ROWS,
) -> CursorPage[Entry]:
    """Read the stretch that `?before=ID` or `?after=ID` asks for, the newest one without either.

    `chosen` is the rest of the query, which the links keep. An id stays where it is while entries
    are added, unlike a page's number.
    """
    before, after = _id(query.get("before", "")), _id(query.get("after", ""))

    def link(name: str, entry: Entry) -> str:
        return f"?{urlencode({**chosen, name: id_of(entry)})}"

    if after is not None:
        found = list(read(behind=after, oldest_first=True, limit=rows + 1))
        # So few are the newest ones: then the stretch is a whole one again.
        if len(found) > rows:
            shown = found[rows - 1 :: -1]
            return CursorPage(
                entries=shown, newer=link("after", shown[0]), older=link("before", shown[-1])
            )
        before = None
    found = list(read(behind=before, oldest_first=False, limit=rows + 1))
    if before is not None and not found:
        # What was there has been pruned.
        before = None
        found = list(read(behind=None, oldest_first=False, limit=rows + 1))
    shown = found[:rows]
    return CursorPage(
        entries=shown,
        newer=link("after", shown[0]) if before is not None and shown else "",
        older=link("before", shown[-1]) if len(found) > rows else "",
    )


def _id(text: str) -> int | None:
    """Return an id; None for nonsense."""
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS):
        return None
    return int(text)
