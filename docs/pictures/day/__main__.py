"""Play a day with batchbell and write all that a user sees of it: `make look OUT=FOLDER`.

For whoever changes words or looks, and for strangers who judge them. Nothing in it is made up: the
messages arrived at receivers on this machine, the pages are a daemon's, the commands were typed.
"""

from __future__ import annotations

import faulthandler
import logging
import shutil
import signal
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from docs.pictures.browser import NoBrowserError, running_chromium
from docs.pictures.day.album import Album
from docs.pictures.day.commands import COMMANDS, record, take_commands
from docs.pictures.day.introduction import introduction
from docs.pictures.day.messages import MAIL, OTHERS, PHONE, SLACK, take_messages
from docs.pictures.day.pages import PAGES, take_pages
from docs.pictures.day.play import played

if TYPE_CHECKING:
    from collections.abc import Iterator

#: It takes some minutes. What takes so long on any machine has hung, seconds.
LONGEST_SECONDS = 1_500.0
#: Commands that are run at the same time, beside the browser.
AT_ONCE = 2
CHAPTERS = (MAIL, SLACK, PHONE, OTHERS, PAGES, COMMANDS)


def main() -> None:
    """Make everything; say what is missing if that can't be."""
    if len(sys.argv) == 1 or not sys.argv[1]:
        sys.exit("look: say where to: make look OUT=FOLDER")
    out, chapters = Path(sys.argv[1]), sys.argv[2:] or CHAPTERS
    if unknown := set(chapters) - set(CHAPTERS):
        sys.exit(f"look: there is no {min(unknown)}, only {', '.join(CHAPTERS)}")
    if out.exists() and any(out.iterdir()):
        sys.exit(f"look: {out} is not empty: what is there may be older than what comes")
    faulthandler.dump_traceback_later(LONGEST_SECONDS, exit=True)
    signal.signal(signal.SIGTERM, _leave)
    keep_quiet()
    try:
        with running_chromium() as browser, ExitStack() as until_the_end:
            look(Album(out, browser, until_the_end, chapters))
    except NoBrowserError as error:
        sys.exit(f"look: {error}")


def keep_quiet() -> None:
    """Log nothing to the terminal: what goes wrong on the day is part of it.

    Logging as such goes on: why Apprise could not send is read from what it logs.
    """
    logging.getLogger().handlers[:] = [logging.NullHandler()]


def look(album: Album) -> None:
    """Play the day, and take its pictures while it runs on."""
    with ExitStack() as stack:
        folder = stack.enter_context(_new_folder())
        with _timed("the day"):
            day = stack.enter_context(played(folder))
        # They take their time, most of it starting: they are run while pictures are taken.
        pool = stack.enter_context(_new_pool())
        recorded = record(day, pool) if COMMANDS in album.chapters else []
        with _timed("pages"):
            take_pages(album, day.world)
        with _timed("messages"):
            take_messages(album, day.messages)
        with _timed("commands"):
            take_commands(album, recorded)
        album.index(introduction(day))


@contextmanager
def _new_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="batchbell-look-"))
    try:
        yield folder
    finally:
        # Whatever a command that was broken off still writes there.
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _new_pool() -> Iterator[ThreadPoolExecutor]:
    pool = ThreadPoolExecutor(AT_ONCE)
    try:
        yield pool
    finally:
        # Whoever leaves early does not wait for those that have not begun.
        pool.shutdown(cancel_futures=True)


@contextmanager
def _timed(what: str) -> Iterator[None]:
    """Say how long it took."""
    began = time.monotonic()
    yield
    sys.stdout.write(f"{what}: {time.monotonic() - began:.0f} s\n")
    sys.stdout.flush()


def _leave(number: int, _frame: object) -> None:
    sys.exit(128 + number)


if __name__ == "__main__":
    main()
