"""A machine of our own: Debian with a real systemd, booted in a container beside this one.

Needs root and Debian's mmdebstrap, systemd-container and dbus.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.e2e.waiting import wait_until
from tests.system import kept

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
TOOLS = ("mmdebstrap", "systemd-nspawn", "nsenter")
PACKAGES = ("systemd", "dbus", "python3", "python3-venv", "ca-certificates")
#: Longest wait for the machine to boot or to stop, seconds.
BOOT_SECONDS = 60.0
VENV = "/opt/batchbell"


def missing() -> str:
    """Say what keeps the machine from being made; '' if nothing does."""
    lacking = [tool for tool in TOOLS if shutil.which(tool) is None]
    if lacking:
        return f"needs {', '.join(lacking)}: apt-get install mmdebstrap systemd-container dbus"
    return "" if os.geteuid() == 0 else "needs root"


class Machine:
    """A booted container."""

    def __init__(self, root: Path, leader: int) -> None:
        """`leader` is the process id of its systemd, as seen from here."""
        self.root = root
        self._leader = leader

    def run(self, *command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a command in it."""
        done = subprocess.run(
            ["nsenter", "-t", str(self._leader), "-a", *command],  # noqa: S607 - Debian's own
            capture_output=True,
            text=True,
            check=False,
            timeout=BOOT_SECONDS,
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"},
        )
        assert not check or done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done

    def systemctl(self, *arguments: str, check: bool = True) -> str:
        """Run systemctl; return what it prints."""
        return self.run("systemctl", *arguments, check=check).stdout.strip()

    def property_of(self, unit: str, name: str) -> str:
        """Return one of a unit's properties."""
        return self.systemctl("show", unit, "--property", name, "--value")

    def journal(self, unit: str) -> list[dict[str, Any]]:
        """Return the entries of a unit, oldest first."""
        printed = self.run("journalctl", "--unit", unit, "--output", "json", "--no-pager").stdout
        return [json.loads(line) for line in printed.splitlines()]

    def write(self, path: str, text: str, mode: int) -> None:
        """Write a file in it."""
        target = self.root / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        target.chmod(mode)


@contextmanager
def booted(folder: Path) -> Iterator[Machine]:
    """Boot a fresh machine with batchbell installed; power it off in the end."""
    root = folder / "root"
    subprocess.run(["cp", "-a", "--reflink=auto", kept.debian(PACKAGES), root], check=True)  # noqa: S607
    try:
        _install(root, folder)
        with _running(root, folder / "console.log") as machine:
            yield machine
    finally:
        # Some 400 MB, and pytest keeps the folders of the last runs.
        shutil.rmtree(root)


@contextmanager
def _running(root: Path, console_log: Path) -> Iterator[Machine]:
    command = [
        "systemd-nspawn", "--quiet", "--directory", str(root), "--boot", "--register=no",
        "--keep-unit", "--console=passive", "--kill-signal=SIGRTMIN+3", "--machine=batchbell-test",
    ]  # fmt: skip
    with console_log.open("wb") as console:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=console,
            stderr=console,
            start_new_session=True,
        )
    machine: Machine | None = None
    try:
        leader = wait_until(lambda: _leader_of(process.pid), "its systemd", within=BOOT_SECONDS)
        assert leader is not None
        running = machine = Machine(root, leader)
        wait_until(
            lambda: running.systemctl("is-system-running", check=False) in {"running", "degraded"},
            "the machine",
            within=BOOT_SECONDS,
        )
        yield machine
    finally:
        _end(process, machine)


def _end(process: subprocess.Popen[bytes], machine: Machine | None) -> None:
    """Let the machine power itself off; nspawn is at most asked to see to that, never killed."""
    if machine is None:
        process.terminate()
    else:
        with suppress(subprocess.TimeoutExpired):
            machine.run("systemctl", "poweroff", check=False)
    try:
        process.wait(BOOT_SECONDS)
    except subprocess.TimeoutExpired:
        process.terminate()
        process.wait(BOOT_SECONDS)


def _leader_of(nspawn: int) -> int | None:
    """Return the process id of the container's systemd: nspawn's child."""
    children = Path(f"/proc/{nspawn}/task/{nspawn}/children")
    if not children.exists():
        return None
    for child in map(int, children.read_text().split()):
        name = Path(f"/proc/{child}/comm")
        if name.exists() and name.read_text().strip() == "systemd":
            return child
    return None


def _install(root: Path, folder: Path) -> None:
    """Install the wheel of this checkout and its locked dependencies, without any network."""
    built = folder / "wheel"
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", built],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = built.iterdir()
    python = (root / "usr/bin/python3").readlink().name.removeprefix("python")
    inside = root / "tmp/install"
    shutil.copytree(kept.wheels(python, ROOT / "requirements.lock"), inside)
    shutil.copy(wheel, inside)
    shutil.copy(ROOT / "requirements.lock", inside)
    pip = f"{VENV}/bin/pip install --quiet --no-index --disable-pip-version-check"
    script = (
        f"python3 -m venv {VENV} && cd /tmp/install"
        f" && {pip} --find-links . --require-hashes -r requirements.lock"
        f" && {pip} --no-deps ./{wheel.name}"
    )
    subprocess.run(["chroot", root, "sh", "-ec", script], check=True)  # noqa: S607
    shutil.rmtree(inside)
