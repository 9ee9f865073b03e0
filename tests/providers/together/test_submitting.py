"""The commands that submit a file do so, as they are printed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from batchbell.providers.together.submitting import submit_commands

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HOME = "https://api.together.ai/v1"


def test_the_official_cli_knows_most_endpoints() -> None:
    lines = list(submit_commands("again.jsonl", "/v1/audio/transcriptions", HOME))
    assert lines[0] == "file=again.jsonl"
    assert lines[2] == '  tg batches submit "$file" audio.transcriptions'
    assert "or with curl:" in lines


def test_it_is_told_of_another_address_as_it_takes_it() -> None:
    lines = list(submit_commands("again.jsonl", None, "https://gate.example/v1"))
    assert lines[2:4] == [
        "  TOGETHER_BASE_URL=https://gate.example \\",
        '    tg batches submit "$file" chat.completions',
    ]


def test_no_line_is_broken_by_a_usual_terminal() -> None:
    name = f"{'0' * 36}.retry.jsonl"
    assert max(map(len, submit_commands(name, None, "http://127.0.0.1:39833"))) < 76


def test_an_endpoint_that_it_does_not_know_is_asked_with_curl() -> None:
    lines = list(submit_commands("again.jsonl", "/v1/embeddings", HOME))
    assert lines[1] == "with curl:"
    assert "tg " not in "".join(lines)


@pytest.mark.parametrize(("path", "endpoint"), [("a\n", None), ("a", "/v1/\x1b[2J")])
def test_what_would_drive_a_terminal_is_in_no_command(path: str, endpoint: str | None) -> None:
    assert list(submit_commands(path, endpoint, HOME)) == []


class _Api(BaseHTTPRequestHandler):
    asked: list[tuple[str, str, bytes]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.asked.append((self.path, self.headers["authorization"], body))
        is_upload = self.path.endswith("/upload")
        self.send_response(200 if is_upload else 201)
        self.end_headers()
        answer: object = {"object": "file", "id": "file-9"} if is_upload else {"job": {}}
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, *_: object) -> None:
        """Stay silent."""


@pytest.fixture
def api() -> Iterator[tuple[str, list[tuple[str, str, bytes]]]]:
    asked: list[tuple[str, str, bytes]] = []
    with ThreadingHTTPServer(("127.0.0.1", 0), type("Api", (_Api,), {"asked": asked})) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()
        thread.join()


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize("name", ["again.jsonl", 'it\'s "mine" $HOME.jsonl'])
def test_curl_uploads_the_file_and_makes_a_job_of_it(
    api: tuple[str, list[tuple[str, str, bytes]]], tmp_path: Path, name: str
) -> None:
    base_url, asked = api
    path = tmp_path / name
    path.write_bytes(b'{"custom_id": "a"}\n')
    lines = list(submit_commands(str(path), "/v1/embeddings", base_url))
    subprocess.run(
        ["/bin/sh", "-ec", "\n".join([lines[0], *lines[2:]])],
        env={"TOGETHER_API_KEY": "fake-key", "PATH": os.environ["PATH"]},
        check=True,
        capture_output=True,
    )
    upload, batch = asked
    assert upload[:2] == ("/v1/files/upload", "Bearer fake-key")
    assert b'name="purpose"\r\n\r\nbatch-api\r\n' in upload[2]
    assert b'name="file_name"\r\n\r\n' + name.encode() + b"\r\n" in upload[2]
    assert b'{"custom_id": "a"}\n' in upload[2]
    assert batch[:2] == ("/v1/batches", "Bearer fake-key")
    assert json.loads(batch[2]) == {"input_file_id": "file-9", "endpoint": "/v1/embeddings"}
