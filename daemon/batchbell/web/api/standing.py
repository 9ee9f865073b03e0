"""How everything stands: one job, the accounts, the channels, and all of it at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.json_views.events import history_json
from batchbell.json_views.health import accounts_json, channels_json, status_json
from batchbell.json_views.writing import time_text
from batchbell.messages.plain_text import one_line
from batchbell.store import jobs
from batchbell.store.views.accounts import account_views
from batchbell.store.views.channels import channel_views
from batchbell.store.views.job import job_history
from batchbell.store.views.status import look
from batchbell.web.asked import NoSuchPageError

if TYPE_CHECKING:
    from batchbell.store.database import Transaction
    from batchbell.web.api.answers import AccountsJson, ChannelsJson, JobHistoryJson, StatusJson
    from batchbell.web.api.question import Question

#: Jobs of one answer; the daemon has to live with the memory that takes.
MOST_JOBS = 10_000
#: Longest id that is repeated in an error, characters.
_ID_SHOWN = 100


def status(connection: Transaction, question: Question) -> StatusJson:
    """Answer as `status --json`, without the jobs that ended over 24 h ago."""
    seen = look(
        connection,
        question.now,
        everything=False,
        daemon_runs=True,
        most_jobs=MOST_JOBS,
    )
    return {**status_json(seen), "jobs_left_out": seen.hidden}


def job(connection: Transaction, question: Question) -> JobHistoryJson:
    """Answer as `explain --json`, with the progress over time.

    Raises `NoSuchPageError` for an unknown job.
    """
    account, job_id = question.path["account"], question.path["id"]
    item = jobs.one(connection, account, job_id)
    if item is None:
        raise NoSuchPageError(_no_job(account, job_id))
    history = job_history(connection, item, question.now)
    return {
        **history_json(history),
        "samples": [
            {"at": time_text(at), "progress": progress} for at, progress in history.samples
        ],
    }


def _no_job(account: str, job_id: str) -> str:
    shown = one_line(job_id, _ID_SHOWN) or "without an id"
    return f"account {one_line(account, _ID_SHOWN)} has no job {shown}, or not any more"


def accounts_known(connection: Transaction, question: Question) -> AccountsJson:
    """Answer with every account ever polled, by name."""
    return {"accounts": accounts_json(account_views(connection, question.now, daemon_runs=True))}


def channels_configured(connection: Transaction, _question: Question) -> ChannelsJson:
    """Answer with the channels of the configuration in force, by name."""
    return {"channels": channels_json(channel_views(connection))}
