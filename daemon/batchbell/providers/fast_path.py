"""Recognises the rows of a listing that did not change, without decoding them.

The API answers every poll with all jobs, so nearly all bytes are those of the poll before. A
listing is remembered as windows: stretches of whole rows, about 16 KiB each. A window whose bytes
have the same fingerprint is passed over. Any other stretch is split into rows without decoding
them, and a row is recognised by the fingerprint of its bytes. New rows are handed on, to be kept
until the body is known to be whole. From a place on that can't be split (it is no strict
JSON, or has a huge row), the lenient reader decodes every row.
"""

from __future__ import annotations

import codecs
from array import array
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

import msgspec
from xxhash import xxh3_64_intdigest

from batchbell.providers.windows import GAP, SPACE, Sketches, Window, end_of, last_row_end
from batchbell.wire.json_rows import Place
from batchbell.wire.lenient_tail import LenientTail

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

#: Bytes of a window: large enough that a recognised one costs next to nothing, small enough that
#: a changed row costs little.
WINDOW_BYTES = 2**14
#: A stretch of more windows without an end of a row in sight goes to the lenient reader.
_WINDOWS_TO_SEARCH = 16
_split = msgspec.json.Decoder(list[msgspec.Raw]).decode


class RowReader:
    """Takes the body of a listing in pieces of any size, and tells new rows from known ones."""

    def __init__(
        self,
        known: Sequence[Window],
        *,
        read_new: Callable[[Sequence[msgspec.Raw]], Sketches],
        take_decoded: Callable[[object], None],
        max_row_bytes: int,
        window_bytes: int = WINDOW_BYTES,
    ) -> None:
        """`known` are the windows of the listing before, in its order.

        `read_new` takes new rows and returns their sketches; `take_decoded` is given what the
        lenient reader decoded: a row, or None for what is none. A row of more than `max_row_bytes`
        fails the listing.
        """
        #: What this listing is known by, as far as its rows could be split.
        self.windows: list[Window] = []
        self._known = known
        self._read_new = read_new
        self._max_row_bytes = max_row_bytes
        self._window_bytes = window_bytes
        #: Bytes in the buffer that are worth a search for the end of a row.
        self._enough = window_bytes
        self._tail = LenientTail(take_decoded, max_row_bytes)
        self._buffer = bytearray()
        self._is_inside = False
        self._met: set[int] = set()
        #: The known window that may come next; the first that can still come.
        self._expected = self._first_possible = 0
        self._starts = {window.prints[0]: at for at, window in enumerate(known)}
        #: What is remembered of the rows of windows that were expected and did not come.
        self._nearby: dict[int, tuple[bytes, int]] = {}
        self._remembered: set[int] = set()
        #: The fingerprints of the rows that were read as new.
        self._new = array("Q")

    def feed(self, piece: bytes) -> None:
        """Take the next piece; raises `MalformedError`."""
        if self._tail.is_open:
            self._tail.feed(piece)
            return
        self._buffer += piece
        if self._is_inside or self._enter():
            while self._go_on():
                pass

    def close(self) -> None:
        """Say that nothing more comes; raises `MalformedError` if the list has not ended."""
        if not self._tail.is_open:
            self._end()
        if self._tail.is_open:
            self._tail.close()

    def gone(self) -> set[bytes]:
        """Return the ids of the listing before that are in no window of this one."""
        return self.lost_ids().difference(*(window.ids for window in self.new_windows()))

    def lost_ids(self) -> set[bytes]:
        """Return the ids in those windows of the listing before that this one does not have."""
        unmet = (window for at, window in enumerate(self._known) if at not in self._met)
        return {row_id for window in unmet for row_id in window.ids if row_id}

    def new_windows(self) -> list[Window]:
        """Return the windows that the listing before did not have."""
        met = {self._known[at] for at in self._met}
        return [window for window in self.windows if window not in met]

    def are_new(self) -> Iterator[bool]:
        """Yield of each row that was read as new whether the listing before did not have it."""
        for at in range(len(self._known)):
            if at not in self._met:
                self._remember(at)
        for row_print in self._new:
            yield row_print not in self._nearby

    def _enter(self) -> bool:
        """Enter the list; whether its first row has begun."""
        start = bytes(self._buffer[:GAP]).removeprefix(codecs.BOM_UTF8).lstrip(SPACE)
        if start[:1] == b"[" and start[1:].lstrip(SPACE)[:1] == b"{":
            del self._buffer[: self._buffer.index(b"[") + 1]
            self._is_inside = True
        elif len(self._buffer) >= GAP or start[:1] not in {b"", b"["}:
            self._read_on_leniently(Place.START)
        return self._is_inside

    def _go_on(self) -> bool:
        """Take the next stretch; whether there may be another one in the buffer."""
        if self._expected < len(self._known):
            window = self._known[self._expected]
            # It must be seen what comes behind it.
            if len(self._buffer) < window.size + len(SPACE):
                return False
            if self._passes_over(window):
                return True
        if len(self._buffer) < self._enough:
            return False
        end = last_row_end(self._buffer, self._window_bytes)
        if end is None:
            # A long row, or texts full of braces.
            end = last_row_end(self._buffer, len(self._buffer))
        if end is None:
            if len(self._buffer) > _WINDOWS_TO_SEARCH * self._window_bytes:
                self._read_on_leniently(Place.VALUE)
            # It must not be searched again for every few bytes more.
            self._enough = len(self._buffer) + self._window_bytes
            return False
        self._enough = self._window_bytes
        return self._split_up(end)

    def _passes_over(self, window: Window) -> bool:
        """Take a window if it is what comes next, with a comma behind it."""
        behind = bytes(self._buffer[window.size : window.size + GAP]).lstrip(SPACE)
        if behind[:1] != b"," or not self._is(window):
            return False
        del self._buffer[: self._buffer.index(b",", window.size) + 1]
        self._meet(window)
        return True

    def _meet(self, window: Window) -> None:
        self.windows.append(window)
        self._met.add(self._expected)
        self._expected += 1
        self._first_possible = self._expected

    def _split_up(self, end: int) -> bool:
        """Take the rows before `end`, the comma behind a row, or those up to a known window."""
        stretch = bytes(self._buffer[:end])
        try:
            rows = _split(b"[%b]" % stretch)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            self._read_on_leniently(Place.VALUE)
            return False
        if len(stretch) > self._max_row_bytes and max(map(len, rows)) > self._max_row_bytes:
            # It says what is wrong.
            self._read_on_leniently(Place.VALUE)
            return False
        for at in range(self._expected, min(self._expected + 2, len(self._known))):
            self._remember(at)
        self._expected = min(self._expected + 1, len(self._known))
        taken = self._take(rows, stretch)
        del self._buffer[: taken + 1]
        return True

    def _take(self, rows: Sequence[msgspec.Raw], stretch: bytes) -> int:
        """Make a window of rows; return the place of the comma behind it."""
        prints = array("Q", map(xxh3_64_intdigest, rows))
        end = len(stretch)
        known_from = self._where_known(prints)
        if known_from is not None:
            end = end_of(rows[:known_from], stretch)
            del prints[known_from:]
        sketches = self._sketches(rows, prints)
        self.windows.append(
            Window(
                size=end,
                print=xxh3_64_intdigest(stretch[:end]),
                prints=prints,
                sketches=sketches,
                any_marks=reduce(or_, sketches.marks, 0),
            )
        )
        return end

    def _where_known(self, prints: array[int]) -> int | None:
        """Return where, behind the first row, a known window that can still come may begin."""
        for at, row_print in enumerate(prints if self._starts else ()):
            if at and row_print in self._starts:
                window = self._starts[row_print]
                if window >= self._first_possible:
                    self._expected = window
                    return at
        return None

    def _sketches(self, rows: Sequence[msgspec.Raw], prints: array[int]) -> Sketches:
        """Return the sketches of rows, of new ones by reading them."""
        known = list(map(self._nearby.get, prints))
        new = [at for at, sketch in enumerate(known) if sketch is None]
        if not new:
            return Sketches.of(filter(None, known))
        self._new.extend(prints[at] for at in new)
        read = self._read_new([rows[at] for at in new])
        if len(new) == len(known):
            return read
        for at, sketch in zip(new, read.each(), strict=True):
            known[at] = sketch
        return Sketches.of(filter(None, known))

    def _remember(self, at: int) -> None:
        """Remember the rows of a known window, once."""
        if at not in self._remembered:
            self._remembered.add(at)
            window = self._known[at]
            self._nearby.update(zip(window.prints, window.sketches.each(), strict=True))

    def _end(self) -> None:
        """Take what is left in the buffer, the end of the list included."""
        rest = self._buffer.rstrip(SPACE)
        if not self._is_inside or not rest.endswith(b"]"):
            self._read_on_leniently(Place.VALUE if self._is_inside else Place.START)
            return
        self._buffer = rest
        del rest[-1:]
        while not self._ends_here():
            pass
        if self._tail.is_open:
            self._tail.feed(b"]")

    def _ends_here(self) -> bool:
        """Take the next of the last stretches; whether it was the very last."""
        window = None
        if self._expected < len(self._known):
            window = self._known[self._expected]
            if window.size == len(self._buffer) and self._is(window):
                self._meet(window)
                return True
        if window is not None and self._passes_over(window):
            return False
        if not self._buffer.strip(SPACE):
            # A comma with nothing behind it.
            self._read_on_leniently(Place.VALUE)
        else:
            self._split_up(len(self._buffer))
        return self._tail.is_open or not self._buffer

    def _is(self, window: Window) -> bool:
        with memoryview(self._buffer) as buffer:
            return xxh3_64_intdigest(buffer[: window.size]) == window.print

    def _read_on_leniently(self, place: Place) -> None:
        self._tail.open(place)
        self._tail.feed(bytes(self._buffer))
        self._buffer.clear()
