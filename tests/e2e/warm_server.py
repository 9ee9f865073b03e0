"""A program that has all of `batchbell` imported, and forks it whenever it is asked to.

A JSON line in for each start (`arguments`, `log`, `environ`) or end (`reap`); the process id, or
the exit status, out. `warm_start` is its other end.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import anyio._backends._asyncio  # noqa: F401 - anyio imports it when it starts
import uvicorn.lifespan.off
import uvicorn.protocols.http.auto  # noqa: F401 - uvicorn imports both when it starts

from batchbell.__main__ import main
from batchbell.config import load
from batchbell.receivers.apprise.sending import attempt
from batchbell.receivers.channel_check import check_channel
from batchbell.receivers.content import Content
from batchbell.receivers.progress import Progress
from batchbell.receivers.receiver import UrlReceiver
from batchbell.receivers.registry import family_of
from batchbell.store import schema
from batchbell.store.postgres.database import PostgresDatabase
from batchbell.store.sqlite.database import SqliteDatabase
from tests.whole_program import import_all


def warm_up() -> None:
    """Import what a daemon does on its way, and do once what imports more."""
    import_all()
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/bell.db"
        environ = {"TOGETHER_API_KEY": "fake", "BATCHBELL_DATABASE_URL": url}
        load(None, environ, check_channel=check_channel)
        database = SqliteDatabase(url)
        schema.upgrade(database)
        database.close()
    # Its driver is imported when an address is first seen.
    PostgresDatabase("postgresql://@/bell").close()
    # Nobody listens there.
    receiver = UrlReceiver("json://127.0.0.1:9/")
    nothing = Content(title="", text="", family=family_of(receiver))
    attempt(Progress(receiver, nothing, ""))


def serve() -> None:
    """Answer requests until there is no more."""
    for line in sys.stdin:
        request = json.loads(line)
        if "reap" in request:
            _, status = os.waitpid(request["reap"], 0)
            print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201 - the protocol
        elif child := os.fork():
            print(child, flush=True)  # noqa: T201 - the protocol
        else:
            become(request)
            main()


def become(request: dict[str, Any]) -> None:
    """Make this process what a shell would have started."""
    log = os.open(request["log"], os.O_WRONLY | os.O_APPEND)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(source, target)
    os.chdir(Path(request["log"]).parent)
    os.environ.clear()
    os.environ.update(request["environ"])
    sys.argv = ["batchbell", *request["arguments"]]


if __name__ == "__main__":
    warm_up()
    # What is there stays: a fork that looks through it for garbage would have to copy it.
    gc.freeze()
    serve()
