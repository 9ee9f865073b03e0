"""A page in parts, so that a reader who has it is sent again only what differs."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from hashlib import blake2b
from threading import Lock
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

if TYPE_CHECKING:
    from collections.abc import Collection

#: States of pages that are remembered: two for each connection that strangers may have.
MOST_STATES = 200
#: As long as makes it unlikely that of a page's parts two are taken for the same, bytes.
_DIGEST_SIZE = 8
_STATE = "state"
_NOTHING: frozenset[bytes] = frozenset()


class PageParts:
    """Takes the parts of one page while its template is rendered."""

    def __init__(self) -> None:
        """Begin with none."""
        # No text from outside can hold what nobody knew before.
        self._seam = secrets.token_hex(16)
        self._parts: list[tuple[Markup, Markup]] = []
        self._digests: list[bytes] = []

    @property
    def state(self) -> Markup:
        """What stands in the template for the name of the page's state."""
        return Markup(f"{self._seam}{_STATE}{self._seam}")  # noqa: S704 (hexadecimal digits)

    def take(self, html: Markup, key: str, of: str) -> Markup:
        """Keep a part, an element with this `data-key`; return what stands for it meanwhile.

        Keys are unique among the parts `of` one `data-list`.
        """
        same = Markup(f'<template data-key="{escape(key)}"></template>\n')  # noqa: S704 (escaped)
        number = len(self._parts)
        self._parts.append((html, same))
        self._digests.append(_digest(of, key, html))
        return Markup(f"{self._seam}{number}{self._seam}")  # noqa: S704 (hexadecimal digits)

    @property
    def digests(self) -> frozenset[bytes]:
        """What tells the parts from others, and from themselves as they were."""
        return frozenset(self._digests)

    def joined(self, page: str, state: str, known: Collection[bytes] = _NOTHING) -> str:
        """Return a page with its parts; of those that are `known` only their keys."""
        pieces = page.split(self._seam)
        for at in range(1, len(pieces), 2):
            pieces[at] = state if pieces[at] == _STATE else self._part(int(pieces[at]), known)
        return "".join(pieces)

    def _part(self, number: int, known: Collection[bytes]) -> str:
        whole, same = self._parts[number]
        return same if self._digests[number] in known else whole


class States:
    """Remembers which parts readers have, by the name of the state they were sent; thread-safe."""

    def __init__(self, most: int = MOST_STATES) -> None:
        """Forget the oldest of more than `most`."""
        self._most = most
        self._lock = Lock()
        self._known: OrderedDict[str, frozenset[bytes]] = OrderedDict()

    def remember(self, digests: frozenset[bytes]) -> str:
        """Return the name of a state with these parts."""
        state = _digest(*sorted(digests)).hex()
        with self._lock:
            self._known[state] = digests
            self._known.move_to_end(state)
            while len(self._known) > self._most:
                self._known.popitem(last=False)
        return state

    def parts_of(self, state: str) -> frozenset[bytes]:
        """Return the parts of a state; none of one that is not remembered."""
        with self._lock:
            return self._known.get(state, _NOTHING)


def _digest(*texts: str | bytes) -> bytes:
    """Return what tells these texts from others."""
    told = blake2b(digest_size=_DIGEST_SIZE)
    for text in texts:
        encoded = text if isinstance(text, bytes) else text.encode()
        told.update(len(encoded).to_bytes(8, "big") + encoded)
    return told.digest()
