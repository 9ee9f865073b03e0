"""How a line says what one of several daemons has."""

from __future__ import annotations

from datetime import timedelta

from batchbell.cli.terminal.health_lines import replica_words
from batchbell.core.replicas import Replica
from batchbell.store.views.replicas import ReplicaView
from tests.fakes import START


def test_of_a_hundred_accounts_the_first_are_named() -> None:
    replica = Replica(
        id="x",
        name="x:1",
        version="1.2",
        started_at=START,
        seen_at=START,
        until=START,
        config="",
        subjects=frozenset(),
    )
    view = ReplicaView(
        replica=replica,
        is_alive=True,
        silent_for=timedelta(seconds=1),
        accounts=tuple(f"a{number}" for number in range(100)),
        channels=("team", "mail"),
        differs=False,
    )
    words = replica_words(view)
    assert "polls a0, a1, a2, a3, a4, a5, a6, a7 and 92 more; delivers to team, mail" in words
    assert "last sign of life 1s ago" in words
