"""What became of the readings of one batch, for the commit's metadata and the accounting."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class BatchCounts:
    """Records of one batch by what became of them: accepted, duplicate and quarantined add up to `rows`.

    Counts are net: records of earlier batches that this one sent to quarantine count there, and no longer as accepted
    or duplicate.
    """

    batch: int
    rows: int
    accepted: int
    duplicate: int
    quarantined: dict[str, int]
    dates: tuple[str, ...]

    def to_metadata(self) -> dict[str, Any]:
        """For the commit, where the accounting reads it."""
        return {
            "batch": self.batch, "rows": self.rows, "accepted": self.accepted, "duplicate": self.duplicate,
            "quarantined": self.quarantined, "dates": list(self.dates),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Survey:
    """Records by their fate, the faulty ones by their first fault, and the UTC dates of the good ones."""

    fates: Counter[str]
    faults: Counter[str]
    dates: tuple[str, ...]

    @property
    def rows(self) -> int:
        """All records."""
        return sum(self.fates.values())

    @property
    def accepted(self) -> int:
        """Readings in silver for these records."""
        return self.fates["new"] + self.fates["replaces"]

    def quarantined(self) -> Counter[str]:
        """Records in quarantine by their first fault."""
        lost = Counter({"conflicting_value": self.fates["loses"]}) if self.fates["loses"] else Counter[str]()
        return self.faults + lost


def survey_of(groups: Iterable[Any]) -> Survey:
    """The survey of rows (fate, fault, date, count); date is null for faulty records."""
    fates, faults, dates = Counter[str](), Counter[str](), set[str]()
    for fate, fault, day, count in groups:
        fates[fate] += count
        if fault is not None:
            faults[fault] += count
        if day is not None:
            dates.add(str(day))
    return Survey(fates, faults, tuple(sorted(dates)))
