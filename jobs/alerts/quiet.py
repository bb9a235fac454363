"""Quiet hours: when only what is critical is sent."""

from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Begin and end on the clock of a zone; an end before the begin is on the next day. The end is not quiet."""

    begin: time
    end: time
    zone: ZoneInfo

    def hold(self, now: datetime) -> bool:
        """Whether `now` is quiet. The zone's clock decides, so the hour that a zone skips or repeats is one hour."""
        clock = now.astimezone(self.zone).time()
        if self.begin < self.end:
            return self.begin <= clock < self.end
        return clock >= self.begin or clock < self.end
