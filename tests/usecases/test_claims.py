"""Two replicas on one database claim messages and result files: each row is one's alone."""

from __future__ import annotations

import asyncio
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from threading import Barrier
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from batchbell.core.delivery.turn import CLAIM, Wait
from batchbell.core.results.job_results import ResultsState
from batchbell.errors import LeaseLostError
from batchbell.store import schema
from batchbell.store.opening import database_at
from batchbell.store.tables import notifications, results
from batchbell.usecases.channel_queue import ChannelQueue, Terms
from batchbell.usecases.claim_message import Claimed
from batchbell.usecases.collection_queue import ClaimedEnd, CollectionQueue
from batchbell.usecases.record_attempt import EndedSend
from tests.claims import let_claims_age
from tests.fakes import FakeClock
from tests.usecases.collecting import ACCOUNT, SENT, CollectingWorld, FileApi, ended

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

    from batchbell.store.database import Database
    from batchbell.usecases.count_results import CountedJob
    from tests.postgres_server import PostgresServer

HOUR = timedelta(hours=1)
OURS = frozenset({ACCOUNT})


class Pair:
    """Two replicas with a connection and a clock each, and the API that both ask."""

    def __init__(self, open_one: Callable[[], Database]) -> None:
        self.api = FileApi()
        self.one, self.other = (
            CollectingWorld(open_one(), api=self.api, clock=FakeClock()) for _ in range(2)
        )

    async def end(self, *numbers: int) -> None:
        """Let jobs end, and one of them notice it."""
        await self.one.baseline()
        self.other.clock.advance(self.one.clock.now() - self.other.clock.now())
        for number in numbers:
            self.api.has(number)
        await self.one.end(*map(ended, numbers))

    def pass_time(self, span: timedelta) -> None:
        """Let all clocks go on."""
        for each in (self.one, self.other):
            each.clock.advance(span)
        with self.one.database.write() as connection:
            let_claims_age(connection, span)

    async def read(self, world: CollectingWorld, claimed: ClaimedEnd) -> CountedJob:
        return await world.reader.as_usual(claimed, world.clock.now())


def ends_of(world: CollectingWorld) -> CollectionQueue:
    return CollectionQueue(world.database, filters=lambda: world.filters)


def messages_of(world: CollectingWorld) -> ChannelQueue:
    filters = world.filters
    return ChannelQueue(
        "team", database=world.database, filters=lambda: filters, jitter=lambda: 0.0
    )


def take_end(world: CollectingWorld) -> ClaimedEnd:
    taken = ends_of(world).take(OURS, world.clock.now())
    assert isinstance(taken, ClaimedEnd)
    return taken


def take_message(world: CollectingWorld) -> Claimed:
    taken = messages_of(world).take_turn(Terms(), world.clock.now())
    assert isinstance(taken, Claimed)
    return taken


def _pair(url: str) -> Iterator[Pair]:
    with closing(database_at(url)) as one, closing(database_at(url)) as other:
        schema.upgrade(one)
        databases = iter([one, other])
        yield Pair(lambda: next(databases))


@pytest.fixture
def server_pair(postgres: PostgresServer) -> Iterator[Pair]:
    """Two on a server."""
    with postgres.dropped_afterwards() as names:
        names.append(postgres.new())
        yield from _pair(postgres.url(names[0]))


@pytest.fixture
def file_pair(tmp_path: Path) -> Iterator[Pair]:
    """Two on a file: what is about rows holds there, too."""
    yield from _pair(f"sqlite:///{tmp_path}/bell.db")


@pytest.fixture(params=["file_pair", "server_pair"])
def pair(request: pytest.FixtureRequest) -> Pair:
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Pair)
    return found


async def test_two_that_read_at_the_same_time_never_read_the_same_end(pair: Pair) -> None:
    await pair.end(*range(12))
    await asyncio.gather(pair.one.collect(), pair.other.collect())
    assert Counter(pair.api.read).most_common(1)[0][1] == 1
    assert len(pair.api.read) == 24
    assert {pair.one.known(number).state for number in range(12)} == {ResultsState.COUNTED}


async def test_one_reads_and_records_while_the_other_still_reads(pair: Pair) -> None:
    await pair.end(1, 2)
    claimed = take_end(pair.one)
    await pair.other.collect()
    assert pair.one.known(2).state is ResultsState.COUNTED
    counted = await pair.read(pair.one, claimed)
    assert ends_of(pair.one).record(claimed, counted, pair.one.clock.now()).collection
    assert pair.one.known(1).state is ResultsState.COUNTED


