# mypy: ignore-errors
# ruff: noqa: B008, PLC0415, S101, T201  (each way imports what it needs, and answers on its output)
"""One way to poll, in a process of its own: a line in, a measured poll, a line out.

Run with the Python of the environment that the way needs. It imports nothing of this repository but
for batchbell itself; type checkers know no environment that has all it imports.
"""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

URL = sys.argv[2]
logging.disable()


def peak() -> float:
    """Return the most memory this process ever had since `forget_peak`, MB."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024 / 1e6


def forget_peak() -> None:
    """Begin to measure anew. Source: proc(5), clear_refs."""
    Path("/proc/self/clear_refs").write_text("5")


def batchbell() -> Callable[[], object]:
    """Poll as the daemon does, into a database of its own; nobody is told."""
    from batchbell.clock import Clock
    from batchbell.core.routing import Filter
    from batchbell.core.rules import Rules
    from batchbell.providers.together.client import AsyncClient
    from batchbell.store import schema
    from batchbell.store.sqlite.database import SqliteDatabase
    from batchbell.usecases.poll import AccountPoll

    folder = tempfile.TemporaryDirectory()
    database = SqliteDatabase(f"sqlite:///{folder.name}/bell.db")
    schema.upgrade(database)
    clock = Clock()
    loop = asyncio.new_event_loop()
    client = AsyncClient("a-key-for-nothing", URL, observe_date=clock.observe, timeout_seconds=300)
    poll = AccountPoll(
        "default",
        client=client,
        database=database,
        clock=clock,
        filters=lambda: [Filter(channel="team")],
        rules=Rules(),
    )
    # As the daemon's command does once its modules are loaded.
    gc.freeze()

    def once() -> None:
        assert folder
        report = loop.run_until_complete(poll.poll())
        if report.error is not None:
            raise report.error

    return once


def sdk() -> Callable[[], object]:
    """List with the official SDK, whichever is installed."""
    from together import Together

    host = URL if not hasattr(Together(api_key="x").batches, "list") else URL.removesuffix("/v1")
    client = Together(api_key="a-key-for-nothing", base_url=host, timeout=300, max_retries=0)
    batches = client.batches
    return batches.list if hasattr(batches, "list") else batches.list_batches


def naive() -> Callable[[], object]:
    """List with the official SDK and merge a row for each job."""
    from sqlalchemy import Float, String, create_engine
    from sqlalchemy.orm import DeclarativeBase, Session, mapped_column

    class Base(DeclarativeBase):
        """Of the one table."""

    class Job(Base):
        """A job as most would store it."""

        __tablename__ = "jobs"
        id = mapped_column(String, primary_key=True)
        status = mapped_column(String)
        progress = mapped_column(Float)
        model_id = mapped_column(String)
        output_file_id = mapped_column(String)
        error_file_id = mapped_column(String)
        error = mapped_column(String)

    folder = tempfile.TemporaryDirectory()
    engine = create_engine(f"sqlite:///{folder.name}/naive.db")
    Base.metadata.create_all(engine)
    names = [column.name for column in Job.__table__.columns]
    listed = sdk()

    def once() -> None:
        assert folder
        with Session(engine) as session, session.begin():
            for job in listed():  # type: ignore[attr-defined]  # a list
                session.merge(Job(**{name: getattr(job, name, None) for name in names}))

    return once


def download() -> Callable[[], object]:
    """Read the body through httpx and throw it away."""
    import httpx

    client = httpx.Client(timeout=300)

    def once() -> None:
        with client.stream("GET", f"{URL}/batches") as answer:
            for _ in answer.iter_raw():
                pass

    return once


def json_loads() -> Callable[[], object]:
    """Decode the body, which is in memory, with Python's own json."""
    return lambda body=_body(): json.loads(body)


def msgspec_typed() -> Callable[[], object]:
    """Decode the body, which is in memory, into typed rows: the fastest way to have them all."""
    import msgspec

    texts = "status user_id input_file_id created_at completed_at job_deadline endpoint model_id"
    fields: list[tuple[str, type, object]] = [
        (name, str | None, None)  # type: ignore[misc]  # a type as msgspec takes it
        for name in f"{texts} output_file_id error_file_id error".split()
    ]
    numbers = [("progress", float | None, None), ("file_size_bytes", int | None, None)]
    row = msgspec.defstruct("Row", [("id", str), *fields, *numbers])  # type: ignore[list-item]
    decode = msgspec.json.Decoder(list[row]).decode  # type: ignore[valid-type]
    return lambda body=_body(): decode(body)


def _body() -> bytes:
    import httpx

    return httpx.get(f"{URL}/batches", timeout=300).content


WAYS = {way.__name__: way for way in (batchbell, sdk, naive, download, json_loads, msgspec_typed)}

once = WAYS[sys.argv[1]]()
print("ready", flush=True)
for _ in sys.stdin:
    forget_peak()
    idle = peak()
    cpu, wall = time.process_time(), time.perf_counter()
    once()
    measured = {
        "cpu": time.process_time() - cpu,
        "wall": time.perf_counter() - wall,
        "memory": max(peak() - idle, 0.0),
    }
    print(json.dumps(measured), flush=True)
