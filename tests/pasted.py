"""What a real shell runs when somebody pastes a command there."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

from tests.timeout import TIMEOUT_SECONDS

if TYPE_CHECKING:
    from pathlib import Path

#: Ids that would run something else, if a shell took them for more than a word.
LIVE_IDS = (
    "x`;>PWNED;`y`",
    "x';>PWNED;'y",
    'x";>PWNED;"y',
    "x;>PWNED",
    "$(>PWNED)",
    "x>PWNED",
    "x&>PWNED",
    "x|>PWNED",
    "--config=evil.toml",
    "-x",
    "x #y",
    "*",
    "~root",
    "{a,b}",
    "!!",
    "'",
    "ä",
)
PLAIN_IDS = ("3f2a9c1e-7b4d-4f0a-9c55-0123456789ab", "a--b", "batch_1.x", "A_b-", "7")


def paste(command: str, folder: Path) -> list[list[str]]:
    """Return the arguments of each program that was run, its name first; fail if a file was made.

    The programs are none: they write down how they were called.
    """
    programs, calls = folder / "programs", folder / "calls"
    cwd = folder / "cwd"
    for made in (programs, cwd):
        made.mkdir(parents=True, exist_ok=True)
    for name in ("batchbell", "curl"):
        program = programs / name
        program.write_text(
            f"#!/bin/sh\nprintf '%s\\0' {name} \"$@\" >> '{calls}'; printf '\\n' >> '{calls}'\n"
        )
        program.chmod(0o755)
    calls.write_text("")
    subprocess.run(
        ["/bin/sh"],
        input=f"{command}\n",
        cwd=cwd,
        env={"PATH": str(programs), "HOME": os.devnull, "TOGETHER_API_KEY": "key"},
        check=False,
        text=True,
        timeout=TIMEOUT_SECONDS,
        capture_output=True,
    )
    assert not list(cwd.iterdir()), f"{command!r} made a file"
    return [line.split("\0")[:-1] for line in calls.read_text().split("\n") if line]
