"""What is large and seldom changes, kept in the user's cache folder: a Debian, and wheels."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Where this machine gets its packages from, so that others get theirs from there as well.
SOURCES = (Path("/etc/apt/sources.list.d/debian.sources"), Path("/etc/apt/sources.list"))


def debian(packages: Sequence[str]) -> Path:
    """Return the root file system of a small Debian of this machine's release with `packages`."""
    release = platform.freedesktop_os_release()["VERSION_CODENAME"]
    kept = _cache() / f"debian-{release}-{_digest(','.join(packages).encode())}"
    if not kept.exists():
        making = _making(kept)
        sources = [path for path in SOURCES if path.exists()][:1]
        command = ["mmdebstrap", "--variant=minbase", f"--include={','.join(packages)}", release]
        made = subprocess.run(
            [*command, making, *sources], check=False, capture_output=True, text=True
        )
        assert made.returncode == 0, made.stderr
        making.rename(kept)
    return kept


def wheels(python: str, *locks: Path) -> Path:
    """Return a folder with the wheels of the locked versions for a Python ("3.11")."""
    text = b"".join(lock.read_bytes() for lock in locks)
    kept = _cache() / f"wheels-{python}-{_digest(text)}"
    if not kept.exists():
        making = _making(kept)
        for lock in locks:
            pip = [sys.executable, "-m", "pip", "download", "--quiet", "--require-hashes"]
            target = ["--only-binary=:all:", "--python-version", python, "--dest", str(making)]
            subprocess.run([*pip, *target, "-r", lock], check=True)
        making.rename(kept)
    return kept


def _making(kept: Path) -> Path:
    """Return where to make it, so that what is kept is always whole."""
    making = kept.with_name(f"{kept.name}.making")
    shutil.rmtree(making, ignore_errors=True)
    return making


def _digest(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()[:16]


def _cache() -> Path:
    home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    folder = Path(home) / "batchbell"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
