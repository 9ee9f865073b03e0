"""A proxy that shows the page under a prefix, which the page itself never hears of."""

from __future__ import annotations

import threading
from contextlib import closing, contextmanager
from http.client import HTTPConnection, HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tests.timeout import TIMEOUT_SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterator

PREFIX = "/tools/bell"
#: What is about one connection only. Source: RFC 9110, section 7.6.1.
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding"}


@contextmanager
def prefix_proxy(address: str) -> Iterator[str]:
    """Show `address` under `PREFIX` for the length of a `with` block; yield where, without `/`."""
    server = _Server(("127.0.0.1", 0), _handler(urlsplit(address).netloc))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}{PREFIX}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # A stream that is still open must not hold up the end of a test.
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a browser that closes a stream is no mistake."""


def _handler(netloc: str) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if not self.path.startswith(f"{PREFIX}/"):
                self.send_error(404, "outside the prefix")
                return
            with closing(HTTPConnection(netloc, timeout=TIMEOUT_SECONDS)) as behind:
                behind.request("GET", self.path.removeprefix(PREFIX), headers=dict(self.headers))
                with behind.getresponse() as answer:
                    self.pass_on(answer)

        def pass_on(self, answer: HTTPResponse) -> None:
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in HOP_BY_HOP:
                    self.send_header(name, value)
            self.send_header("Connection", "close")
            self.end_headers()
            while part := answer.read1():
                self.wfile.write(part)
                self.wfile.flush()

        def log_message(self, *_: object) -> None:
            """Keep the tests' output clean."""

    return Handler
