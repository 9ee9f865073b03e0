"""`batchbell healthcheck`: asks the daemon of this configuration whether it works."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING, Any

import click

from batchbell.config import page_address
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
    listen = page_address(ctx.obj.config_file, os.environ)
    health = ask_daemon(listen, "/readyz" if ready else "/healthz")
    if as_json:
        click.echo(json.dumps({"healthy": health.is_well, "reasons": list(health.words)}))
    else:
        click.echo("; ".join(health.words), err=not health.is_well)
    ctx.exit(0 if health.is_well else 1)


def ask_daemon(listen: str, path: str, *, timeout_seconds: float = TIMEOUT_SECONDS) -> Health:
    """Return what the daemon with its page at `listen` answers at `path`, or why it does not.

    Each step of the answer may take `timeout_seconds`.
    """
    host, _, port = listen.rpartition(":")
    host = host.strip("[]")
    if not listen or port == "0":
        return Health(is_well=False, words=(_ANY_PORT if listen else _NO_PAGE,))
    connection = HTTPConnection(_LOOPBACK.get(host, host), int(port), timeout=timeout_seconds)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        report = json.loads(answer.read(_MOST_BYTES))
    except TimeoutError:
        return _silent(listen, f"no answer within {timeout_seconds:g} s: it hangs")
    except OSError as error:
        return _silent(listen, error.strerror or str(error))
    except (HTTPException, ValueError):
        return _silent(listen, "the answer is not batchbell's: somebody else has the port")
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
