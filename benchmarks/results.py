# ruff: noqa: INP001, T201  (a script outside the package, which prints what it measured)
"""What counting, and merging, the results of a job of 50,000 requests costs: 100 MB together.

Run it in a checkout: `.venv/bin/python benchmarks/results.py`. The files are read from the disk in
pieces as a download brings them; processor time and memory are those of this process.
"""

from __future__ import annotations

import asyncio
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path
from time import process_time
from typing import TYPE_CHECKING, Any
from uuid import UUID

from batchbell.core.job import BatchJob
from batchbell.core.results.tally import Tally
from batchbell.providers.together.result_lines import input_id, result_line
from batchbell.runtime.provider import shipped
from batchbell.usecases.kept_files import KeptFirst
from batchbell.usecases.merge_results import MergedJob, ResultMerge
from batchbell.wire.lines import LineSplitter

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterable, Iterator

REQUESTS = 50_000
FAILED = 1_000
#: Characters of a prompt and of an answer, so that the files have 100 MB together.
PROMPT, ANSWER = 690, 610
#: How much a download brings at once, bytes.
PIECE = 65_536
NAMES = ("input", "output", "errors")
_KIB = 1024
_MB = 1_000_000


def main() -> None:
    """Make the files and count them in a process of its own, so that making them takes nothing."""
    if len(sys.argv) > 1:
        {"count": measure, "merge": measure_merge}[sys.argv[1]](Path(sys.argv[2]))
        return
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder))
        for what in ("count", "merge"):
            subprocess.run([sys.executable, __file__, what, folder], check=True)  # noqa: S603


def make(folder: Path) -> None:
    """Write the three files."""
    chance = random.Random(1)  # noqa: S311  (no secret comes of it)
    ids = [str(UUID(int=chance.getrandbits(128))) for _ in range(REQUESTS)]
    _write(folder / "input", ({"custom_id": each, "body": _request(chance)} for each in ids))
    chance.shuffle(ids)
    _write(folder / "output", (_answered(each, chance) for each in ids[FAILED:]))
    _write(folder / "errors", (_failed(each, chance) for each in ids[:FAILED]))
    _write(folder / "again", (_answered(each, chance) for each in ids[:FAILED]))


def _write(path: Path, lines: Iterable[dict[str, Any]]) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(line) + "\n" for line in lines)


def _text(chance: random.Random, characters: int) -> str:
    words = chance.choices(["data", "ünder", 'the "last"', "line\n", "of", "numbers"], k=characters)
    return " ".join(words)[:characters]


def _request(chance: random.Random) -> dict[str, Any]:
    return {"model": "m", "messages": [{"role": "user", "content": _text(chance, PROMPT)}]}


def _answered(custom_id: str, chance: random.Random) -> dict[str, Any]:
    message = {"role": "assistant", "content": _text(chance, ANSWER), "tool_calls": []}
    usage = {"prompt_tokens": 400, "completion_tokens": 380, "total_tokens": 780}
    choices = [{"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}]
    body = {"id": "o", "object": "chat.completion", "choices": choices, "usage": usage}
    return {"custom_id": custom_id, "response": {"status_code": 200, "body": body}}


def _failed(custom_id: str, chance: random.Random) -> dict[str, Any]:
    message = f"Request {UUID(int=chance.getrandbits(128))} timed out after {chance.random()} s"
    return {"custom_id": custom_id, "error": {"message": message, "code": 408}}


def measure(folder: Path) -> None:
    """Print what counting the files takes."""
    sizes = {name: (folder / name).stat().st_size / _MB for name in NAMES}
    memory, started = _memory("VmRSS"), process_time()
    tally = Tally()
    lines = 0
    for line in _lines(folder / "input"):
        tally.add_input(None if line is None else input_id(line))
        lines += 1
    for line in _lines(folder / "output"):
        tally.add_output(None if line is None else result_line(line))
        lines += 1
    for line in _lines(folder / "errors"):
        tally.add_error(None if line is None else result_line(line))
        lines += 1
    counts = tally.result().counts
    took, grown = process_time() - started, _memory("VmHWM") - memory
    print(", ".join(f"{name} {size:.1f} MB" for name, size in sizes.items()))
    print(f"{lines:,} lines: {counts.succeeded:,} succeeded, {counts.failed:,} failed")
    print(f"processor time {took:.2f} s, peak memory over idle {grown:.1f} MB")


def measure_merge(folder: Path) -> None:
    """Print what merging the job with one that sent its failures again takes."""
    memory, started = _memory("VmRSS"), process_time()
    jobs = [_job(folder, "output", "errors"), _job(folder, "again")]
    merge = ResultMerge(shipped(), max_bytes=_MB * 1000)
    merged = asyncio.run(merge.merge(jobs, folder / "merged"))
    took, grown = process_time() - started, _memory("VmHWM") - memory
    print(f"merged with a retry: {merged.answers:,} answers, {merged.failures:,} failures")
    print(f"processor time {took:.2f} s, peak memory over idle {grown:.1f} MB")


def _job(folder: Path, output: str, errors: str | None = None) -> MergedJob:
    files = {name: folder / name for name in ("input", output, errors) if name}
    job = BatchJob(
        id=output,
        status="COMPLETED",
        input_file_id="input",
        output_file_id=output,
        error_file_id=errors,
    )
    return MergedJob(job=job, source=KeptFirst(_Nobody(), files))


class _Nobody:
    """Has no file: all of them are on the disk."""

    async def file_content(self, file_id: str, *, max_bytes: int) -> AsyncGenerator[bytes]:
        raise AssertionError((file_id, max_bytes))
        yield b""


def _lines(path: Path) -> Iterator[bytes | None]:
    splitter = LineSplitter()
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield from splitter.feed(piece)
    yield from splitter.close()


def _memory(name: str) -> float:
    """Return the memory that this process has (VmRSS) or had at most (VmHWM), MB."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith(name))
    return int(line.split()[1]) * _KIB / _MB


if __name__ == "__main__":
    main()
