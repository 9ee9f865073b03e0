"""An API that answers a listing with one file, in a process of its own."""

from __future__ import annotations

import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

BODY = Path(sys.argv[1])
#: What it says of any input file: the daemon asks once for the name of each.
FILE = b'{"filename": "requests.jsonl"}'


class Handler(BaseHTTPRequestHandler):
    """Answers `GET`."""

    protocol_version = "HTTP/1.1"
    #: One for each listing that was asked for.
    served: ClassVar[list[None]] = []

    def do_GET(self) -> None:
        """Answer with what the file holds now."""
        body = self._body()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _body(self) -> bytes:
        if self.path == "/count":
            return str(len(self.served)).encode()
        if "/files/" in self.path:
            return FILE
        self.served.append(None)
        return BODY.read_bytes()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)  # noqa: T201 - whoever started this reads it
server.serve_forever()
