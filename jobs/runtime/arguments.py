"""Values of options that several commands take."""

import argparse
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation


def instant(text: str) -> datetime:
    """The aware UTC time written as ISO 8601.

    Raises:
        argparse.ArgumentTypeError: Not ISO 8601, or without a zone.
    """
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        time = None
    if time is None or time.tzinfo is None:
        raise argparse.ArgumentTypeError(f"got {text!r}; legal: ISO 8601 with a zone, such as 2026-11-21T06:00:00Z")
    return time.astimezone(UTC)


def number(text: str) -> Decimal:
    """The number as it is written.

    Raises:
        argparse.ArgumentTypeError: Not a finite number.
    """
    try:
        found = Decimal(text)
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite():
        raise argparse.ArgumentTypeError(f"got {text!r}; legal: a number, such as 0.01")
    return found


def time_shift(text: str) -> timedelta:
    """So many seconds, to the microsecond.

    Raises:
        argparse.ArgumentTypeError: Not a number, or longer than all years.
    """
    try:
        return timedelta(microseconds=int(number(text) * 1_000_000))
    except OverflowError as error:
        raise argparse.ArgumentTypeError(f"got {text!r}; legal: seconds, such as 3600") from error


def whole(text: str) -> int:
    """The whole number from 1 on.

    Raises:
        argparse.ArgumentTypeError: It is none.
    """
    if not text.isascii() or not text.isdigit() or not int(text):
        raise argparse.ArgumentTypeError(f"got {text!r}; legal: a whole number from 1 on, such as 3")
    return int(text)


def days(text: str) -> tuple[date, date]:
    """The first and the last date of `FIRST/LAST`, or twice the one that is given.

    Raises:
        argparse.ArgumentTypeError: Not ISO 8601, or the last is before the first.
    """
    first, _, last = text.partition("/")
    try:
        found = (date.fromisoformat(first), date.fromisoformat(last or first))
    except ValueError:
        found = None
    if found is None or found[0] > found[1]:
        raise argparse.ArgumentTypeError(f"got {text!r}; legal: 2026-03-01, or 2026-03-01/2026-03-07")
    return found
