"""The one place where everything is built and put together: the daemon, and a round for cron.

The four ports are where the program meets the world. Whoever wants another world, as the demo
does, replaces some of them here and gets the real daemon on it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from batchbell.clock import Clock, boot_seconds
from batchbell.config.page import health_socket, health_socket_without_file
from batchbell.config.secrets import secret_values
from batchbell.core.file_names import NAME_WAIT
from batchbell.core.verdict_news import VERDICTS_WITHIN
from batchbell.observability.metrics import Metrics
from batchbell.observability.redaction import Redaction
from batchbell.receivers.notifier import Notifier
from batchbell.runtime.account_parts import AccountParts
from batchbell.runtime.account_workers import TICK_EVERY, AccountWorkers
from batchbell.runtime.channel_parts import ChannelParts
from batchbell.runtime.channel_workers import ChannelWorkers
from batchbell.runtime.chores import Chores
from batchbell.runtime.daemon import START_HUNG_SECONDS, Daemon
from batchbell.runtime.heartbeat import Heartbeat
from batchbell.runtime.in_force import InForce
from batchbell.runtime.liveness import Liveness
from batchbell.runtime.lull import News
from batchbell.runtime.once import Round
from batchbell.runtime.provider import shipped
from batchbell.runtime.reminding import Reminding
from batchbell.runtime.replicas import Replicas, identity
from batchbell.runtime.result_workers import ResultWorkers
from batchbell.runtime.scheduler import Scheduler
from batchbell.runtime.systemd import Systemd
from batchbell.store.accounts import polled_well
from batchbell.store.opening import database_at
from batchbell.usecases.deliver import PAUSE_SECONDS
from batchbell.usecases.membership import Membership
from batchbell.web.access import access
from batchbell.web.health_socket import HealthSocket
from batchbell.web.reports import Reports
from batchbell.web.server import StatusServer
from batchbell.web.watching import watching

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable
    from datetime import datetime

    from batchbell.config import LoadedConfig, Settings
    from batchbell.providers.api_key import KeyPlace
    from batchbell.providers.port import Provider
    from batchbell.runtime.channel_parts import Sender
    from batchbell.store.database import Database
    from batchbell.usecases.poll import PollReport
    from batchbell.web.server import Page
    from batchbell.web.watching import Watching


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Where the program meets the world: disk, time, receivers and provider."""

    database: Database
    clock: Clock
    #: Seconds that never jump: what has hung, and what is overdue, is counted in them.
    seconds: Callable[[], float] = boot_seconds
    #: What messages leave through.
    sender: Sender
    provider: Provider = field(default_factory=shipped)
    #: How long messages wait for files' names, by the clock: on a fast one that is soon over.
    name_wait: timedelta = NAME_WAIT


def real_ports(settings: Settings) -> Ports:
    """Return this machine's world."""
    database = database_at(settings.database_url.get_secret_value())
    return Ports(database=database, clock=Clock(), sender=Notifier())


def build_daemon(
    config: LoadedConfig,
    ports: Ports,
    *,
    redaction: Redaction | None = None,
    key_place: Callable[[str], KeyPlace] | None = None,
    tick_every: timedelta = TICK_EVERY,
    start_hung_seconds: float = START_HUNG_SECONDS,
    pause_seconds: float = PAUSE_SECONDS,
) -> Daemon:
    """Return the daemon; nothing of it is started yet.

    `redaction` knows the secrets of all configurations so far; without it these are the first.
    `key_place` says where the key of an account can be read anew; without it a refused key stays
    refused. `pause_seconds` is how long a delivery waits after a failed write.
    """
    base = _Base(config, ports, redaction, key_place, _membership(ports))
    in_force, clock, liveness = base.in_force, ports.clock, base.liveness
    scheduler = Scheduler(seconds=ports.seconds)
    replicas = base.replicas
    channel_workers, heartbeat = base.channel_workers(pause_seconds), base.heartbeat()
    systemd = Systemd(os.environ, hung=liveness.hung, now=clock.now)
    chores = Chores(
        ports.database,
        clock=clock,
        scheduler=scheduler,
        liveness=liveness,
        in_force=in_force,
        has_tried=lambda: account_workers.tried.is_set() and base.does_chores(),
        reminding=base.reminding(channel_workers.wake),
    )

    accounts = base.accounts()
    result_workers = base.result_workers(accounts, channel_workers.wake)

    def polled(report: PollReport) -> None:
        result_workers.polled()
        if report.error is None:
            chores.polled_well()
        heartbeat.polled(report)
        systemd.polled(report)

    def announced() -> None:
        channel_workers.wake()
        result_workers.wake()

    account_workers = AccountWorkers(
        accounts,
        clock=clock,
        scheduler=scheduler,
        liveness=liveness,
        metrics=base.metrics,
        on_events=announced,
        on_report=polled,
        tick_every=tick_every,
    )
    return Daemon(
        in_force=in_force,
        database=ports.database,
        clock=clock,
        liveness=liveness,
        metrics=base.metrics,
        scheduler=scheduler,
        account_workers=account_workers,
        channel_workers=channel_workers,
        result_workers=result_workers,
        replicas=replicas,
        chores=chores,
        heartbeat=heartbeat,
        systemd=systemd,
        open_page=base.open_page,
        health_socket=base.health_socket,
        hang_up=ports.sender.close,
        start_hung_seconds=start_hung_seconds,
    )


