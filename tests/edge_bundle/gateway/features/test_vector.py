"""Incremental features against the written definition, computed from all readings with exact fractions."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_bundle.format.digest import sha256_hex, vector_digest
from edge_bundle.format.pipeline import FeatureRule, MachineRecord, Pipeline
from edge_bundle.gateway.features.histories import EventHistory, MachineHistory
from edge_bundle.gateway.features.vector import FeatureBuilder, attribute_number
from edge_bundle.gateway.input.records import Reading
from edge_bundle.gateway.scoring.machine import Machine
from silver import machines
from tests.edge_bundle.gateway.plants import US, small_pipeline

PIPELINE = small_pipeline()
BEGIN_US = 1_600_000_200 * US
BUCKET_US, GRID_US = PIPELINE.bucket_s * US, PIPELINE.score_every_s * US
Sample = tuple[Reading, int]

SAMPLES = st.lists(
    st.builds(
        lambda second, sensor, metric, resolution_steps, level: (
            Reading(sensor, metric, BEGIN_US + second * US, "m1", "f1", resolution_steps),
            level,
        ),
        st.integers(0, 3600),
        st.sampled_from(["s1", "s2"]),
        st.sampled_from(["temperature", "vibration"]),
        st.one_of(st.integers(-5000, 20000), st.integers(-(2**50), 2**50)),
        st.integers(0, 2),
    ),
    min_size=1,
    max_size=120,
    unique_by=lambda sample: sample[0][:3],
)


def same_bits(one: list[float], other: list[float]) -> bool:
    form = f"<{len(one)}d"
    return struct.pack(form, *one) == struct.pack(form, *other)


def direct_window(rule: FeatureRule, samples: list[Sample], at_us: int) -> float:
    """One statistic by the definition, from raw readings."""
    resolution = PIPELINE.metrics[rule.metric].resolution
    start_us = at_us - rule.window_s * US
    inside = [s for s in samples if s[0].metric == rule.metric and start_us <= s[0].measured_us < at_us]
    places = {(s[0].measured_us - start_us) // BUCKET_US for s in inside}
    if len(places) < rule.min_buckets:
        return math.nan
    value = STATISTICS[rule.statistic](inside, start_us)
    if rule.statistic == "warning_share":
        return value
    per_hour = 3600.0 / float(PIPELINE.bucket_s) if rule.statistic == "slope" else 1.0
    return (value * resolution) * per_hour


def resolution_steps_of(inside: list[Sample]) -> list[int]:
    return [s[0].resolution_steps for s in inside]


def deviation(inside: list[Sample]) -> float:
    resolution_steps, count = resolution_steps_of(inside), len(inside)
    if count < 2:
        return math.nan
    numerator = Fraction(count) * sum(Fraction(s) ** 2 for s in resolution_steps) - Fraction(sum(resolution_steps)) ** 2
    assert numerator.denominator == 1
    return math.sqrt(float(numerator.numerator) / (float(count) * float(count - 1)))


def slope(inside: list[Sample], start_us: int) -> float:
    """Steps per bucket."""
    count, resolution_steps = len(inside), resolution_steps_of(inside)
    pairs = [((s[0].measured_us - start_us) // BUCKET_US, s[0].resolution_steps) for s in inside]
    over = count * sum(i * y for i, y in pairs) - sum(i for i, _ in pairs) * sum(resolution_steps)
    under = count * sum(i * i for i, _ in pairs) - sum(i for i, _ in pairs) ** 2
    return float(over) / float(under) if under else math.nan


STATISTICS: dict[str, Callable[[list[Sample], int], float]] = {
    "mean": lambda inside, _: float(sum(resolution_steps_of(inside))) / float(len(inside)),
    "deviation": lambda inside, _: deviation(inside),
    "minimum": lambda inside, _: float(min(resolution_steps_of(inside))),
    "maximum": lambda inside, _: float(max(resolution_steps_of(inside))),
    "last": lambda inside, _: float(max(inside, key=lambda s: (s[0].measured_us, s[0].sensor_id))[0].resolution_steps),
    "slope": slope,
    "warning_share": lambda inside, _: float(sum(level >= 1 for _, level in inside)) / float(len(inside)),
}


def direct_vector(samples: list[Sample], at_us: int) -> list[float]:
    """Windows by definition; the other features of a machine without events and master data."""
    row = []
    for rule in PIPELINE.features:
        if rule.kind == "window":
            row.append(direct_window(rule, samples, at_us))
        else:
            row.append(0.0 if rule.kind == "event_count" else math.nan)
    return row


def grid_from(samples: list[Sample]) -> list[int]:
    return sorted({(s[0].measured_us // GRID_US + 1) * GRID_US for s in samples})


@given(SAMPLES)
def test_moving_windows_equal_the_definition_at_every_grid_time(samples: list[Sample]) -> None:
    machine = Machine("m1", PIPELINE, FeatureBuilder(PIPELINE))
    scored = []
    for reading, level in sorted(samples, key=lambda sample: sample[0].measured_us):
        scored += [(at_us, machine.vector(at_us)) for at_us in machine.due_until(reading.measured_us)]
        machine.add(reading, level)
    scored += [(at_us, machine.vector(at_us)) for at_us in machine.due_until(2**62)]

    assert [at_us for at_us, _ in scored] == grid_from(samples)
    assert all(same_bits(row, direct_vector(samples, at_us)) for at_us, row in scored)


@given(SAMPLES, st.integers(0, 3600))
def test_late_readings_count_in_every_later_window(samples: list[Sample], split_s: int) -> None:
    """Half of the readings come only after the grid has moved on to `split`."""
    split_us = (BEGIN_US + split_s * US) // GRID_US * GRID_US
    machine = Machine("m1", PIPELINE, FeatureBuilder(PIPELINE))
    for reading, level in samples[::2]:
        machine.add(reading, level)
    for at_us in machine.due_until(split_us):
        machine.vector(at_us)
    for reading, level in samples[1::2]:
        machine.add(reading, level)

    rows = {at_us: machine.vector(at_us) for at_us in machine.due_until(2**62)}

    assert all(same_bits(row, direct_vector(samples, at_us)) for at_us, row in rows.items())


@given(SAMPLES)
def test_any_order_within_a_grid_step_gives_the_same_vector(samples: list[Sample]) -> None:
    end_us = grid_from(samples)[-1]
    rows = []
    for order in (samples, samples[::-1]):
        machine = Machine("m1", PIPELINE, FeatureBuilder(PIPELINE))
        for reading, level in order:
            machine.add(reading, level)
        rows.append(machine.vector(end_us))

    assert same_bits(rows[0], rows[1])


def value_of(
    name: str, events: EventHistory, master: MachineHistory, at_us: int, pipeline: Pipeline = PIPELINE
) -> float:
    row = FeatureBuilder(pipeline).vector({}, events, master, at_us)
    return row[[rule.name for rule in PIPELINE.features].index(name)]


@pytest.mark.parametrize(("before_us", "count"), [(0, 0.0), (1, 1.0), (600 * US, 1.0), (600 * US + 1, 0.0)])
def test_an_event_counts_from_its_instant_for_the_whole_window(before_us: int, count: float) -> None:
    events = EventHistory()
    events.add("error", "e1", BEGIN_US - before_us)

    assert value_of("error_e1_10min_count", events, MachineHistory(), BEGIN_US) == count


DELAYED = replace(
    PIPELINE,
    features=tuple(replace(rule, delay_s=3600) if rule.event_kind else rule for rule in PIPELINE.features),
)
HOUR_US = 3600 * US


@pytest.mark.parametrize(("before_us", "count"), [(0, 0.0), (1, 1.0), (600 * US, 1.0), (600 * US + 1, 0.0)])
def test_with_a_delay_the_window_ends_that_much_earlier(before_us: int, count: float) -> None:
    events = EventHistory()
    events.add("error", "e1", BEGIN_US - HOUR_US - before_us)

    assert value_of("error_e1_10min_count", events, MachineHistory(), BEGIN_US, DELAYED) == count


@pytest.mark.parametrize(("before_us", "hours"), [(HOUR_US, math.nan), (HOUR_US + 1, (HOUR_US + 1) / 3.6e9)])
def test_with_a_delay_hours_run_from_the_last_event_that_is_known(before_us: int, hours: float) -> None:
    events = EventHistory()
    events.add("maintenance", "comp1", BEGIN_US - before_us)

    found = value_of("since_maintenance_h", events, MachineHistory(), BEGIN_US, DELAYED)

    assert same_bits([found], [hours])


def test_two_codes_at_one_instant_are_two_events_and_a_repeat_is_none() -> None:
    events = EventHistory()
    for code in ("comp1", "comp2", "comp1"):
        events.add("failure", code, BEGIN_US - US)

    assert value_of("failure_10min_count", events, MachineHistory(), BEGIN_US) == 2.0


def test_hours_since_an_event_look_strictly_before_the_grid_time() -> None:
    events = EventHistory()
    events.add("maintenance", "comp1", BEGIN_US - 5400 * US)
    events.add("maintenance", "comp2", BEGIN_US)

    assert value_of("since_maintenance_h", events, MachineHistory(), BEGIN_US) == 1.5
    assert math.isnan(value_of("since_maintenance_h", EventHistory(), MachineHistory(), BEGIN_US))


@pytest.mark.parametrize(
    ("at_us", "age", "is_a"), [(BEGIN_US - 1, math.nan, math.nan), (BEGIN_US, 7.0, 1.0), (BEGIN_US + 10, 8.0, 0.0)]
)
def test_attributes_are_those_valid_at_the_grid_time(at_us: int, age: float, is_a: float) -> None:
    master = MachineHistory()
    master.add(MachineRecord("m1", "f1", BEGIN_US + 10, "b", {"age_years": "8"}))
    master.add(MachineRecord("m1", "f1", BEGIN_US, "a", {"age_years": "7"}))

    found = [value_of(name, EventHistory(), master, at_us) for name in ("age_years", "is_machine_model_a")]

    assert same_bits(found, [age, is_a])


def test_an_attribute_that_is_no_number_is_null() -> None:
    master = MachineHistory()
    master.add(MachineRecord("m1", "f1", BEGIN_US, "a", {"age_years": "old"}))

    assert math.isnan(value_of("age_years", EventHistory(), master, BEGIN_US))


ODD_TEXTS = (
    *("7", "-7.5", "+7", "7.", ".5", "007", "1e3", "1E-3", " 7 ", "7\n", "1e999", "-1e999", "-0", "1e-999", "9" * 400),
    *("Infinity", "-inf", "iNf", "nan", "-NaN", "1_000", "_1", "1_", "1e1_0", "\u0667", "\uff17", "7\u00a0", "\u22127"),
    *("", " ", "-", ".", "e3", "1f", "1d", "1L", "0x10", "0b1", "1,5", "1 000", "7 years", "true", "null", "--1", "1e"),
)


@pytest.mark.parametrize("text", ODD_TEXTS, ids=ascii)
def test_an_attributes_text_is_the_number_that_it_is_in_silver(text: str) -> None:
    in_silver = machines._number(text)

    expected = math.nan if in_silver is None or math.isnan(in_silver) else in_silver
    assert same_bits([attribute_number(text)], [expected])


@given(SAMPLES)
def test_the_packed_row_has_the_digest_of_the_format(samples: list[Sample]) -> None:
    machine = Machine("m1", PIPELINE, FeatureBuilder(PIPELINE))
    for reading, level in samples:
        machine.add(reading, level)
    row = machine.vector(grid_from(samples)[0])

    assert sha256_hex(struct.pack(f"<{len(row)}d", *row))[:16] == vector_digest(row)
