"""One attempt to send by Apprise, start to end, in the calling thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apprise import Apprise

from batchbell.receivers.apprise.overhearing import overhearing
from batchbell.receivers.apprise.quiet import silence_libraries
from batchbell.receivers.apprise.service import MESSAGE_TYPES, open_service
from batchbell.receivers.apprise.signs import Signs
from batchbell.receivers.outcome import DELIVERED, unusable_url

if TYPE_CHECKING:
    from batchbell.core.delivery.outcome import Outcome
    from batchbell.receivers.progress import Progress


def attempt(progress: Progress) -> Outcome:
    """Send the message and return how it went; raises what the plugin does."""
    silence_libraries()
    service = open_service(progress.receiver.url, content=progress.content, key=progress.key)
    if service is None:
        return unusable_url("the channel's URL can't be used")
    signs = Signs()
    with overhearing(signs.hear):
        delivered = Apprise(service.plugin, asset=service.plugin.asset).notify(
            body=service.body,
            title=service.title,
            body_format=service.body_format,
            notify_type=MESSAGE_TYPES[progress.content.severity],
        )
    return DELIVERED if delivered else signs.outcome()
