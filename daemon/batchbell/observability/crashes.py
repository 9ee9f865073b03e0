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
    sys.excepthook = _process_crashed
    sys.unraisablehook = _finalizer_crashed
    threading.excepthook = _thread_crashed
    logging.captureWarnings(capture=True)


def _process_crashed(
    kind: type[BaseException], error: BaseException, where: TracebackType | None
) -> None:
    logger.critical("the process crashed; it ends", exc_info=(kind, error, where))


def _thread_crashed(crash: threading.ExceptHookArgs) -> None:
    if crash.exc_value is not None and crash.exc_type is not SystemExit:
        found = (crash.exc_type, crash.exc_value, crash.exc_traceback)
        logger.error("a thread crashed; the others go on", exc_info=found)


def _finalizer_crashed(crash: sys.UnraisableHookArgs) -> None:
    if crash.exc_value is not None:
        found = (crash.exc_type, crash.exc_value, crash.exc_traceback)
        logger.error("a finalizer crashed; the rest goes on", exc_info=found)
