"""What was counted before is shown, and kept files are read, where they are there."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from batchbell.core.results.collecting import CollectionTerms, to_collect
from batchbell.core.results.job_results import JobResults, ResultsState
from batchbell.errors import DatabaseError
from batchbell.simulator.fate import Mix
from batchbell.store import jobs
from batchbell.store import results as results_store
from batchbell.usecases import record_results
from batchbell.usecases.keep_files import FileKeeper
from batchbell.usecases.kept_files import KeptFirst, job_folder
from tests.cli.config_file import batchbell, database_of, poll, write_config
from tests.fakes import MINUTE
from tests.simulator.file_faults import CONTENTS, file_of, file_refusal
from tests.simulator.thread import ThreadedSimulator, running_simulator

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator
    from pathlib import Path

SOME = Mix(failed=40, missing=10)
VERDICT = "PARTIAL: 950 of 1,000 ok, 40 failed, 10 missing"
PRICES = '[prices."Qwen/Qwen2.5-7B-Instruct-Turbo"]\ninput = 0.3\noutput = 0.6'
LOST = "LOST: the output file is gone"
GONE = file_refusal(404, "no such file")


@pytest.fixture
def api() -> Iterator[ThreadedSimulator]:
    with running_simulator() as simulator:
        yield simulator


@pytest.fixture
def config(tmp_path: Path, api: ThreadedSimulator) -> Path:
    more = f'{PRICES}\n[results]\nfolder = "{tmp_path / "kept"}"'
    return write_config(tmp_path, base_url=api.base_url, more=more)


def ended(api: ThreadedSimulator, **fields: object) -> str:
    known = {"status": "COMPLETED", "error_file_id": "file-e", "file_size_bytes": 400_000}
    named = {"model_id": "Qwen/Qwen2.5-7B-Instruct-Turbo"}
    return api.add_mixed_job(SOME, **{**known, **named, **fields})


def stored(config: Path, job_id: str) -> JobResults | None:
    database = database_of(config)
    with database.read() as connection:
        return results_store.load(connection, "default", job_id)


def store(
    config: Path, job_id: str, state: ResultsState = ResultsState.WAITING, reason: str = ""
) -> None:
    """Store what the daemon would have: that files wait, or what became of it."""
    database = database_of(config)
    with database.write() as connection:
        found = jobs.one(connection, "default", job_id)
        assert found is not None
        terms = CollectionTerms(wait=MINUTE, give_up_after=MINUTE)
        waiting = to_collect(found.record.job, "default", terms, now=datetime.now(UTC))
        known = replace(waiting.results, state=state, reason=reason)
        results_store.begin(connection, [replace(waiting, results=known)])


def error_file_of(config: Path, job_id: str) -> str | None:
    with database_of(config).read() as connection:
        found = jobs.one(connection, "default", job_id)
    return found.record.job.error_file_id if found else None


def asked_for_files(api: ThreadedSimulator) -> int:
    return sum(request.path.endswith("/content") for request in api.requests)


def test_what_was_counted_is_shown_without_asking_the_api(
    api: ThreadedSimulator, config: Path
) -> None:
    job_id = ended(api)
    poll(config)
    counted = batchbell(config, "results", job_id)
    assert counted.output.startswith(VERDICT)
    api.refuse()
    shown = batchbell(config, "results", job_id[:8])
    assert (shown.exit_code, shown.output) == (3, counted.output)


def test_it_is_counted_anew_if_asked_for(api: ThreadedSimulator, config: Path) -> None:
    job_id = ended(api)
    poll(config)
    batchbell(config, "results", job_id)
    asked = asked_for_files(api)
    api.fault(file_of(b""), path=CONTENTS)
    assert batchbell(config, "results", job_id, "--refresh").output.startswith("COMPLETE: no req")
    assert asked_for_files(api) == 2 * asked
    found = stored(config, job_id)
    assert found is not None
    assert found.counts is not None
    assert found.counts.requests == 0


def test_other_files_than_those_counted_are_counted(api: ThreadedSimulator, config: Path) -> None:
    job_id = ended(api, error_file_id=None)
    poll(config)
    assert batchbell(config, "results", job_id).output.startswith("PARTIAL: 990 of 1,000 ok, 10 m")
    api.update_job(job_id, error_file_id="file-late")
    # An answer's Date has whole seconds: one of the same second may be older than the record.
    while error_file_of(config, job_id) is None:
        poll(config)
    assert batchbell(config, "results", job_id).output.startswith(VERDICT)


def test_files_that_the_daemon_is_about_to_read_are_left_to_it(
    api: ThreadedSimulator, config: Path
) -> None:
    job_id = ended(api)
    poll(config)
    store(config, job_id)
    assert batchbell(config, "results", job_id).output.startswith(VERDICT)
    found = stored(config, job_id)
    assert found is not None
    assert found.state is ResultsState.WAITING


def test_lost_results_are_lost_unless_they_are_there_again(
    api: ThreadedSimulator, config: Path
) -> None:
    job_id = ended(api)
    poll(config)
    store(config, job_id, ResultsState.LOST, "the output file is gone")
    api.fault(GONE, path=CONTENTS)
    lost = batchbell(config, "results", job_id)
    assert (lost.exit_code, lost.output.splitlines()[:1]) == (1, [LOST])
    api.clear_faults()
    assert batchbell(config, "results", job_id).output.startswith(VERDICT)
    found = stored(config, job_id)
    assert found is not None
    assert found.state is ResultsState.COUNTED


def test_a_database_that_can_not_be_written_to_keeps_nobody_from_counting(
    api: ThreadedSimulator, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise DatabaseError("read-only")

    job_id = ended(api)
    poll(config)
    monkeypatch.setattr(record_results, "record_results", refuse)
    assert batchbell(config, "results", job_id).output.startswith(VERDICT)


def test_an_api_that_can_not_be_asked_is_a_document_too(
    api: ThreadedSimulator, config: Path
) -> None:
    api.refuse()
    result = batchbell(config, "results", "some-job", "--json")
    answer = json.loads(result.output)
    assert (result.exit_code, answer["state"], answer["job"]) == (1, "waiting", "some-job")


def test_a_job_that_runs_has_no_results_yet(api: ThreadedSimulator, config: Path) -> None:
    job_id = api.add_job(status="IN_PROGRESS", output_file_id=None, error_file_id=None)
    result = batchbell(config, "results", job_id)
    assert (result.exit_code, result.output) == (1, "WAITING: it is IN_PROGRESS\n")


# --- cost ---


def test_it_says_what_the_tokens_cost(api: ThreadedSimulator, config: Path) -> None:
    job_id = ended(api)
    counted = json.loads(batchbell(config, "results", job_id, "--json").output)
    tokens = counted["tokens"]
    cost = (tokens["prompt"] * 3 + tokens["completion"] * 6) / 10_000_000
    assert float(counted["cost"]["amount"]) == pytest.approx(cost)
    lines = batchbell(config, "results", job_id).output.splitlines()
    assert f"Cost     {float(counted['cost']['amount']):.2g} by your prices" in lines


def test_a_price_that_came_later_counts_too(api: ThreadedSimulator, config: Path) -> None:
    text = config.read_text()
    config.write_text(text.replace(PRICES, ""))
    job_id = ended(api)
    poll(config)
    assert "Cost" not in batchbell(config, "results", job_id).output
    config.write_text(text)
    assert "Cost" in batchbell(config, "results", job_id).output


# --- kept files ---


class Nobody:
    """Has no file."""

    async def file_content(self, file_id: str, *, max_bytes: int) -> AsyncGenerator[bytes]:
        raise AssertionError((file_id, max_bytes))
        yield b""


def keep(api: ThreadedSimulator, config: Path, job_id: str) -> Path:
    """Keep the job's files, as the daemon does, and let the API forget them."""
    folder = config.parent / "kept"
    batchbell(config, "fetch", job_id, "--to", str(config.parent / "got"), "--input")
    poll(config)
    store(config, job_id)
    known = stored(config, job_id)
    assert known is not None
    got = {file.id: config.parent / "got" / f"{job_id}.{file.kind}.jsonl" for file in known.files}
    keeper = FileKeeper(folder, known)
    # As if they were kept: it reads them where they were fetched to.
    source = keeper.reading(KeptFirst(Nobody(), got))

    async def read_all() -> None:
        for file_id in got:
            async for _ in source.file_content(file_id, max_bytes=10**9):
                pass

    asyncio.run(read_all())
    files = (replace(file, bytes=got[file.id].stat().st_size) for file in known.files)
    keeper.finish(replace(known, files=tuple(files)))
    config.with_name("bell.db").unlink()
    api.fault(GONE, path=CONTENTS)
    return job_folder(folder, "default", job_id)


def test_kept_files_are_read_where_they_are(api: ThreadedSimulator, config: Path) -> None:
    job_id = ended(api)
    place = keep(api, config, job_id)
    counted = batchbell(config, "results", job_id)
    assert counted.output.startswith(VERDICT)
    assert f"kept: {place}/output.jsonl" in counted.output
    again = batchbell(config, "retry", job_id, "--to", str(config.parent / "again"))
    assert "✓ 50 requests written to " in again.output
    fetched = batchbell(config, "fetch", job_id, "--to", str(config.parent))
    assert fetched.exit_code == 0
    merged = str(config.parent / "merged")
    retry = ended(api)
    api.clear_faults()
    api.fault(GONE, path=f"/files/{api.job(job_id)['output_file_id']}/content")
    assert batchbell(config, "merge", job_id, retry, "--to", merged).exit_code == 3


def test_kept_files_do_without_an_api_if_the_job_is_known(
    api: ThreadedSimulator, config: Path
) -> None:
    job_id = ended(api)
    keep(api, config, job_id)
    poll(config)
    api.refuse()
    assert batchbell(config, "results", job_id).output.startswith(VERDICT)
    fetched = batchbell(config, "fetch", job_id, "--to", str(config.parent))
    assert fetched.exit_code == 0
