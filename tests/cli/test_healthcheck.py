from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from batchbell.cli.healthcheck import ask_page, ask_socket
from batchbell.config import health_socket, load, page_address
from tests.cli.config_file import API_KEY, batchbell, write_config
from tests.cli.process import running
from tests.e2e.waiting import wait_until
from tests.raw_server import answering, message
from tests.simulator.thread import ThreadedSimulator, running_simulator

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from click.testing import Result


@pytest.fixture
def api() -> Iterator[ThreadedSimulator]:
    with running_simulator(api_key=API_KEY) as simulator:
        yield simulator


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        found: int = free.getsockname()[1]
        return found


def configured(folder: Path, listen: str, *, base_url: str = "http://127.0.0.1:9/v1") -> Path:
    path = write_config(folder, base_url=base_url)
    # A password of the page is none of its health's.
    page = f'listen = "{listen}"\npassword = "fake-password-of-the-page"'
    text = path.read_text().replace("enabled = false", page)
    path.write_text(text.replace("request_timeout", 'poll_interval = "1s"\nrequest_timeout'))
    return path


def asked(config: Path, *options: str) -> Result:
    return batchbell(config, "healthcheck", *options)


@pytest.mark.parametrize("listen", ["127.0.0.1", "0.0.0.0"])  # noqa: S104 - for a moment, in a test
def test_a_daemon_that_works_is_healthy(
    tmp_path: Path, api: ThreadedSimulator, port: int, listen: str
) -> None:
    config = configured(tmp_path, f"{listen}:{port}", base_url=api.base_url)
    with running("--config", str(config), "run") as daemon:
        daemon.wait_for_err("account.watching")
        well = asked(config)
        assert (well.exit_code, well.output) == (0, "healthy\n")
        ready = asked(config, "--ready", "--json")
        assert json.loads(ready.output) == {"healthy": True, "reasons": ["healthy"]}
        api.refuse()
        wait_until(lambda: asked(config, "--ready").exit_code == 1, "the unreadiness")
        assert "default: last good poll" in asked(config, "--ready").output
        # An API that is down is no fault of the daemon.
        assert asked(config).exit_code == 0


def test_a_daemon_that_hangs_is_not_healthy(
    tmp_path: Path, api: ThreadedSimulator, port: int
) -> None:
    config = configured(tmp_path, f"127.0.0.1:{port}", base_url=api.base_url)
    with running("--config", str(config), "run") as daemon:
        daemon.wait_for_err("account.watching")
        daemon.signal(signal.SIGSTOP)
        socket_file = health_socket(tmp_path / "bell.db")
        silent = ask_socket(socket_file, "/healthz", timeout_seconds=0.5)
        hung = ask_page(f"127.0.0.1:{port}", "/healthz", timeout_seconds=0.5)
        daemon.signal(signal.SIGCONT)
    assert not hung.is_well
    assert "it hangs" in hung.words[0]
    assert silent is not None
    assert "it hangs" in silent.words[0]


def test_those_who_crowd_the_page_hide_no_daemon(
    tmp_path: Path, api: ThreadedSimulator, port: int
) -> None:
    config = configured(tmp_path, f"127.0.0.1:{port}", base_url=api.base_url)
    with running("--config", str(config), "run") as daemon, ExitStack() as crowd:
        daemon.wait_for_err("account.watching")
        for _ in range(150):
            each = crowd.enter_context(socket.create_connection(("127.0.0.1", port)))
            # Half a request: the page waits for the other half.
            each.sendall(b"GET /healthz HTTP/1.1\r\n")
        assert not ask_page(f"127.0.0.1:{port}", "/healthz").is_well
        well = asked(config, "--ready")
        assert (well.exit_code, well.output) == (0, "healthy\n")


def test_a_daemon_without_a_page_is_asked_beside_its_database(
    tmp_path: Path, api: ThreadedSimulator
) -> None:
    config = write_config(tmp_path, base_url=api.base_url)
    with running("--config", str(config), "run") as daemon:
        daemon.wait_for_err("account.watching")
        assert asked(config).output == "healthy\n"
        daemon.signal(signal.SIGTERM)
        assert daemon.end() == 0
    assert not health_socket(tmp_path / "bell.db").exists()


def test_where_no_socket_fits_the_page_is_asked(
    tmp_path: Path, api: ThreadedSimulator, port: int
) -> None:
    deep = tmp_path / ("deep" * 25)
    deep.mkdir()
    config = configured(deep, f"127.0.0.1:{port}", base_url=api.base_url)
    with running("--config", str(config), "run") as daemon:
        daemon.wait_for_err("account.watching")
        assert not health_socket(deep / "bell.db").exists()
        assert asked(config).output == "healthy\n"


def test_nobody_there_is_not_healthy(tmp_path: Path, port: int) -> None:
    answer = asked(configured(tmp_path, f"127.0.0.1:{port}"))
    assert answer.exit_code == 1
    assert f"no daemon answers at 127.0.0.1:{port}: Connection refused" in answer.output


@pytest.mark.parametrize("answer", [message(b"hi"), b"SSH-2.0-OpenSSH_9.2\r\n"])
async def test_somebody_else_on_the_port_is_not_healthy(tmp_path: Path, answer: bytes) -> None:
    async with answering(answer) as other:
        config = configured(tmp_path, other.url.removeprefix("http://"))
        answered = await asyncio.to_thread(asked, config)
    assert answered.exit_code == 1
    assert "somebody else has the port" in answered.output


def test_without_a_page_it_says_what_to_set(tmp_path: Path) -> None:
    answer = asked(write_config(tmp_path))
    assert (answer.exit_code, "web.enabled" in answer.output) == (1, True)
    any_port = asked(configured(tmp_path, "127.0.0.1:0"))
    assert (any_port.exit_code, "name a port" in any_port.output) == (1, True)


def test_what_is_wrong_elsewhere_in_the_configuration_does_not_matter(
    tmp_path: Path, port: int
) -> None:
    config = configured(tmp_path, f"127.0.0.1:{port}")
    config.write_text(config.read_text() + '\n[channels.team]\nurl = "nonsense://"\n')
    assert "no daemon answers" in asked(config).output
    config.write_text(config.read_text().replace(f":{port}", ":99999"))
    wrong = asked(config)
    assert (wrong.exit_code, "web.listen: the port must be" in wrong.output) == (78, True)


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"BATCHBELL_WEB__LISTEN": "[::1]:99"},
        {"BATCHBELL_WEB__ENABLED": "no"},
        {"BATCHBELL_WEB__ENABLED": "True"},
    ],
)
def test_it_asks_where_the_daemon_of_this_configuration_listens(
    tmp_path: Path, variables: dict[str, str]
) -> None:
    config = configured(tmp_path, "127.0.0.1:1234")
    environ = {"PATH": os.environ["PATH"], **variables}
    web = load(config, environ, check_channel=lambda _section: ()).settings.web
    assert page_address(config, environ) == (web.listen if web.enabled else "")
