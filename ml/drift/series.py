"""One feature's sketches by date, of some machines: what a window of them holds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ml.drift.sketch import STORED, Int32, Int64

Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Series:
    """Sketches in the order of their dates.

    Attributes:
        days: Days since 1970 of each sketch, ascending, shape (n,).
        missing: Rows without a value of each.
        infinite: Rows with an infinite value of each.
        starts: Where the entries of each begin, and where the last ones end, shape (n + 1,).
        bins: The entries' bins.
        counts: Rows of each entry.
    """

    days: Int64
    missing: Int64
    infinite: Int64
    starts: Int64
    bins: Int32
    counts: Int64

    @classmethod
    def of(cls, sketches: pa.Table) -> Series:
        """Rows of `gold.drift_sketches`, in the order of `sketch_date`."""
        stored = sketches.column("sketch")
        entries = np.frombuffer(b"".join(stored.to_pylist()), STORED)
        sizes = pc.binary_length(stored).to_numpy().astype(np.int64) // STORED.itemsize
        return cls(
            sketches.column("sketch_date").cast(pa.int32()).to_numpy().astype(np.int64),
            sketches.column("missing_count").to_numpy(),
            sketches.column("infinite_count").to_numpy(),
            np.concatenate([[0], np.cumsum(sizes)]),
            entries["bin"],
            entries["count"].astype(np.int64),
        )

    def only(self, places: Places) -> Series:
        """Some of the sketches, ascending."""
        sizes = np.diff(self.starts)[places]
        starts = np.concatenate([[0], np.cumsum(sizes)])
        entries = np.repeat(self.starts[places] - starts[:-1], sizes) + np.arange(starts[-1])
        return Series(
            self.days[places], self.missing[places], self.infinite[places], starts, self.bins[entries],
            self.counts[entries],
        )  # fmt: skip

    def within(self, first: int, last: int) -> Series:
        """The sketches of the days from one to another, both included; nothing is copied."""
        low, high = np.searchsorted(self.days, [first, last + 1])
        begin, end = self.starts[low], self.starts[high]
        return Series(
            self.days[low:high], self.missing[low:high], self.infinite[low:high], self.starts[low : high + 1] - begin,
            self.bins[begin:end], self.counts[begin:end],
        )  # fmt: skip

    def placed(self, places: Places, first: int, last: int) -> tuple[Int64, Places, Int64]:
        """Day, place of the bin and rows of each entry of these days, where places are those of all entries."""
        low, high = np.searchsorted(self.days, [first, last + 1])
        begin, end = self.starts[low], self.starts[high]
        days = np.repeat(self.days[low:high], np.diff(self.starts[low : high + 1]))
        return days, places[begin:end], self.counts[begin:end]
