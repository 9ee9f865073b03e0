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

from batchbell.providers.submitting import SubmitWay
from batchbell.providers.together.submitting import submit_commands

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HOME = "https://api.together.ai/v1"


KEY = '"${TOGETHER_API_KEY:?is not set}"'
#: Shells as people paste into them, which go on behind a line that failed, and one for scripts.
SHELLS = (["bash", "--norc", "-i"], ["zsh", "-f", "-i"], ["sh"])


def lines_of(
    path: str, endpoint: str | None, base_url: str, way: SubmitWay = SubmitWay.CURL
) -> list[str]:
    return [*submit_commands(path, endpoint, base_url, KEY, way).lines]


def test_one_way_is_told_the_one_that_is_asked_for() -> None:
    for way in SubmitWay:
        text = "\n".join(lines_of("again.jsonl", None, HOME, way))
        assert ("tg batches" in text, "curl" in text) == (way is SubmitWay.CLI, way is way.CURL)


def test_the_official_cli_knows_most_endpoints() -> None:
    tool, lines = submit_commands(
        "again.jsonl", "/v1/audio/transcriptions", HOME, KEY, SubmitWay.CLI
    )
    assert tool == "the official CLI (together 3)"
    assert lines == [
        "( set -e",
        "  file=again.jsonl",
        f"  key={KEY}",
        "  TOGETHER_API_KEY=$key \\",
        '    tg batches submit "$file" audio.transcriptions',
        ")",
    ]


def test_it_is_told_of_another_address_as_it_takes_it() -> None:
    lines = lines_of("again.jsonl", None, "https://gate.example/v1", SubmitWay.CLI)
    assert lines[3:5] == [
        "  TOGETHER_API_KEY=$key TOGETHER_BASE_URL=https://gate.example \\",
        '    tg batches submit "$file" chat.completions',
    ]


def test_no_line_is_broken_by_a_usual_terminal() -> None:
    name = f"{'0' * 36}.retry.jsonl"
    for way in SubmitWay:
        assert max(map(len, lines_of(name, None, "http://127.0.0.1:39833", way))) < 76


def test_an_endpoint_that_it_does_not_know_is_asked_with_curl() -> None:
    tool, lines = submit_commands("again.jsonl", "/v1/embeddings", HOME, KEY, SubmitWay.CLI)
    assert tool == "curl"
    assert "tg " not in "".join(lines)


@pytest.mark.parametrize(("path", "endpoint"), [("a\n", None), ("a", "/v1/\x1b[2J")])
def test_what_would_drive_a_terminal_is_in_no_command(path: str, endpoint: str | None) -> None:
    assert lines_of(path, endpoint, HOME) == []


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


needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")


def pasted(shell: list[str], lines: list[str], folder: Path, **environ: str) -> str:
    """Paste lines into a shell, and a line after them; return what it prints."""
    if shutil.which(shell[0]) is None:
        pytest.skip(f"{shell[0]} is not installed")
    found = subprocess.run(
        shell,
        input="\n".join([*lines, "echo went-$((1 + 1))", ""]),
        env={"PATH": os.environ["PATH"], "HOME": str(folder)} | environ,
        cwd=folder,
        text=True,
        capture_output=True,
        check=False,
        start_new_session=True,
    )
    return found.stdout + found.stderr


@needs_curl
@pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: shell[0])
@pytest.mark.parametrize("name", ["again.jsonl", 'it\'s "mine" $HOME.jsonl'])
def test_curl_uploads_the_file_and_makes_one_job_of_it(
    api: tuple[str, list[tuple[str, str, bytes]]], tmp_path: Path, name: str, shell: list[str]
) -> None:
    base_url, asked = api
    (tmp_path / name).write_bytes(b'{"custom_id": "a"}\n')
    lines = lines_of(name, "/v1/embeddings", base_url)
    said = pasted(shell, lines, tmp_path, TOGETHER_API_KEY="fake-key")
    assert "went-2" in said
    upload, batch = asked
    assert upload[:2] == ("/v1/files/upload", "Bearer fake-key")
    assert b'name="purpose"\r\n\r\nbatch-api\r\n' in upload[2]
    assert b'name="file_name"\r\n\r\n' + name.encode() + b"\r\n" in upload[2]
    assert b'{"custom_id": "a"}\n' in upload[2]
    assert batch[:2] == ("/v1/batches", "Bearer fake-key")
    assert json.loads(batch[2]) == {"input_file_id": "file-9", "endpoint": "/v1/embeddings"}


@needs_curl
@pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: shell[0])
def test_without_the_key_or_the_file_nothing_is_asked(
    api: tuple[str, list[tuple[str, str, bytes]]], tmp_path: Path, shell: list[str]
) -> None:
    base_url, asked = api
    lines = lines_of("again.jsonl", None, base_url)
    assert "TOGETHER_API_KEY: is not set" in pasted(shell, lines, tmp_path)
    said = pasted(shell, lines, tmp_path, TOGETHER_API_KEY="fake-key")
    assert "the upload failed, and no job is made" in said
    assert asked == []


@pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: shell[0])
def test_the_official_cli_has_the_key_and_the_address(tmp_path: Path, shell: list[str]) -> None:
    tool = tmp_path / "tg"
    tool.write_text('#!/bin/sh\necho "$TOGETHER_API_KEY $TOGETHER_BASE_URL $*"\n')
    tool.chmod(0o755)
    lines = lines_of("again.jsonl", None, "https://gate.example/v1", SubmitWay.CLI)
    path = f"{tmp_path}:{os.environ['PATH']}"
    said = pasted(shell, lines, tmp_path, PATH=path, TOGETHER_API_KEY="fake-key")
    asked = "fake-key https://gate.example batches submit again.jsonl chat.completions"
    assert said.count(asked) == 1
