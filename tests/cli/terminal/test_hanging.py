"""Long lines on a terminal."""

from __future__ import annotations

import os

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchbell.cli.terminal.hanging import (
    broken,
    broken_at_parts,
    command_lines,
    even,
    hanging,
    step_block,
)
from batchbell.messages.job_step import JobStep


def test_a_line_is_broken_between_words_and_goes_on_indented() -> None:
    assert list(broken("  one two three four", 11)) == ["  one two", "      three", "      four"]
    assert list(broken("short", 80)) == ["short"]
    assert list(broken("", 80)) == [""]


def test_columns_stay_in_line_and_a_value_goes_on_below_itself() -> None:
    assert list(broken("Model   one two three", 15, below=8)) == [
        "Model   one two",
        "        three",
    ]


def test_a_line_is_broken_rather_between_its_parts() -> None:
    line = "✓  name  polled 7s ago; blind for a while; and again"
    assert list(broken_at_parts(line, 40, below=9)) == [
        "✓  name  polled 7s ago;",
        "         blind for a while; and again",
    ]
    assert list(broken_at_parts(line, 99, below=9)) == [line]


def test_a_sentence_begins_a_line_rather_than_being_parted() -> None:
    line = "How: batchbell show has the commands. It keeps what is done."
    assert list(broken_at_parts(line, 50, below=0)) == [
        "How: batchbell show has the commands.",
        "It keeps what is done.",
    ]


def test_a_part_longer_than_a_line_is_broken_between_words_and_the_next_goes_on_behind_it() -> None:
    line = "!  one two three four five six seven eight; nine"
    assert list(broken_at_parts(line, 30, below=3)) == [
        "!  one two three four five six",
        "   seven eight; nine",
    ]


def test_no_short_word_is_left_over_in_a_last_line() -> None:
    line = "   repair it: this model does not allow more than 16384"
    assert [*broken(line, 50, below=3)][-1] == "   16384"
    assert even(line, 50, below=3) == [
        "   repair it: this model does not allow",
        "   more than 16384",
    ]
    assert even("   " + "a" * 60 + " b", 50, below=3) == ["   " + "a" * 60, "   b"]


def test_how_many_requests_came_to_what_is_not_parted() -> None:
    line = "   5,122 of 5,200 whole · 16 empty · 62 cut"
    assert [*broken(line, 30, below=3)] == ["   5,122 of 5,200 whole", "   · 16 empty · 62 cut"]


def test_colours_take_no_room() -> None:
    line = f"{click.style('one', fg='red')} two three"
    assert [click.unstyle(part) for part in broken(line, 9)] == ["one two", "    three"]


def test_what_is_to_be_copied_stays_whole() -> None:
    assert "a" * 50 in next(broken("x " + "a" * 50, 20))


def test_a_word_longer_than_a_line_begins_where_it_comes() -> None:
    assert list(broken("File  " + "a" * 30 + ", b", 20, below=6)) == [
        "File  " + "a" * 30 + ",",
        "      b",
    ]


@pytest.mark.parametrize(
    ("width", "indent"), [(120, "      "), (80, "      "), (78, "    "), (74, ""), (20, "")]
)
def test_a_command_stands_below_its_label_whole(
    width: int, indent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("batchbell.cli.terminal.hanging.on_terminal", lambda: True)
    monkeypatch.setattr("shutil.get_terminal_size", lambda: os.terminal_size((width, 24)))
    command, label = "c" * 74, "Write a file of the cut"
    found = [click.unstyle(line) for line in command_lines(label, command)]
    assert found == [f"    {label}:", f"{indent}{command}"]


def test_in_a_pipe_it_stays_as_it_is() -> None:
    line = "word " * 100
    assert list(hanging(line)) == [line]


@given(st.text(alphabet="ab ", max_size=60), st.integers(10, 40))
def test_no_word_is_lost(line: str, width: int) -> None:
    assert " ".join(broken(line, width)).split() == line.split()


@pytest.mark.parametrize(
    ("line", "width", "lines"),
    [
        ("until 07:00 CET (in 3h 44m)", 24, ["until 07:00 CET", "(in 3h 44m)"]),
        ("held until 2026-11-24 07:00 CET", 25, ["held until", "2026-11-24 07:00 CET"]),
        ("given up 12h 19m ago, it is", 18, ["given up", "12h 19m ago, it is"]),
        ("all 5 jobs in 3 days", 8, ["all 5", "jobs in", "3 days"]),
    ],
)
def test_a_time_is_not_parted(line: str, width: int, lines: list[str]) -> None:
    assert list(broken(line, width, below=0)) == lines


def test_several_things_to_do_by_hand_have_a_line_each_where_commands_stand(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "50")
    steps = [
        JobStep("2 Write a file", "batchbell retry -- one"),
        JobStep("3 Repair it", "50 requests of it; raise max_tokens", is_command=False),
        JobStep("4 Submit it", "retry prints the command for it", is_command=False),
        JobStep("5 Ask", "for one of the files that nobody has seen here", is_command=False),
    ]
    in_a_pipe = click.unstyle([*step_block(steps)][1])
    assert in_a_pipe == "    3 Repair it: 50 requests of it; raise max_tokens"
    monkeypatch.setattr("batchbell.cli.terminal.hanging.on_terminal", lambda: True)
    assert [*map(click.unstyle, step_block(steps))] == [
        "    2 Write a file:",
        "      batchbell retry -- one",
        "    3 Repair it:",
        "      50 requests of it",
        "      raise max_tokens",
        "    4 Submit it: retry prints the command for it",
        "    5 Ask:",
        "      for one of the files that nobody has seen",
        "          here",
    ]
