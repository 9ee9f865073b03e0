"""`Simulator`: the batch API on a port of 127.0.0.1, and the controls of what it does."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections import deque
from typing import TYPE_CHECKING, ClassVar, Self

from batchbell.simulator.api import ApiRequest, answer_call
from batchbell.simulator.clock import SimulatedClock
from batchbell.simulator.connection import Connection, Packer
from batchbell.simulator.fate import USUAL, Mix
from batchbell.simulator.plan import JobPlan
from batchbell.simulator.state import JobBook

if TYPE_CHECKING:
    from collections.abc import Iterable

    from batchbell.simulator.answer import ApiAnswer
    from batchbell.simulator.plan import Row

HOST = "127.0.0.1"
#: How many requests are remembered: a demo may run for days.
REQUESTS_KEPT = 10_000


#: Rounds of the event loop between accepting a connection and telling whom it is for: asyncio takes
#: three, and one or two to close a socket that was aborted.
ROUNDS = 6


class Simulator:
    """The simulated API. Runs in an event loop; the jobs and the log are for any thread."""

    #: What speaks with one client.
    connection: ClassVar[type[Connection]] = Connection

    def __init__(
        self,
        plans: Iterable[JobPlan] = (),
        *,
        clock: SimulatedClock | None = None,
        api_key: str | None = None,
    ) -> None:
        """`plans` are jobs that move by themselves; `api_key` None accepts every key.

        `api_key` may be replaced while it runs.
        """
        self.clock = SimulatedClock() if clock is None else clock
        self.api_key = api_key
        self._book = JobBook(plans)
        self._requests: deque[ApiRequest] = deque(maxlen=REQUESTS_KEPT)
        self._log_lock = threading.Lock()
        self._packer = Packer()
        self._connections: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._port = 0

    @property
    def base_url(self) -> str:
        """The address for a client, with `/v1`."""
        return f"http://{HOST}:{self._port}/v1"

    @property
    def requests(self) -> tuple[ApiRequest, ...]:
        """The requests received so far, the oldest first."""
        with self._log_lock:
            return tuple(self._requests)

    def add_job(self, **fields: object) -> str:
        """Add a job and return its id; fields not given get believable values.

        Datetimes are written as the API does, `rows.ABSENT` leaves a field out.
        """
        return self.add_mixed_job(USUAL, **fields)

    def add_mixed_job(self, mix: Mix, **fields: object) -> str:
        """Add a job whose requests, one for 400 of `file_size_bytes`, fare as `mix` says."""
        return self._book.add_job(self.clock.now(), fields, mix)

    def add_row(self, row: Row) -> str:
        """Add a job with exactly these fields (`id` among them) and return its id."""
        job_id = str(row["id"])
        self.add_plan(JobPlan(job_id=job_id, first=row))
        return job_id

    def add_plan(self, plan: JobPlan) -> None:
        """Add a job that moves by itself."""
        self._book.add_plan(plan)

    def update_job(self, job_id: str, **fields: object) -> None:
        """Change a job; a new status brings what belongs to it (an end: its file, and so on)."""
        self._book.update_job(self.clock.now(), job_id, fields)

    def remove_job(self, job_id: str) -> None:
        """Let a job vanish."""
        self._book.remove_job(job_id)

    def job(self, job_id: str) -> dict[str, object]:
        """Return one job's row as it stands. Raises `state.UnknownJobError`."""
        return self._book.row(self.clock.now(), job_id)

    def jobs(self) -> list[dict[str, object]]:
        """Return all rows as they stand, in the listing's order."""
        return self._book.rows(self.clock.now())

    async def listen(self) -> None:
        """Take connections."""
        bound = self.bound()
        self._port = bound.getsockname()[1]
        self._server = await asyncio.start_server(self._connected, sock=bound)

    def bound(self) -> socket.socket:
        """Return a socket for it that does not listen yet: on any free port the first time."""
        # with its protocol named, asyncio sends small answers at once (TCP_NODELAY)
        bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((HOST, self._port))
        return bound

    async def stop(self) -> None:
        """End, whatever the connections are doing."""
        if self._server is not None:
            # Accept no more, and let those come in that were accepted: asyncio forgets them, and
            # leaves them open, if the server is closed in between.
            for listening in self._server.sockets:
                asyncio.get_running_loop().remove_reader(listening.fileno())
            await _rounds()
            self._server.close()
            self._server = None
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        await _rounds()

    async def __aenter__(self) -> Self:
        """Start to listen."""
        await self.listen()
        return self

    async def __aexit__(self, *_exc: object) -> None:
        """Stop."""
        await self.stop()

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = self.connection(
            reader, writer, now=self.clock.now, respond=self.respond, packer=self._packer
        )
        task = asyncio.create_task(connection.serve())
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)

    def remember(self, request: ApiRequest) -> None:
        """Take a request into the log."""
        with self._log_lock:
            self._requests.append(request)

    def respond(self, request: ApiRequest) -> ApiAnswer:
        """Remember a request, and answer it."""
        self.remember(request)
        return answer_call(request, self._book, api_key=self.api_key)


async def _rounds() -> None:
    """Let the event loop run often enough to connect a socket, and to close one."""
    for _ in range(ROUNDS):
        await asyncio.sleep(0)
