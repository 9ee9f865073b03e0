"""A program that has all of `batchbell` imported, and forks it whenever it is asked to.

It is given a socket on which it listens. A message for each start, a JSON object (`program`,
`arguments`, `environ`, `cwd`, `new_session`) with three files, or for each end (`reap`); the
process id, or the exit status, is the answer. `warm_start` is its other end.
"""

from __future__ import annotations

import asyncio
import atexit
import faulthandler
import gc
import importlib
import inspect
import json
import os
import select
import socket
import sys
import tempfile
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NoReturn

import anyio._backends._asyncio  # noqa: F401 - anyio imports it when it starts
import uvicorn.lifespan.off
import uvicorn.protocols.http.auto  # noqa: F401 - uvicorn imports both when it starts
from coverage import process_startup

from batchbell.config import load
from batchbell.core.event import EventKind
from batchbell.core.example_events import sample
from batchbell.messages.view import View
from batchbell.receivers.apprise.sending import attempt
from batchbell.receivers.channel_check import check_channel
from batchbell.receivers.compose import Composer
from batchbell.receivers.content import Content, Family
from batchbell.receivers.progress import Progress
from batchbell.receivers.receiver import UrlReceiver
from batchbell.receivers.registry import family_of
from batchbell.store import schema
from batchbell.store.postgres.database import PostgresDatabase
from batchbell.store.sqlite.database import SqliteDatabase
from batchbell.wire.http import HttpClient
from tests.rehearsal import rehearse
from tests.whole_program import import_all

if TYPE_CHECKING:
    from collections.abc import Sequence

#: More than a request has: its environment is the most of it.
REQUEST_BYTES = 1 << 20


def warm_up() -> None:
    """Import what a daemon does on its way, and do once what imports or compiles more."""
    import_all()
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/bell.db"
        environ = {"TOGETHER_API_KEY": "fake", "BATCHBELL_DATABASE_URL": url}
        load(None, environ, check_channel=check_channel)
        database = SqliteDatabase(url)
        schema.upgrade(database)
        asyncio.run(rehearse(database))
        database.close()
    # Its driver is imported when an address is first seen.
    PostgresDatabase("postgresql://@/bell").close()
    # Nobody listens there.
    receiver = UrlReceiver("json://127.0.0.1:9/")
    nothing = Content(title="", text="", family=family_of(receiver))
    attempt(Progress(receiver, nothing, ""))
    # A mail's template is compiled for the first one, and kept.
    now = datetime.now(UTC)
    Composer(family=Family.MAIL, view=View()).compose([sample(EventKind.FAILED, now)], now)
    # What certificates are held against is read for the first client, and kept.
    HttpClient(user_agent="warm")
    # Coverage asks for it when it starts; what was found stays.
    inspect.stack()


def serve(listening: socket.socket) -> None:
    """Answer those who connect, until the last of them has left."""
    askers = [listening.accept()[0]]
    while askers:
        for asked in select.select([listening, *askers], [], [])[0]:
            if asked is listening:
                askers.append(listening.accept()[0])
            elif not answered(asked, [listening, *askers]):
                askers.remove(asked)
                asked.close()


def answered(asked: socket.socket, ours: Sequence[socket.socket]) -> bool:
    """Answer one request; False if there is no more. What is forked has none of `ours`."""
    message, files, _, _ = socket.recv_fds(asked, REQUEST_BYTES, 3)
    if not message:
        return False
    request = json.loads(message)
    if "reap" in request:
        _, status = os.waitpid(request["reap"], 0)
        asked.send(b"%d" % os.waitstatus_to_exitcode(status))
    elif child := os.fork():
        for each in files:
            os.close(each)
        asked.send(b"%d" % child)
    else:
        for one in ours:
            one.close()
        become(request, files)
        live(request["program"])
    return True


def become(request: dict[str, Any], files: Sequence[int]) -> None:
    """Make this process what a shell would have started."""
    for target, source in enumerate(files):
        os.dup2(source, target)
        os.close(source)
    if request["new_session"]:
        os.setsid()
    os.chdir(request["cwd"])
    environ = request["environ"]
    os.environ.clear()
    os.environ.update(environ)
    sys.argv = ["batchbell", *request["arguments"]]
    # What a process makes of its environment when it starts, or once.
    time.tzset()
    tempfile.tempdir = None
    encoding = environ.get("PYTHONIOENCODING", "utf-8")
    sys.stdin = open(0, encoding=encoding, closefd=False)  # noqa: SIM115 - not a path
    sys.stdout = open(1, "w", 1, encoding=encoding, closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", 1, encoding=encoding, closefd=False)  # noqa: SIM115
    if "PYTHONFAULTHANDLER" in environ:
        faulthandler.enable(2)


def measure() -> None:
    """Measure this process, if its environment says so.

    At its end coverage looks for files of which nothing ran: a worker has, and of all that a short
    command computes it would be two thirds.
    """
    if (measuring := process_startup()) is not None:
        measuring._post_save_work = lambda: None  # type: ignore[method-assign]


def live(program: str) -> NoReturn:
    """Run a module's `main`, and end as an interpreter does, but for taking all apart."""
    measure()
    status: object = None
    try:
        importlib.import_module(program).main()
    except SystemExit as ended:
        status = ended.code
    except BaseException:  # noqa: BLE001 - as an interpreter does
        sys.excepthook(*sys.exc_info())
        status = 1
    threading._shutdown()  # type: ignore[attr-defined] # waits for those that are no daemons
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):
            stream.flush()
    os._exit(status if isinstance(status, int) else status is not None)


if __name__ == "__main__":
    warm_up()
    # What is there stays: a fork that looks through it for garbage would have to copy it.
    gc.freeze()
    with socket.socket(fileno=int(sys.argv[1])) as listening:
        serve(listening)
