"""`batchbell` whose HTTP to Slack goes to a local receiver; requests and answers are real.

Run as a program: the first argument is `host:port`, the others are batchbell's.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from batchbell.__main__ import main as batchbell
from batchbell.receivers.slack import address
from tests.warm_start import WarmProgram, shared_server

if TYPE_CHECKING:
    from tests.loopback_receivers import HttpReceiver


def slack_at(receiver: HttpReceiver) -> WarmProgram:
    """Return the program to be started."""
    return WarmProgram(shared_server(), "tests.e2e.slack_here", (receiver.netloc,))


def main() -> None:
    """Run it."""
    here: dict[str, Any] = {"hooks.slack.com": f"http://{sys.argv.pop(1)}/services"}
    address.WEBHOOKS.update(here)
    batchbell()
