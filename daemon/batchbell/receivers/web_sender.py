"""Sends to web services: the one place where a kind's requests become HTTP."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from batchbell.core.delivery.outcome import Fault, Outcome
from batchbell.errors import ApiError
from batchbell.receivers.exchange import Reply
from batchbell.receivers.outcome import combined
from batchbell.wire.refusal import retry_after_seconds
from batchbell.wire.request_errors import NothingSentError

if TYPE_CHECKING:
    from batchbell.receivers.exchange import Exchange, Request, WebAddress
    from batchbell.receivers.progress import Progress
    from batchbell.wire.http import HttpClient

#: No answer that is needed is longer.
_MAX_BYTES = 2**20


async def send_web(
    client: HttpClient, address: WebAddress, progress: Progress, *, now_seconds: float
) -> Outcome:
    """Send what is left of a message and return how it went.

    A target that fails gets no further piece in this attempt; the others do. `now_seconds` is the
    wall clock's Unix time, for a `Retry-After` that is a date.
    """
    failures = []
    for target in address.targets:
        failure = await _tell(client, address, target, progress, now_seconds)
        failures += [failure] if failure is not None else []
    return combined(failures)


async def _tell(
    client: HttpClient, address: WebAddress, target: str, progress: Progress, now_seconds: float
) -> Outcome | None:
    """Send a target the pieces it has not taken yet; return the first failure."""
    for number, piece in enumerate(address.pieces(progress.content)):
        if (number, target) in progress.taken:
            continue
        exchange = address.tell(target, piece, progress.content)
        outcome = await _converse(client, exchange, address.timeout_seconds, now_seconds)
        if not outcome.delivered:
            return outcome
        progress.taken.add((number, target))
    return None


async def _converse(
    client: HttpClient, exchange: Exchange, timeout_seconds: float, now_seconds: float
) -> Outcome:
    try:
        request = next(exchange)
        while True:
            reply = await _ask(client, request, timeout_seconds, now_seconds)
            request = exchange.send(reply)
    except StopIteration as end:
        outcome: Outcome = end.value
        return outcome
    except NothingSentError as error:
        return Outcome(delivered=False, reason=str(error), fault=Fault.CHANNEL)
    except ApiError as error:
        return Outcome(delivered=False, reason=str(error))


async def _ask(
    client: HttpClient, request: Request, timeout_seconds: float, now_seconds: float
) -> Reply:
    async with client.stream(
        request.method,
        request.url,
        headers=request.headers,
        content=request.body,
        timeout_seconds=timeout_seconds,
    ) as answer:
        is_success = Reply(status=answer.status).is_success
        return Reply(
            status=answer.status,
            retry_after_seconds=retry_after_seconds(
                answer.headers, now=datetime.fromtimestamp(now_seconds, UTC)
            ),
            body=await (answer.read(_MAX_BYTES) if is_success else answer.beginning()),
        )
