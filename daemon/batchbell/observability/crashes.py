"""What nobody catches is logged: Python would print it, and with it the secrets it may hold."""

from __future__ import annotations

import logging
import sys
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType

logger = logging.getLogger(__name__)


def install_crash_hooks() -> None:
    """From now on log what ends the process or a thread, and Python's own warnings."""
    sys.excepthook = _process_broke
    sys.unraisablehook = _finalizer_broke
    threading.excepthook = _thread_broke
    logging.captureWarnings(capture=True)


def _process_broke(
    kind: type[BaseException], error: BaseException, where: TracebackType | None
) -> None:
    logger.critical("the process broke down; it ends", exc_info=(kind, error, where))


def _thread_broke(broken: threading.ExceptHookArgs) -> None:
    if broken.exc_value is not None and broken.exc_type is not SystemExit:
        told = (broken.exc_type, broken.exc_value, broken.exc_traceback)
        logger.error("a thread broke down; the others go on", exc_info=told)


def _finalizer_broke(broken: sys.UnraisableHookArgs) -> None:
    if broken.exc_value is not None:
        told = (broken.exc_type, broken.exc_value, broken.exc_traceback)
        logger.error("a finalizer broke down; the rest goes on", exc_info=told)
