"""The files of a simulated job, made from its row: metadata and JSONL lines."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from batchbell.simulator.fate import USUAL, Fate, Mix
from batchbell.simulator.request_lines import answer_line, error_line, input_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: The row's fields that name a file.
FILE_FIELDS = ("input_file_id", "output_file_id", "error_file_id")

#: Assumed length of one request in the input file, bytes.
REQUEST_BYTES = 400
#: Source: Together's limits for a batch.
MOST_REQUESTS = 50_000


@dataclass(frozen=True, slots=True)
class JobFile:
    """One file of one job as it stands now."""

    row: Mapping[str, object]
    #: Which of `FILE_FIELDS` names it.
    role: str
    #: What the input file is called, without its ending; '' for a name of its id.
    input_name: str = ""
    #: What became of the requests.
    mix: Mix = USUAL

    def metadata(self) -> dict[str, object]:
        """Return what `GET /v1/files/{id}` says."""
        name = self.input_name or str(self.row.get("input_file_id")).removeprefix("file-")[:8]
        size, count = self._extent()
        suffix = {"output_file_id": "_output", "error_file_id": "_errors"}.get(self.role, "")
        return {
            "id": self.row[self.role],
            "object": "file",
            "created_at": self._created_at(),
            "filename": f"{'' if self.input_name else 'batch_'}{name}{suffix}.jsonl",
            "bytes": size,
            "purpose": "batch-api" if self.role == "input_file_id" else "batch-generated",
            "FileType": "jsonl",
            "LineCount": count,
            "Processed": True,
        }

    def size(self) -> int:
        """Return the file's length, bytes."""
        return self._extent()[0]

    def _extent(self) -> tuple[int, int]:
        """Return bytes and lines."""
        if self.role == "input_file_id" and self._fills_its_size():
            return self._size(), self._requests()
        length = count = 0
        for line in self.lines():
            length += len(line)
            count += 1
        return length, count

    def _fills_its_size(self) -> bool:
        """Whether every request fits: the last says most, as its number is the longest.

        Names are asked for so often that all lines can't be made for each.
        """
        last = self._requests()
        return len(self._line(last)) == self._room(last)

    def lines(self) -> Iterator[bytes]:
        """Yield the file's lines, line breaks included."""
        for number in self._numbers():
            yield self._line(number) + b"\n"

    def _numbers(self) -> Iterator[int]:
        """Yield the requests (from 1) that have a line in this file.

        Of results the last one comes first: the real files have no particular order either.
        """
        if self.role == "input_file_id":
            yield from range(1, self._requests() + 1)
            return
        for number in range(self._done(), 0, -1):
            fate = self._fate(number)
            if fate is not Fate.MISSING and (fate is Fate.FAILED) == (self.role == "error_file_id"):
                yield number

    def _fate(self, number: int) -> Fate:
        fate = self.mix.fate(number)
        if fate is Fate.FAILED and not self.row.get("error_file_id"):
            return Fate.ANSWERED
        if fate is not Fate.MISSING and not self.row.get("output_file_id"):
            return Fate.FAILED
        return fate

    def _size(self) -> int:
        size = self.row.get("file_size_bytes")
        return size if isinstance(size, int) else REQUEST_BYTES

    def _requests(self) -> int:
        """Return how many requests the job has: the API does not say, so by the input's size."""
        return min(max(self._size() // REQUEST_BYTES, 1), MOST_REQUESTS)

    def _done(self) -> int:
        """Return how many requests were worked on."""
        progress = self.row.get("progress")
        if not isinstance(progress, int | float):
            return self._requests()
        return int(self._requests() * min(max(progress, 0), 100) / 100)

    def _line(self, number: int) -> bytes:
        custom_id = f"{self.input_name or 'req'}-{number}"
        if self.role == "input_file_id":
            return input_line(number, custom_id, self.row, self._room(number))
        if self.role == "error_file_id":
            return error_line(number, custom_id)
        return answer_line(number, custom_id, self.row, self._fate(number))

    def _room(self, number: int) -> int:
        """Return how long a request is, so that the input is as long as the row says."""
        share, rest = divmod(self._size(), self._requests())
        return share + (rest if number == 1 else 0) - 1

    def _created_at(self) -> int:
        """Return Unix seconds: the job's creation for its input, its end for the others."""
        created = self.row.get("created_at")
        ended = self.row.get("completed_at") or self.row.get("job_deadline") or created
        moment = created if self.role == "input_file_id" else ended
        try:
            return int(datetime.fromisoformat(str(moment)).timestamp())
        except (ValueError, OverflowError):
            return int(datetime(2025, 1, 1, tzinfo=UTC).timestamp())


def line_pieces(lines: Iterator[bytes], *, size: int = 65_536) -> Iterator[bytes]:
    """Join lines to pieces of at least `size` bytes, but the last."""
    gathered: list[bytes] = []
    length = 0
    for line in lines:
        gathered.append(line)
        length += len(line)
        if length >= size:
            yield b"".join(gathered)
            gathered, length = [], 0
    if gathered:
        yield b"".join(gathered)
