"""What the page shows in these tests: a job of every kind, one of them an attack."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from batchbell.simulator.fate import Mix
from tests.e2e.harness import WATCHES
from tests.e2e.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from tests.e2e.harness import RunningDaemon
    from tests.simulator.thread import ThreadedSimulator

#: Sets `window.attacked` if any part of it runs.
ATTACK = (
    '"><img src=x onerror="attacked=1"><script>attacked=2</script>'
    '<svg onload="attacked=3"></svg><a href="javascript:attacked=4">click</a>'
    '<style>*{display:none}</style><iframe srcdoc="<script>parent.attacked=5</script>"></iframe>'
)
RUNNING_MODEL, OTHER_MODEL = "test/Llama-3.3-70B-Instruct", "test/Qwen3-8B"
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A daemon that watches, with its jobs by what they are."""

    api: ThreadedSimulator
    bell: RunningDaemon
    #: Its configuration.
    settings: Mapping[str, Any]
    #: Ids.
    running: str
    late: str
    failed: str
    attack: str
    #: Of it not everything came back.
    partial: str

    @property
    def address(self) -> str:
        """The page's address, without a slash behind it."""
        page: str = self.bell.wait_for_log(WATCHES)["page"]
        return page.rstrip("/")

    def job_page(self, job_id: str) -> str:
        """Return the path of a job's own page."""
        return f"/jobs/default/{job_id}"


def play(api: ThreadedSimulator, bell: RunningDaemon, settings: Mapping[str, Any]) -> Scene:
    """Let jobs appear, move and end while the daemon watches."""
    bell.wait_for_baseline()
    now = api.clock.now()

    def add(**fields: object) -> str:
        return api.add_job(**{"status": "IN_PROGRESS", "model_id": RUNNING_MODEL, **fields})

    scene = Scene(
        api=api,
        bell=bell,
        settings=settings,
        running=add(progress=12.5, created_at=now - HOUR),
        late=add(progress=40, created_at=now - 23.8 * HOUR, job_deadline=now + HOUR / 5),
        failed=add(model_id=OTHER_MODEL),
        attack=add(model_id=ATTACK),
        partial=api.add_mixed_job(
            Mix(failed=40, missing=10),
            file_size_bytes=400_000,
            status="COMPLETED",
            error_file_id="file-errors-of-it",
            model_id=OTHER_MODEL,
        ),
    )
    wait_for_jobs(bell, 5)
    api.update_job(scene.running, progress=25)
    api.update_job(scene.failed, status="FAILED", error="line 3: invalid JSON")
    api.update_job(scene.attack, status="FAILED", error=ATTACK)
    wait_until(lambda: count(bell, "events WHERE kind = 'batch.failed'") == 2, "two failures")
    wait_until(lambda: count(bell, "results WHERE state = 'counted'") == 1, "a verdict")
    bell.wait_until_delivered()
    return scene


def wait_for_jobs(bell: RunningDaemon, jobs: int) -> None:
    """Wait until the snapshot has so many."""
    wait_until(lambda: count(bell, "batch_jobs") >= jobs, f"{jobs} jobs")


def count(bell: RunningDaemon, what: str) -> int:
    """Return how many rows of the database are so."""
    rows: int = bell.value(f"SELECT count(*) FROM {what}")
    return rows
