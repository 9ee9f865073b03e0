"""What batchbell has to know of a provider: its jobs' states, what it can say, its words."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

from batchbell.core.text import is_plain_word

if TYPE_CHECKING:
    from collections.abc import Mapping

#: How an API writes progress: to 100 or to 1; auto finds out.
ProgressScale = Literal["auto", "percent", "fraction"]
#: What stands between double quotes in a shell's command line as it is.
_PLAIN_URL = re.compile(r"[A-Za-z0-9._~:/%\[\]-]+")


class JobState(StrEnum):
    """How far a job is, whichever word its provider has for it; decisions go by this alone."""

    VALIDATING = "VALIDATING"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    EXPIRED = "EXPIRED"
    CANCELING = "CANCELING"
    CANCELLED = "CANCELLED"
    #: The provider says nothing, or a word that nobody knows.
    UNKNOWN = "UNKNOWN"


#: The states after which a job does not move any more.
END_STATES = frozenset({JobState.COMPLETED, JobState.FAILED, JobState.EXPIRED, JobState.CANCELLED})
_BY_NAME: dict[str | None, JobState] = {state.value: state for state in JobState}


def state_of(status: str | None, meaning: JobState | None = None) -> JobState:
    """Return what a status means: what its provider says of it, or else the state of that name."""
    return _BY_NAME.get(meaning or status, JobState.UNKNOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a provider's API says of its jobs."""

    #: How much of a job is done; without it nobody can see a job in progress stand still.
    progress: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderWords:
    """What messages, pages and commands say of a provider; what is empty they leave out."""

    #: As in "likely on NAME's side": short.
    name: str
    full_name: str
    #: Where its API is, usually: as its `address` has it.
    base_url: str = ""
    #: The shell command that saves a file: has `{base_url}` and `{file_id}` in it, and no key.
    fetch: str = ""
    #: Where it is asked what went wrong: the address of a page.
    support: str = ""
    #: Whether the finished part of a job that did not complete is billed.
    bills_parts: bool = False
    #: Whether a job may run on after its deadline.
    runs_over: bool = False
    #: What helps, as a sentence, by kind of event.
    advice: Mapping[str, str] = field(default_factory=dict)

    @property
    def host(self) -> str:
        """The host of its API."""
        return self.base_url.partition("://")[2].partition("/")[0]

    def asked(self, what: str) -> str:
        """Return what it is asked, with where: `at https://example.com/help, for its files`."""
        return f"at {self.support}, {what}" if self.support else what

    def fetch_command(self, file_id: str | None, base_url: str = "") -> str:
        """Return the shell command that saves a file; '' if it can't be copied without harm.

        `base_url` is where the API is, '' for the usual place.
        """
        base_url = base_url or self.base_url
        # A dot first would be a step in the URL's path, or hide the file.
        if not file_id or file_id.startswith(".") or not is_plain_word(file_id):
            return ""
        if not _PLAIN_URL.fullmatch(base_url):
            return ""
        return self.fetch.format(base_url=base_url, file_id=file_id)


#: Says nothing that is not true of every provider.
ANY_PROVIDER = ProviderWords(name="the provider", full_name="the provider")
