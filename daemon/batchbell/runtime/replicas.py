"""A daemon as one of several on a database: its signs of life, and work that moves.

A daemon that has its database for itself does all work, and none of this runs.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import os
import secrets
import socket
from contextlib import suppress
from typing import TYPE_CHECKING

from batchbell import __version__
from batchbell.errors import DatabaseError
from batchbell.observability.outage_log import Outage
from batchbell.store.database import about_account, about_channel
from batchbell.usecases.membership import BEAT_SECONDS, Identity

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime, timedelta

    from batchbell.config import Settings
    from batchbell.runtime.liveness import Liveness
    from batchbell.usecases.membership import Membership

logger = logging.getLogger(__name__)

_NAME = "the signs of life to other replicas"
#: Without any for so long it has hung, seconds.
HUNG_SECONDS = 60.0
#: What replicas may have of their own, on which nothing that they decide depends.
_OWN_KEYS = {"database_url": True, "log_level": True, "log_format": True, "web": True}


def identity() -> Identity:
    """Return a new one: random, so that one which comes back is nobody's old self."""
    return Identity(
        id=secrets.token_hex(8), name=f"{socket.gethostname()}:{os.getpid()}", version=__version__
    )


def config_mark(settings: Settings) -> str:
    """Return what the configuration comes to: differs where replicas would decide differently.

    Secrets count for nothing, nor do addresses, paths and logs.
    """
    kept = settings.model_dump(mode="json", exclude=_OWN_KEYS)
    kept.get("results", {}).pop("folder", None)
    text = json.dumps(kept, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


class Replicas:
    """Gives signs of life, and lets the workers begin and end what comes and goes."""

    def __init__(
        self,
        membership: Membership | None,
        *,
        liveness: Liveness,
        assume: Callable[[datetime], None] = lambda _time: None,
        beat_seconds: float = BEAT_SECONDS,
    ) -> None:
        """Take part in nothing yet; without `membership` there is nobody else.

        `assume` is told what the database's clock says: all replicas can go by that.
        """
        self._membership = membership
        self._liveness = liveness
        self._assume = assume
        self._beat_seconds = beat_seconds
        self._settle: Callable[[], Awaitable[None]] | None = None
        self._settled: frozenset[str] = frozenset()
        self._settling: asyncio.Task[None] | None = None
        self._is_stopping = False
        self._silence = Outage(logger, level=logging.ERROR)
        self._told: frozenset[str] = frozenset()

    def holds(self, subject: str) -> bool:
        """Whether work on a subject may begin here."""
        return self._membership is None or self._membership.holds(subject)

    def holds_account(self, name: str) -> bool:
        """Whether an account is polled here."""
        return self.holds(about_account(name))

    def holds_channel(self, name: str) -> bool:
        """Whether a channel is delivered to from here."""
        return self.holds(about_channel(name))

    def takes_part(self) -> bool:
        """Whether this replica may do what any may: it is not cut off."""
        return self._membership is None or not self._membership.cut_off_seconds()

    def cut_off_ago(self) -> timedelta | None:
        """Return how long ago the database was first out of reach when it last was; None if never.

        A replica that stood still has not noticed: that is no fault of the database.
        """
        return None if self._membership is None else self._membership.failed_ago()

    def cut_off(self) -> str:
        """Return that this replica does nothing, and why; '' if it works."""
        if self.takes_part():
            return ""
        return (
            "cut off from the database: it polls and sends nothing, other replicas may have its "
            "accounts and channels"
        )

    async def want(self, settings: Settings) -> None:
        """Take a share of what is configured. Raises `DatabaseError`."""
        if self._membership is None:
            return
        subjects = {about_account(name) for name in settings.accounts}
        subjects |= {about_channel(name) for name in settings.channels}
        self._membership.want(subjects, config_mark(settings))
        await self._beaten(self._membership)

    async def run(self, settle: Callable[[], Awaitable[None]]) -> None:
        """Give signs of life until cancelled.

        `settle` begins work on what is held, and returns once work on all else has ended.
        """
        membership = self._membership
        if membership is None:
            return
        while True:
            self._liveness.expect(_NAME, within_seconds=HUNG_SECONDS)
            await self._beat(membership)
            self._settle_soon(membership, settle)
            await asyncio.sleep(self._beat_seconds)

    async def settle_no_more(self) -> None:
        """Let no more work begin or end here but by the stop that follows; signs of life go on."""
        self._is_stopping = True
        if self._settling is not None:
            self._settling.cancel()
            await asyncio.gather(self._settling, return_exceptions=True)

    async def leave(self) -> None:
        """Give everything back, once all work has ended."""
        if self._membership is not None:
            with suppress(DatabaseError):
                await asyncio.to_thread(self._membership.leave)

    async def _beat(self, membership: Membership) -> None:
        try:
            await self._beaten(membership)
        except DatabaseError as error:
            self._liveness.database_failed(_NAME, error)
            self._silence.failed("no sign of life to other replicas: %s", error)
            return
        self._liveness.database_written(_NAME)
        self._silence.ended("signs of life again")
        self._tell(membership)

    async def _beaten(self, membership: Membership) -> None:
        await asyncio.to_thread(membership.beat)
        time = membership.database_time()
        if time is not None:
            self._assume(time)

    def _settle_soon(self, membership: Membership, settle: Callable[[], Awaitable[None]]) -> None:
        """Let work follow what is held; work that takes long to end keeps no sign of life back."""
        is_settled = membership.held() == self._settled and not membership.leaving()
        is_settling = self._settling is not None and not self._settling.done()
        if not (is_settled or is_settling or self._is_stopping):
            self._settling = asyncio.create_task(self._follow(membership, settle))

    async def _follow(self, membership: Membership, settle: Callable[[], Awaitable[None]]) -> None:
        held, leaving = membership.held(), membership.leaving()
        began, gone = sorted(held - self._settled), sorted(self._settled - held)
        logger.info("this replica's share changes", extra={"begins": began, "ends": gone})
        await settle()
        membership.ended(leaving)
        self._settled = held

    def _tell(self, membership: Membership) -> None:
        """Log once that a replica runs with another configuration."""
        now = frozenset(each.id for each in membership.differing)
        for replica in membership.differing:
            if replica.id not in self._told:
                logger.warning(
                    "replica %s runs with another configuration than the others",
                    replica.name,
                    extra={"replica": replica.id},
                )
        self._told = now
