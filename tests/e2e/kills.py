"""A campaign: jobs move all the time, the daemon is killed at random, and then all is counted."""

from __future__ import annotations

import random
import sqlite3
import threading
import time
from collections import Counter
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.e2e.harness import RunningDaemon, config, json_url, mail_url
from tests.e2e.messages import told_by_http, told_by_mail
from tests.e2e.waiting import wait_until
from tests.loopback_receivers import HttpReceiver, MailReceiver
from tests.simulator.thread import ThreadedSimulator, running_simulator
from tests.warm_start import shared_server

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from tests.e2e.messages import Entry
    from tests.loopback_receivers import HttpRequest

#: Jobs that move at the same time.
FLEET = 8
#: How long a daemon lives after its start is done: at random up to this, seconds, or up to so many
#: times what a start and a poll take: on a busy machine it would never get to its sends.
LONGEST_LIFE_SECONDS = 0.8
LONGEST_LIFE_STARTS = 4
#: ... but not more than this, seconds.
LONGEST_LIFE_AT_ALL_SECONDS = 6.0
#: Between two looks at the snapshot, seconds.
LOOK_SECONDS = 0.1
ENDS = ("COMPLETED", "FAILED", "EXPIRED", "CANCELLED")
LABELS = {"VALIDATING": "Validating", "IN_PROGRESS": "In progress"}
#: How a message about what came back of an end is labelled.
VERDICT = "RESULTS"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What became of one campaign, or of several."""

    kills: int = 0
    #: Transitions the daemon saw, baseline excluded.
    transitions: int = 0
    #: Of these, those missing on a channel.
    lost: int = 0
    #: Transitions told in two different messages of one channel.
    told_twice: int = 0
    #: Messages on all channels ...
    messages: int = 0
    #: ... and how many of them repeat another, under the same key.
    repeated: int = 0
    #: Repetitions of a message that was not in flight at a kill.
    not_in_flight: int = 0
    #: Repetitions that say something else than the first time.
    altered: int = 0

    def __add__(self, other: Figures) -> Figures:
        """Sum up two campaigns."""
        return Figures(
            **{name: getattr(self, name) + getattr(other, name) for name in self.__slots__}
        )


class Fleet:
    """Moves jobs on as soon as the daemon has seen where they stand, so that it misses no step."""

    def __init__(self, api: ThreadedSimulator, bell: RunningDaemon, rng: random.Random) -> None:
        """Start nothing yet."""
        self._api, self._bell, self._rng = api, bell, rng
        self._running: dict[str, str] = {}
        #: Every step taken: job id and the label a message has for it.
        self.steps: set[tuple[str, str]] = set()

    @contextmanager
    def moving(self) -> Iterator[None]:
        """Keep the jobs moving, from a thread, for the length of a `with` block."""
        stopping = threading.Event()
        failures: list[BaseException] = []

        def move() -> None:
            try:
                while not stopping.wait(LOOK_SECONDS):
                    self._move_on()
            except BaseException as error:  # noqa: BLE001 - told by the test's own thread
                failures.append(error)

        thread = threading.Thread(target=move, name="fleet")
        thread.start()
        try:
            yield
        finally:
            stopping.set()
            thread.join()
        assert not failures, failures

    def seen(self) -> bool:
        """Whether the daemon's snapshot shows every job where it stands."""
        return self._snapshot().items() >= self._running.items()

    def _move_on(self) -> None:
        snapshot = self._snapshot()
        if not snapshot and self._running:
            return
        for job_id, status in list(self._running.items()):
            if snapshot.get(job_id) == status and self._rng.random() < 0.5:
                self._advance(job_id, status)
        while len(self._running) < FLEET:
            self._begin()

    def _begin(self) -> None:
        job_id = self._api.add_job(status="VALIDATING")
        self._running[job_id] = "VALIDATING"
        self.steps |= {(job_id, "Created"), (job_id, LABELS["VALIDATING"])}

    def _advance(self, job_id: str, status: str) -> None:
        if status in ENDS:
            del self._running[job_id]
            return
        following = "IN_PROGRESS" if status == "VALIDATING" else self._rng.choice(ENDS)
        self.steps.add((job_id, LABELS.get(following, following)))
        self._running[job_id] = following
        self._api.update_job(job_id, status=following)

    def _snapshot(self) -> dict[str, str]:
        try:
            rows = self._bell.rows("SELECT id, status FROM batch_jobs")
        except sqlite3.OperationalError:
            return {}  # killed in the middle of its first migration, or just recovering
        return {row["id"]: row["status"] for row in rows}