def build_round(
    config: LoadedConfig,
    ports: Ports,
    *,
    redaction: Redaction | None = None,
    key_place: Callable[[str], KeyPlace] | None = None,
) -> Round:
    """Return one round for cron; `redaction` and `key_place` as for the daemon."""
    base = _Base(config, ports, redaction, key_place, None)
    accounts, channel_workers = base.accounts(), base.channel_workers()
    return Round(
        in_force=base.in_force,
        database=ports.database,
        clock=ports.clock,
        accounts=accounts,
        channel_workers=channel_workers,
        # All are there when the round delivers.
        result_workers=base.result_workers(accounts, channel_workers.wake, within=timedelta()),
        heartbeat=base.heartbeat(),
        hang_up=ports.sender.close,
    )


def _membership(ports: Ports) -> Membership | None:
    """Return what this daemon has for itself beside others; None where it is alone."""
    if not ports.database.has_replicas:
        return None
    membership = Membership(ports.database, identity(), seconds=ports.seconds)
    ports.database.fence(membership.require)
    return membership


class _Base:
    """What the daemon and a round have in common."""

    def __init__(
        self,
        config: LoadedConfig,
        ports: Ports,
        redaction: Redaction | None,
        key_place: Callable[[str], KeyPlace] | None,
        membership: Membership | None,
    ) -> None:
        self.in_force = InForce(config)
        self.liveness = Liveness(ports.seconds)
        self.metrics = Metrics()
        self.news = News()
        self.replicas = Replicas(membership, liveness=self.liveness, assume=ports.clock.assume)
        self._ports = ports
        self._redaction = redaction or Redaction(secret_values(config.settings))
        self._key_place = key_place

    def does_chores(self) -> bool:
        """Whether what one replica does for all is ours: it goes with the first account."""
        first = min(self.in_force.settings.accounts, default=None)
        return first is not None and self.replicas.holds_account(first)

    def accounts(self) -> AccountParts:
        return AccountParts(
            in_force=self.in_force,
            database=self._ports.database,
            clock=self._ports.clock,
            provider=self._ports.provider,
            redaction=self._redaction,
            key_place=self._key_place,
            is_ours=self.replicas.holds_account,
            takes_part=self.replicas.takes_part,
            news=self.news,
            cut_off_at=self._cut_off_at,
            name_wait=self._ports.name_wait,
        )

    def _cut_off_at(self) -> datetime | None:
        ago = self.replicas.cut_off_ago()
        return None if ago is None else self._ports.clock.now() - ago

    def channel_workers(self, pause_seconds: float = PAUSE_SECONDS) -> ChannelWorkers:
        parts = ChannelParts(
            in_force=self.in_force,
            database=self._ports.database,
            clock=self._ports.clock,
            sender=self._ports.sender,
            provider=self._ports.provider.words,
            redaction=self._redaction,
            pause_seconds=pause_seconds,
        )
        return ChannelWorkers(
            parts.delivery,
            database=self._ports.database,
            clock=self._ports.clock,
            liveness=self.liveness,
            metrics=self.metrics,
            is_ours=self.replicas.holds_channel,
            news=self.news,
        )

    def result_workers(
        self,
        accounts: AccountParts,
        on_events: Callable[[], None],
        *,
        within: timedelta = VERDICTS_WITHIN,
    ) -> ResultWorkers:
        return ResultWorkers(
            accounts,
            clock=self._ports.clock,
            liveness=self.liveness,
            metrics=self.metrics,
            on_events=on_events,
            within=within,
        )

    def reminding(self, on_reminders: Callable[[], None]) -> Reminding:
        return Reminding(
            self._ports.database,
            clock=self._ports.clock,
            liveness=self.liveness,
            in_force=self.in_force,
            news=self.news,
            on_reminders=on_reminders,
        )

    def heartbeat(self) -> Heartbeat:
        """Return the dead man's switch; its URL is looked up at every ping."""

        def url() -> str:
            return self.in_force.settings.alerts.heartbeat_url.get_secret_value()

        def accounts() -> list[str]:
            return list(filter(self.replicas.holds_account, self.in_force.settings.accounts))

        def is_well_elsewhere() -> bool:
            others = set(self.in_force.settings.accounts) - set(accounts())
            if not others:
                return True
            with self._ports.database.read() as connection:
                return others <= polled_well(connection, self._ports.clock.now())

        return Heartbeat(url, accounts, is_well_elsewhere=is_well_elsewhere)

    def open_page(self, stopping: asyncio.Event) -> StatusServer | None:
        """Return the server of the page, with its port if that is free; None for no page."""
        web = self.in_force.page
        if not web.enabled:
            return None
        server = StatusServer(partial(self._page, stopping), web.listen, stopping)
        server.bind()
        return server

    def _page(self, stopping: asyncio.Event) -> Page:
        # Only who has a page pays for it.
        from batchbell.web.app import create_app  # noqa: PLC0415

        clock = self._ports.clock
        return create_app(
            database=self._ports.database,
            liveness=self.liveness,
            metrics=self.metrics,
            condition=lambda: self.liveness.condition(now=clock.now(), skew=clock.skew),
            now=clock.now,
            watching=self._watching,
            access=lambda: access(self.in_force.page),
            stop=stopping,
        )

    def health_socket(self, stopping: asyncio.Event) -> HealthSocket:
        """Return what answers health checks beside the database, with a page or without."""
        database = self._ports.database
        reports = Reports(
            database,
            self.liveness,
            self._watching,
            self._ports.clock.now,
        )
        if database.path is None:
            url = self.in_force.settings.database_url.get_secret_value()
            place = health_socket_without_file(url, os.environ)
        else:
            place = health_socket(database.path)
        return HealthSocket(reports, place, stopping)

    def _watching(self) -> Watching:
        seen = watching(self.in_force.config, self._ports.provider)
        return replace(seen, cut_off=self.replicas.cut_off())
