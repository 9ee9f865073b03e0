"""What a daemon loads: what only some configurations need costs the others no memory."""

from __future__ import annotations

import subprocess
import sys

#: Of templates, calendars, terminals, Apprise's channels, new schemas, mail, the page's server,
#: metrics and proxies.
NEEDED_BY_SOME = {
    *("jinja2", "icalendar", "rich", "pygments", "apprise", "requests", "alembic"),
    *("smtplib", "email.mime", "starlette", "uvicorn", "prometheus_client"),
    *("httpcore", "anyio"),
}


def test_a_daemon_is_built_without_what_only_some_need() -> None:
    code = (
        "import sys\n"
        "import batchbell.runtime.bootstrap\n"
        f"print(*sorted({NEEDED_BY_SOME!r} & set(sys.modules)))\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.split() == []
