"""One attempt to send, start to end, in the calling thread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchbell.core.delivery.outcome import Fault, Outcome
from batchbell.receivers.quiet import silence_libraries
from batchbell.receivers.verdict import Symptoms

if TYPE_CHECKING:
    from apprise.logger import NotifyLogEntry

    from batchbell.receivers.content import Content
    from batchbell.receivers.receiver import AppriseReceiver


@dataclass(slots=True)
class Progress:
    """How far the sending of one message has come, over all its attempts."""

    receiver: AppriseReceiver
    content: Content
    key: str
    #: How many of its pieces were taken: the next attempt goes on behind them.
    taken: int = 0


def attempt(progress: Progress) -> Outcome:
    """Send what is left of the message and return how it went; raises nothing.

    The texts of exceptions are not told, as they may quote the URL.
    """
    try:
        return _attempt(progress)
    except Exception as error:  # noqa: BLE001 - a plugin may raise anything
        reason = f"the send broke off ({type(error).__name__})"
        return Outcome(delivered=False, reason=reason, fault=Fault.MESSAGE)


def _attempt(progress: Progress) -> Outcome:
    silence_libraries()
    # Lazily: 150 ms and 200 plugins.
    from apprise import Apprise  # noqa: PLC0415

    from batchbell.receivers.service import MESSAGE_TYPES, open_services  # noqa: PLC0415

    url = progress.receiver.url
    services = open_services(url, content=progress.content, key=progress.key)
    if not services:
        reason = "the channel's URL can't be used"
        return Outcome(delivered=False, reason=reason, permanent=True, fault=Fault.CHANNEL)
    symptoms = Symptoms()

    def hear(entry: NotifyLogEntry, _service: object) -> None:
        symptoms.hear(entry.level, entry.message)

    for number, service in enumerate(services[progress.taken :], start=progress.taken + 1):
        # A fresh object for every send: the plugins throttle repeated ones by the wall clock.
        delivered = Apprise(service.plugin, asset=service.plugin.asset).notify(
            body=service.body,
            title=service.title,
            body_format=service.body_format,
            notify_type=MESSAGE_TYPES[progress.content.severity],
            log_callback=hear,
            log_level=10,
        )
        if not delivered:
            return symptoms.outcome()
        progress.taken = number
    return Outcome(delivered=True, reason="delivered")
