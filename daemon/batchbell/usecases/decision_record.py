"""What was decided of an account, recorded in the transaction that read what it rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.store import accounts, gaps, jobs, samples

if TYPE_CHECKING:
    from batchbell.core.account_health import AccountState
    from batchbell.core.poll_decision import PollDecision
    from batchbell.store.database import Transaction


def save(transaction: Transaction, before: AccountState, decision: PollDecision) -> None:
    """Write all of a decision but its events, which are to be announced."""
    name = decision.account.health.account
    # First: the other rows refer to the account's.
    if decision.account != before:
        accounts.save(transaction, decision.account)
    if decision.gap is not None:
        gaps.record(transaction, name, decision.gap)
    jobs.save(transaction, name, decision.records, decision.alike)
    samples.save(transaction, name, decision.samples)
