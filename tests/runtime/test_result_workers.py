"""The workers read result files from an API that fails in every way, and are never in the way."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from batchbell.clock import boot_seconds
from batchbell.config import LoadedConfig, Settings
from batchbell.core.results.counts import Counts, Verdict
from batchbell.core.results.job_results import ResultsState
from batchbell.errors import DatabaseError, KeepError
from batchbell.observability.metrics import Metrics
from batchbell.observability.redaction import Redaction
from batchbell.runtime.account_parts import AccountParts
from batchbell.runtime.in_force import InForce
from batchbell.runtime.liveness import Liveness
from batchbell.runtime.provider import shipped
from batchbell.runtime.result_workers import ResultWorkers
from batchbell.simulator.fate import Fate, Mix
from batchbell.store import results
from batchbell.usecases.keep_files import FileKeeper
from tests.fakes import MINUTE, FakeClock, eventually
from tests.simulator.faults import Hang
from tests.simulator.faulty import FaultySimulator
from tests.simulator.file_faults import CONTENTS, FAILING_DOWNLOADS, GARBAGE, file_refusal
from tests.timeout import TIMEOUT_SECONDS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from batchbell.core.results.job_results import JobResults
    from batchbell.providers.port import ProviderClient
    from batchbell.store.database import Database

KEY = "fake-key-of-the-result-workers"
NEW_KEY = "another-fake-key-of-the-result-workers"
SECOND = timedelta(seconds=1)
#: Those that end by a limit of time are other tests'.
SLOW = {"stalled", "slow"}
#: A hundred requests.
BYTES = 40_000
FLAWED = Mix(failed=40, missing=10)


@dataclass
class KeyFile:
    """Where a key stands."""

    key: str = KEY
    advice: str = ""
    name: str = "TOGETHER_API_KEY"

    def read(self) -> str:
        """Return it."""
        return self.key


@dataclass
class ReadingBench:
    """An account whose jobs end when a test says so, and the workers that read their files."""

    database: Database
    api: FaultySimulator
    clock: FakeClock = field(default_factory=FakeClock)
    wakes: int = 0
    place: KeyFile = field(default_factory=KeyFile)

    def __post_init__(self) -> None:
        self.in_force = InForce(self.config())
        self.liveness = Liveness(boot_seconds)
        self.metrics = Metrics()
        self.metrics.watch(["default"], [])
        self.parts = AccountParts(
            in_force=self.in_force,
            database=self.database,
            clock=self.clock,
            provider=shipped(),
            redaction=Redaction(),
            key_place=lambda _: self.place,
        )
        self.workers = ResultWorkers(
            self.parts,
            clock=self.clock,
            liveness=self.liveness,
            metrics=self.metrics,
            on_events=self.woken,
        )

    def config(self, *, account: dict[str, Any] | None = None, **tables: object) -> LoadedConfig:
        """Return a configuration with one account."""
        section = {
            "api_key": KEY,
            "base_url": self.api.base_url,
            "request_timeout": "2s",
            **(account or {}),
        }
        document = {
            "database_url": "sqlite:////nowhere/bell.db",
            "accounts": {"default": section},
            **tables,
        }
        return LoadedConfig(Settings.model_validate(document), path=None, origins={}, warnings=())

    def woken(self) -> None:
        """Count."""
        self.wakes += 1

    def reload(self, **changes: Any) -> None:
        """Take another configuration into force."""
        with self.in_force.taking(self.config(**changes)):
            pass
        self.workers.reloaded()

    async def poll(self, client: ProviderClient) -> None:
        """Poll the account once."""
        await self.parts.poll("default", client).poll()
        self.workers.polled()
        self.workers.wake()

    def ended(self, mix: Mix = FLAWED, **fields: object) -> str:
        """Let a job of a hundred requests end."""
        known = {"error_file_id": "file-errors", "output_file_id": "file-output"}
        return self.api.add_mixed_job(
            mix, **{"status": "COMPLETED", "file_size_bytes": BYTES, **known, **fields}
        )

    def known(self, job_id: str) -> JobResults | None:
        """Return what is stored of a job's results."""
        with self.database.read() as connection:
            return results.load(connection, "default", job_id)

    def pass_by(self, span: timedelta) -> None:
        """Let time pass."""
        self.clock.advance(span)
        self.workers.wake()

    async def until(self, job_id: str, state: ResultsState) -> JobResults:
        """Wait until a job's results are in a state."""

        def is_so() -> bool:
            known = self.known(job_id)
            return known is not None and known.state is state

        await eventually(is_so)
        known = self.known(job_id)
        assert known is not None
        return known

    async def until_tried(self, job_id: str) -> None:
        """Wait until an attempt failed."""
        await eventually(lambda: bool((known := self.known(job_id)) and known.reason))


@asynccontextmanager
async def reading(database: Database) -> AsyncIterator[tuple[ReadingBench, ProviderClient]]:
    async with FaultySimulator(api_key=KEY) as api:
        bench = ReadingBench(database, api)
        async with await bench.parts.client("default") as client:
            await bench.poll(client)
            bench.clock.advance(MINUTE)
            try:
                yield bench, client
            finally:
                await bench.workers.stop(grace_seconds=5.0)


