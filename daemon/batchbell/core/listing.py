"""What one poll saw of an account."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime

    from batchbell.core.job import BatchJob


class ReadListing(Protocol):
    """A good listing as a provider read it, against what was known of the one before."""

    @property
    def jobs(self) -> Iterable[BatchJob]:
        """The jobs to compare with their records, to be gone through once.

        Left out may be a job that nothing more comes of, and whose row is what it was in the
        listing before.
        """

    @property
    def pieces(self) -> Iterable[Sequence[BatchJob]]:
        """The same jobs, several at a time: instead of `jobs` to be gone through, once.

        Those that have ended may come as `JobColumns`.
        """

    @property
    def ids(self) -> Collection[str]:
        """The id of every job that is listed."""

    @property
    def gone(self) -> Collection[str] | None:
        """The ids that the listing before had and this one has not; None if nobody knows."""

    @property
    def skipped_rows(self) -> int:
        """Rows set aside: not an object, not decodable, or without a usable id."""

    @property
    def bad_fields(self) -> int:
        """Fields that were nonsense, over all rows; right once `jobs` has been gone through."""

    @property
    def fraction_scale(self) -> bool:
        """Whether the API's progress was taken as 0 to 1, not 0 to 100."""

    def known_by(self) -> object | None:
        """Return what the next listing may be read against, once `jobs` has been gone through.

        Rows that it has need not be decoded again. Each provider has its own kind.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A listing that was decoded as a whole, or a part of one."""

    jobs: Sequence[BatchJob]
    #: Of a part those of the whole listing, and those that were decided on with an earlier part.
    ids: Collection[str]
    gone: Collection[str] | None = None
    skipped_rows: int = 0
    bad_fields: int = 0
    fraction_scale: bool = False
    #: When the request was sent; None until the poll says so.
    requested_at: datetime | None = None

    @property
    def pieces(self) -> Iterable[Sequence[BatchJob]]:
        """All jobs as one piece."""
        return (self.jobs,)

    def known_by(self) -> None:
        """Return that the next listing is to be decoded as a whole too."""
