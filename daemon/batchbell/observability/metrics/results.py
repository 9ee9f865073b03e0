"""What came back of ended jobs, counted as their files are read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.core.gauges import MOST_MODELS, NONE, OTHER
from batchbell.core.results.job_results import ResultsState
from batchbell.core.text import harmless_line, shortened
from batchbell.observability.metrics.series import Counter

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from batchbell.core.results.job_results import JobResults

#: How an attempt to read a job's files ended; one that failed is made again.
RESULT_OUTCOMES = ("counted", "failed", "lost", "skipped")
#: What became of requests, by the names of their counts.
REQUEST_OUTCOMES = ("succeeded", "failed", "missing")
TOKEN_KINDS = ("prompt", "completion")

_OUTCOMES = {
    ResultsState.COUNTED: "counted",
    ResultsState.WAITING: "failed",
    ResultsState.LOST: "lost",
    ResultsState.SKIPPED: "skipped",
}
#: Longest name of a model, characters.
_LONGEST_NAME = 200


class ResultCounters:
    """Counts requests and tokens; not safe for several threads at once.

    The first models that are counted get series of their own, the others share one.
    """

    def __init__(self) -> None:
        """Begin at zero."""
        self._attempts = Counter(
            name="batchbell_results_attempts",
            text="Attempts to read jobs' result files, by how they ended.",
            labels=("account", "outcome"),
        )
        self._requests = Counter(
            name="batchbell_requests",
            text="Requests of the jobs that were counted, by what became of them.",
            labels=("account", "model", "outcome"),
        )
        self._tokens = Counter(
            name="batchbell_tokens",
            text="Tokens of the jobs that were counted.",
            labels=("account", "model", "kind"),
        )
        self._models: set[str] = set()
        self._series: set[tuple[str, str]] = set()

    def __iter__(self) -> Iterator[Counter]:
        """Return what is shown."""
        return iter((self._attempts, self._requests, self._tokens))

    def watch(self, accounts: Collection[str], *, gone: Collection[str]) -> None:
        """Take up the series of these accounts, at zero; forget those of accounts that are gone."""
        for account in accounts:
            for outcome in RESULT_OUTCOMES:
                self._attempts.begin(account, outcome)
        for account in gone:
            for outcome in RESULT_OUTCOMES:
                self._attempts.remove(account, outcome)
        for account, model in {each for each in self._series if each[0] in gone}:
            self._series.discard((account, model))
            for outcome in REQUEST_OUTCOMES:
                self._requests.remove(account, model, outcome)
            for kind in TOKEN_KINDS:
                self._tokens.remove(account, model, kind)

    def attempted(self, results: JobResults, model: str | None) -> None:
        """Count an attempt to read a job's files, and what they hold if it was the last one."""
        account = results.account
        self._attempts.add(1, account, _OUTCOMES[results.state])
        if results.state is not ResultsState.COUNTED or results.counts is None:
            return
        label = self._label(model)
        self._series.add((account, label))
        for outcome in REQUEST_OUTCOMES:
            self._requests.add(getattr(results.counts, outcome) or 0, account, label, outcome)
        for kind in TOKEN_KINDS:
            tokens = 0 if results.tokens is None else getattr(results.tokens, kind)
            self._tokens.add(max(tokens, 0), account, label, kind)

    def _label(self, model: str | None) -> str:
        """Return what stands for a model: names come from outside, and may be any number."""
        name = shortened(harmless_line(model or ""), _LONGEST_NAME) or NONE
        if name != NONE and name not in self._models:
            if len(self._models) >= MOST_MODELS:
                return OTHER
            self._models.add(name)
        return name
