"""`batchbell` whose HTTP to Slack goes to a local receiver; requests and answers are real.

Run as a program: the first argument is `host:port`, the others are batchbell's.
"""

from __future__ import annotations

import sys
from typing import Any

from batchbell.__main__ import main
from batchbell.receivers.slack import address

if __name__ == "__main__":
    here: dict[str, Any] = {"hooks.slack.com": f"http://{sys.argv.pop(1)}/services"}
    address.WEBHOOKS.update(here)
    main()
