"""A condition: one thing that is wrong now, as whoever looked at it says it."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

LONGEST_KEY, LONGEST_SUBJECT, LONGEST_DETAIL = 300, 500, 2000
# The kind of the condition that counts others.
FOLDED = "more_conditions"
# For how long somebody looks after an alert who does not say it.
HELD_HOURS = 8
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


class Severity(IntEnum):
    """How urgent a condition is. Quiet hours hold back everything below critical."""

    INFO = 1
    WARNING = 2
    CRITICAL = 3

    @property
    def word(self) -> str:
        """The name as people and programs read it: info, warning, critical."""
        return self.name.lower()

    @classmethod
    def of(cls, word: str) -> "Severity":
        """The severity of a word.

        Raises:
            ValueError: No severity has that name.
        """
        for severity in cls:
            if severity.word == word:
                return severity
        raise ValueError(f"unknown severity {word!r}; legal: {', '.join(each.word for each in cls)}")


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Who looks after an alert, and until when; then it counts as not acknowledged again."""

    who: str
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing that is wrong. Texts are made printable and are cut at their longest legal length.

    Attributes:
        key: Identity. The same key in two looks is the same condition, such as `table_stale/gold.machine_daily`.
        severity: How urgent it is.
        kind: The class of the condition, such as `table_stale`; one word of small letters and underscores.
        subject: What is wrong, one line.
        detail: What to do about it, one line; may be empty.
        source: Who found it, such as `status` or `dag ingest_hourly`.
        held: Who looks after it, where that came by another way than `assay alerts acknowledge`; None: nobody, or it
            is not known.
    """

    key: str
    severity: Severity
    kind: str
    subject: str
    detail: str = ""
    source: str = ""
    held: Acknowledgement | None = None

    def __post_init__(self) -> None:
        """Make the texts printable.

        Raises:
            ValueError: The key or the kind is empty.
        """
        longest = {
            "key": LONGEST_KEY,
            "kind": LONGEST_KEY,
            "subject": LONGEST_SUBJECT,
            "detail": LONGEST_DETAIL,
            "source": LONGEST_KEY,
        }
        for name, length in longest.items():
            object.__setattr__(self, name, one_line(getattr(self, name), length))
        if not self.key or not self.kind:
            raise ValueError(f"a condition without key or kind: {self.subject!r}")


def one_line(text: str, longest: int) -> str:
    """The text as one printable line that any receiver can decode, cut at `longest` characters."""
    clean = _CONTROL.sub(" ", text).encode("utf-8", "replace").decode("utf-8").strip()
    return clean if len(clean) <= longest else clean[: longest - 3] + "..."
