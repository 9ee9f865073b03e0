"""Where a channel leads: the service as people call it, its host and whom, never a secret."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from batchbell.receivers.configured import receiver_of
from batchbell.receivers.content import Family
from batchbell.receivers.place import place_of, recipients_of
from batchbell.receivers.receiver import ExecReceiver, WebhookReceiver
from batchbell.receivers.registry import family_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from batchbell.config import LoadedConfig
    from batchbell.receivers.receiver import Receiver

#: What people call them.
_SERVICES: Mapping[Family, str] = {
    Family.MAIL: "mail",
    Family.SLACK: "Slack",
    Family.DISCORD: "Discord",
    Family.TEAMS: "Teams",
    Family.TELEGRAM: "Telegram",
    Family.NTFY: "ntfy",
}
#: So many recipients are named.
_NAMED = 3


class Destination(NamedTuple):
    """Where messages of a channel go; all are '' where that is not known."""

    #: `Slack`, `webhook`, `program`; of what Apprise sends to, what its URLs begin with.
    service: str
    #: `ntfy.example.org:8443`; '' also where a key may stand in its place.
    host: str
    #: `oncall@example.org`, `#batches`; '' also where that is a key to it.
    whom: str = ""


def destination_of(loaded: LoadedConfig | None, channel: str) -> Destination:
    """Return where a channel leads."""
    settings = None if loaded is None else loaded.settings.channels.get(channel)
    if settings is None:
        return Destination("", "")
    receiver = receiver_of(settings)
    return Destination(_service(receiver), place_of(receiver), _whom(receiver))


def _whom(receiver: Receiver) -> str:
    found = recipients_of(receiver)
    more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    return ", ".join(found[:_NAMED]) + more


def _service(receiver: Receiver) -> str:
    if isinstance(receiver, ExecReceiver):
        return "program"
    if isinstance(receiver, WebhookReceiver):
        return "webhook"
    family, scheme = family_of(receiver), receiver.url.partition("://")[0]
    if family is Family.PROGRAM:
        return f"{scheme.removesuffix('s')} over HTTP"
    return _SERVICES.get(family, scheme)
