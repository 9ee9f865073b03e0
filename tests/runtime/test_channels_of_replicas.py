"""Channels that several replicas know, or one of them alone, or that move."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.clock import Clock
from batchbell.config import LoadedConfig, Settings
from batchbell.core.provider import ANY_PROVIDER
from batchbell.core.routing import Filter
from batchbell.errors import DatabaseError
from batchbell.observability.metrics import Metrics
from batchbell.observability.redaction import Redaction
from batchbell.runtime.channel_parts import ChannelParts
from batchbell.runtime.channel_workers import ChannelWorkers
from batchbell.runtime.in_force import InForce
from batchbell.runtime.liveness import Liveness
from batchbell.runtime.lull import News
from batchbell.store import channels
from batchbell.store.database import about_account, about_channel
from batchbell.usecases.announce import announce
from batchbell.usecases.membership import Identity, Membership
from tests.fakes import START
from tests.runtime.test_daemon import FAILING, SlowReceiver

if TYPE_CHECKING:
    import pytest

    from batchbell.store.database import Database


def settings(*names: str, url: str = "json://127.0.0.1") -> Settings:
    return Settings.model_validate(
        {
            "database_url": "sqlite:////tmp/nowhere.db",
            "accounts": {"default": {"api_key": "fake"}},
            "channels": {name: {"url": url} for name in names},
        }
    )


class Replica:
    """One of several, of which a test says what it has."""

    def __init__(self, database: Database, configured: Settings) -> None:
        self.ours: set[str] = set()
        in_force = InForce(LoadedConfig(configured, path=None, origins={}, warnings=()))
        parts = ChannelParts(
            in_force=in_force,
            database=database,
            clock=Clock(),
            sender=SlowReceiver(),
            provider=ANY_PROVIDER,
            redaction=Redaction(),
        )
        self.workers = ChannelWorkers(
            parts.delivery,
            database=database,
            clock=Clock(),
            liveness=Liveness(lambda: 0.0),
            metrics=Metrics(),
            is_ours=self.ours.__contains__,
            news=News(),
        )


def other_replica(database: Database, *subjects: str) -> Membership:
    other = Membership(
        database, Identity(id="other", name="other:1", version="1"), seconds=lambda: 0.0
    )
    other.want(subjects, "x")
    other.beat()
    return other


def pending(database: Database, channel: str) -> int:
    with database.read() as connection:
        query = (
            f"SELECT count(*) FROM notifications WHERE state = 'pending' AND channel = '{channel}'"
        )
        count: int = connection.exec_driver_sql(query).scalar_one()
    return count


def disabled(database: Database) -> set[str]:
    with database.read() as connection:
        return channels.disabled(connection)


async def test_what_another_replica_still_has_is_not_removed(database: Database) -> None:
    with database.write() as connection:
        channels.configure(connection, ["team", "mail"])
        announce(connection, [FAILING], [Filter(channel="team"), Filter(channel="mail")], START)
    other = other_replica(database, about_channel("mail"), about_account("second"))
    replica = Replica(database, settings("team"))
    await replica.workers.apply(settings("team"))
    assert pending(database, "mail") == 1
    other.leave()
    await replica.workers.apply(settings("team"))
    assert pending(database, "mail") == 0
    assert pending(database, "team") == 1


async def test_who_has_a_channel_tries_it_again_and_no_other_replica_does(
    database: Database,
) -> None:
    one, other = (Replica(database, settings("team")) for _ in range(2))
    one.ours.add("team")
    with database.write() as connection:
        channels.configure(connection, ["team"])
        channels.disable(connection, "team", START)
    await other.workers.apply(settings("team"))
    assert disabled(database) == {"team"}
    await one.workers.apply(settings("team"))
    assert disabled(database) == set()
    await one.workers.stop(grace_seconds=5)

    with database.write() as connection:
        channels.disable(connection, "team", START)
    changed = settings("team", url="json://127.0.0.1/elsewhere")
    await other.workers.apply(changed)
    assert disabled(database) == {"team"}
    # It moves there, where it is configured anew.
    one.ours.clear()
    other.ours.add("team")
    await other.workers.settle(changed)
    assert disabled(database) == set()
    with database.write() as connection:
        channels.disable(connection, "team", START)
    await other.workers.settle(changed)
    assert disabled(database) == {"team"}
    await other.workers.stop(grace_seconds=5)


async def test_one_that_can_not_be_tried_now_is_tried_later(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    replica = Replica(database, settings("team"))
    await replica.workers.apply(settings("team"))
    with database.write() as connection:
        channels.disable(connection, "team", START)
    replica.ours.add("team")

    def full(*_: object) -> None:
        raise DatabaseError("disk full")

    with monkeypatch.context() as patched:
        patched.setattr(channels, "enable", full)
        await replica.workers.settle(settings("team"))
    assert disabled(database) == {"team"}
    await replica.workers.settle(settings("team"))
    assert disabled(database) == set()
    await replica.workers.stop(grace_seconds=5)
