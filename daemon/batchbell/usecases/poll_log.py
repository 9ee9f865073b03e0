"""What the log says of polls: a line when something changes, none while it stays."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from batchbell.core.standing.accounts import is_clock_off

if TYPE_CHECKING:
    from datetime import datetime

    from batchbell.core.account_health import AccountHealth, AccountState
    from batchbell.errors import ApiError

logger = logging.getLogger(__name__)


def log_failed(before: AccountHealth, after: AccountHealth, error: ApiError) -> None:
    """Say that a poll failed: once an outage, and again if it becomes another one to mend."""
    known = before.failing_since is not None and before.trouble == after.trouble
    logger.log(
        logging.DEBUG if known else logging.WARNING,
        "poll failed: %s",
        error,
        extra={"account": after.account, "failures": after.failures},
    )


def log_good(before: AccountState, after: AccountState, *, jobs: int, now: datetime) -> None:
    """Say what is new: a poll that found nothing is worth no line. `jobs` were listed."""
    where = {"account": after.health.account}
    logger.debug("polled", extra={**where, "jobs": jobs})
    if before.health.failing_since is not None:
        lasted = now - before.health.failing_since
        numbers = {
            "failures": before.health.failures,
            "lasted_seconds": max(round(lasted.total_seconds()), 0),
        }
        logger.info("polling works again", extra={**where, **numbers})
    unusable = (after.skipped_rows, after.bad_fields)
    if any(unusable) and unusable != (before.skipped_rows, before.bad_fields):
        logger.warning(
            "the API's listing has rows or fields that can't be used",
            extra={**where, "skipped_rows": unusable[0], "bad_fields": unusable[1]},
        )
    if _is_clock_off(after):
        logger.log(
            logging.DEBUG if _is_clock_off(before) else logging.WARNING,
            "this machine's clock is off; the API's is used",
            extra={**where, "ahead_seconds": round(after.skew_seconds or 0.0)},
        )


def _is_clock_off(state: AccountState) -> bool:
    return is_clock_off(timedelta(seconds=state.skew_seconds or 0.0))
