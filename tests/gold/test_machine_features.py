"""Feature rows against a direct computation from the definition, equal to the last bit."""

import math
import random
from collections import defaultdict
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from expectations.features import Feature, features_of
from expectations.plant.plant_profile import Profile
from expectations.tables.gold import machine_features as features_table
from expectations.tables.silver import BUCKETS, MACHINE_EVENTS
from expectations.tables.silver import machines as machines_table
from gold import machine_features
from tests.support.arrow_rows import arrow
from tests.support.frames import at, small_profile

Bucket = dict[str, Any]
DATES = [date(2026, 3, 1), date(2026, 3, 2)]
_ALL = """
[features.metrics]
temperature.windows = ["1h", "3h"]
temperature.statistics = ["mean", "deviation", "minimum", "maximum", "last", "slope", "warning_share"]
"""


def _profile(folder: Path) -> Profile:
    return small_profile(folder, _ALL)


def _bucket(time: datetime, steps: list[int], warnings: int = 0) -> Bucket:
    return {
        "bucket_at": time, "bucket_date": time.date(), "local_date": time.date(), "reading_count": len(steps),
        "sum_steps": sum(steps), "sum_squares": Decimal(sum(step * step for step in steps)),
        "minimum_steps": min(steps), "maximum_steps": max(steps), "first_steps": steps[0], "last_steps": steps[-1],
        "warning_count": warnings,
    }  # fmt: skip


def _defined(feature: Feature, buckets: list[Bucket], t: datetime, profile: Profile) -> float | None:
    """The definition, word by word, in whole numbers until the end."""
    resolution, length = profile.metric(feature.metric).resolution, profile.bucket_s
    start = t - timedelta(seconds=feature.window_s)
    window = sorted((b for b in buckets if start <= b["bucket_at"] < t), key=lambda b: b["bucket_at"])
    if len(window) < math.ceil(profile.features.coverage * feature.window_s / length):
        return None
    n, s1 = sum(b["reading_count"] for b in window), sum(b["sum_steps"] for b in window)
    s2 = sum(int(b["sum_squares"]) for b in window)
    statistic: dict[str, Callable[[], float | None]] = {
        "mean": lambda: (float(s1) / float(n)) * resolution,
        "deviation": lambda: _deviation(n, s1, s2, resolution),
        "minimum": lambda: float(min(b["minimum_steps"] for b in window)) * resolution,
        "maximum": lambda: float(max(b["maximum_steps"] for b in window)) * resolution,
        "last": lambda: float(window[-1]["last_steps"]) * resolution,
        "warning_share": lambda: float(sum(b["warning_count"] for b in window)) / float(n),
        "slope": lambda: _slope(window, start, resolution, length),
    }
    return statistic[feature.statistic]()


def _deviation(n: int, s1: int, s2: int, resolution: float) -> float | None:
    return math.sqrt(float(n * s2 - s1 * s1) / (float(n) * float(n - 1))) * resolution if n > 1 else None


