"""Values of options that several commands take."""

import argparse
from datetime import UTC, datetime


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