async def test_one_of_two_that_look_at_once_gets_the_message(pair: Pair) -> None:
    pair.one.terms = None
    await pair.end(1)
    together = Barrier(2)

    def look(world: CollectingWorld) -> object:
        together.wait()
        return messages_of(world).take_turn(Terms(), world.clock.now())

    with ThreadPoolExecutor(2) as threads:
        for _ in range(5):
            looks = list(threads.map(look, (pair.one, pair.other)))
            assert Counter(map(type, looks)) == {Claimed: 1, Wait: 1}
            pair.pass_time(CLAIM)


async def test_what_a_killed_one_had_is_another_s_when_its_claim_runs_out(pair: Pair) -> None:
    await pair.end(1)
    take_end(pair.one)
    due = await pair.other.collect()
    # It knows when to look again.
    assert due is not None
    assert due <= pair.other.clock.now() + CLAIM
    assert pair.api.read == []
    pair.pass_time(CLAIM)
    await pair.other.collect()
    assert pair.one.known().state is ResultsState.COUNTED


async def test_what_a_paused_one_read_comes_too_late_once_another_has_claimed_it(
    pair: Pair, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    await pair.end(1)

    async def stands_still(claimed: ClaimedEnd, now: datetime) -> CountedJob:
        counted = await pair.one.reader.as_usual(claimed, now)
        pair.pass_time(CLAIM)
        take_end(pair.other)
        return counted

    pair.one.reader.instead = stands_still
    await pair.one.collect()
    assert "what result files say comes too late" in caplog.text
    assert pair.one.observer.signs == []
    assert pair.one.known().state is ResultsState.WAITING


async def test_the_outcome_of_a_paused_one_is_refused_once_another_has_claimed_the_message(
    pair: Pair,
) -> None:
    pair.one.terms = None
    await pair.end(1)
    paused = take_message(pair.one)
    pair.pass_time(CLAIM)
    taken = take_message(pair.other)
    now = pair.one.clock.now()
    assert (taken.key, taken.content) == (paused.key, paused.content)
    with pytest.raises(LeaseLostError, match="another replica claimed message 1 to team"):
        messages_of(pair.one).record(paused, EndedSend(SENT, now, now))
    messages_of(pair.one).renew(paused, now + HOUR)
    pair.pass_time(CLAIM)
    # That renewed nothing: it was another's.
    taken = take_message(pair.one)
    messages_of(pair.one).record(taken, EndedSend(SENT, now, now))
    with pair.one.database.read() as connection:
        query = select(notifications.c.state, notifications.c.attempts)
        assert connection.execute(query).one() == ("sent", 1)


@pytest.mark.parametrize("wrong", [HOUR, -HOUR])
async def test_a_clock_that_is_wrong_by_an_hour_takes_no_one_s_claim(
    server_pair: Pair, wrong: timedelta
) -> None:
    pair = server_pair
    await pair.end(1)
    an_end = take_end(pair.one)
    message = take_message_at(pair, pair.one.clock.now() + HOUR)
    pair.other.clock.advance(wrong)
    # Ends that are due by its clock: before that there is nothing to claim.
    looks_at = max(pair.other.clock.now(), pair.one.clock.now())
    for at in (looks_at, looks_at + CLAIM):
        # Who lives renews them, however slow this machine is.
        ends_of(pair.one).renew(an_end, pair.one.clock.now())
        messages_of(pair.one).renew(message, pair.one.clock.now())
        assert not isinstance(ends_of(pair.other).take(OURS, at), ClaimedEnd)
        wait = messages_of(pair.other).take_turn(Terms(), at)
        assert isinstance(wait, Wait)
        assert at < wait.until <= at + CLAIM
    with pair.one.database.write() as connection:
        let_claims_age(connection, CLAIM)
    assert isinstance(ends_of(pair.other).take(OURS, looks_at), ClaimedEnd)
    assert isinstance(messages_of(pair.other).take_turn(Terms(), looks_at), Claimed)


def take_message_at(pair: Pair, now: datetime) -> Claimed:
    taken = messages_of(pair.one).take_turn(Terms(), now)
    assert isinstance(taken, Claimed)
    return taken


async def test_what_another_transaction_is_changing_is_left_alone_for_a_moment(
    server_pair: Pair,
) -> None:
    pair = server_pair
    await pair.end(1)
    now = pair.one.clock.now() + HOUR
    with pair.other.database.write("something else") as connection:
        connection.execute(select(results.c.job).with_for_update())
        connection.execute(select(notifications.c.id).with_for_update())
        soon = ends_of(pair.one).take(OURS, now)
        assert not isinstance(soon, ClaimedEnd)
        assert soon is not None
        assert now < soon < now + timedelta(seconds=1)
        wait = messages_of(pair.one).take_turn(Terms(), now)
        assert isinstance(wait, Wait)
        assert now < wait.until < now + timedelta(seconds=1)
    assert isinstance(ends_of(pair.one).take(OURS, now), ClaimedEnd)
    assert isinstance(messages_of(pair.one).take_turn(Terms(), now), Claimed)
