"""How each channel does: its outage, its last success, whether it is still configured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select, update

from batchbell.core.channel_health import ChannelHealth
from batchbell.store.tables import channels
from batchbell.store.upsert import insert, upsert

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from typing import Any

    from sqlalchemy import Connection, Row


# Every message that is sent asks this: to put it together takes longer than the answer.
_NAMED = select(channels).where(channels.c.name == bindparam("named"))


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredChannel:
    """All that is written down of a channel."""

    health: ChannelHealth
    #: When its last round of digests began.
    round_at: datetime | None = None
    #: Whether it was configured once and no longer is.
    is_removed: bool = False


def look_up(connection: Connection, name: str) -> StoredChannel:
    """Return what is known of a channel; a blank one for a channel never used."""
    row = connection.execute(_NAMED, {"named": name}).one_or_none()
    if row is None:
        return StoredChannel(health=ChannelHealth(channel=name))
    return StoredChannel(health=_health(row), round_at=row.round_at, is_removed=not row.configured)


def load(connection: Connection, name: str) -> ChannelHealth:
    """Return a channel's health; a blank one for a channel never used."""
    return look_up(connection, name).health


def load_configured(connection: Connection) -> list[ChannelHealth]:
    """Return the channels of the configuration in force, by name."""
    query = select(channels).where(channels.c.configured).order_by(channels.c.name)
    return [_health(row) for row in connection.execute(query)]


def names(connection: Connection) -> list[str]:
    """Return the channels ever configured, removed ones too."""
    return list(connection.execute(select(channels.c.name).order_by(channels.c.name)).scalars())


def save(connection: Connection, health: ChannelHealth) -> None:
    """Write a channel's health."""
    row = {
        "name": health.channel,
        "failing_since": health.failing_since,
        "last_error": health.last_error,
        "told": health.told,
        "last_success_at": health.last_success_at,
        "recovered_at": health.recovered_at,
        "refused": health.refused,
        "configured": True,
    }
    upsert(connection, channels, [row])


def disable(connection: Connection, name: str, now: datetime) -> None:
    """Note that the receiver wants no message any more."""
    connection.execute(update(channels).where(channels.c.name == name).values(disabled_at=now))


def enable(connection: Connection, names: Iterable[str]) -> None:
    """Try these channels again."""
    wanted = channels.c.name.in_(list(names)) & channels.c.disabled_at.is_not(None)
    connection.execute(update(channels).where(wanted).values(disabled_at=None))


def disabled(connection: Connection) -> set[str]:
    """Return the channels whose receivers want no message any more."""
    query = select(channels.c.name).where(channels.c.disabled_at.is_not(None))
    return set(connection.execute(query).scalars())


def configure(connection: Connection, names: Iterable[str]) -> list[str]:
    """Note which channels are configured; return those that no longer are."""
    wanted = set(names)
    query = select(channels.c.name).where(channels.c.configured)
    known = set(connection.execute(query).scalars())
    connection.execute(
        update(channels).where(channels.c.name.not_in(wanted)).values(configured=False)
    )
    for name in sorted(wanted):
        blank = {"name": name, "last_error": "", "told": False, "refused": 0, "configured": True}
        statement = insert(connection, channels).values(blank)
        connection.execute(
            statement.on_conflict_do_update(index_elements=["name"], set_={"configured": True})
        )
    return sorted(known - wanted)


def _health(row: Row[Any]) -> ChannelHealth:
    return ChannelHealth(
        channel=row.name,
        failing_since=row.failing_since,
        told=row.told,
        last_success_at=row.last_success_at,
        last_error=row.last_error,
        held_because=row.held_because,
        held_until=row.held_until,
        disabled_at=row.disabled_at,
        recovered_at=row.recovered_at,
        refused=row.refused,
    )
