"""A client that hides nothing: the raw bytes of an answer, and when they came."""

from __future__ import annotations

import socket
import time
from contextlib import closing
from dataclasses import dataclass

from tests.timeout import TIMEOUT_SECONDS


@dataclass(frozen=True)
class Received:
    data: bytes
    #: How it ended: "closed", "reset", "enough" (`stop_after` bytes came) or "silent".
    ending: str
    #: Number of pieces that could be told apart.
    reads: int
    seconds: float

    @property
    def head(self) -> bytes:
        return self.data.partition(b"\r\n\r\n")[0].lower()

    @property
    def body(self) -> bytes:
        return self.data.partition(b"\r\n\r\n")[2]

    @property
    def content_length(self) -> int:
        return int(self.head.partition(b"content-length: ")[2].partition(b"\r\n")[0])


def ask(
    base_url: str,
    path: str = "/v1/batches",
    *,
    request: bytes | None = None,
    stop_after: int = 1 << 40,
    timeout_seconds: float = TIMEOUT_SECONDS,
    surely: int = 0,
) -> Received:
    """Send one request (that asks to close the connection) and read to the end of the answer.

    For its first `surely` bytes it waits as long as a busy machine needs, whatever the time-out.
    """
    lines = [f"GET {path} HTTP/1.1", "Host: x", "Authorization: Bearer x", "Connection: close"]
    asked = request if request is not None else "\r\n".join([*lines, "", ""]).encode()
    began, pieces, length = time.monotonic(), list[bytes](), 0
    host, port = base_url.removeprefix("http://").removesuffix("/v1").split(":")
    with closing(socket.create_connection((host, int(port)), timeout_seconds)) as sock:
        sock.sendall(asked)
        ending = "enough"
        while length < stop_after:
            sock.settimeout(timeout_seconds if length >= surely else TIMEOUT_SECONDS)
            try:
                piece = sock.recv(65_536)
            except ConnectionResetError:
                ending = "reset"
                break
            except TimeoutError:
                ending = "silent"
                break
            if not piece:
                ending = "closed"
                break
            pieces.append(piece)
            length += len(piece)
    return Received(b"".join(pieces), ending, len(pieces), time.monotonic() - began)
