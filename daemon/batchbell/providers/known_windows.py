"""The windows of the listing before: which come again, and which rows of the others do."""

from __future__ import annotations

from array import array
from functools import cached_property, reduce
from operator import eq, or_
from typing import TYPE_CHECKING

from xxhash import xxh3_64_intdigest

from batchbell.providers.windows import Sketches, Window, end_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import msgspec

#: A window in which at most one row of so many changed is compared with itself, row by row.
_ONE_OF = 4


class KnownWindows:
    """Knows the rows of one listing, and follows another one through them."""

    def __init__(
        self, windows: Sequence[Window], read_new: Callable[[Sequence[msgspec.Raw]], Sketches]
    ) -> None:
        """`read_new` takes new rows and returns their sketches."""
        self._windows = windows
        self._read_new = read_new
        self._met: set[int] = set()
        #: What those came as that came with other rows of the same ids.
        self._renewals: dict[int, Window] = {}
        #: The window that may come next; the first that can still come.
        self._expected = self._first_possible = 0
        #: Those made of rows that were split.
        self._made: list[Window] = []
        #: What is remembered of the rows of windows that were expected and did not come.
        self._nearby: dict[int, tuple[bytes, int]] = {}
        self._remembered: set[int] = set()
        #: The fingerprints of the rows that were read as new.
        self._new = array("Q")

    @cached_property
    def _starts(self) -> dict[int, int]:
        """Which window begins with which row."""
        return {window.prints[0]: at for at, window in enumerate(self._windows)}

    @property
    def expected(self) -> Window | None:
        """The window that may come next."""
        return self._windows[self._expected] if self._expected < len(self._windows) else None

    @property
    def place(self) -> int:
        """The place of that window."""
        return self._expected

    def meet(self, count: int) -> Sequence[Window]:
        """Note that the expected window came, and those behind it: return so many."""
        first = self._expected
        self._expected += count
        self._first_possible = self._expected
        met = range(first, self._expected)
        self._met.update(met)
        # It came twice.
        for at in self._renewals.keys() & met:
            del self._renewals[at]
        return self._windows[first : self._expected]

    def window_of(self, rows: Sequence[msgspec.Raw], stretch: bytes) -> Window:
        """Make a window of rows where another one was expected, or of those up to a known one.

        `stretch` is what the rows were split of.
        """
        at, before = self._expected, self.expected
        prints = array("Q", map(xxh3_64_intdigest, rows))
        end = len(stretch)
        self._expected = min(at + 1, len(self._windows))
        known_from = self._where_known(prints)
        if known_from is not None:
            end = end_of(rows, known_from, stretch)
            del prints[known_from:]
        others = _others(before, prints)
        if before is not None and others is not None:
            sketches = self._renewed_sketches(before.sketches, others, rows, prints)
        else:
            self._remember(at)
            self._remember(at + 1)
            sketches = self._found_sketches(rows, prints)
        window = Window(
            size=end,
            print=xxh3_64_intdigest(stretch[:end]),
            prints=prints,
            sketches=sketches,
            any_marks=reduce(or_, sketches.marks, 0),
        )
        self._made.append(window)
        if before is not None and sketches.id_lines == before.sketches.id_lines:
            self._renewals.setdefault(at, window)
        return window

    def gone(self) -> set[bytes]:
        """Return the ids that the listing before had and this one has not."""
        return self.lost_ids().difference(*(window.ids for window in self.new_windows()))

    def lost_ids(self) -> set[bytes]:
        """Return the ids in those windows that came no more, with other rows neither."""
        lost = set(range(len(self._windows))) - self._met - self._renewals.keys()
        return {row_id for at in lost for row_id in self._windows[at].ids if row_id}

    def new_windows(self) -> list[Window]:
        """Return the windows whose ids are not the ids of one of the listing before."""
        renewed = set(self._renewals.values())
        return [window for window in self._made if window not in renewed]

    def are_new(self) -> Iterator[bool]:
        """Yield of each row that was read as new whether the listing before did not have it."""
        # Where nothing is known, a set of 100,000 would be made for nothing.
        new, known = set(self._new if self._windows else ()), set[int]()
        for at, window in enumerate(self._windows):
            if at not in self._met:
                known |= new.intersection(window.prints)
        for row_print in self._new:
            yield row_print not in known

    def _where_known(self, prints: array[int]) -> int | None:
        """Return where, behind the first row, a known window that can still come may begin."""
        for at, row_print in enumerate(prints if self._starts else ()):
            if at and row_print in self._starts:
                window = self._starts[row_print]
                if window >= self._first_possible:
                    self._expected = window
                    return at
        return None

    def _renewed_sketches(
        self,
        before: Sketches,
        others: Sequence[int],
        rows: Sequence[msgspec.Raw],
        prints: array[int],
    ) -> Sketches:
        """Return the sketches of the rows of a window of which those at `others` are new."""
        if not others:
            return before
        read = self._read(others, rows, prints)
        sketches = list(before.each())
        for at, sketch in zip(others, read.each(), strict=True):
            sketches[at] = sketch
        now = Sketches.of(sketches)
        # It is kept in memory once.
        return before if now == before else now

    def _found_sketches(self, rows: Sequence[msgspec.Raw], prints: array[int]) -> Sketches:
        """Return the sketches of rows, of those that are not nearby by reading them."""
        found = list(map(self._nearby.get, prints))
        new = [at for at, sketch in enumerate(found) if sketch is None]
        if new:
            read = self._read(new, rows, prints)
            if len(new) == len(found):
                return read
            for at, sketch in zip(new, read.each(), strict=True):
                found[at] = sketch
        return Sketches.of(filter(None, found))

    def _read(
        self, places: Sequence[int], rows: Sequence[msgspec.Raw], prints: array[int]
    ) -> Sketches:
        self._new.extend(prints[at] for at in places)
        return self._read_new([rows[at] for at in places])

    def _remember(self, at: int) -> None:
        """Remember the rows of a known window, once."""
        if at < len(self._windows) and at not in self._remembered:
            self._remembered.add(at)
            window = self._windows[at]
            self._nearby.update(zip(window.prints, window.sketches.each(), strict=True))


def _others(before: Window | None, prints: array[int]) -> list[int] | None:
    """Return at which places rows differ from those of a window; None if it can't be the same."""
    if before is None or len(before.prints) != len(prints):
        return None
    others = [at for at, same in enumerate(map(eq, before.prints, prints)) if not same]
    return others if len(others) * _ONE_OF <= len(prints) else None
