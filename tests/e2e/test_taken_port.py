"""The page's port is another program's: the bell rings all the same."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from tests.e2e.harness import WATCHES, config, json_url
from tests.e2e.messages import arrived, keys, told_by_http
from tests.e2e.waiting import wait_until
from tests.timeout import TIMEOUT_SECONDS

if TYPE_CHECKING:
    from tests.e2e.conftest import StartDaemon
    from tests.loopback_receivers import HttpReceiver
    from tests.simulator.thread import ThreadedSimulator


def test_a_taken_port_is_told_retried_and_stops_no_message(
    api: ThreadedSimulator, start: StartDaemon, hook: HttpReceiver
) -> None:
    job_id = api.add_job()
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        settings = config(
            api.base_url, {"hook": json_url(hook)}, web={"listen": f"127.0.0.1:{port}"}
        )
        bell = start(settings).wait_for_baseline()
        assert bell.wait_for_log(WATCHES)["page"] == "waiting for its port"
        told = [line for line in bell.logs() if line["message"].startswith("no status page at ")]
        assert len(told) == 1
        assert "everything else goes on" in told[0]["message"]
        api.update_job(job_id, status="FAILED")
        assert keys(told_by_http(hook.wait_for(arrived(1)))) == [(job_id, "FAILED")]
    page = bell.wait_for_log("the status page has its port now")["page"]
    assert page == f"http://127.0.0.1:{port}/"

    def answers() -> bool:
        with socket.create_connection(("127.0.0.1", port), TIMEOUT_SECONDS) as connection:
            connection.sendall(b"GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n")
            return b"200 OK" in connection.recv(100)

    wait_until(answers, "the page")
