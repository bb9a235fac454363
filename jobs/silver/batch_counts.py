"""The outcomes of the readings of one batch, for the commit's metadata and the accounting."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any, NamedTuple

from lakehouse.commit_metadata import CommitMetadata, MissingRows, RecordCounts

_NONE = RecordCounts(0, 0, {})
_LOST = {"loses": "conflicting_value", "superseded": "superseded", "withdrawn": "withdrawn"}
NAMED = 20  # unknown names of a batch and fault that its commit and report have


@dataclass(frozen=True, slots=True)
class BatchCounts:
    """Records of one batch by outcome: accepted, duplicate and quarantined add up to `rows`.

    Counts are net: records of earlier batches that this one sent to quarantine count there, and no longer as accepted
    or duplicate. `unknown` has, by fault, the metrics and units that do not fit, and their records: the most frequent.
    `missing` has, by path, what the latest version lacks.
    """

    batch: int
    rows: int
    accepted: int
    duplicate: int
    quarantined: dict[str, int]
    dates: tuple[str, ...]
    unknown: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    missing: Mapping[str, MissingRows] = field(default_factory=dict)

    def to_data(self) -> dict[str, Any]:
        """For the report of the run."""
        return {**asdict(self), "dates": list(self.dates)}

    def to_metadata(self) -> CommitMetadata:
        """For the commit, where the accounting reads it."""
        return CommitMetadata(
            batch=self.batch, rows=self.rows, unknown=self.unknown,
            counts=RecordCounts(self.accepted, self.duplicate, self.quarantined),
            dates=tuple(map(date.fromisoformat, self.dates)), missing=self.missing or None,
        )  # fmt: skip


class Group(NamedTuple):
    """Records of one batch that share outcome, first fault (None: good) and UTC date (None: faulty).

    `records` is negative where records had that outcome before, and have another now.
    """

    batch: int
    outcome: str
    fault: str | None
    day: str | None
    records: int


def most_frequent(unknown: Mapping[tuple[str, str], int]) -> dict[str, dict[str, int]]:
    """By fault the names that come most often, with their records, of (fault, name) -> records."""
    named: dict[str, dict[str, int]] = {}
    for (fault, name), count in sorted(unknown.items(), key=lambda item: (item[0][0], -item[1], item[0][1])):
        if len(named.setdefault(fault, {})) < NAMED:
            named[fault][name] = count
    return named


@dataclass(frozen=True, slots=True)
class Survey:
    """Records by their outcome, the faulty ones by their first fault, and the UTC dates of the good ones."""

    outcomes: Counter[str]
    faults: Counter[str]
    dates: tuple[str, ...]

    @property
    def rows(self) -> int:
        """All records."""
        return sum(self.outcomes.values())

    @property
    def accepted(self) -> int:
        """Readings in silver for these records."""
        return self.outcomes["new"]

    def quarantined(self) -> Counter[str]:
        """Records in quarantine by their first fault."""
        lost = {fault: self.outcomes[outcome] for outcome, fault in _LOST.items() if self.outcomes[outcome]}
        aside = Counter(self.faults)
        aside.update(lost)
        return aside


def survey_of(groups: Iterable[Group]) -> Survey:
    """The survey of groups of records."""
    outcomes, faults, dates = Counter[str](), Counter[str](), set[str]()
    for group in groups:
        outcomes[group.outcome] += group.records
        if group.fault is not None:
            faults[group.fault] += group.records
        if group.day is not None:
            dates.add(group.day)
    return Survey(outcomes, faults, tuple(sorted(dates)))


def corrections(before: Iterable[Group], after: Iterable[Group]) -> dict[int, RecordCounts]:
    """By batch, what its counts change by where the same records get another outcome.

    Only batches with a change are in it, of their faults only those whose count changes.
    """
    old, new = _by_batch(before), _by_batch(after)
    changed = {batch: _difference(old[batch], new[batch]) for batch in sorted(old.keys() | new.keys())}
    return {batch: counts for batch, counts in changed.items() if counts != _NONE}


def _by_batch(groups: Iterable[Group]) -> defaultdict[int, Survey]:
    sorted_ = defaultdict[int, list[Group]](list)
    for group in groups:
        sorted_[group.batch].append(group)
    surveys = defaultdict[int, Survey](lambda: survey_of(()))
    return surveys | {batch: survey_of(some) for batch, some in sorted_.items()}


def _difference(old: Survey, new: Survey) -> RecordCounts:
    moved = new.quarantined()
    moved.subtract(old.quarantined())
    return RecordCounts(
        accepted=new.accepted - old.accepted,
        duplicate=new.outcomes["repeats"] - old.outcomes["repeats"],
        quarantined={fault: count for fault, count in sorted(moved.items()) if count},
    )
