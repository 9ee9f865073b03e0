"""`batchbell healthcheck`: asks the daemon of this configuration whether it works."""

from __future__ import annotations

import json
import os
import socket
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from batchbell.config import database_url, health_socket, page_address
from batchbell.config.page import health_socket_without_file
from batchbell.errors import ConfigError
from batchbell.messages.plain_text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Longest wait for each step of the answer, seconds; a daemon that hangs gives none.
TIMEOUT_SECONDS = 5.0
#: The most that is read of an answer, bytes.
_MOST_BYTES = 1 << 20
#: Addresses that mean "all of this machine's": it is asked at the loopback one.
_LOOPBACK = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - nothing listens here
_NO_PAGE = "there is no page to ask: web.enabled is false; set it to true"
_ANY_PORT = "web.listen names port 0, any free one: name a port, so that it can be asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What the daemon answered, or why it did not."""

    is_well: bool
    #: What is wrong, or that nothing is.
    words: tuple[str, ...]


@click.command()
@click.option("--ready", is_flag=True, help="Fail too while an account is not polled well.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def command(ctx: click.Context, ready: bool, as_json: bool) -> None:
    """Ask the running daemon whether it works, for a container's health check.

    Exit status 0 if it does: polls, ticks and deliveries end in time, and the database can be
    written. 1 if it does not, or does not answer within 5 seconds.
    """
    config_file, path = ctx.obj.config_file, "/readyz" if ready else "/healthz"
    health = ask_socket(_socket(config_file), path)
    if health is None:
        health = ask_page(page_address(config_file, os.environ), path)
    if as_json:
        click.echo(json.dumps({"healthy": health.is_well, "reasons": list(health.words)}))
    else:
        click.echo("; ".join(health.words), err=not health.is_well)
    ctx.exit(0 if health.is_well else 1)


def ask_socket(
    file: Path | None, path: str, *, timeout_seconds: float = TIMEOUT_SECONDS
) -> Health | None:
    """Return what the daemon with its health socket at `file` answers at `path`.

    None if nobody is there, or not for us. Each step of the answer may take `timeout_seconds`.
    """
    if file is None:
        return None
    connection = HTTPConnection("localhost", timeout=timeout_seconds)
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.settimeout(timeout_seconds)
    with suppress(OSError):
        connection.sock.connect(str(file))
        return _ask(connection, path, str(file))
    connection.close()
    return None


def ask_page(listen: str, path: str, *, timeout_seconds: float = TIMEOUT_SECONDS) -> Health:
    """Return what the daemon with its page at `listen` answers at `path`, or why it does not.

    Each step of the answer may take `timeout_seconds`.
    """
    host, _, port = listen.rpartition(":")
    host = host.strip("[]")
    if not listen or port == "0":
        return Health(is_well=False, words=(_ANY_PORT if listen else _NO_PAGE,))
    connection = HTTPConnection(_LOOPBACK.get(host, host), int(port), timeout=timeout_seconds)
    return _ask(connection, path, listen)


def _socket(config_file: Path | None) -> Path | None:
    """Return where the health socket should be; None if what is configured can't be used."""
    try:
        url = database_url(config_file, os.environ)
    except ConfigError:
        return None
    path = url.removeprefix("sqlite:///")
    if path == url:
        return health_socket_without_file(url, os.environ)
    return health_socket(Path(path).expanduser())


def _ask(connection: HTTPConnection, path: str, where: str) -> Health:
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        report = json.loads(answer.read(_MOST_BYTES))
    except TimeoutError:
        return _silent(where, f"no answer within {connection.timeout:g} s: it hangs")
    except OSError as error:
        return _silent(where, error.strerror or str(error))
    except (HTTPException, ValueError):
        return _silent(where, "the answer is not batchbell's: somebody else has the port")
    finally:
        connection.close()
    problems = tuple(one_line(problem) for problem in _problems(report))
    is_well = answer.status == 200  # noqa: PLR2004 - HTTP's OK
    return Health(is_well=is_well, words=problems or ("healthy" if is_well else "not healthy",))


def _silent(listen: str, why: str) -> Health:
    return Health(is_well=False, words=(f"no daemon answers at {listen}: {why}",))


def _problems(report: Any) -> Iterator[str]:  # noqa: ANN401 - whatever JSON holds
    """Yield what `/healthz` or `/readyz` complains of."""
    if not isinstance(report, dict):
        return
    yield from map(str, report.get("complaints", ()))
    for name, account in report.get("accounts", {}).items():
        if account.get("reason"):
            yield f"{name}: {account['reason']}"
    if report.get("reason"):
        yield str(report["reason"])
