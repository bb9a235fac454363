from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from edge_bundle.gateway.features.buckets import Bucket

READINGS = st.lists(
    st.tuples(st.integers(-(2**53), 2**53), st.tuples(st.integers(0, 50), st.sampled_from("abc")), st.integers(0, 2)),
    min_size=1,
    max_size=30,
    unique_by=lambda reading: reading[1],
)
Readings = list[tuple[int, tuple[int, str], int]]


def filled(readings: Readings) -> Bucket:
    bucket = Bucket()
    for reading in readings:
        bucket.add(*reading)
    return bucket


def direct(readings: Readings) -> tuple[int, ...]:
    """The bucket by its definition."""
    resolution_steps = [reading[0] for reading in readings]
    by_time = sorted(readings, key=lambda reading: reading[1])
    levels = [reading[2] for reading in readings]
    return (
        len(resolution_steps),
        sum(resolution_steps),
        sum(step**2 for step in resolution_steps),
        min(resolution_steps),
        max(resolution_steps),
        by_time[0][0],
        by_time[-1][0],
        sum(level >= 1 for level in levels),
        sum(level >= 2 for level in levels),
    )


@given(READINGS, st.randoms(use_true_random=False))
def test_any_order_of_readings_gives_the_bucket_of_the_definition(readings: Readings, rng: random.Random) -> None:
    shuffled = rng.sample(readings, len(readings))

    assert filled(shuffled).as_row() == direct(readings)


@given(READINGS, st.integers(0, 30), st.booleans())
def test_merged_parts_equal_the_whole(readings: Readings, cut: int, swap: bool) -> None:
    parts = [filled(readings[:cut]), filled(readings[cut:])]
    one, other = reversed(parts) if swap else parts

    one.merge(other)

    assert one.as_row() == direct(readings)
