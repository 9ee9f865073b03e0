"""The listings that are polled: some jobs as the API lists them, and what may happen to them."""

from __future__ import annotations

import json
import random
import uuid
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

Row: TypeAlias = "dict[str, Any]"

#: How many of an account's jobs run, if it has as many.
RUNNING = 50


class Listings:
    """The jobs of one account, the same for the same number of them."""

    def __init__(self, jobs: int) -> None:
        """Make `jobs` rows, in the order an API has them: any."""
        self._chance = random.Random(jobs)  # noqa: S311 - believable rows need no secrecy
        self.rows = [self._row(is_running=number < RUNNING) for number in range(jobs)]
        self._chance.shuffle(self.rows)

    def bodies(self) -> dict[str, bytes]:
        """Return the answer of the API by the case: what happened since the poll before."""
        cases: dict[str, Callable[[], list[Row]]] = {
            "nothing changed": lambda: self.rows,
            "one job's progress": lambda: self._moved(1),
            "50 running jobs move": lambda: self._moved(RUNNING),
            "1 % changed": self._one_percent_changed,
            "reordered": self._reordered,
            "500 end": self._ended,
        }
        return {name: _body(rows()) for name, rows in cases.items()}

    def before_the_end(self) -> bytes:
        """Return the listing before 500 jobs end: they run."""
        return _body([*self.rows, *self._five_hundred("IN_PROGRESS")])

    def _moved(self, number: int) -> list[Row]:
        left = number
        rows = []
        for row in self.rows:
            moves = left > 0 and row["status"] == "IN_PROGRESS"
            left -= moves
            rows.append(row | {"progress": 61.5} if moves else row)
        return rows

    def _one_percent_changed(self) -> list[Row]:
        rows = list(self.rows)
        for at in random.Random(1).sample(range(len(rows)), max(len(rows) // 100, 1)):  # noqa: S311
            rows[at] = rows[at] | {"error": "a request was refused: the model is overloaded"}
        return rows

    def _reordered(self) -> list[Row]:
        return random.Random(2).sample(self.rows, len(self.rows))  # noqa: S311 - as above

    def _ended(self) -> list[Row]:
        return [*self.rows, *self._five_hundred("COMPLETED")]

    def _five_hundred(self, status: str) -> list[Row]:
        chance, self._chance = self._chance, random.Random(3)  # noqa: S311 - as above
        rows = [self._row(is_running=status == "IN_PROGRESS") for _ in range(500)]
        self._chance = chance
        return rows

    def _row(self, *, is_running: bool) -> Row:
        row: Row = {
            "id": self._id(),
            "user_id": "user-7f3a",
            "input_file_id": f"file-{self._id()}",
            "file_size_bytes": self._chance.randrange(10**8),
            "status": "COMPLETED",
            "progress": 100.0,
            "created_at": "2026-11-23T02:14:07.312345Z",
            "endpoint": "/v1/chat/completions",
            "job_deadline": "2030-11-24T02:14:07.312345Z",
            "completed_at": "2026-11-23T05:14:07.312345Z",
            "model_id": "meta-llama/Llama-3.3-70B-Instruct-Turbo",
            "output_file_id": f"file-{self._id()}",
            "error_file_id": None,
            "error": None,
        }
        if is_running:
            row |= {"status": "IN_PROGRESS", "progress": 42.0}
            row |= {"completed_at": None, "output_file_id": None}
        return row

    def _id(self) -> str:
        return str(uuid.UUID(int=self._chance.getrandbits(128), version=4))


def _body(rows: list[Row]) -> bytes:
    return json.dumps(rows, separators=(",", ":")).encode()
