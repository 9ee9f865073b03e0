"""A time in which nobody has to look at the database.

The last look found nothing, nor was anything committed since. Each look wakes the loop and a
thread, and of an idle daemon's nearly all are for nothing.
"""

from __future__ import annotations


class News:
    """Counts what may have changed the database: polls here, commits anywhere."""

    def __init__(self) -> None:
        """Begin without any."""
        self.count = 0

    def came(self) -> None:
        """Note that something may have been committed."""
        self.count += 1


class Lull:
    """What one piece of work knows of the news."""

    def __init__(self, news: News) -> None:
        """Know nothing yet: the first look is made."""
        self._news = news
        self._looked_at = self._empty_at = -1

    @property
    def lasts(self) -> bool:
        """Whether a look would find nothing."""
        return self._empty_at == self._news.count

    def begin_look(self) -> None:
        """Note what this look sees at least: what comes meanwhile is for the next."""
        self._looked_at = self._news.count

    def found_nothing(self) -> None:
        """Note that time alone brings nothing either."""
        self._empty_at = self._looked_at
