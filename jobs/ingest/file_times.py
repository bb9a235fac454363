"""Times of files as microseconds since the epoch, and back."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def microseconds(time: datetime) -> int:
    """Microseconds since the epoch."""
    return (time - _EPOCH) // timedelta(microseconds=1)


_FIRST_US = microseconds(datetime.min.replace(tzinfo=UTC))
_LAST_US = microseconds(datetime.max.replace(tzinfo=UTC))


def instant(microseconds_: int) -> datetime:
    """The UTC time of microseconds since the epoch; the nearest one that there is, where a file's time has no year."""
    return _EPOCH + timedelta(microseconds=in_calendar(microseconds_))


def in_calendar(microseconds_: int) -> int:
    """The nearest microseconds since the epoch that have a year: so the ledger stores the time of a file."""
    return min(max(microseconds_, _FIRST_US), _LAST_US)
