"""How far the sending of each channel's message has come: what was taken is not sent again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from batchbell.receivers.content import Content
    from batchbell.receivers.receiver import UrlReceiver

#: A piece, by its number, and who was to get it.
Step: TypeAlias = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Progress:
    """One message, over all its attempts."""

    receiver: UrlReceiver
    content: Content
    key: str
    taken: set[Step] = field(default_factory=set, compare=False)


class Progresses:
    """The message of each channel that was sent last; a channel tries one at a time."""

    def __init__(self) -> None:
        self._last: dict[str, Progress] = {}

    def of(self, channel_name: str, new: Progress) -> Progress:
        """Return how far the message is; one that reads another way, or goes elsewhere, is new."""
        last = self._last.get(channel_name)
        if last != new:
            last = self._last[channel_name] = new
        return last

    def done(self, channel_name: str) -> None:
        """Forget a message that was delivered: the next one is one of its own."""
        self._last.pop(channel_name, None)
