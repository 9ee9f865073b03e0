"""Pictures of pages, by Debian's Chromium without a window, which reaches this machine only."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from pathlib import Path

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
#: It asks nobody for updates, and finds nobody if it did.
ARGUMENTS = (
    "--headless",
    "--remote-debugging-pipe",
    "--disable-gpu",
    "--hide-scrollbars",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--no-proxy-server",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
#: Longest wait for a page to look as wanted, seconds.
PATIENCE_SECONDS = 15.0


class NoBrowserError(Exception):
    """There is no Chromium; the text says how to get it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """How a page is looked at."""

    #: In CSS pixels.
    width: int
    height: int
    dark: bool = False
    #: Pixels of the picture for each CSS pixel.
    scale: float = 1.0


class Browser:
    """A Chromium for the length of a `with` block, spoken to in its own protocol over pipes.

    Source: chromedevtools.github.io/devtools-protocol. The browser reads its file descriptor 3 and
    writes to 4, JSON with a zero byte behind each message.
    """

    def __init__(self) -> None:
        """Raise `NoBrowserError` if none is installed."""
        program = next(filter(None, map(shutil.which, PROGRAMS)), None)
        if program is None:
            raise NoBrowserError("no chromium; on Debian and Ubuntu: apt-get install chromium")
        self._folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        theirs_in, ours_out = os.pipe()
        ours_in, theirs_out = os.pipe()
        # A shell puts the pipes where Chromium expects them. Root may only run it unconfined.
        unconfined = ["--no-sandbox"] if os.geteuid() == 0 else []
        self._process = subprocess.Popen(
            [
                *("sh", "-c", f'exec "$@" 3<&{theirs_in} 4>&{theirs_out}', "sh"),
                *(program, *ARGUMENTS, *unconfined, f"--user-data-dir={self._folder.name}"),
            ],
            pass_fds=(theirs_in, theirs_out),
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self._out = os.fdopen(ours_out, "wb", buffering=0)
        self._in = os.fdopen(ours_in, "rb")
        self._unread = b""
        self._calls = 0
        target = self._call("Target.createTarget", {"url": "about:blank"})["targetId"]
        wanted = {"targetId": target, "flatten": True}
        self._session: str | None = self._call("Target.attachToTarget", wanted)["sessionId"]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self._process.terminate()
        self._process.wait(PATIENCE_SECONDS)
        self._out.close()
        self._in.close()
        self._folder.cleanup()

    def picture(self, url: str, path: Path, view: View, *, until: str = "true") -> None:
        """Write a PNG of a page, once `until` (JavaScript) is true of it and nothing moves."""
        size = {"width": view.width, "height": view.height}
        metrics = {"deviceScaleFactor": view.scale, "mobile": False, **size}
        self._call("Emulation.setDeviceMetricsOverride", metrics)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if view.dark else "light"}
        calm = {"name": "prefers-reduced-motion", "value": "reduce"}
        self._call("Emulation.setEmulatedMedia", {"features": [scheme, calm]})
        self._call("Page.navigate", {"url": url})
        self._wait(f"location.href == {json.dumps(url)} && document.readyState == 'complete'")
        self._wait(until)
        png = self._call("Page.captureScreenshot", {"format": "png"})["data"]
        path.write_bytes(base64.b64decode(png))

    def height(self, url: str, view: View) -> int:
        """Return how high a page is at that width, CSS pixels."""
        metrics = {"width": view.width, "height": 100, "deviceScaleFactor": 1, "mobile": False}
        self._call("Emulation.setDeviceMetricsOverride", metrics)
        self._call("Page.navigate", {"url": url})
        self._wait(f"location.href == {json.dumps(url)} && document.readyState == 'complete'")
        return int(self._evaluate("document.documentElement.scrollHeight"))

    def _wait(self, condition: str) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self._evaluate(condition):
            if time.monotonic() > deadline:
                raise TimeoutError(f"the page never came to: {condition}")
            time.sleep(0.1)

    def _evaluate(self, expression: str) -> Any:  # noqa: ANN401 - whatever JavaScript returns
        answer = self._call("Runtime.evaluate", {"expression": expression, "returnByValue": True})
        return answer["result"].get("value")

    def _call(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        self._calls += 1
        message: dict[str, Any] = {"id": self._calls, "method": method, "params": params}
        if session := getattr(self, "_session", None):
            message["sessionId"] = session
        self._out.write(json.dumps(message).encode() + b"\0")
        while True:
            answer = self._read()
            if answer.get("id") == self._calls:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                result: dict[str, Any] = answer["result"]
                return result

    def _read(self) -> dict[str, Any]:
        while b"\0" not in self._unread:
            piece = self._in.read1(1 << 16)
            if not piece:
                raise RuntimeError("chromium ended; started by hand it says why")
            self._unread += piece
        first, _, self._unread = self._unread.partition(b"\0")
        message: dict[str, Any] = json.loads(first)
        return message
