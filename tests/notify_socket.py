"""systemd's end of the notification socket."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from pathlib import Path

#: Longer than anything that is sent, bytes.
LONGEST = 4096


class NotifySocket:
    """A real datagram socket; keeps the messages in their order."""

    def __init__(self, path: Path, *, abstract: bool = False) -> None:
        """Bind it. `address` is what NOTIFY_SOCKET says of it."""
        self.address = f"@{path}" if abstract else str(path)
        self._got: list[str] = []
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(f"\0{path}" if abstract else str(path))
        self._socket.setblocking(False)  # noqa: FBT003 - a positional-only parameter

    def read(self) -> list[str]:
        """Return all messages so far."""
        while True:
            try:
                self._got.append(self._socket.recv(LONGEST).decode())
            except BlockingIOError:
                return self._got

    def states(self) -> list[str]:
        """Return how each message but those of status and watchdog begins."""
        heads = [message.partition("\n")[0] for message in self.read()]
        return [head for head in heads if head != "WATCHDOG=1" and not head.startswith("STATUS=")]

    def fed(self) -> int:
        """Return how often the watchdog was fed."""
        return self.read().count("WATCHDOG=1")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()
