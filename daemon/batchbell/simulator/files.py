"""The files of a simulated job, made from its row: metadata and JSONL lines."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from batchbell.simulator.answer import json_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: The row's fields that name a file.
FILE_FIELDS = ("input_file_id", "output_file_id", "error_file_id")

#: Assumed length of one request in the input file, bytes.
REQUEST_BYTES = 400
#: Source: Together's limits for a batch.
MOST_REQUESTS = 50_000
#: One request in so many failed, in a job with an error file.
ONE_FAILED_IN = 40


@dataclass(frozen=True, slots=True)
class JobFile:
    """One file of one job as it stands now."""

    row: Mapping[str, object]
    #: Which of `FILE_FIELDS` names it.
    role: str
    #: What the input file is called, without its ending; '' for a name of its id.
    input_name: str = ""

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

    def _extent(self) -> tuple[int, int]:
        """Return bytes and lines; of the input they are known without making it."""
        if self.role == "input_file_id":
            return self._size(), self._requests()
        sizes = [len(line) for line in self.lines()]
        return sum(sizes), len(sizes)

    def lines(self) -> Iterator[bytes]:
        """Yield the file's lines, line breaks included."""
        for number in self._numbers():
            yield self._line(number) + b"\n"

    def _numbers(self) -> Iterator[int]:
        """Yield the requests (from 1) that have a line in this file, the last one first.

        Lines of the real files are in no particular order either.
        """
        done = self._done()
        for number in range(done, 0, -1):
            if self.role == "input_file_id" or self._failed(number) == (
                self.role == "error_file_id"
            ):
                yield number

    def _failed(self, number: int) -> bool:
        if not self.row.get("error_file_id"):
            return False
        return not self.row.get("output_file_id") or number % ONE_FAILED_IN == 1

    def _size(self) -> int:
        size = self.row.get("file_size_bytes")
        return size if isinstance(size, int) else REQUEST_BYTES

    def _requests(self) -> int:
        """Return how many requests the job has: the API does not say, so by the input's size."""
        return min(max(self._size() // REQUEST_BYTES, 1), MOST_REQUESTS)

    def _done(self) -> int:
        """Return how many requests the file can have lines for."""
        progress = self.row.get("progress")
        if self.role == "input_file_id" or not isinstance(progress, int | float):
            return self._requests()
        return int(self._requests() * min(max(progress, 0), 100) / 100)

    def _line(self, number: int) -> bytes:
        custom_id = f"req-{number}"
        if self.role == "input_file_id":
            return self._request(number)
        if self.role == "error_file_id":
            error = {"message": "input is too long for this model", "code": "invalid_request"}
            return json_bytes({"custom_id": custom_id, "error": error})
        choice = {"index": 0, "message": {"role": "assistant", "content": f"Topic {number % 7}"}}
        body = {"model": self.row.get("model_id"), "choices": [choice]}
        return json_bytes({"custom_id": custom_id, "response": {"status_code": 200, "body": body}})

    def _request(self, number: int) -> bytes:
        """Return a line of the input, padded so that the file is as long as the row says."""
        message = {"role": "user", "content": f"Name the topic of document {number}. "}
        body = {"model": self.row.get("model_id"), "messages": [message]}
        line = json_bytes({"custom_id": f"req-{number}", "body": body})
        share, rest = divmod(self._size(), self._requests())
        missing = share + (rest if number == 1 else 0) - len(line) - 1
        return line.replace(b'. "', b". " + b"x" * missing + b'"')

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