def _slope(window: list[Bucket], start: datetime, resolution: float, length: int) -> float | None:
    placed = [
        ((b["bucket_at"] - start) // timedelta(seconds=length), b["reading_count"], b["sum_steps"]) for b in window
    ]
    n, s1, at_n = (sum(count for _, count, _ in placed), sum(steps for *_, steps in placed),
                   sum(i * count for i, count, _ in placed))  # fmt: skip
    numerator = n * sum(i * steps for i, _, steps in placed) - at_n * s1
    denominator = n * sum(i * i * count for i, count, _ in placed) - at_n**2
    if denominator == 0:
        return None
    return ((float(numerator) / float(denominator)) * resolution) * (3600.0 / float(length))


def _random_buckets(seed: int, largest: int) -> list[Bucket]:
    rng = random.Random(seed)
    made = []
    for place in sorted(rng.sample(range(24), 10)):
        steps = [rng.randint(-largest, 2 * largest) for _ in range(rng.randint(1, 4))]
        made.append(_bucket(at("03-01 06:00") + timedelta(minutes=20 * place), steps, rng.randint(0, 1)))
    return made


@pytest.mark.parametrize("largest", [1, 9_999, 2**26, 2**31, 2**45, 2**60])
@pytest.mark.parametrize("seed", [1, 2])
def test_windows_have_the_bits_of_the_definition(tmp_path: Path, seed: int, largest: int) -> None:
    profile, buckets = _profile(tmp_path), _random_buckets(seed, largest)
    rows = machine_features.build(
        arrow(BUCKETS, *buckets), arrow(MACHINE_EVENTS), arrow(machines_table(profile)), profile,
        at("03-02 00:00"), DATES,
    ).to_pylist()  # fmt: skip
    grid = {b["bucket_at"].replace(minute=0) + timedelta(hours=1) for b in buckets}
    found = {row["scored_at"]: row for row in rows}

    assert set(found) == grid
    for feature in features_of(profile):
        if feature.kind == "window" and feature.metric == "temperature":
            for t, row in found.items():
                assert _bits(row[feature.name]) == _bits(_defined(feature, buckets, t, profile)), (feature.name, t)


def _bits(value: float | None) -> str | None:
    return None if value is None else float(value).hex()


def test_a_row_exists_where_any_metric_has_a_bucket_in_the_slot_before_and_the_clock_has_come(tmp_path: Path) -> None:
    profile = _profile(tmp_path)
    buckets = [_bucket(at(time), [1]) for time in ("03-01 10:40", "03-01 12:00", "03-01 13:00")]
    buckets[1] |= {"metric": "pressure"}

    rows = machine_features.build(
        arrow(BUCKETS, *buckets), arrow(MACHINE_EVENTS), arrow(machines_table(profile)), profile,
        at("03-01 13:59"), DATES,
    ).to_pylist()  # fmt: skip

    assert sorted(row["scored_at"] for row in rows) == [at("03-01 11:00"), at("03-01 13:00")]
    assert tuple(rows[0]) == features_table(profile).column_names


def test_events_count_only_strictly_before_and_within_their_window(tmp_path: Path) -> None:
    profile = _profile(tmp_path)
    times = ("02-28 10:59:59.999999", "02-28 11:00", "03-01 10:30", "03-01 11:00", "03-01 12:00")
    events = [{"kind": "failure", "code": "seal", "occurred_at": at(time)} for time in times]

    (row,) = machine_features.build(
        arrow(BUCKETS, _bucket(at("03-01 10:40"), [1])), arrow(MACHINE_EVENTS, *events),
        arrow(machines_table(profile)), profile, at("03-01 11:00"), DATES,
    ).to_pylist()  # fmt: skip

    assert (row["failure_24h_count"], row["since_failure_h"]) == (2.0, 0.5)


def test_attributes_are_those_that_held_at_the_grid_time(tmp_path: Path) -> None:
    profile = _profile(tmp_path)
    history = (
        {"machine_model": "COLD", "valid_from": at("02-01 00:00"), "valid_to": at("03-01 11:00")},
        {"machine_model": "HOT", "valid_from": at("03-01 11:00")},
    )
    buckets = [_bucket(at(time), [1]) for time in ("03-01 09:40", "03-01 10:40")]
    unknown = _bucket(at("03-01 10:40"), [1]) | {"machine_id": "M9"}

    rows = machine_features.build(
        arrow(BUCKETS, *buckets, unknown), arrow(MACHINE_EVENTS),
        arrow(machines_table(profile), *history), profile, at("03-02 00:00"), DATES,
    ).to_pylist()  # fmt: skip

    assert sorted(
        ((r["machine_id"], r["scored_at"].hour, r["is_machine_model_HOT"], r["is_machine_model_COLD"]) for r in rows),
        key=str,
    ) == [("M1", 10, 0.0, 1.0), ("M1", 11, 1.0, 0.0), ("M9", 11, None, None)]


def test_grid_times_of_several_machines_do_not_mix(tmp_path: Path) -> None:
    profile, by_machine = _profile(tmp_path), defaultdict[str, list[Bucket]](list)
    for number, machine in enumerate(("M1", "M2")):
        by_machine[machine] = [
            _bucket(at("03-01 10:00") + timedelta(minutes=20 * n), [100 * (number + 1)]) for n in range(3)
        ]
    rows = [bucket | {"machine_id": machine} for machine, found in by_machine.items() for bucket in found]

    built = machine_features.build(
        arrow(BUCKETS, *rows), arrow(MACHINE_EVENTS), arrow(machines_table(profile)), profile,
        at("03-02 00:00"), DATES,
    ).to_pylist()  # fmt: skip

    assert sorted((row["machine_id"], row["temperature_mean_1h_c"]) for row in built) == [("M1", 1.0), ("M2", 2.0)]
