"""Counting a job's files, line by line."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING

from batchbell.core.results.answer import EMPTY, TRUNCATED, AnswerQuality, answer_of
from batchbell.core.results.causes import LONGEST_ID, Causes
from batchbell.core.results.counts import Counts, Verdict, verdict_of
from batchbell.core.results.lines import Tokens

if TYPE_CHECKING:
    from batchbell.core.results.cause import Cause
    from batchbell.core.results.lines import ResultLine

#: More requests are not remembered: a batch has 50,000 at most, and the verdict is unknown.
MOST_REQUESTS = 500_000

#: What is shown of an id that is too long to be remembered.
NAMELESS = "…"

# What is noted of a request beside its answer and its cause.
_HAS_LINE = 1
_DUPLICATED = 2
_CAUSE_OF_ERRORS = 4
_NOTES_OF_DUPLICATED = tuple(notes for notes in range(8) if notes & _DUPLICATED)
#: What another job's files leave of these notes.
_AFTER_RETRY = bytes(notes & _DUPLICATED for notes in range(256))


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What the lines of a job's files add up to."""

    counts: Counts
    verdict: Verdict
    #: None if no answer said how many.
    tokens: Tokens | None
    #: The most frequent first, `MOST_CAUSES` at most.
    causes: tuple[Cause, ...]


class Tally:
    """Counts the lines of a job's files: all of the input, then of the output, then of the errors.

    It holds no line: of each request its id and a few bytes. An id that the input does not have is
    counted and forgotten. An id is known by its text, a long one by its fingerprint.
    """

    def __init__(self, *, has_input: bool = True, most_requests: int = MOST_REQUESTS) -> None:
        """Without the input every id counts, and how many are missing is not known."""
        self._has_input = has_input
        self._most_requests = most_requests
        self._overfull = False
        # by a request's number, which is its place in the input
        self._numbers: dict[str | bytes, int] = {}
        self._answers = bytearray()
        self._notes = bytearray()
        self._causes_of = array("H")
        self._causes = Causes()
        self._foreign = 0
        self._unreadable = 0
        self._tokens: Tokens | None = None

    def add_input(self, custom_id: str | None) -> None:
        """Take a line of the input; None is one that can't be read."""
        if custom_id is None:
            self._unreadable += 1
        elif (key := _key(custom_id)) not in self._numbers:
            self._remember(key)

    def add_output(self, line: ResultLine | None) -> int | None:
        """Take a line of the output file; return its request's number, None for no request."""
        if line is None:
            self._unreadable += 1
            return None
        if line.tokens is not None:
            self._tokens = _sum(self._tokens, line.tokens)
        number = self._noted(line.custom_id)
        if number is None:
            return None
        if line.ok:
            self._answers[number] = max(self._answers[number], answer_of(line))
        elif not self._notes[number] & _CAUSE_OF_ERRORS:
            self._causes_of[number] = self._causes.number_of(line)
        return number

    def add_error(self, line: ResultLine | None) -> int | None:
        """Take a line of the error file, whose first cause of a request counts."""
        if line is None:
            self._unreadable += 1
            return None
        number = self._noted(line.custom_id)
        if number is not None and not self._notes[number] & _CAUSE_OF_ERRORS:
            self._notes[number] |= _CAUSE_OF_ERRORS
            self._causes_of[number] = self._causes.number_of(line)
        return number

    def begin_retry(self) -> None:
        """Go on with the files of a job that sent some of these requests again."""
        self._notes = self._notes.translate(_AFTER_RETRY)

    def __len__(self) -> int:
        """How many requests are known; their numbers are 0 to that."""
        return len(self._numbers)

    def answer(self, custom_id: str) -> AnswerQuality:
        """Return what a request got so far."""
        number = self._numbers.get(_key(custom_id))
        return AnswerQuality.NONE if number is None else AnswerQuality(self._answers[number])

    def has_failed(self, custom_id: str) -> bool:
        """Whether a request has an error and no answer so far."""
        number = self._numbers.get(_key(custom_id))
        return number is not None and not self._answers[number] and bool(self._causes_of[number])

    def to_repair(self, custom_id: str) -> tuple[str, str] | None:
        """Return code and message of what a request has failed for so far, and would again.

        None for a request without that: it may be sent as it is.
        """
        number = self._numbers.get(_key(custom_id))
        if number is None or self._answers[number] or not self._causes_of[number]:
            return None
        return self._causes.to_repair(self._causes_of[number])

    def result(self, *, whole: bool = True) -> Counted:
        """Return what was counted; not `whole` if a result file could not be read to its end."""
        succeeded = len(self._answers) - self._answers.count(AnswerQuality.NONE)
        failed = self._count_causes()
        knows_all = self._has_input and not self._overfull
        requests = len(self) if knows_all else None
        counts = Counts(
            requests=requests,
            succeeded=succeeded,
            failed=failed,
            missing=requests - succeeded - failed if requests is not None and whole else None,
            duplicated=sum(map(self._notes.count, _NOTES_OF_DUPLICATED)),
            foreign=self._foreign if knows_all else None,
            unreadable=self._unreadable,
            empty=sum(map(self._answers.count, EMPTY)),
            truncated=sum(map(self._answers.count, TRUNCATED)),
        )
        return Counted(
            counts=counts,
            verdict=verdict_of(counts),
            tokens=self._tokens,
            causes=self._causes.most_frequent(),
        )

    def _remember(self, key: str | bytes) -> int | None:
        if len(self._numbers) >= self._most_requests:
            self._overfull = True
            return None
        number = self._numbers[key] = len(self._numbers)
        self._answers.append(AnswerQuality.NONE)
        self._notes.append(0)
        self._causes_of.append(0)
        return number

    def _noted(self, custom_id: str) -> int | None:
        """Note that a request has a line; return its number, None if it is no request."""
        key = _key(custom_id)
        number = self._numbers.get(key)
        if number is None:
            if self._has_input:
                self._foreign += 1
                return None
            number = self._remember(key)
            if number is None:
                return None
        self._notes[number] |= _DUPLICATED if self._notes[number] & _HAS_LINE else _HAS_LINE
        return number

    def _count_causes(self) -> int:
        self._causes.recount()
        failed = 0
        for key, number in self._numbers.items():
            cause = self._causes_of[number]
            if cause and not self._answers[number]:
                self._causes.add(cause, key if isinstance(key, str) else NAMELESS)
                failed += 1
        return failed


def _key(custom_id: str) -> str | bytes:
    if len(custom_id) <= LONGEST_ID:
        return custom_id
    return blake2b(custom_id.encode(errors="surrogatepass"), digest_size=16).digest()


def _sum(tokens: Tokens | None, more: Tokens) -> Tokens:
    if tokens is None:
        return more
    return Tokens(
        tokens.prompt + more.prompt, tokens.completion + more.completion, tokens.total + more.total
    )
