from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from batchbell.core.event import Event, EventKind
from batchbell.core.facts import Facts, UnseenFacts
from batchbell.core.file_names import (
    ASKED_AGAIN_AFTER,
    ASKED_AT_ONCE,
    MOST_TRIES,
    KnownFile,
    files_named_in,
    files_of,
    named,
    worth_asking,
)
from batchbell.core.job import BatchJob
from batchbell.errors import MalformedError
from batchbell.providers.together.file_facts import (
    MAX_NAME_CHARS,
    file_name_of,
    file_size_of,
    parse_file,
)

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def job(name: str, status: str = "IN_PROGRESS", age: int = 0) -> BatchJob:
    """Return a job whose input file is called like itself."""
    created = NOW - timedelta(minutes=age)
    return BatchJob(id=name, status=status, input_file_id=f"file-{name}", created_at=created)


def asked(*jobs: BatchJob, known: tuple[KnownFile, ...] = ()) -> list[str]:
    """Return what to ask for if all files are noted, and of the `known` ones something is known."""
    files = files_of(jobs)
    noted = {each: KnownFile(id=each, tries=0, looked_up_at=NOW) for each in files}
    return worth_asking(files, {**noted, **{file.id: file for file in known}}, NOW)


class TestWorthAsking:
    def test_ends_that_are_about_to_be_told_come_first_then_the_youngest(self) -> None:
        jobs = [job("old", age=9), job("young", age=1), job("ended", "FAILED", age=60)]
        assert asked(*jobs) == ["file-ended", "file-young", "file-old"]

    def test_a_job_without_a_time_comes_last(self) -> None:
        timeless = BatchJob(id="x", status="IN_PROGRESS", input_file_id="file-x")
        assert asked(timeless, job("old", age=10_000)) == ["file-old", "file-x"]

    def test_what_was_not_noted_is_not_asked_for(self) -> None:
        assert worth_asking(["file-a"], {}, NOW) == []

    def test_a_job_without_an_input_file_is_left_out(self) -> None:
        assert asked(BatchJob(id="x", status="IN_PROGRESS")) == []

    def test_a_file_is_asked_for_once_for_all_its_jobs(self) -> None:
        twin = BatchJob(id="twin", status="IN_PROGRESS", input_file_id="file-a", created_at=NOW)
        assert asked(job("a"), twin) == ["file-a"]

    def test_a_known_name_is_not_asked_for_again(self) -> None:
        known = KnownFile(id="file-a", filename="a.jsonl", looked_up_at=NOW - timedelta(days=9))
        assert asked(job("a"), known=(known,)) == []

    def test_many_new_jobs_have_their_turn_poll_by_poll(self) -> None:
        assert len(asked(*(job(f"{n}") for n in range(500)))) == ASKED_AT_ONCE

    @pytest.mark.parametrize("tries", range(1, MOST_TRIES))
    def test_a_failed_look_up_is_tried_again_later(self, tries: int) -> None:
        failed = KnownFile(
            id="file-a", tries=tries, looked_up_at=NOW - ASKED_AGAIN_AFTER[tries - 1]
        )
        assert asked(job("a"), known=(failed,)) == ["file-a"]
        fresh = KnownFile(
            id="file-a", tries=tries, looked_up_at=NOW - ASKED_AGAIN_AFTER[tries - 1] + SECOND
        )
        assert asked(job("a"), known=(fresh,)) == []

    def test_after_the_last_try_it_stays_unknown(self) -> None:
        given_up = KnownFile(id="file-a", tries=MOST_TRIES, looked_up_at=NOW - timedelta(days=9))
        assert asked(job("a"), known=(given_up,)) == []

    def test_a_clock_stepped_back_parks_no_look_up(self) -> None:
        failed = KnownFile(id="file-a", tries=1, looked_up_at=NOW + timedelta(days=1))
        assert asked(job("a"), known=(failed,)) == ["file-a"]


class TestNamed:
    def outage(self, unseen: UnseenFacts | None) -> Event:
        return Event(
            kind=EventKind.ACCOUNT_UNREACHABLE,
            account="a",
            happened_at=NOW,
            seen_at=NOW,
            facts=Facts(unseen=unseen),
        )

    def test_an_outage_has_the_name_of_the_job_that_is_due_first(self) -> None:
        event = self.outage(UnseenFacts(jobs=2, next_job="x", next_file_id="file-x"))
        assert files_named_in(event) == ["file-x"]
        assert named(event, {}) is event
        unseen = named(event, {"file-x": "press.jsonl"}).facts.unseen
        assert unseen is not None
        assert unseen.next_file == "press.jsonl"

    def test_an_outage_of_nothing_asks_for_no_name(self) -> None:
        assert files_named_in(self.outage(None)) == []
        assert files_named_in(self.outage(UnseenFacts(jobs=0))) == []

    def test_an_event_of_a_job_has_the_name_of_its_input(self) -> None:
        event = Event(
            kind=EventKind.FAILED,
            account="a",
            job_id="x",
            happened_at=NOW,
            seen_at=NOW,
            job=job("x"),
        )
        assert files_named_in(event) == ["file-x"]
        assert named(event, {"file-x": "press.jsonl"}).input_file == "press.jsonl"


class TestParse:
    @pytest.mark.parametrize(
        ("body", "name"),
        [
            (b'{"filename": "nightly.jsonl", "bytes": 3}', "nightly.jsonl"),
            (b'{"filename": "data/eval/nightly.jsonl"}', "nightly.jsonl"),
            (b'{"filename": "C:\\\\data\\\\nightly.jsonl"}', "nightly.jsonl"),
            (
                b'{"filename": " a\\nb\\u001b[31m "}',
                "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}[31m",
            ),
            (b'{"filename": null}', ""),
            (b'{"filename": 7}', ""),
            (b"{}", ""),
        ],
    )
    def test_the_name_is_one_harmless_line_without_its_folder(self, body: bytes, name: str) -> None:
        assert file_name_of(parse_file(body)) == name

    def test_a_long_name_is_shortened(self) -> None:
        body = b'{"filename": "%s"}' % (b"x" * 5_000)
        assert len(file_name_of(parse_file(body))) == MAX_NAME_CHARS

    @pytest.mark.parametrize("body", [b"", b"[]", b"<html>", b"[" * 100_000, b"\xff", b"null"])
    def test_what_is_no_file_is_told(self, body: bytes) -> None:
        with pytest.raises(MalformedError):
            parse_file(body)

    @pytest.mark.parametrize(
        ("size", "known"),
        [("3", 3), ("0", 0), ("-1", None), ("true", None), ("null", None), ('"3"', None)],
    )
    def test_a_size_is_a_number_of_bytes(self, size: str, known: int | None) -> None:
        assert file_size_of(parse_file(f'{{"bytes": {size}}}'.encode())) == known
