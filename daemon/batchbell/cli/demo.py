"""`batchbell demo`: the real daemon on a simulated API, with its messages on this terminal."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

if TYPE_CHECKING:
    from collections.abc import Callable

    from batchbell.cli.terminal.demo_screen import Screen
    from batchbell.clock import Clock
    from batchbell.config import Settings
    from batchbell.core.delivery.outcome import Outcome
    from batchbell.receivers.content import Content, Family
    from batchbell.receivers.receiver import Receiver

#: Where the status page is unless somebody else has the port.
HOST, PORT = "127.0.0.1", 8710
API_KEY = "demo-needs-no-key"
#: How long messages wait for names: a minute of the demo is a second of ours.
NAME_WAIT = timedelta(minutes=2)
#: Where the reader's zone has no name.
USUAL_ZONE = "UTC"
#: What is told to everybody: of how a job comes along only that it began, the bars show the rest.
TEAM_EVENTS = (
    "account.*",
    "batch.in_progress",
    "batch.completed",
    "batch.completed_with_errors",
    "batch.cancelled",
    "batch.resumed",
)
#: What somebody has to act on.
ONCALL_EVENTS = (
    "batch.failed",
    "batch.expired",
    "batch.completed_empty",
    "batch.deadline_*",
    "batch.at_risk",
    "batch.stalled",
)


@click.command("demo")
@click.option(
    "--seconds",
    type=click.FloatRange(min=0, min_open=True),
    metavar="N",
    help="End after N seconds; without it, Ctrl-C ends.",
)
def command(seconds: float | None) -> None:
    """Watch simulated jobs move and their messages arrive; needs no key.

    A simulated Together API, the real daemon and its status page, 60 times as fast as life.
    Nothing leaves this machine, and no file stays behind.
    """
    from batchbell.cli.terminal.readers_clock import readers_zone, times_in

    _forget_proxies()
    # Its messages are for who sees the bars beside them: those of a channel take a zone's name.
    zone = ZoneInfo(getattr(readers_zone(), "key", None) or USUAL_ZONE)
    with times_in(zone), TemporaryDirectory(prefix="batchbell-demo-") as folder:
        count = asyncio.run(_play(Path(folder), seconds, zone.key))
    click.echo(f"The demo has ended: {count} messages. Your own jobs: batchbell config init")


async def _play(folder: Path, seconds: float | None, timezone: str) -> int:
    """Run everything in this loop; return how many messages were shown."""
    from batchbell.cli.terminal.demo_screen import LiveScreen, PlainScreen
    from batchbell.cli.terminal.output import on_terminal
    from batchbell.clock import Clock
    from batchbell.config import LoadedConfig
    from batchbell.runtime.bootstrap import Ports, build_daemon
    from batchbell.simulator.clock import SimulatedClock
    from batchbell.simulator.scenario import DEMO_SPEED, demo_plans
    from batchbell.simulator.server import Simulator
    from batchbell.store.opening import database_at

    stopping = _stopping(seconds)
    simulated, clock = SimulatedClock(speed=DEMO_SPEED), Clock(speed=DEMO_SPEED)
    plans = demo_plans(simulated.start)
    async with Simulator(plans, clock=simulated, api_key=API_KEY) as simulator:
        settings = _settings(folder, simulator.base_url, _free_listen(), timezone)
        database = database_at(settings.database_url.get_secret_value())
        _introduce(settings.web.listen)
        with LiveScreen() if on_terminal() else PlainScreen() as screen:
            _log_only_trouble()
            sender = ScreenSender(screen, clock, on_closed=stopping.set)
            config = LoadedConfig(settings, path=None, origins={}, warnings=())
            ports = Ports(database=database, clock=clock, sender=sender, name_wait=NAME_WAIT)
            daemon = build_daemon(config, ports)
            following = asyncio.create_task(screen.follow(database, clock))
            try:
                await daemon.run(stopping)
            finally:
                following.cancel()
                await asyncio.gather(following, return_exceptions=True)
    return sender.count


@dataclass(slots=True)
class ScreenSender:
    """Takes the notifier's place: every channel's messages go to the screen."""

    screen: Screen
    clock: Clock
    #: Called when nobody reads the screen any more.
    on_closed: Callable[[], None]
    count: int = 0

    def family(self, receiver: Receiver) -> Family:
        """Return a hook's form: plain text, and its events one by one."""
        from batchbell.receivers.content import Family

        del receiver
        return Family.HOOK

    async def send(
        self, channel_name: str, receiver: Receiver, content: Content, key: str
    ) -> Outcome:
        """Show the message."""
        from batchbell.core.delivery.outcome import Outcome

        del receiver, key
        try:
            self.screen.show(channel_name, content, self.clock.now())
        except OSError:
            self.on_closed()
            return Outcome(delivered=False, reason="the terminal is gone")
        self.count += 1
        return Outcome(delivered=True, reason="shown")

    async def close(self) -> None:
        """Keep the screen: it is not ours."""


def _settings(folder: Path, base_url: str, listen: str, timezone: str) -> Settings:
    """Return the demo's configuration: durations count on its own fast clock."""
    from batchbell.config import Settings

    shown = {"url": "terminal://", "timezone": timezone}
    return Settings.model_validate(
        {
            "database_url": f"sqlite:///{folder / 'batchbell.db'}",
            "accounts": {"demo": {"api_key": API_KEY, "base_url": base_url}},
            # A job of a day moves every 24 minutes. Within the hour it rings once for a deadline.
            "alerts": {"deadline_warnings": ["45m"], "stalled_after": "30m"},
            "channels": {
                "team": {**shown, "events": list(TEAM_EVENTS)},
                "oncall": {**shown, "events": list(ONCALL_EVENTS)},
            },
            # A minute of it is a second of ours: too short for files on a busy machine.
            "results": {"wait": "10m"},
            "web": {"listen": listen},
        }
    )


def _introduce(listen: str) -> None:
    click.echo(
        "batchbell demo: a simulated Together API, the real daemon, its messages below.\n"
        "Time is 60 times as fast: a second here is a minute there. It has two channels:\n"
        "oncall is told of failures, and of jobs that run late or stand still; team is told\n"
        "of starts and all other ends. What they get has all that is known of a job, and\n"
        "commands to copy.\n\n"
        f"  Status page  http://{listen}/\n"
        "  Ctrl-C ends\n"
    )


def _stopping(seconds: float | None) -> asyncio.Event:
    """Return an event that a signal sets, or the end of the time."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, stopping.set)
    if seconds is not None:
        loop.call_later(seconds, stopping.set)
    return stopping


def _free_listen() -> str:
    """Return the usual address, or one with a free port if that is taken."""
    for port in (PORT, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return f"{HOST}:{probe.getsockname()[1]}"
    return f"{HOST}:{PORT}"


def _log_only_trouble() -> None:
    """Keep the log off the screen: the messages say what happens."""
    from batchbell.observability import logs

    logs.configure(level="error", form="text", redact=str)
    logging.getLogger("batchbell.events").setLevel(logging.CRITICAL)


def _forget_proxies() -> None:
    """Take the proxies out of the environment: the simulated API is on this machine."""
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            del os.environ[name]
