"""Answers of the database, kept in memory from page to page while nobody commits."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from sqlalchemy import Connection

Answer = TypeVar("Answer")

#: Answers that are kept; a page asks for half as many, and strangers choose what some are about.
MOST_ANSWERS = 12


class Ask(Protocol):
    """Asks the database, or the memory; what it returns is everybody's, and not to be changed."""

    def __call__(self, question: Callable[..., Answer], **about: Hashable) -> Answer:
        """Return what a question of `store` answers that is `about` this."""


class RememberedAnswers:
    """Asks the database again only once it is in another state; thread-safe."""

    def __init__(
        self, state: Callable[[Connection], Hashable | None], most: int = MOST_ANSWERS
    ) -> None:
        """Know states by `state`, as `Database.state`; forget what nobody asked for longest."""
        self._state_of = state
        self._most = most
        self._lock = Lock()
        self._state: Hashable | None = None
        self._known: OrderedDict[Hashable, Any] = OrderedDict()

    def of(self, connection: Connection) -> Ask:
        """Return what asks within a transaction that has asked nothing yet."""
        state = self._state_of(connection)

        def ask(question: Callable[..., Answer], **about: Hashable) -> Answer:
            key = (question, *about.items())
            with self._lock:
                known: tuple[Answer] | None = self._known.get(key) if state == self._state else None
            answer = question(connection, **about) if known is None else known[0]
            self._keep(state, key, answer)
            return answer

        return ask

    def _keep(self, state: Hashable | None, key: Hashable, answer: object) -> None:
        if state is None:
            return
        with self._lock:
            if state != self._state:
                self._state = state
                self._known.clear()
            self._known[key] = (answer,)
            self._known.move_to_end(key)
            if len(self._known) > self._most:
                self._known.popitem(last=False)
