"""A Docker of our own beside whatever this machine has, with a base image made on it.

Needs root, Debian's docker.io (its dockerd) and mmdebstrap; no registry is asked for anything.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.e2e.waiting import wait_until
from tests.system import kept

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
TOOLS = ("dockerd", "docker", "mmdebstrap")
PACKAGES = ("python3", "python3-venv", "ca-certificates", "tini")
BASE, IMAGE = "batchbell-test-base", "batchbell-test"
#: Longest wait for dockerd, or for a command of it, seconds; a build takes the longest.
START_SECONDS, COMMAND_SECONDS = 30.0, 240.0
#: The way the documentation tells to run it.
LOCKED_UP = ("--read-only", "--tmpfs=/tmp", "--cap-drop=ALL", "--security-opt=no-new-privileges")


def missing() -> str:
    """Say what keeps the containers from being run; '' if nothing does."""
    lacking = [tool for tool in TOOLS if shutil.which(tool) is None]
    if lacking:
        return f"needs {', '.join(lacking)}: apt-get install docker.io mmdebstrap"
    return "" if os.geteuid() == 0 else "needs root"


class Docker:
    """A running dockerd."""

    def __init__(self, socket: Path) -> None:
        """`socket` is where it listens."""
        self._socket = socket

    def __call__(self, *command: str | Path, check: bool = True, text: bytes = b"") -> str:
        """Run `docker COMMAND` with `text` as its input; return what it prints."""
        done = subprocess.run(
            ["docker", "--host", f"unix://{self._socket}", *command],  # noqa: S607 - found above
            input=text,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            timeout=COMMAND_SECONDS,
            env={**os.environ, "DOCKER_BUILDKIT": "0", "DOCKER_CONFIG": str(self._socket.parent)},
        )
        printed = done.stdout.decode(errors="replace").strip()
        assert not check or done.returncode == 0, f"docker {command}: {printed}"
        return printed

    def inspect(self, name: str) -> dict[str, Any]:
        """Return all about a container or image."""
        found: dict[str, Any] = json.loads(self("inspect", name))[0]
        return found

    def health(self, name: str) -> str:
        """Return "starting", "healthy" or "unhealthy"."""
        return str(self.inspect(name)["State"]["Health"]["Status"])

    def megabytes(self, image: str) -> float:
        """Return the size of an image, 10^6 bytes."""
        return float(self.inspect(image)["Size"]) / 1e6


@contextmanager
def running_docker(folder: Path) -> Iterator[Docker]:
    """Run a dockerd for the length of a `with` block; it changes nothing outside `folder`."""
    socket = folder / "docker.sock"
    command = [
        "dockerd", f"--data-root={folder / 'data'}", f"--exec-root={folder / 'exec'}",
        f"--host=unix://{socket}", f"--pidfile={folder / 'pid'}", "--bridge=none",
        "--iptables=false", "--ip6tables=false", "--default-ulimit=nofile=4096:4096",
        "--storage-driver=overlay2",
    ]  # fmt: skip
    docker = Docker(socket)
    with (folder / "dockerd.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        try:
            wait_until(lambda: _answers(docker, process), "dockerd", within=START_SECONDS)
            yield docker
        finally:
            process.terminate()
            process.wait(START_SECONDS)
            _remove(folder)


def build(docker: Docker, folder: Path) -> None:
    """Build the image from this checkout, on a small Debian that finds all wheels in itself."""
    root = kept.debian(PACKAGES)
    python = (root / "usr/bin/python3").readlink().name.removeprefix("python")
    archive = subprocess.run(
        ["tar", "--create", "--directory", root, "--exclude=./dev/*", "."],  # noqa: S607
        stdout=subprocess.PIPE,
        check=True,
    )
    docker("import", "-", f"{BASE}-bare", text=archive.stdout)
    context = folder / "base"
    locks = (ROOT / "requirements-postgres.lock", ROOT / "requirements-build.lock")
    shutil.copytree(kept.wheels(python, *locks), context / "wheels")
    (context / "pip.conf").write_text("[global]\nno-index = true\nfind-links = /wheels\n")
    (context / "Dockerfile").write_text(
        f"FROM {BASE}-bare\nCOPY wheels /wheels\nCOPY pip.conf /etc/pip.conf\n"
    )
    docker("build", "--quiet", "--tag", BASE, context)
    arguments = [f"--build-arg=BASE={BASE}", "--build-arg=VERSION=1.2.3"]
    docker("build", "--network=host", *arguments, "--tag", IMAGE, ROOT)


def _remove(folder: Path) -> None:
    """Remove what dockerd leaves behind: mounts of its own, and a gigabyte."""
    for line in Path("/proc/self/mounts").read_text().splitlines()[::-1]:
        place = line.split()[1]
        if place.startswith(f"{folder}/"):
            subprocess.run(["umount", "--lazy", place], check=True)  # noqa: S607
    for part in ("data", "exec"):
        subprocess.run(["rm", "-rf", folder / part], check=True)  # noqa: S607


def _answers(docker: Docker, process: subprocess.Popen[bytes]) -> bool:
    assert process.poll() is None, "dockerd ended; its log says why"
    return "Server Version" in docker("info", check=False)
