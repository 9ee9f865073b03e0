"""The threads of a process write in turns, and small transactions share one commit.

A commit waits for the disk, 4 to 5 ms, and SQLite has one writer at a time: ten channels that are
told at once would wait for ten commits, one after the other. So who is done with a small
transaction hands it on, still open, to the next in line if that one's is small, too. The last of
them commits it for all. Nobody returns before that commit has; if it fails, it fails for all. What
one of them did is undone alone if he breaks off.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from batchbell.errors import DatabaseError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from sqlalchemy import Connection

    Begin = Callable[[], AbstractContextManager[Connection]]

#: So many share a commit at most: the first of them waits for the last, about 1 ms for each.
MOST_AT_ONCE = 6
#: Nobody joins a transaction that is older, seconds: others wait to write, too.
OLDEST_SECONDS = 0.05


class Turns:
    """The line of threads that want to write; first come, first served."""

    def __init__(self, *, patience_seconds: float, oldest_seconds: float = OLDEST_SECONDS) -> None:
        """Let a thread wait for `patience_seconds`; then it asks the file itself.

        Nobody joins a transaction that is older than `oldest_seconds`.
        """
        self._patience_seconds = patience_seconds
        self._oldest_seconds = oldest_seconds
        self._lock = threading.Lock()
        self._line: deque[_Place] = deque()
        self._is_taken = False

    @property
    def is_taken(self) -> bool:
        """Whether it is somebody's turn."""
        return self._is_taken

    @contextmanager
    def transaction(self, begin: Begin, *, is_small: bool) -> Iterator[Connection]:
        """Write in turn, in a transaction of one's own or one that others have begun.

        `begin` opens one that is committed at the end, and raises `DatabaseError` if that fails.
        """
        place = self._take(is_small=is_small)
        try:
            shared = place.shared or _Shared(begin(), self._oldest_seconds)
        except BaseException:
            self._hand_on(place)
            raise
        try:
            with shared.part():
                yield shared.connection
        finally:
            # Whoever breaks off commits all the same what others did, unless another one will.
            if not self._hand_on(place, shared):
                try:
                    shared.end()
                finally:
                    self._hand_on(place)
        shared.wait()

    def _take(self, *, is_small: bool) -> _Place:
        place = _Place(is_small)
        with self._lock:
            if not self._is_taken:
                self._is_taken = place.is_ours = True
                return place
            self._line.append(place)
        place.came.wait(self._patience_seconds)
        with self._lock:
            if not place.is_ours:
                self._line.remove(place)
        return place

    def _hand_on(self, place: _Place, shared: _Shared | None = None) -> bool:
        """Give the turn to the next, with the open transaction; return whether one takes it."""
        with self._lock:
            if shared is not None:
                is_joined = bool(self._line) and place.is_small and self._line[0].is_small
                if not (place.is_ours and is_joined and shared.is_open):
                    return False
            if place.is_ours:
                self._next(shared)
        return True

    def _next(self, shared: _Shared | None) -> None:
        self._is_taken = bool(self._line)
        if self._line:
            following = self._line.popleft()
            following.is_ours, following.shared = True, shared
            following.came.set()


@dataclass(eq=False)
class _Place:
    """A thread's place in the line."""

    is_small: bool
    came: threading.Event = field(default_factory=threading.Event)
    #: Whether it is this one's turn; a thread that lost its patience writes out of turn.
    is_ours: bool = False
    #: What others have begun and left open.
    shared: _Shared | None = None


class _Shared:
    """One transaction in which several threads write, one after the other."""

    def __init__(self, begun: AbstractContextManager[Connection], oldest_seconds: float) -> None:
        self._stack = ExitStack()
        self.connection = self._stack.enter_context(begun)
        self._open_until = time.monotonic() + oldest_seconds
        self._parts = 0
        self._ended = threading.Event()
        #: Why nothing of it is stored; '' once it is committed.
        self._failure = "the commit broke off"

    @property
    def is_open(self) -> bool:
        """Whether another one may join."""
        is_young = time.monotonic() < self._open_until
        return not self._ended.is_set() and is_young and self._parts < MOST_AT_ONCE

    @contextmanager
    def part(self) -> Iterator[None]:
        """Undo what is done in the block if it raises: all of it if it is the first."""
        self._parts += 1
        if self._parts > 1:
            self.connection.exec_driver_sql("SAVEPOINT part")
        try:
            yield
        except BaseException as error:
            if self._parts == 1 or not self._is_alive:
                self._broke_off(error)
            else:
                self.connection.exec_driver_sql("ROLLBACK TO part")
            raise

    def end(self) -> None:
        """Commit it for all; raises `DatabaseError`."""
        if self._ended.is_set():
            return
        try:
            self._stack.close()
            self._failure = ""
        except DatabaseError as error:
            self._failure = str(error)
            raise
        finally:
            self._ended.set()

    def wait(self) -> None:
        """Return once it is committed; raises `DatabaseError` if it is not."""
        self._ended.wait()
        if self._failure:
            raise DatabaseError(self._failure)

    def _broke_off(self, error: BaseException) -> None:
        try:
            self._stack.__exit__(type(error), error, error.__traceback__)
        except DatabaseError as explained:
            self._failure = str(explained)
            raise
        finally:
            self._ended.set()

    @property
    def _is_alive(self) -> bool:
        """Whether the database did not end it: it does for a full disk, for instance.

        Source: sqlite.org/lang_transaction.html, "Response To Errors Within A Transaction".
        """
        driver = self.connection.connection.driver_connection
        return driver is not None and driver.in_transaction
