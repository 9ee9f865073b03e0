"""Times and lengths of time as integer columns hold them: microseconds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import BigInteger, Dialect, TypeDecorator

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_DAY_SECONDS = 86_400
#: In microseconds.
_SECOND = 1_000_000


def instant_value(at: datetime | None) -> int | None:
    """Return an aware time as it is stored; a naive one is a TypeError."""
    if at is None:
        return None
    since = at - _EPOCH
    # Half the time of a division by a microsecond.
    return (since.days * _DAY_SECONDS + since.seconds) * _SECOND + since.microseconds


def instant_of(stored: int) -> datetime:
    """Return the aware UTC time that is stored so."""
    return _EPOCH + timedelta(microseconds=stored)


def span_value(length: timedelta | None) -> int | None:
    """Return a length of time as it is stored: whole microseconds, all that a timedelta has."""
    return None if length is None else length // _MICROSECOND


class Instant(TypeDecorator[datetime]):
    """An aware time, stored as UTC epoch microseconds."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Refuse a naive time; integers are exact."""
        del dialect
        return instant_value(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """Return aware UTC."""
        del dialect
        return None if value is None else instant_of(value)


class Span(TypeDecorator[timedelta]):
    """A length of time, stored as microseconds."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: timedelta | None, dialect: Dialect) -> int | None:
        """Return whole microseconds."""
        del dialect
        return span_value(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> timedelta | None:
        """Return what was stored."""
        del dialect
        return None if value is None else value * _MICROSECOND
