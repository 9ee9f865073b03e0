"""Sending a message to a channel. This package alone imports Apprise, and only once it must."""

from __future__ import annotations

from batchbell.notifier.channel_check import check_channel
from batchbell.notifier.notifier import Notifier
from batchbell.notifier.receiver import AppriseReceiver, ExecReceiver, Receiver, WebhookReceiver

__all__ = [
    "AppriseReceiver",
    "ExecReceiver",
    "Notifier",
    "Receiver",
    "WebhookReceiver",
    "check_channel",
]
