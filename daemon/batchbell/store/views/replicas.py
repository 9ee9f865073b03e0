"""The daemons that share the database: who lives, and what each watches."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchbell.core.replicas import Replica, differing
from batchbell.store import replicas
from batchbell.store.database_clock import database_time

if TYPE_CHECKING:
    from datetime import timedelta

    from sqlalchemy import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicaView:
    """One of them."""

    replica: Replica
    is_alive: bool
    #: How long ago its last sign of life was, by the database's clock.
    silent_for: timedelta
    #: The accounts that it polls, and the channels that it delivers to, sorted.
    accounts: tuple[str, ...]
    channels: tuple[str, ...]
    #: Whether its configuration is another one than most have.
    differs: bool


def replica_views(connection: Connection) -> list[ReplicaView]:
    """Return all, the eldest first, those that died lately too; none where one daemon runs."""
    known = replicas.load(connection)
    if not known:
        return []
    now = database_time(connection)
    alive = [each for each in known if each.is_alive(now)]
    other = {each.id for each in differing(alive)}
    held = defaultdict(set)
    for subject, (owner, _) in replicas.owners(connection).items():
        held[owner].add(subject)
    return [
        ReplicaView(
            replica=each,
            is_alive=each in alive,
            silent_for=now - each.seen_at,
            accounts=tuple(replicas.accounts_of(held[each.id])) if each in alive else (),
            channels=tuple(replicas.channels_of(held[each.id])) if each in alive else (),
            differs=each.id in other,
        )
        for each in known
    ]
