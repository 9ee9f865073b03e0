"""A pooler before a PostgreSQL server that gives every transaction another session, as pgbouncer
with pool_mode = transaction, or has none, as with pool_mode = statement.

Source: https://www.postgresql.org/docs/current/protocol-flow.html
"""

from __future__ import annotations

import socket
import struct
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: Requests for an encrypted connection.
_ENCRYPTION = {80877103, 80877104}
_NO_PROCESS = struct.pack("!cIII", b"K", 12, 1, 1)
_READY = b"Z\x00\x00\x00\x05I"
#: Source: https://www.postgresql.org/docs/current/protocol-error-fields.html
_NO_TRANSACTIONS = b"SFATAL\0C08P01\0Mtransaction blocks not allowed in statement pooling mode\0\0"
_AUTHENTICATED = b"R\x00\x00\x00\x08\x00\x00\x00\x00"


class _Pooler:
    def __init__(self, server: Path, *, has_transactions: bool) -> None:
        self._server = server
        self._has_transactions = has_transactions
        self._idle: list[socket.socket] = []
        self._settings = b""

    def serve(self, client: socket.socket) -> None:
        with client, suppress(OSError, struct.error):
            greeting = _startup(client)
            while struct.unpack("!I", greeting[:4])[0] in _ENCRYPTION:
                client.sendall(b"N")
                greeting = _startup(client)
            self._idle.append(self._opened(greeting))
            client.sendall(_AUTHENTICATED + self._settings + _NO_PROCESS + _READY)
            self._transactions(client)

    def _opened(self, greeting: bytes) -> socket.socket:
        session = socket.socket(socket.AF_UNIX)
        session.connect(str(self._server))
        session.sendall(struct.pack("!I", len(greeting) + 4) + greeting)
        settings = b""
        while (message := _message(session))[:1] != b"Z":
            settings += message if message[:1] == b"S" else b""
        self._settings = settings
        return session

    def _transactions(self, client: socket.socket) -> None:
        session = None
        while (message := _message(client))[:1] != b"X":
            if b"BEGIN" in message and not self._has_transactions:
                client.sendall(struct.pack("!cI", b"E", len(_NO_TRANSACTIONS) + 4))
                client.sendall(_NO_TRANSACTIONS)
                return
            # The one that has been idle for longest.
            session = session or self._idle.pop(0)
            session.sendall(message)
            if message[:1] not in {b"Q", b"S"}:
                continue
            answer = b""
            while answer[:1] != b"Z":
                answer = _message(session)
                client.sendall(answer)
            if answer[-1:] == b"I":
                self._idle.append(session)
                session = None

    def close(self) -> None:
        for session in self._idle:
            session.close()


@contextmanager
def running_pooler(server: Path, place: Path, *, has_transactions: bool = True) -> Iterator[None]:
    """Listen at a Unix socket, before the server's one, for the length of a `with` block."""
    pooler = _Pooler(server, has_transactions=has_transactions)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(place))
        listening.listen()

        def accept() -> None:
            with suppress(OSError):
                while True:
                    client, _ = listening.accept()
                    threading.Thread(target=pooler.serve, args=[client], daemon=True).start()

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        try:
            yield
        finally:
            # Else a thread that accepts would hold it open.
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()
            pooler.close()


def _startup(client: socket.socket) -> bytes:
    (length,) = struct.unpack("!I", _exactly(client, 4))
    return _exactly(client, length - 4)


def _message(sender: socket.socket) -> bytes:
    head = _exactly(sender, 5)
    return head + _exactly(sender, struct.unpack("!I", head[1:])[0] - 4)


def _exactly(sender: socket.socket, count: int) -> bytes:
    read = b""
    while len(read) < count:
        some = sender.recv(count - len(read))
        if not some:
            raise ConnectionResetError
        read += some
    return read
