"""Which scores are drawn for technicians to look at the machine: by a hash, so that everybody draws the same."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_BYTES = 6
"""Of the hash, as a fraction: 48 bits, which a double holds exactly."""


@dataclass(frozen=True, slots=True)
class SampleRule:
    """With which probability a score is drawn.

    Attributes:
        quiet_frac: A score that requests nothing, 0 to 1.
        request_frac: One that requests something.
        answer_hours: A score that was made later than this after its time is never drawn: nobody can look back.
    """

    quiet_frac: float
    request_frac: float
    answer_hours: float

    def frac(self, at: datetime, made_at: datetime | None, *, is_requested: bool) -> float:
        """The probability with which a score is drawn; 0 where it came too late, or nobody knows when it was made."""
        if made_at is None or made_at - at > timedelta(hours=self.answer_hours):
            return 0.0
        return self.request_frac if is_requested else self.quiet_frac


def draw_number(machine_id: str, factory_id: str, at: datetime) -> float:
    """A number of [0, 1) for a machine and a time: a score is drawn where it is below the probability.

    Begin of the SHA-256 of the three as text, a line each, the time in UTC. It has nothing to do with readings, models
    or who asks, and is the same for scores of a gateway and of the plant: one look answers both.

    >>> round(draw_number("P1", "north", datetime(2026, 3, 1, 6, tzinfo=UTC)), 6)
    0.04123
    """
    text = f"{machine_id}\n{factory_id}\n{at.astimezone(UTC).isoformat()}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:_BYTES], "big") / (1 << 8 * _BYTES)
