"""What a correct platform must report, by its counting rules, worked out from the records themselves.

Of the readings with one key (sensor, metric, time) the payload with the largest steps is accepted; its first record is
accepted, its others are duplicates, and every record of another payload is quarantined. Faulty records are quarantined
or rejected each; a file with the bytes of another is duplicate as a whole.
"""

from collections import Counter
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from expectations.tables.silver_feeds import FEED_FAULTS
from simulator.changed_sensors import SensorChangeTruth
from simulator.number_truth import NumberTruth
from simulator.rows import BLANK, CONFLICT, FAIR, OUTCOMES, QUARANTINED, REJECTED, Rows

BAD_SAMPLES = "bad_samples"
"""Why a record of the feed of waveforms is rejected, and of no other."""


@dataclass(frozen=True, slots=True)
class FeedCounts:
    """The classes that the records of one feed fall into; they add up to `records`."""

    records: int
    accepted: int
    duplicate: int
    blank: int
    quarantined: dict[str, int]
    rejected: dict[str, int]

    @property
    def accounted(self) -> int:
        """Sum of all classes."""
        parts = (self.accepted, self.duplicate, self.blank)
        return sum(parts) + sum(self.quarantined.values()) + sum(self.rejected.values())


@dataclass(frozen=True, slots=True)
class FailureTruth:
    """A failure that happened, with its cause; `is_visible`: a signal showed it in the days before."""

    machine_id: str
    code: str
    failed_at: str
    repaired_at: str
    is_visible: bool


@dataclass(frozen=True, slots=True)
class PreventionTruth:
    """A failure that a condition-based repair prevented, and when it would have come; null: after the run."""

    machine_id: str
    code: str
    repaired_at: str
    would_fail_at: str | None


@dataclass(frozen=True, slots=True)
class SensorTruth:
    """A sensor that misbehaved, and when."""

    sensor_id: str
    kind: str
    from_at: str
    to_at: str


@dataclass(frozen=True, slots=True)
class AnswerTruth:
    """A technician's answer to an alarm; `is_right`: what is wrong with the machine was found, or nothing is."""

    machine_id: str
    answered_at: str
    words: str
    is_right: bool


@dataclass(frozen=True, slots=True)
class EquipmentTruth:
    """Gateways whose reports ended before the run did, with the last one, and whose certificate ends soon after it."""

    silent: dict[str, str]
    ending: dict[str, str]


@dataclass(frozen=True, slots=True)
class FileTruth:
    """A delivered file of readings, what is odd about it, and its records."""

    path: str
    role: str
    step: int
    records: int


@dataclass(frozen=True, slots=True)
class Truth:
    """The state after delivery step `step`."""

    step: int
    feeds: dict[str, FeedCounts]
    failures: tuple[FailureTruth, ...]
    sensor_faults: tuple[SensorTruth, ...]
    files: tuple[FileTruth, ...]
    preventions: tuple[PreventionTruth, ...] = ()
    numbers: tuple[NumberTruth, ...] = ()
    answers: tuple[AnswerTruth, ...] = ()
    equipment: EquipmentTruth | None = None
    sensor_change: SensorChangeTruth | None = None

    def to_document(self) -> dict[str, object]:
        """The truth as plain JSON values."""
        return asdict(self)


def resolve(rows: Rows) -> tuple[NDArray[np.int64], int, int]:
    """Places of the accepted rows in the order of their keys, number of duplicates, number of conflicting rows."""
    fair = np.flatnonzero(rows.has_outcome(FAIR))
    keys, steps = rows.keys()[fair], rows.steps[fair]
    order = np.lexsort((-steps, keys))
    keys, steps = keys[order], steps[order]
    is_first = np.ones(len(keys), dtype=np.bool_)
    is_first[1:] = keys[1:] != keys[:-1]
    winner = steps[is_first][np.cumsum(is_first) - 1]
    duplicate = int(np.count_nonzero(~is_first & (steps == winner)))
    return fair[order][is_first], duplicate, int(np.count_nonzero(steps != winner))


def count_readings(rows: Rows, repeated: int, truncated: int) -> FeedCounts:
    """Classes of the readings in `rows`, plus `repeated` records of repeated files and `truncated` broken ends."""
    accepted, duplicate, conflicting = resolve(rows)
    found = dict(zip(OUTCOMES, np.bincount(rows.outcome, minlength=len(OUTCOMES)).tolist(), strict=True))
    quarantined = {reason: found[reason] for reason in QUARANTINED} | {CONFLICT: conflicting}
    rejected = {reason: found[reason] for reason in REJECTED} | {"truncated": truncated}
    return FeedCounts(
        records=len(rows) + repeated + truncated,
        accepted=len(accepted),
        duplicate=duplicate + repeated,
        blank=found[BLANK],
        quarantined=_nonzero(quarantined),
        rejected=_nonzero(rejected),
    )


def count_outcomes(outcomes: list[str]) -> FeedCounts:
    """Classes of the records of a small feed, from the outcome of each: accepted, duplicate, or a fault's code."""
    found = Counter(outcomes)
    quarantined = {reason: found[reason] for reason in (*FEED_FAULTS, "clock_suspect")}
    rejected = {reason: found[reason] for reason in (*REJECTED, BAD_SAMPLES)}
    return FeedCounts(
        len(outcomes), found["accepted"], found["duplicate"], 0, _nonzero(quarantined), _nonzero(rejected)
    )


def _nonzero(counts: dict[str, int]) -> dict[str, int]:
    return {reason: count for reason, count in sorted(counts.items()) if count}
