"""The installed service, and what a test may do to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.config.toml_text import document
from tests.e2e.messages import told_by_http
from tests.e2e.waiting import wait_until

if TYPE_CHECKING:
    from tests.loopback_receivers import HttpReceiver
    from tests.simulator.thread import ThreadedSimulator
    from tests.system.machine import Machine

UNIT = "batchbell.service"


class Service:
    """The installed service and the world around it."""

    def __init__(self, machine: Machine, api: ThreadedSimulator, hook: HttpReceiver) -> None:
        self.machine, self.api, self.hook = machine, api, hook

    def configure(self, **channels: object) -> None:
        account = {"base_url": self.api.base_url, "poll_interval": "1s", "request_timeout": "3s"}
        config = {
            "database_url": "sqlite:////var/lib/batchbell/batchbell.db",
            "web": {"listen": "127.0.0.1:0"},
            "accounts": {"default": account},
            "channels": channels or {"hook": {"url": f"json://{self.hook.netloc}/"}},
        }
        self.machine.write("/etc/batchbell/config.toml", document(config), 0o644)

    @property
    def pid(self) -> int:
        return int(self.machine.property_of(UNIT, "MainPID"))

    @property
    def restarts(self) -> int:
        return int(self.machine.property_of(UNIT, "NRestarts"))

    def status(self) -> str:
        return self.machine.property_of(UNIT, "StatusText")

    def state(self) -> str:
        return self.machine.systemctl("is-active", UNIT, check=False)

    def key_in_use(self) -> str:
        """Return the key that the last poll brought."""
        return self.api.requests[-1].headers["authorization"].removeprefix("Bearer ")

    def signal(self, name: str) -> None:
        self.machine.systemctl("kill", "--kill-whom=main", f"--signal={name}", UNIT)

    def messages(self) -> str:
        return "\n".join(str(entry["MESSAGE"]) for entry in self.machine.journal(UNIT))

    def polled_again(self) -> None:
        """Wait for a poll that begins now or later."""
        polls = len(self.api.requests)
        wait_until(lambda: len(self.api.requests) >= polls + 2, "polls")

    def fail_a_job(self) -> str:
        """Let a job fail; return its id once that was told, once."""
        job_id = self.api.add_job(status="IN_PROGRESS")
        self.polled_again()
        self.api.update_job(job_id, status="FAILED")
        self.told_of(job_id)
        return job_id

    def told_of(self, job_id: str) -> None:
        def told() -> int:
            entries = told_by_http(self.hook.requests)
            return sum((entry.job, entry.label) == (job_id, "FAILED") for entry in entries)

        wait_until(lambda: told() == 1, f"the message about {job_id}", within=60)
