"""One line of the status: what was found, how urgent it is, and what to do."""

from dataclasses import dataclass
from datetime import datetime

from jobs.alerts.condition import Acknowledgement, Severity


@dataclass(frozen=True, slots=True)
class Item:
    """One thing.

    Attributes:
        section: Part of the screen, such as `runs`.
        text: What was found.
        severity: None where it is fine; INFO is worth knowing; from WARNING on a person is needed.
        step: What to do; empty where nothing is.
        key: Identity of the condition, the same in each look; empty where it is none.
        held: Who looks after it by what the plant's files say; None where they do not.
    """

    section: str
    text: str
    severity: Severity | None = None
    step: str = ""
    key: str = ""
    held: Acknowledgement | None = None

    @property
    def needs_a_person(self) -> bool:
        """Whether somebody has to act."""
        return self.severity is not None and self.severity >= Severity.WARNING


def ago(at: datetime, now: datetime) -> str:
    """How long ago, in one unit."""
    seconds = (now - at).total_seconds()
    if seconds < -60:
        return f"at {at:%Y-%m-%d %H:%M} UTC, which is in the future: a clock is or was wrong"
    return f"{lasted(max(0.0, seconds))} ago"


def lasted(seconds: float) -> str:
    """A length of time in one unit: seconds, minutes, hours, days."""
    for size, name in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds // size:.0f} {name}"
    return f"{seconds:.0f} s"


def few(names: tuple[str, ...] | list[str], shown: int = 3) -> str:
    """The first few names, and how many more there are."""
    more = len(names) - shown
    return ", ".join(names[:shown]) + (f" and {more:,} more" if more > 0 else "")