@pytest.mark.parametrize("name", sorted(set(FAILING_DOWNLOADS) - SLOW))
async def test_a_download_that_fails_once_is_counted_at_its_next_attempt(
    database: Database, name: str
) -> None:
    async with reading(database) as (bench, client):
        bench.reload(results={"max_file_bytes": "1MB"})
        job_id = bench.ended()
        bench.api.fault(FAILING_DOWNLOADS[name], path="/files/file-output/content", times=1)
        await bench.poll(client)
        if name.startswith("huge"):
            known = await bench.until(job_id, ResultsState.COUNTED)
            assert known.verdict is Verdict.UNKNOWN
            assert known.reason == "the output file is larger than 1,000,000 bytes"
            return
        await bench.until_tried(job_id)
        waiting = await bench.until(job_id, ResultsState.WAITING)
        assert waiting.reason.startswith("the output file can't be had: ")
        bench.pass_by(5 * SECOND)
        known = await bench.until(job_id, ResultsState.COUNTED)
        fates = Counter(FLAWED.fate(number) for number in range(1, 101))
        assert known.counts == Counts(
            requests=100,
            succeeded=fates[Fate.ANSWERED],
            failed=fates[Fate.FAILED],
            missing=fates[Fate.MISSING],
            foreign=0,
        )
        assert known.verdict is Verdict.PARTIAL


@pytest.mark.parametrize("name", sorted(GARBAGE))
async def test_garbage_is_counted_as_what_it_is(database: Database, name: str) -> None:
    async with reading(database) as (bench, client):
        job_id = bench.ended(error_file_id=None)
        bench.api.fault(GARBAGE[name], path="/files/file-output/content")
        await bench.poll(client)
        known = await bench.until(job_id, ResultsState.COUNTED)
        assert known.verdict is Verdict.EMPTY
        assert known.counts is not None
        assert (known.counts.requests, known.counts.missing) == (100, 100)
        assert bool(known.counts.unreadable) is (name != "empty")


async def test_a_key_that_was_replaced_is_found_by_whoever_reads_files(database: Database) -> None:
    async with reading(database) as (bench, client):
        job_id = bench.ended()
        await bench.poll(client)
        await bench.until(job_id, ResultsState.COUNTED)
        bench.api.api_key = bench.place.key = NEW_KEY
        other = bench.ended(output_file_id="file-output-2", error_file_id=None)
        await bench.poll(client)
        known = await bench.until(other, ResultsState.COUNTED)
        assert known.verdict is Verdict.PARTIAL


async def test_a_new_address_is_in_force_for_the_next_job(database: Database) -> None:
    async with reading(database) as (bench, client), FaultySimulator(api_key=NEW_KEY) as moved:
        first = bench.ended()
        await bench.poll(client)
        await bench.until(first, ResultsState.COUNTED)
        second = bench.ended(output_file_id="file-output-2", error_file_id=None)
        row = bench.api.job(second)
        moved.add_mixed_job(
            Mix(missing=0),
            **{key: row[key] for key in ("input_file_id", "output_file_id", "file_size_bytes")},
            status="COMPLETED",
        )
        bench.reload(account={"base_url": moved.base_url, "api_key": NEW_KEY})
        await bench.poll(client)
        known = await bench.until(second, ResultsState.COUNTED)
        assert known.verdict is Verdict.COMPLETE


async def test_what_is_turned_off_by_a_reload_is_skipped(database: Database) -> None:
    async with reading(database) as (bench, client):
        bench.api.fault(file_refusal(503, "busy"), path=CONTENTS)
        job_id = bench.ended()
        await bench.poll(client)
        await bench.until_tried(job_id)
        before = bench.wakes
        bench.reload(account={"collect": "off"})
        await bench.until(job_id, ResultsState.SKIPPED)
        await eventually(lambda: bench.wakes > before)


async def test_prices_make_the_cost(database: Database) -> None:
    async with reading(database) as (bench, client):
        bench.reload(prices={"test/model": {"input": 1, "output": 2}})
        job_id = bench.ended(model_id="test/model")
        await bench.poll(client)
        known = await bench.until(job_id, ResultsState.COUNTED)
        assert known.tokens is not None
        tokens = known.tokens.prompt + 2 * known.tokens.completion
        assert known.cost == Decimal(tokens) / 1_000_000


def asked(bench: ReadingBench) -> int:
    """Return how many files were asked for."""
    return sum(each.path.endswith("/content") for each in bench.api.requests)


async def test_a_stop_ends_downloads_that_hang_and_closes_what_is_open(database: Database) -> None:
    async with reading(database) as (bench, client):
        bench.reload(account={"request_timeout": "10m"})
        jobs = [bench.ended(output_file_id=f"file-{number}") for number in range(5)]
        bench.api.fault(Hang(), path=CONTENTS)
        await bench.poll(client)
        await eventually(lambda: asked(bench) == 2)
        async with asyncio.timeout(TIMEOUT_SECONDS):
            await bench.workers.stop(grace_seconds=1.0)
        with database.read() as connection:
            waiting = results.waiting(connection, ["default"])
        assert asked(bench) == 2
        assert {each.results.job_id for each in waiting} == set(jobs)
        assert {each.attempts for each in waiting} == {0}
        assert not [each for each in threading.enumerate() if each.name.startswith("results")]


