"""A real chat: a message goes through an IRC server, and is read back from the channel there."""

from __future__ import annotations

import shutil
import socket
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.e2e.harness import config
from tests.e2e.waiting import wait_until
from tests.timeout import TIMEOUT_SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.e2e.conftest import StartDaemon
    from tests.simulator.thread import ThreadedSimulator

NGIRCD = shutil.which("ngircd") or shutil.which("ngircd", path="/usr/sbin")
CONFIGURATION = """
[Global]
Name = irc.example.net
Info = for a test
Listen = 127.0.0.1
Ports = {port}
MotdPhrase = hello
PidFile = {folder}/ngircd.pid
[Limits]
ConnectRetry = 60
MaxConnectionsIP = 0
MaxPenaltyTime = 0
[Options]
DNS = no
Ident = no
PAM = no
"""

pytestmark = pytest.mark.skipif(NGIRCD is None, reason="needs ngircd: apt-get install ngircd")


class Reader:
    """Somebody who sits in the channel and reads."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), TIMEOUT_SECONDS)
        self._file = self._socket.makefile("rw", encoding="utf-8", newline="\r\n")
        self.said: list[str] = []
        self._write("NICK reader", "USER reader 0 * :reader", "JOIN #batches")
        self._read_until(lambda: any(" 366 " in line for line in self.lines))

    lines: list[str]

    def wait_for(self, text: str) -> list[str]:
        """Return everything that was said once this was."""
        self._read_until(lambda: text in "\n".join(self.said))
        return self.said

    def close(self) -> None:
        self._file.close()
        self._socket.close()

    def _write(self, *lines: str) -> None:
        self.lines = []
        self._file.write("".join(f"{line}\r\n" for line in lines))
        self._file.flush()

    def _read_until(self, done: object) -> None:
        assert callable(done)
        while not done():
            line = self._file.readline().rstrip("\r\n")
            assert line, "the server closed the connection"
            self.lines.append(line)
            if line.startswith("PING"):
                self._file.write(line.replace("PING", "PONG", 1) + "\r\n")
                self._file.flush()
            if " PRIVMSG #batches :" in line:
                self.said.append(line.partition(" PRIVMSG #batches :")[2])


@contextmanager
def irc_server(folder: Path) -> Iterator[int]:
    """Run a server of our own; yield its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    path = folder / "ngircd.conf"
    path.write_text(CONFIGURATION.format(port=port, folder=folder))
    with (folder / "ngircd.log").open("w") as log:
        process = subprocess.Popen(
            [str(NGIRCD), "--nodaemon", "--config", str(path)], stdout=log, stderr=log
        )
    try:
        wait_until(lambda: _listens(port), "the IRC server")
        yield port
    finally:
        process.terminate()
        process.wait(TIMEOUT_SECONDS)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_a_message_is_read_back_from_the_channel(
    api: ThreadedSimulator, start: StartDaemon, tmp_path: Path
) -> None:
    job_id = api.add_job()
    with irc_server(tmp_path) as port:
        reader = Reader(port)
        url = f"irc://bell@127.0.0.1:{port}/%23batches"
        bell = start(config(api.base_url, {"irc": url})).wait_for_baseline()
        api.update_job(
            job_id, status="FAILED", error="line 3: bad\r\nQUIT :gone\r\nPRIVMSG #batches :forged"
        )
        said = reader.wait_for("Look closer")
        bell.wait_until_delivered()
        reader.close()

    text = "\n".join(said)
    assert "FAILED: batch_" in text
    assert f"Job: {job_id}" in text
    # What the API said is text: nobody quit, and nothing was forged.
    assert "line 3: bad" in text
    assert "forged" not in [line.strip() for line in said]
