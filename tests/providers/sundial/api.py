"""The API of Sundial, a made-up provider: pages with cursors, words of its own, epoch seconds."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

KEY = "sun_fake_key_0123456789"
#: Jobs of one page.
PAGE_SIZE = 2
ENDED = frozenset({"done", "broken", "late", "halted"})


@dataclass
class SundialApi:
    """Serves jobs on 127.0.0.1 for the length of a `with` block."""

    jobs: dict[str, dict[str, Any]] = field(default_factory=dict)
    #: Method and path of each request.
    requests: list[str] = field(default_factory=list)

    def add(self, ref: str, phase: str, **more: object) -> str:
        """Add a job, or change it."""
        born = {"ref": ref, "born": 1_764_000_000, "engine": "gnomon-7b"}
        self.jobs[ref] = {**self.jobs.get(ref, born), "phase": phase, **more}
        return ref

    @property
    def base_url(self) -> str:
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}/dial"

    def answer(self, method: str, target: str, headers: Mapping[str, str]) -> tuple[int, object]:
        """Return status and body."""
        self.requests.append(f"{method} {target}")
        if headers.get("X-Sundial-Key") != KEY:
            return 401, {"message": "no such key"}
        path, query = urlsplit(target).path, parse_qs(urlsplit(target).query)
        if path == "/dial/jobs":
            return 200, self._page(int(query.get("cursor", ["0"])[0]))
        job = self.jobs.get(path.removeprefix("/dial/jobs/").removesuffix("/halt"))
        if job is None:
            return 404, {"message": "no such job"}
        if method == "POST":
            if job["phase"] in ENDED:
                return 409, {"message": f"it is {job['phase']}"}
            job["phase"] = "halting"
        return 200, job

    def _page(self, start: int) -> dict[str, object]:
        end = start + PAGE_SIZE
        following = str(end) if end < len(self.jobs) else None
        return {"items": list(self.jobs.values())[start:end], "next": following}

    def __enter__(self) -> Self:
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                status, answer = api.answer(self.command, self.path, dict(self.headers))
                body = json.dumps(answer).encode()
                # No `Date`: it counts in seconds, and two polls here are quicker.
                self.send_response_only(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET  # noqa: N815 - the names http.server looks for

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