async def test_a_worker_that_hangs_is_no_sign_of_life(database: Database) -> None:
    async with reading(database) as (bench, client):
        job_id = bench.ended()
        await bench.poll(client)
        await bench.until(job_id, ResultsState.COUNTED)
        assert bench.liveness.complaints() == []
        names = bench.liveness.condition(now=bench.clock.now(), skew=None).overdue_seconds
        assert {"collecting results 1", "collecting results 2"} <= set(names)


async def test_what_can_not_be_kept_is_red_until_it_is(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_self: FileKeeper, _results: JobResults) -> JobResults:
        raise KeepError("it can't be kept in /x: No space left on device")

    async with reading(database) as (bench, client):
        bench.reload(results={"collect": "keep", "folder": str(tmp_path / "kept")})
        job_id = bench.ended()
        with monkeypatch.context() as patched:
            patched.setattr(FileKeeper, "finish", full)
            await bench.poll(client)
            await eventually(lambda: bool(bench.liveness.complaints()))
            await bench.until_tried(job_id)
        assert bench.liveness.complaints() == ["it can't be kept in /x: No space left on device"]
        bench.pass_by(5 * SECOND)
        known = await bench.until(job_id, ResultsState.COUNTED)
        await eventually(lambda: not bench.liveness.complaints())
        assert all(file.path for file in known.files)


async def test_what_can_not_be_kept_is_red_whatever_becomes_of_other_jobs(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with reading(database) as (bench, client):
        bench.reload(results={"collect": "keep", "folder": str(tmp_path / "kept")})
        unkept = bench.ended()
        finish = FileKeeper.finish

        def full(keeper: FileKeeper, known: JobResults) -> JobResults:
            if known.job_id == unkept:
                raise KeepError("it can't be kept in /x: No space left on device")
            return finish(keeper, known)

        monkeypatch.setattr(FileKeeper, "finish", full)
        await bench.poll(client)
        await eventually(lambda: bench.wakes == 1)
        other = bench.ended()
        await bench.poll(client)
        await bench.until(other, ResultsState.COUNTED)
        await eventually(lambda: bench.wakes == 2)
        assert bench.liveness.complaints() == ["it can't be kept in /x: No space left on device"]


async def test_what_another_replica_keeps_after_all_is_red_here_no_more(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_self: FileKeeper) -> None:
        raise KeepError("it can't be kept in /x: No space left on device")

    async with reading(database) as (bench, client):
        bench.reload(results={"collect": "keep", "folder": str(tmp_path / "kept")})
        job_id = bench.ended()
        monkeypatch.setattr(FileKeeper, "_begin", full)
        await bench.poll(client)
        await bench.until_tried(job_id)
        assert bench.liveness.complaints()
        with database.write() as connection:
            (known,) = results.waiting(connection, ["default"])
            results.skip(connection, known, reason="another replica is done with it")
        bench.workers.wake()
        await eventually(lambda: not bench.liveness.complaints())


async def test_nothing_is_red_for_files_that_are_not_to_be_had_any_more(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_self: FileKeeper) -> None:
        raise KeepError("it can't be kept in /x: No space left on device")

    async with reading(database) as (bench, client):
        bench.reload(results={"collect": "keep", "folder": str(tmp_path / "kept")})
        job_id = bench.ended()
        with monkeypatch.context() as patched:
            patched.setattr(FileKeeper, "_begin", full)
            await bench.poll(client)
            await bench.until_tried(job_id)
        assert bench.liveness.complaints()
        bench.api.fault(file_refusal(404, "no such file"), path=CONTENTS)
        bench.pass_by(5 * SECOND)
        await eventually(lambda: not bench.liveness.complaints())
        await bench.until(job_id, ResultsState.WAITING)


async def test_a_database_that_fails_is_red_until_it_works(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_arguments: object, **_named: object) -> None:
        raise DatabaseError("disk is full")

    async with reading(database) as (bench, _):
        with monkeypatch.context() as patched:
            patched.setattr(results, "next_due", broken)
            bench.workers.wake()
            await eventually(lambda: "disk is full" in bench.liveness.complaints())

        def is_well() -> bool:
            # taken back once somebody has really written
            bench.liveness.database_written("a poll")
            return not bench.liveness.complaints()

        await eventually(is_well)


async def test_a_round_for_cron_reads_what_is_due_and_ends(database: Database) -> None:
    async with FaultySimulator(api_key=KEY) as api:
        bench = ReadingBench(database, api)
        async with await bench.parts.client("default") as client:
            poll = bench.parts.poll("default", client)
            await poll.poll()
            job_id = bench.ended()
            await poll.poll()
            await bench.workers.collect_once()
            await bench.workers.stop(grace_seconds=0.0)
            bench.workers.polled()
    known = bench.known(job_id)
    assert known is not None
    assert known.state is ResultsState.COUNTED
