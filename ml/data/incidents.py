"""Known incidents as intervals of machines: they are not healthy, and a model of anomalies should see them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ml.data.failure_events import Int64, Strings, to_us


@dataclass(frozen=True, slots=True)
class Incidents:
    """Incidents in the order of the profile, shape (n,) each.

    Attributes:
        machine_ids: Machine of each.
        from_us: First moment, UTC microseconds.
        until_us: Last moment.
        meanings: What happened.
    """

    machine_ids: Strings
    from_us: Int64
    until_us: Int64
    meanings: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.from_us)

    def until(self, at_us: int) -> Incidents:
        """Those that began by then, as far as they had come."""
        mask = self.from_us <= at_us
        meanings = tuple(one for one, is_in in zip(self.meanings, mask.tolist(), strict=True) if is_in)
        return Incidents(self.machine_ids[mask], self.from_us[mask], np.minimum(self.until_us[mask], at_us), meanings)

    def near(self, machine_ids: Strings, at_us: Int64, margin_us: int) -> NDArray[np.bool_]:
        """True where a row lies in an incident of its machine, or within the margin of one, shape (rows,)."""
        found = np.zeros(len(at_us), dtype=np.bool_)
        for machine_id, from_us, until_us in zip(self.machine_ids, self.from_us, self.until_us, strict=True):
            inside = (at_us >= from_us - margin_us) & (at_us <= until_us + margin_us)
            found |= inside & (machine_ids == machine_id)
        return found


NO_INCIDENTS = Incidents(np.zeros(0, dtype=np.str_), np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), ())
"""None of any machine."""


def incidents_of(frame: pd.DataFrame | None) -> Incidents:
    """The incidents of a frame (machine_id, from_at, until_at in UTC, meaning); None where there is none."""
    if frame is None:
        return NO_INCIDENTS
    return Incidents(
        frame["machine_id"].astype(str).to_numpy(dtype=np.str_),
        to_us(frame["from_at"]),
        to_us(frame["until_at"]),
        tuple(frame["meaning"].astype(str)),
    )
