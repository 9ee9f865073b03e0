"""What batchbell meets on the day: two simulated APIs, every kind of receiver, a configuration."""

from __future__ import annotations

import socket
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from docs.pictures.day.clock import MOMENT
from docs.pictures.day.here import HERE, all_led_to
from docs.pictures.day.job import PRODUCTION, RESEARCH
from docs.pictures.day.jobs import JOBS
from tests.config.toml_text import document
from tests.loopback_receivers import Answer, HttpReceiver, MailReceiver
from tests.simulator.faulty import FaultySimulator
from tests.simulator.file_faults import file_refusal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from batchbell.simulator.clock import SimulatedClock
    from batchbell.simulator.plan import JobPlan

API_KEY = "fake-key-of-the-day"
#: "fake-secret-of-the-simulated-day".
SECRET = "whsec_ZmFrZS1zZWNyZXQtb2YtdGhlLXNpbXVsYXRlZC1kYXk="  # noqa: S105 - an obvious fake
ZONE = "Europe/Berlin"
#: The job that the channel `tickets` takes no message about.
REFUSED_JOB = b"contract-clauses"
_NOT_HAD = file_refusal(404, "file not found", "not_found")


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """All of it, running."""

    clock: SimulatedClock
    apis: dict[str, FaultySimulator]
    #: Of the jobs, by their names.
    plans: dict[str, JobPlan]
    #: All services on other machines; a path begins with the host.
    elsewhere: HttpReceiver
    hook: HttpReceiver
    pager: HttpReceiver
    tickets: HttpReceiver
    mail: MailReceiver
    config_file: Path
    page: str

    @property
    def page_url(self) -> str:
        """Where the status page is, without a slash behind it."""
        return f"http://{self.page}"


@contextmanager
def world(folder: Path, clock: SimulatedClock) -> Iterator[World]:
    """Provide receivers, APIs that do not listen yet, and the configuration file."""
    plans = {job.name: job.plan(MOMENT, number) for number, job in enumerate(JOBS, start=1)}
    with (
        HttpReceiver() as elsewhere,
        HttpReceiver() as hook,
        HttpReceiver() as pager,
        HttpReceiver() as tickets,
        MailReceiver() as mail,
        all_led_to(elsewhere.netloc),
    ):
        tickets.judge = lambda body: Answer(status=400) if REFUSED_JOB in body else None
        yield World(
            clock=clock,
            apis={name: _api(name, plans, clock) for name in (PRODUCTION, RESEARCH)},
            plans=plans,
            elsewhere=elsewhere,
            hook=hook,
            pager=pager,
            tickets=tickets,
            mail=mail,
            config_file=folder / "batchbell.toml",
            page=f"{HERE}:{_free_port()}",
        )


def configure(world: World) -> None:
    """Write the configuration file, once the APIs listen."""
    file = world.config_file
    accounts = {
        name: {"api_key": API_KEY, "base_url": api.base_url} for name, api in world.apis.items()
    }
    everything = {
        "database_url": f"sqlite:///{file.parent / 'bell.db'}",
        "accounts": accounts,
        "channels": _channels(world),
        "results": {"give_up_after": "2h"},
        "web": {"listen": world.page, "public_url": "https://bell.example.com"},
    }
    file.touch(mode=0o600)
    file.write_text(document(everything), encoding="utf-8")


def _channels(world: World) -> dict[str, dict[str, object]]:
    mail = f"mailto://{HERE}:{world.mail.port}/?from=batchbell@example.com&to="
    told: dict[str, dict[str, object]] = {
        "oncall": {"url": f"{mail}oncall@example.com"},
        "digest": {"url": f"{mail}digest@example.com", "digest_every": "6h"},
        "night": {"url": f"{mail}night@example.com", "quiet_hours": ["22:00-07:00"]},
        "team": {"url": "slack://T0FAKE000/B0FAKE000/FakeFakeFakeFakeFakeFake/#batches",
                 "remind_every": "8h"},
        "summary": {"url": "slack://T0FAKE000/B0FAKE001/FakeFakeFakeFakeFakeFake/#summary",
                    "digest_every": "8h"},
        "phone": {"url": "ntfys://ntfy.example.com/batches"},
        "bedside": {"url": "ntfys://ntfy.example.com/bedside", "quiet_hours": ["22:00-07:00"],
                    "digest_every": "3h"},
        "discord": {"url": "discord://4174216298/fake-fake-fake-fake", "digest_every": "90m"},
        "teams": {"url": "workflows://teams.example.com/643a27eb3daa/fake-signature/",
                  "digest_every": "90m"},
        "telegram": {"url": "tgram://123456789:abcdefg_hijklmnop/12315544/",
                     "digest_every": "90m"},
        "hook": {"webhook": f"http://{world.hook.netloc}/hook",
                 "webhook_secret": SECRET, "events": ["*"]},
        "pager": {"url": f"json://{world.pager.netloc}/page"},
        "tickets": {"url": f"json://{world.tickets.netloc}/tickets", "min_severity": "warning"},
    }  # fmt: skip
    return {name: {"timezone": ZONE, **channel} for name, channel in told.items()}


def _api(account: str, plans: Mapping[str, JobPlan], clock: SimulatedClock) -> FaultySimulator:
    """Return an account's API, which does not say everything of every file."""
    api = FaultySimulator(clock=clock, api_key=API_KEY)
    for job in JOBS:
        plan = plans[job.name]
        if job.account == account:
            api.add_plan(plan)
        if job.is_unnamed:
            api.fault(_NOT_HAD, path=f"/files/{plan.first['input_file_id']}")
        if job.is_lost:
            api.fault(_NOT_HAD, path=f"/files/{plan.steps[-1].changes['output_file_id']}*")
    return api


def _free_port() -> int:
    with socket.create_server((HERE, 0)) as holder:
        port: int = holder.getsockname()[1]
        return port
