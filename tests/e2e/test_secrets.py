"""Keys and channel URLs appear nowhere, however much goes wrong and however much is logged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.e2e.harness import RunningDaemon, config
from tests.e2e.messages import arrived
from tests.loopback_receivers import HANG, Answer
from tests.simulator.named_faults import refusal
from tests.warm_start import shared_server

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.loopback_receivers import HttpReceiver, MailReceiver
    from tests.simulator.thread import ThreadedSimulator

#: In each secret of the configuration; the receivers get them, nobody else may.
MARK = "m4rked"
KEY = f"fake-key-{MARK}"


def hits(bell: RunningDaemon, *, but: Path) -> list[str]:
    """Return where the mark is: the names of files of the daemon's folder, or the database."""
    files = [path for path in bell.database.parent.rglob("*") if path.is_file() and path != but]
    found = {"the database": bell.stored(), **{path.name: path.read_bytes() for path in files}}
    assert b"accounts" in found["daemon.log"]
    assert b"batch.failed" in found["the database"]
    return [name for name, content in found.items() if MARK.encode() in content]


def test_secrets_are_in_no_log_page_or_database(
    tmp_path: Path,
    api: ThreadedSimulator,
    hook: HttpReceiver,
    other_hook: HttpReceiver,
    mail: MailReceiver,
    new_place: Callable[[], str],
) -> None:
    mail.reply_next(f"550 no {MARK} here")
    hook.answer_next(
        Answer(status=500, body=f"not you, {MARK}".encode()),
        Answer(status=302, headers={"Location": f"http://127.0.0.1:9/{MARK}"}),
    )
    options = f"from=bell@example.org&to=ops-{MARK}@example.org"
    channels = {
        "hook": f"json://user:{MARK}-password@{hook.netloc}/{MARK}-path-0001?+X-Token={MARK}-header",
        "well": f"json://{other_hook.netloc}/{MARK}-path",
        "mail": f"mailto://127.0.0.1:{mail.port}/?{options}",
        "refused": f"json://127.0.0.1:9/{MARK}-refused",
    }
    settings = {
        "log_level": "debug",
        "alerts": {"unreachable_after": "0s"},
    }
    bell = RunningDaemon(
        tmp_path,
        config(api.base_url, channels, account={"api_key": KEY, "request_timeout": "1s"})
        | settings,
        url=new_place(),
        warm=shared_server(),
    )
    with bell:
        bell.wait_for_baseline()
        # An error text that repeats what nobody may read.
        api.add_job(status="FAILED", error=f"no {KEY}, no {hook.netloc}/{MARK}-path-0001")
        other_hook.wait_for(arrived(1))
        # A proxy that quotes the key in its refusal, and one that tells it in a header.
        api.fault(refusal(401, f"no such key: {KEY}", location=f"http://127.0.0.1:9/{KEY}"))
        bell.wait_for_log("account.unauthorized")
        api.clear_faults()
        bell.wait_for_log("account.recovered")
        hook.wait_for(arrived(2))
        other_hook.wait_for(lambda got: any("ACCOUNT UNAUTHORIZED" in each.text for each in got))
        hook.default = HANG
        bell.reload(config(api.base_url, {**channels, "new": f"slak://{MARK}"}))
        bell.reload(config(api.base_url, channels, account={"api_key": KEY}) | settings)
        pages = [bell.get(path)[1] for path in ("/", "/healthz", "/readyz", "/metrics")]
        assert bell.rows("SELECT 1 FROM attempts WHERE NOT delivered")
        live = hits(bell, but=bell.config_file)
        bell.stop()

    assert all(request.path.startswith(f"/{MARK}-path") for request in hook.requests)
    assert hook.requests[0].headers["x-token"] == f"{MARK}-header"
    assert live == []
    assert hits(bell, but=bell.config_file) == []
    assert MARK not in "".join(pages)
    assert "no ***, no" in "".join(pages)
    told = b"".join(request.body for request in other_hook.requests)
    assert b"ACCOUNT UNAUTHORIZED" in told
    assert MARK.encode() not in told
