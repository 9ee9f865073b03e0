"""Webhooks: the notification as JSON, signed by Standard Webhooks 1.0.

Source: the Standard Webhooks specification, standardwebhooks.com: what is signed, the headers, that
2xx alone is success, that 410 ends it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from batchbell.core.delivery.outcome import Fault, Outcome
from batchbell.errors import ApiError
from batchbell.receivers.hook import hook_body
from batchbell.receivers.outcome import of_status
from batchbell.receivers.place import without_key
from batchbell.wire.refusal import retry_after_seconds
from batchbell.wire.request_errors import NothingSentError

if TYPE_CHECKING:
    from batchbell.receivers.content import Content
    from batchbell.receivers.receiver import WebhookReceiver
    from batchbell.wire.answer import Answer
    from batchbell.wire.http import HttpClient

#: For all of an attempt: connecting, sending, the answer's head.
TIMEOUT_SECONDS = 30.0
_SECRET_PREFIX = "whsec_"  # noqa: S105 - the part of a secret that everybody knows
#: What the channel's outage says of a receiver that is gone.
GONE = (
    "HTTP 410 Gone: the receiver wants no more messages, so the channel is disabled; "
    "a restart tries it again, and so does: batchbell deliveries retry all"
)


async def post(
    http: HttpClient,
    receiver: WebhookReceiver,
    content: Content,
    key: str,
    *,
    now_seconds: float,
    timeout_seconds: float = TIMEOUT_SECONDS,
) -> Outcome:
    """Post once and return how it went; `now_seconds` is the wall clock's Unix time.

    The key is the message's id, the same on every attempt. `timeout_seconds` is for all of it.
    """
    body = hook_body(content)
    timestamp = str(int(now_seconds))
    headers = {
        "Content-Type": "application/json",
        "Idempotency-Key": key,
        "webhook-id": key,
        "webhook-timestamp": timestamp,
        "webhook-signature": sign(receiver.secret, key, timestamp, body),
    }
    outcome: Outcome | None = None
    try:
        async with http.stream(
            "POST", receiver.url, headers=headers, content=body, timeout_seconds=timeout_seconds
        ) as answer:
            outcome = _outcome(answer, now_seconds)
            # Nobody needs it, but behind it the connection serves the next message.
            await answer.beginning()
    except ApiError as error:
        away = isinstance(error, NothingSentError)
        fault = Fault.CHANNEL if away else Fault.UNKNOWN
        reason = _without_key(str(error), receiver)
        return outcome or Outcome(delivered=False, reason=reason, fault=fault)
    return outcome


def sign(secret: str, message_id: str, timestamp: str, body: bytes) -> str:
    """Return the `webhook-signature`: an HMAC-SHA256 of id, time and body."""
    key = base64.b64decode(secret.removeprefix(_SECRET_PREFIX))
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def _without_key(reason: str, receiver: WebhookReceiver) -> str:
    host = urlsplit(receiver.url).hostname or ""
    return reason.replace(host, without_key(host)) if host else reason


def _outcome(answer: Answer, now_seconds: float) -> Outcome:
    if HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
        return Outcome(delivered=True, reason=f"HTTP {answer.status}")
    if answer.status == HTTPStatus.GONE:
        return Outcome(delivered=False, reason=GONE, permanent=True, fault=Fault.CHANNEL, gone=True)
    wait = retry_after_seconds(answer.headers, now=datetime.fromtimestamp(now_seconds, UTC))
    return of_status(answer.status, retry_after_seconds=wait)
