"""Times in the alert store: UTC, ISO 8601, always of one form, so that texts compare as times do."""

from datetime import UTC, datetime


def stamp(moment: datetime) -> str:
    """The text of an aware time."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def instant(text: str | None) -> datetime | None:
    """The time of a text; None for none."""
    return None if text is None else datetime.fromisoformat(text)