def run_campaign(
    folder: Path, kills: int, *, seed: int, url: str = "", cold: bool = False
) -> Figures:
    """Kill a daemon so often, let the last one finish its work, and count what arrived.

    A `cold` daemon is a program started from scratch each time, else a fork that has its imports.
    """
    rng = random.Random(seed)  # noqa: S311 - chance, not secrecy
    with ExitStack() as stack:
        api = stack.enter_context(running_simulator())
        hook = stack.enter_context(HttpReceiver())
        mail = stack.enter_context(MailReceiver())
        everything = ["batch.*"]
        channels = {
            "hook": {"url": json_url(hook), "events": everything},
            "mail": {"url": mail_url(mail), "events": everything},
        }
        warm = None if cold else shared_server()
        # Shorter than the wait for all deliveries: on a busy machine many ends are still unread.
        settings = {**config(api.base_url, channels), "results": {"wait": "5s"}}
        bell = stack.enter_context(RunningDaemon(folder, settings, url=url, warm=warm))
        bell.wait_for_baseline().kill()
        received: list[tuple[int, int]] = []
        longest_life = _longest_life_seconds(bell)
        fleet = Fleet(api, bell, rng)
        with fleet.moving():
            for _ in range(kills):
                _live_and_die(bell, rng.uniform(0, longest_life))
                received.append((len(_complete(hook)), len(mail.mails)))
            bell.start()
        wait_until(fleet.seen, "the last steps")
        wait_until(lambda: _all_recorded(bell, fleet.steps), "the last events")
        bell.wait_until_delivered()
        bell.stop()
    return (
        Figures(kills=kills, transitions=len(fleet.steps))
        + _of_messages(
            [(r.headers["idempotency-key"], r.body) for r in _complete(hook)],
            [by_hook for by_hook, _ in received],
        )
        + _of_messages(
            [(str(m.message["Message-ID"]), m.text.encode()) for m in mail.mails],
            [by_mail for _, by_mail in received],
        )
        + _of_told(fleet.steps, _once_per_key(hook, mail))
    )


def _complete(hook: HttpReceiver) -> list[HttpRequest]:
    """Leave out the requests that a kill cut off in the middle, as every server does."""
    return [
        request
        for request in hook.requests
        if len(request.body) == int(request.headers["content-length"])
    ]


def _longest_life_seconds(bell: RunningDaemon) -> float:
    began = time.monotonic()
    bell.start()
    started = time.monotonic() - began
    _wait_for_work(bell)
    began = time.monotonic()
    bell.wait_for_polls(1)
    bell.kill()
    paced = LONGEST_LIFE_STARTS * (started + time.monotonic() - began)
    return min(max(LONGEST_LIFE_SECONDS, paced), LONGEST_LIFE_AT_ALL_SECONDS)


def _live_and_die(bell: RunningDaemon, seconds: float) -> None:
    """Start the daemon and kill it after so many seconds of work."""
    bell.start()
    _wait_for_work(bell)
    # A random moment is the point here: nothing is waited for.
    time.sleep(seconds)
    bell.kill()


def _wait_for_work(bell: RunningDaemon) -> None:
    """Wait until it has what the one before had: for seconds, where daemons are replicas."""
    if bell.url.startswith("postgres"):
        bell.wait_for_log("this replica's share changes")


def _all_recorded(bell: RunningDaemon, steps: set[tuple[str, str]]) -> bool:
    recorded = bell.value("SELECT count(*) FROM events WHERE job != '' AND kind != 'batch.results'")
    return int(recorded) >= len(steps)


def _of_messages(messages: list[tuple[str, bytes]], kills: Iterable[int]) -> Figures:
    """Count what one channel received, in its order; `kills` is how much it had at each kill.

    In flight was the last of these, or the next, if the receiver read it only after the kill.
    """
    first, last = dict(reversed(messages)), {key: at for at, (key, _) in enumerate(messages)}
    in_flight = {at + step for at in kills for step in (-1, 0)}
    again = [at for at, (key, _) in enumerate(messages) if at < last[key]]
    return Figures(
        messages=len(messages),
        repeated=len(again),
        not_in_flight=len(set(again) - in_flight),
        altered=sum(body != first[key] for key, body in messages),
    )


def _once_per_key(hook: HttpReceiver, mail: MailReceiver) -> tuple[list[Entry], list[Entry]]:
    requests = {request.headers["idempotency-key"]: request for request in _complete(hook)}
    mails = {str(one.message["Message-ID"]): one for one in mail.mails}
    return told_by_http(requests.values()), told_by_mail(mails.values())


def _of_told(steps: set[tuple[str, str]], channels: Iterable[list[Entry]]) -> Figures:
    total = Figures()
    for told in channels:
        counts = Counter(entry.key for entry in told)
        # Of what came back is told beside an end, and of nothing else.
        verdicts = {(job_id, VERDICT) for job_id, label in steps if label in ENDS}
        strange = counts.keys() - steps - verdicts
        assert not strange, f"told but never happened: {strange}"
        total += Figures(
            lost=len(steps - counts.keys()),
            told_twice=sum(count - 1 for count in counts.values()),
        )
    return total
