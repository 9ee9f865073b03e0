"""How many wrong passwords are looked at: a guess beyond that is not compared at all."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

#: How long a wrong password counts, seconds.
WINDOW_SECONDS = 60.0
#: Wrong ones of a peer that are looked at in that time: a reader who mistypes has enough of them.
MOST_OF_A_PEER = 10
#: And of all peers: guessing from many addresses is not faster than from six.
MOST_IN_ALL = 60
#: Peers that are remembered for having sent the right one.
_MOST_KNOWN = 1_000


class Brake:
    """Counts wrong passwords, and says who has to wait before the next one is looked at.

    Each counts when it is compared, not when it is answered: hanging up early gains nothing.
    """

    def __init__(self, seconds: Callable[[], float] = time.monotonic) -> None:
        """`seconds` is a clock that never jumps."""
        self._seconds = seconds
        #: When, and whose; never more than are looked at.
        self._wrong: deque[tuple[float, str]] = deque()
        #: Who sent the right one, the latest last: others can't shut them out.
        self._known: dict[str, None] = {}

    def wait_seconds(self, peer: str) -> float:
        """Return how long a peer has to wait; 0 if it may try."""
        now = self._seconds()
        while self._wrong and self._wrong[0][0] <= now - WINDOW_SECONDS:
            self._wrong.popleft()
        own = [at for at, whose in self._wrong if whose == peer]
        if len(own) >= MOST_OF_A_PEER:
            return own[-MOST_OF_A_PEER] + WINDOW_SECONDS - now
        if len(self._wrong) >= MOST_IN_ALL and peer not in self._known:
            return self._wrong[-MOST_IN_ALL][0] + WINDOW_SECONDS - now
        return 0.0

    def wrong(self, peer: str) -> None:
        """Note a wrong one."""
        self._wrong.append((self._seconds(), peer))

    def right(self, peer: str) -> None:
        """Note a right one."""
        self._known.pop(peer, None)
        self._known[peer] = None
        if len(self._known) > _MOST_KNOWN:
            self._known.pop(next(iter(self._known)))
