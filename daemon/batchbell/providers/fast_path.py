"""Recognises the rows of a listing that did not change, without decoding them.

The API answers every poll with all jobs, so nearly all bytes are those of the poll before. A
listing is remembered as windows: stretches of whole rows, about 16 KiB each. A window whose bytes
have the same fingerprint is passed over, and so is a whole run of windows that came one behind the
other before. Any other stretch is split into rows without decoding
them, and a row is recognised by the fingerprint of its bytes. New rows are handed on, to be kept
until the body is known to be whole. From a place on that can't be split (it is no strict
JSON, or has a huge row), the lenient reader decodes every row.
"""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

import msgspec
from xxhash import xxh3_64_intdigest

from batchbell.providers.known_windows import KnownWindows
from batchbell.providers.runs import Runs
from batchbell.providers.windows import GAP, SPACE, last_row_end
from batchbell.wire.json_rows import Place
from batchbell.wire.lenient_tail import LenientTail

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from batchbell.providers.runs import Run
    from batchbell.providers.windows import Sketches, Window

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
        known_runs: Mapping[int, Run],
        *,
        read_new: Callable[[Sequence[msgspec.Raw]], Sketches],
        take_decoded: Callable[[object], None],
        max_row_bytes: int,
        window_bytes: int = WINDOW_BYTES,
    ) -> None:
        """`known` are the windows of the listing before, in its order, `known_runs` its runs.

        `read_new` takes new rows and returns their sketches; `take_decoded` is given what the
        lenient reader decoded: a row, or None for what is none. A row of more than `max_row_bytes`
        fails the listing.
        """
        #: What this listing is known by, as far as its rows could be split.
        self.windows: list[Window] = []
        self._known = KnownWindows(known, read_new)
        self._known_runs = known_runs
        self._runs = Runs()
        self._max_row_bytes = max_row_bytes
        self._window_bytes = window_bytes
        #: Bytes in the buffer that are worth a search for the end of a row.
        self._enough = window_bytes
        self._tail = LenientTail(take_decoded, max_row_bytes)
        self._buffer = bytearray()
        self._is_inside = False

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

    @property
    def runs(self) -> Mapping[int, Run]:
        """The runs of windows that came as they were, by the place of their first window."""
        return self._runs.found

    def gone(self) -> set[bytes]:
        """Return the ids of the listing before that are in no window of this one."""
        return self._known.gone()

    def lost_ids(self) -> set[bytes]:
        """Return the ids in those windows of the listing before that this one does not have."""
        return self._known.lost_ids()

    def new_windows(self) -> list[Window]:
        """Return the windows that have other ids than those of the listing before."""
        return self._known.new_windows()

    def are_new(self) -> Iterator[bool]:
        """Yield of each row that was read as new whether the listing before did not have it."""
        return self._known.are_new()

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
        run = self._known_runs.get(self._known.place)
        if run is not None:
            if len(self._buffer) < run.size:
                return False
            if self._passes_over_run(run):
                return True
        return self._goes_on_by_window()

    def _goes_on_by_window(self) -> bool:
        window = self._known.expected
        if window is not None:
            # It must be seen what comes behind it.
            if len(self._buffer) < window.size + len(SPACE):
                return False
            if self._passes_over(window):
                return True
        wanted = self._wanted_bytes(window)
        if len(self._buffer) < max(self._enough, wanted):
            return False
        end = last_row_end(self._buffer, wanted)
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

    def _wanted_bytes(self, expected: Window | None) -> int:
        """Return how much to split: so much that the window behind a changed one is seen."""
        if expected is None:
            return self._window_bytes
        beyond = expected.size + self._window_bytes // 8
        return min(max(beyond, self._window_bytes), 2 * self._window_bytes)

    def _passes_over(self, window: Window) -> bool:
        """Take a window if it is what comes next, with a comma behind it."""
        behind = bytes(self._buffer[window.size : window.size + GAP]).lstrip(SPACE)
        if behind[:1] != b"," or not self._is(window):
            return False
        end = self._buffer.index(b",", window.size) + 1
        with memoryview(self._buffer) as buffer:
            self._runs.extend(buffer[:end], len(self.windows))
        del self._buffer[:end]
        self._meet(1)
        return True

    def _passes_over_run(self, run: Run) -> bool:
        """Take all windows of a run if they are what comes next, with a comma behind each."""
        if not self._is(run):
            return False
        del self._buffer[: run.size]
        self._runs.add(run, len(self.windows))
        self._meet(run.windows)
        return True

    def _meet(self, count: int) -> None:
        self.windows += self._known.meet(count)

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
        self._runs.break_off()
        window = self._known.window_of(rows, stretch)
        self.windows.append(window)
        del self._buffer[: window.size + 1]
        return True

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
        window = self._known.expected
        if window is not None:
            if window.size == len(self._buffer) and self._is(window):
                self._meet(1)
                return True
            if self._passes_over(window):
                return False
        if not self._buffer.strip(SPACE):
            # A comma with nothing behind it.
            self._read_on_leniently(Place.VALUE)
        else:
            self._split_up(len(self._buffer))
        return self._tail.is_open or not self._buffer

    def _is(self, known: Window | Run) -> bool:
        with memoryview(self._buffer) as buffer:
            return xxh3_64_intdigest(buffer[: known.size]) == known.print

    def _read_on_leniently(self, place: Place) -> None:
        self._tail.open(place)
        self._tail.feed(bytes(self._buffer))
        self._buffer.clear()
