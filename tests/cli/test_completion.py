"""What the shells complete, asked of the shells themselves."""

from __future__ import annotations

import os
import pty
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from batchbell.cli.root import COMMANDS
from batchbell.core.event import EventKind
from batchbell.core.routing import Filter
from tests.cli.filled import Bell, uuids
from tests.cli.test_root import loaded_by
from tests.timeout import TIMEOUT_SECONDS
from tests.warm_start import shared_server

if TYPE_CHECKING:
    from collections.abc import Mapping

IDS = uuids(2)


@pytest.fixture
def known(bell: Bell) -> Bell:
    """Two jobs, one of them odd, two channels, an account."""
    bell.configure(Filter(channel="team"), Filter(channel="oncall"))
    jobs = bell.job(IDS[0]), bell.job(IDS[1], "FAILED"), bell.job("odd;$(touch x) *", "FAILED")
    bell.poll(*jobs, at=bell.ago(minutes=5))
    return bell


def environ(bell: Bell) -> dict[str, str]:
    kept = {name: text for name, text in os.environ.items() if name in {"LANG", "LC_ALL", "HOME"}}
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return {**kept, "PATH": path, "BATCHBELL_CONFIG": str(bell.config), "TERM": "dumb"}


def completed(bell: Bell, line: str, **more: str) -> list[str]:
    """Return what is offered at the end of a line, in the order."""
    words = line.split(" ")
    asked = {
        "_BATCHBELL_COMPLETE": "bash_complete",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(words) - 1),
    }
    answer = shared_server().run(
        [], environ={**environ(bell), **more, **asked}, timeout=TIMEOUT_SECONDS
    )
    assert (answer.returncode, answer.stderr) == (0, "")
    return [found.partition(",")[2] for found in answer.stdout.split()]


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("batchbell retry one --with ", ["curl", "cli"]),
        ("batchbell stat", ["status"]),
        ("batchbell --ver", ["--version"]),
        ("batchbell show ", IDS),
        (f"batchbell show {IDS[0][:8]}", IDS[:1]),
        ("batchbell show zzz", []),
        ("batchbell explain 0", IDS),
        (f"batchbell wait {IDS[0]} {IDS[1][:8]}", IDS[1:]),
        ("batchbell events --job ", IDS),
        ("batchbell events --kind batch.ca", ["batch.canceling", "batch.cancelled"]),
        ("batchbell preview --channel ", ["oncall", "team"]),
        ("batchbell notify-test te", ["team"]),
        ("batchbell show --account d", ["default"]),
        ("batchbell route --event account.w", [EventKind.ACCOUNT_WATCHING.value]),
        ("batchbell db ", ["backup", "copy", "upgrade", "vacuum"]),
        ("batchbell completion z", ["zsh"]),
        ("batchbell show --js", ["--json"]),
    ],
)
def test_what_can_stand_there_is_offered(known: Bell, line: str, offered: list[str]) -> None:
    assert completed(known, line) == offered


def test_every_command_is_offered_without_loading_any(known: Bell) -> None:
    assert completed(known, "batchbell ") == list(COMMANDS)
    assert loaded_by("completion", "bash") == set()


def test_running_jobs_come_first_and_an_id_a_shell_would_read_is_left_out(known: Bell) -> None:
    known.poll(known.job(IDS[0], "FAILED"), known.job(IDS[1]))
    assert completed(known, "batchbell show ") == [IDS[1], IDS[0]]


def test_running_jobs_are_offered_whatever_else_begins_so(known: Bell) -> None:
    ended = (known.job(f"many-{number:04}", "FAILED") for number in range(300))
    known.poll(*ended, known.job("many-9999"))
    offered = completed(known, "batchbell wait many-")
    assert offered[0] == "many-9999"
    assert len(offered) == 200


def test_the_home_folder_in_config_is_found(known: Bell) -> None:
    home = known.config.parent
    line = f"batchbell --config ~/{known.config.name} show {IDS[0][:8]}"
    assert completed(known, line, HOME=str(home), BATCHBELL_CONFIG="") == IDS[:1]


def test_without_a_database_or_with_a_broken_configuration_nothing_is_said(
    known: Bell, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.toml"
    broken.write_text("this is not TOML")
    assert completed(known, "batchbell show ", BATCHBELL_CONFIG=str(broken)) == []
    empty = tmp_path / "empty.toml"
    empty.write_text('database_url = "sqlite:////nowhere/at/all.db"\n')
    assert completed(known, "batchbell show ", BATCHBELL_CONFIG=str(empty)) == []


# --- in each shell ---


def shell_program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"no {name}; on Debian and Ubuntu: apt-get install {name}")
    return found


def script(bell: Bell, shell: str, folder: Path) -> Path:
    printed = bell.run("completion", shell)
    assert printed.exit_code == 0
    path = folder / f"completions.{shell}"
    path.write_text(printed.output)
    return path


def test_bash_completes(known: Bell, tmp_path: Path) -> None:
    bash = shell_program("bash")
    commands = f"""
        source {script(known, "bash", tmp_path)}
        complete -p batchbell >/dev/null || exit 9
        COMP_WORDS=(batchbell show {IDS[0][:8]}) COMP_CWORD=2
        _batchbell_completion batchbell show
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    ran = run(bash, "--norc", "-c", commands, env=environ(known))
    assert ran.split() == [IDS[0]]


def test_fish_completes_and_says_what_is_what(known: Bell, tmp_path: Path) -> None:
    fish = shell_program("fish")
    commands = f"source {script(known, 'fish', tmp_path)}; complete -C 'batchbell show 0'"
    ran = run(fish, "--no-config", "-c", commands, env=environ(known))
    offered = dict(line.split("\t", 1) for line in ran.splitlines())
    assert list(offered) == IDS
    assert offered[IDS[1]].startswith("FAILED")


def test_zsh_completes(known: Bell, tmp_path: Path) -> None:
    zsh = shell_program("zsh")
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [zsh, "-f", "-i"],
        env=environ(known),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    try:
        setup = f"autoload -U compinit; compinit -u -D; source {script(known, 'zsh', tmp_path)}"
        os.write(ours, f"{setup}; echo rea''dy\n".encode())
        read_until(ours, "ready")
        os.write(ours, f"echo batchbell; batchbell show {IDS[0][:8]}\t".encode())
        read_until(ours, IDS[0])
    finally:
        process.kill()
        process.wait(TIMEOUT_SECONDS)
        os.close(ours)


def read_until(terminal: int, text: str) -> None:
    read, deadline = "", time.monotonic() + TIMEOUT_SECONDS
    while text not in read:
        assert time.monotonic() < deadline, read
        if select.select([terminal], [], [], 1.0)[0]:
            read += os.read(terminal, 65_536).decode(errors="replace")


def run(*command: str, env: Mapping[str, str]) -> str:
    ran = subprocess.run(
        command, env=env, capture_output=True, text=True, check=True, timeout=TIMEOUT_SECONDS
    )
    return ran.stdout
