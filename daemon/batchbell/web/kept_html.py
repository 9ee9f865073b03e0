"""What a template's macros made of a value, for pages that show the same value again."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from markupsafe import Markup

#: The lines of several pages of ended jobs.
MOST_KEPT = 200


class KeptHtml:
    """Renders each value once, as long as it is shown; thread-safe."""

    def __init__(self, most: int = MOST_KEPT) -> None:
        """Forget what was not shown for longest."""
        self._most = most
        self._lock = Lock()
        self._known: OrderedDict[tuple[Hashable, ...], Markup] = OrderedDict()

    def of(self, macro: Callable[[Hashable], Markup], shown: Hashable, *beside: Hashable) -> Markup:
        """Return what a macro makes of what is `shown`.

        `beside` are the macro's name and all else that it makes it of: macros are another object on
        each page.
        """
        key = (shown, *beside)
        with self._lock:
            if (known := self._known.get(key)) is not None:
                self._known.move_to_end(key)
                return known
        html = macro(shown)
        with self._lock:
            self._known[key] = html
            if len(self._known) > self._most:
                self._known.popitem(last=False)
        return html
