"""The receiver that a channel's settings name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.receivers.receiver import ExecReceiver, UrlReceiver, WebhookReceiver

if TYPE_CHECKING:
    from batchbell.config.settings import ChannelSettings
    from batchbell.receivers.receiver import Receiver


def receiver_of(channel: ChannelSettings) -> Receiver:
    """Return where a channel's messages go."""
    if channel.exec is not None:
        return ExecReceiver(channel.exec, channel.exec_timeout.total_seconds())
    if channel.webhook is not None and channel.webhook_secret is not None:
        secret = channel.webhook_secret.get_secret_value()
        return WebhookReceiver(channel.webhook.get_secret_value(), secret)
    return UrlReceiver(channel.url.get_secret_value() if channel.url else "")
