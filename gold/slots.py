"""Buckets summed by slot, so that any window of whole slots is a difference of running sums.

A slot is the stretch between two grid times, named by the later one (microseconds): the row at grid time t describes
what the slots up to t hold. A window of w holds the slots t - w < slot <= t.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from expectations.plant.plant_profile import Profile
from expectations.tables.arrow_columns import begins, coded, integers, micros
from expectations.tables.machine_keys import Moves, machine_keys, machine_of
from gold.whole_numbers import Whole, product, running, summed, whole

READS = (
    "machine_id", "factory_id", "metric", "bucket_at", "reading_count", "sum_steps", "sum_squares", "minimum_steps",
    "maximum_steps", "last_steps", "warning_count",
)  # fmt: skip
Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Grid:
    """The rows that exist: machine and slot with any bucket, in that order.

    Attributes:
        machine: Place of each row's machine among `machines`.
        slot_us: Grid time of each row.
        machines: Keys of machines, sorted.
        machine_ids: Name of each row's machine.
        factory_ids: Factory of each row, the first by name where the machine moved in that slot.
    """

    machine: Places
    slot_us: Places
    machines: tuple[str, ...]
    machine_ids: pa.Array
    factory_ids: pa.Array

    def only(self, wanted: NDArray[np.bool_]) -> "Grid":
        """Some of the rows."""
        mask = pa.array(wanted)
        return Grid(
            self.machine[wanted], self.slot_us[wanted], self.machines,
            self.machine_ids.filter(mask), self.factory_ids.filter(mask),
        )  # fmt: skip


@dataclass(frozen=True)
class MetricSlots:
    """What the slots of one metric hold, by machine and then time.

    Attributes:
        machine: Machine of each slot, as in `Grid`.
        slot_us: Name of each slot.
        sums: Sums of each slot by name: reading_count, bucket_count, sum_steps, sum_squares, warning_count; and with
            the buckets' places i since `first_place`, readings n and steps s: at (i n), at_at (i i n), at_steps (i s).
        minimum, maximum, last: Steps of each slot.
        first_place: Number of the bucket, since the epoch, that places count from.
    """

    machine: Places
    slot_us: Places
    sums: Mapping[str, Whole]
    minimum: Whole
    maximum: Whole
    last: Whole
    first_place: int

    @cached_property
    def so_far(self) -> Mapping[str, Whole]:
        """Running sums, with a zero before the first slot."""
        return {name: running(values) for name, values in self.sums.items()}

    @cached_property
    def least(self) -> "Extremes":
        """Smallest steps of any range of slots."""
        return Extremes(np.minimum, self.minimum)

    @cached_property
    def most(self) -> "Extremes":
        """Largest steps of any range of slots."""
        return Extremes(np.maximum, self.maximum)


class Extremes:
    """The least or the largest of any range of an array, from two overlapping ranges whose length is a power of two.

    Source: Bender and Farach-Colton, The LCA problem revisited, 2000 (the sparse table).
    """

    def __init__(self, pick: np.ufunc, values: Whole) -> None:
        self._pick, self._levels = pick, [values]
        reach = 1
        while 2 * reach <= len(values):
            below = self._levels[-1]
            self._levels.append(pick(below[:-reach], below[reach:]))
            reach *= 2

    def of(self, first: Places, end: Places) -> Whole:
        """The extreme of values[first:end], element by element; 0 where that is empty."""
        found = np.zeros(len(first), self._levels[0].dtype)
        length = end - first
        for level, values in enumerate(self._levels):
            reach = 1 << level
            here = (length >= reach) & (length < 2 * reach)
            found[here] = self._pick(values[first[here]], values[end[here] - reach])
        return found


def grid_of(buckets: pa.Table, profile: Profile, moves: Moves) -> Grid:
    """The rows that `buckets` (its columns `READS`) give, whatever the clock."""
    machine, factory = machine_keys(buckets, moves), coded(buckets, "factory_id")
    ranks, slot_us = machine.ranks(), _slots(buckets, profile)
    order = np.lexsort((factory.ranks(), slot_us, ranks))
    firsts = order[begins((ranks, slot_us), order)]
    factories = pa.array(factory.texts, pa.string()).take(pa.array(factory.codes[firsts]))
    names = pa.array([machine_of(key) for key in machine.texts], pa.string()).take(pa.array(machine.codes[firsts]))
    return Grid(ranks[firsts], slot_us[firsts], tuple(sorted(machine.texts)), names, factories)


def by_metric(buckets: pa.Table, profile: Profile, moves: Moves) -> dict[str, MetricSlots]:
    """The slots of each metric that has any."""
    metric, machine = coded(buckets, "metric"), machine_keys(buckets, moves).ranks()
    return {
        metric.texts[code]: _of_metric(buckets.filter(pa.array(is_of_it)), machine[is_of_it], profile)
        for code in np.unique(metric.codes)
        for is_of_it in (metric.codes == code,)
    }


def _of_metric(buckets: pa.Table, machine: Places, profile: Profile) -> MetricSlots:
    at_us, slot_us = micros(buckets, "bucket_at"), _slots(buckets, profile)
    order = np.lexsort((at_us, slot_us, machine))
    starts = np.flatnonzero(begins((machine, slot_us), order))
    ends = np.append(starts[1:], len(order)) - 1
    first = int(at_us.min()) // (profile.bucket_s * 1_000_000)
    sums = {name: summed(values[order], starts) for name, values in _columns(buckets, at_us, first, profile).items()}
    steps = {name: integers(buckets, name)[order] for name in ("minimum_steps", "maximum_steps", "last_steps")}
    return MetricSlots(
        machine[order][starts], slot_us[order][starts], sums,
        np.minimum.reduceat(steps["minimum_steps"], starts), np.maximum.reduceat(steps["maximum_steps"], starts),
        steps["last_steps"][ends], first,
    )  # fmt: skip


def _columns(buckets: pa.Table, at_us: Places, first_place: int, profile: Profile) -> dict[str, Whole]:
    place = at_us // (profile.bucket_s * 1_000_000) - first_place
    count, steps = integers(buckets, "reading_count"), integers(buckets, "sum_steps")
    return {
        "reading_count": count,
        "bucket_count": np.ones(len(count), np.int64),
        "sum_steps": steps,
        "sum_squares": whole(buckets.column("sum_squares")),
        "warning_count": integers(buckets, "warning_count"),
        "at": product(place, count),
        "at_at": product(place, place, count),
        "at_steps": product(place, steps),
    }


def _slots(buckets: pa.Table, profile: Profile) -> Places:
    """The grid time at which each bucket is first seen."""
    every_us, at_us = profile.score_every_s * 1_000_000, micros(buckets, "bucket_at")
    slots: Places = at_us - at_us % every_us + every_us
    return slots
