"""Which jobs `mute` and `unmute` are about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchbell.cli.job_argument import find_job
from batchbell.core.routing import ANYTHING
from batchbell.errors import UsageError
from batchbell.store import accounts

if TYPE_CHECKING:
    from batchbell.core.mute import Mute
    from batchbell.store.database import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The jobs a mute is about, as `core.mute.Mute` names them."""

    account: str = ANYTHING
    model: str = ANYTHING
    job_id: str = ""

    def is_of(self, mute: Mute) -> bool:
        """Whether a mute is about exactly these."""
        return (mute.account, mute.model, mute.job_id) == (self.account, self.model, self.job_id)


def find_scope(
    connection: Transaction, job_id: str | None, *, model: str | None, account: str | None
) -> Scope:
    """Return what is named: a job, or the jobs of a model, of an account or of both.

    Raises `UsageError` if that is nothing, or what can't be.
    """
    if job_id is not None and model is not None:
        raise UsageError("name a job or a --model, not both")
    if job_id is not None:
        item = find_job(connection, job_id, account=account)
        return Scope(account=item.account, job_id=item.record.job.id)
    if model is None and account is None:
        raise UsageError("name a JOB_ID, a --model or an --account")
    if model is not None and not model.strip():
        raise UsageError("--model is empty: see batchbell status for models")
    if account is not None:
        _check_account(connection, account)
    return Scope(account=account or ANYTHING, model=model or ANYTHING)


def _check_account(connection: Transaction, name: str) -> None:
    known = [state.health.account for state in accounts.load_all(connection)]
    if name not in known:
        there_is = f"there is {', '.join(known)}" if known else "none was polled yet"
        raise UsageError(f"no account is called {name!r}: {there_is}")
