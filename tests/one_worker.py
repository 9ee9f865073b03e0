"""Which tests run in one worker, one after the other.

The mark that pytest-xdist has for it, `xdist_group`, does nothing with pytest 9.2: it renames tests
where that no longer looks for their names. Each worker made what such tests share once more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xdist.scheduler import LoadScopeScheduling

if TYPE_CHECKING:
    from xdist.workermanage import WorkerController

#: Files, or folders of them, whose tests share what takes long to make.
SHARING = (
    "tests/browser/",
    "tests/e2e/test_every_kind.py",
    "tests/project/test_architecture.py",
    "tests/project/test_one_verdict.py",
    "tests/project/test_packaging.py",
)
#: ... or would take the usual port from one another.
COMPETING = ("tests/cli/test_demo.py",)


def unit_of(test: str) -> str:
    """Return what a test is handed out with: the name of its file or folder, or its own."""
    return next((place for place in SHARING + COMPETING if test.startswith(place)), test)


class OneWorkerEach(LoadScopeScheduling):  # type: ignore[misc] # it ships no types
    """Hands out what belongs together first, as one, and all other tests one by one."""

    def _split_scope(self, nodeid: str) -> str:
        return unit_of(nodeid)

    def _reschedule(self, node: WorkerController) -> None:
        """Forget what a worker has done: else at each end all before it are counted once more."""
        given = self.assigned_work[node]
        self.assigned_work[node] = {
            name: unit for name, unit in given.items() if not all(unit.values())
        }
        super()._reschedule(node)
