"""`batchbell` with Slack's address replaced by a local one; the payload stays Slack's.

Run as a program: the first argument is `host:port`, the others are batchbell's.
"""

from __future__ import annotations

import sys

from apprise.plugins.slack import NotifySlack

from batchbell.__main__ import main

if __name__ == "__main__":
    NotifySlack.webhook_url = f"http://{sys.argv.pop(1)}/services"
    main()
