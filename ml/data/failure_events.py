"""Failures as events: one per machine and instant, however many components broke."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Int64 = NDArray[np.int64]
Strings = NDArray[np.str_]

NEVER_US = np.iinfo(np.int64).max
"""Means "no failure after this row"."""


@dataclass(frozen=True, slots=True)
class FailureEvents:
    """Failures ordered by machine and time, key (machine_id, failed_us).

    Attributes:
        machine_ids: Machine of each failure, shape (n,).
        failed_us: UTC microseconds since the epoch, shape (n,).
        codes: Codes of the components that failed then, joined by "+".
    """

    machine_ids: Strings
    failed_us: Int64
    codes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.failed_us)

    def of_machine(self, machine_id: str) -> Int64:
        """Failure times of one machine, ascending, UTC microseconds."""
        mine = np.asarray(self.machine_ids == machine_id, dtype=np.bool_)
        return self.failed_us[mine]

    def until(self, last_us: int) -> FailureEvents:
        """Failures at or before ``last_us``."""
        return self.keep(self.failed_us <= last_us)

    def keep(self, mask: NDArray[np.bool_]) -> FailureEvents:
        """Failures where ``mask`` is true, same order."""
        codes = tuple(code for code, is_wanted in zip(self.codes, mask, strict=True) if is_wanted)
        return FailureEvents(self.machine_ids[mask], self.failed_us[mask], codes)


NO_EVENTS = FailureEvents(np.zeros(0, dtype=np.str_), np.zeros(0, dtype=np.int64), ())
"""None of any machine."""


def failure_events(failures: pd.DataFrame) -> FailureEvents:
    """Distinct failure events of ``failures`` (machine_id, failed_at in UTC, code)."""
    frame = pd.DataFrame(
        {
            "machine_id": failures["machine_id"].astype(str).to_numpy(dtype=np.str_),
            "failed_us": to_us(failures["failed_at"]),
            "code": failures["code"].astype(str).to_numpy(dtype=np.str_),
        }
    )
    grouped = frame.sort_values(["machine_id", "failed_us", "code"]).groupby(["machine_id", "failed_us"], sort=True)[
        "code"
    ]
    joined = grouped.agg(lambda codes: "+".join(dict.fromkeys(codes))).reset_index()
    return FailureEvents(
        joined["machine_id"].to_numpy(dtype=np.str_),
        joined["failed_us"].to_numpy(dtype=np.int64),
        tuple(joined["code"]),
    )


def next_failure_us(events: FailureEvents, machine_ids: Strings, at_us: Int64) -> Int64:
    """Time of the first failure strictly after each row, `NEVER_US` where there is none."""
    result = np.full(len(at_us), NEVER_US, dtype=np.int64)
    for machine_id in np.unique(machine_ids):
        rows = machine_ids == machine_id
        times = np.append(events.of_machine(machine_id), NEVER_US)
        result[rows] = times[np.searchsorted(times, at_us[rows], side="right")]
    return result


def to_us(times: pd.Series) -> Int64:
    """UTC microseconds since the epoch of a time column with or without zone."""
    utc = pd.to_datetime(times, utc=True)
    return np.asarray(utc.dt.as_unit("us").astype("int64").to_numpy(), dtype=np.int64)
