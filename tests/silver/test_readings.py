"""Readings: units and steps, faults, limits with overrides, the calendar. Arrow alone, no engine."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

from expectations.errors import ProfileError
from expectations.feeds import READINGS
from expectations.plant.file import load_profile
from expectations.plant.plant_profile import Profile
from expectations.plant.rules import PlantRule
from expectations.tables.bronze import feed_table
from expectations.tables.contract import Severity
from expectations.tables.machine_keys import machine_key
from expectations.tables.silver import READINGS_TABLE
from silver import readings
from silver.rulebook import Rulebook
from tests.support.arrow_rows import arrow
from tests.support.frames import at, small_profile

BRONZE = feed_table(READINGS)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
INGESTED = {"_ingested_at": datetime(2026, 3, 31, tzinfo=UTC)}


@pytest.fixture(scope="module")
def profile(tmp_path_factory: pytest.TempPathFactory) -> Profile:
    return small_profile(tmp_path_factory.mktemp("plant"))


def _records(*rows: dict[str, Any]) -> pa.Table:
    return arrow(BRONZE, *(INGESTED | {"_line": number} | row for number, row in enumerate(rows, 1)))


def _flagged(profile: Profile, *rows: dict[str, Any], **models: str) -> pa.Table:
    return readings.flag(
        _records(*rows), Rulebook(profile, {machine_key(name, "F1"): model for name, model in models.items()})
    )


def _faults(flagged: pa.Table) -> list[list[str]]:
    found: list[list[str]] = flagged["_faults"].to_pylist()
    return found


def test_steps_are_the_even_neighbour_on_ties_as_in_python(profile: Profile) -> None:
    values = [0.125, 0.135, 2.5, 2.675, 1.005, 99.995, 0.005, 0.015, 0.025]

    found = _flagged(profile, *({"value": value} for value in values))

    assert found["steps"].to_pylist() == [round(value / 0.01) for value in values]


def test_other_units_are_converted_before_they_are_counted(profile: Profile) -> None:
    rows = ({"value": 212.0, "unit": "F"}, {"value": 373.15, "unit": "K"}, {"value": 100.0, "unit": "C"})

    found = _flagged(profile, *rows)

    assert found["steps"].to_pylist() == [10_000, 10_000, 10_000]


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ({"metric": "colour"}, "unknown_metric"),
        ({"unit": "furlong"}, "unknown_unit"),
        ({"unit": "bar"}, "unit_mismatch"),
        ({"value": float("nan")}, "value_not_finite"),
        ({"value": float("-inf")}, "value_not_finite"),
        ({"value": 1e300}, "value_out_of_range"),
        ({"value": 200.01}, "value_out_of_range"),
        ({"value": -0.01}, "value_out_of_range"),
        ({"measured_at": datetime(2024, 12, 31, 23, 59, 59, tzinfo=UTC)}, "clock_suspect"),
        ({"measured_at": datetime(2026, 3, 31, 0, 10, 1, tzinfo=UTC)}, "clock_suspect"),
        ({"revised_at": datetime(2066, 3, 31, 0, 10, 1, tzinfo=UTC)}, "clock_suspect"),
        ({"factory_id": "x" * 81}, "unusable_name"),
        ({"factory_id": "a\0b"}, "unusable_name"),
        ({"factory_id": "__HIVE_DEFAULT_PARTITION__"}, "unusable_name"),
    ],
    ids=lambda value: str(next(iter(value.values()))) if isinstance(value, dict) else value,
)
def test_a_reading_that_cannot_be_true_bears_its_fault(profile: Profile, row: dict[str, Any], fault: str) -> None:
    flagged = _flagged(profile, {"value": 50.0} | row, {"value": 50.0})

    assert _faults(flagged) == [[fault], []]
    assert readings.is_good(flagged).tolist() == [False, True]


def test_values_on_the_edge_of_range_and_clock_are_good(profile: Profile) -> None:
    began, latest = datetime(2025, 1, 1, tzinfo=UTC), datetime(2026, 3, 31, 0, 10, tzinfo=UTC)
    rows = ({"value": 0.0}, {"value": 200.0}, {"measured_at": began}, {"measured_at": latest}, {"revised_at": latest})

    flagged = _flagged(profile, *({"value": 50.0} | row for row in rows))

    assert _faults(flagged) == [[]] * 5


def test_a_record_bears_every_fault_that_it_has(profile: Profile) -> None:
    early = datetime(2024, 1, 1, tzinfo=UTC)

    flagged = _flagged(
        profile,
        {"value": 999.0, "measured_at": early},
        {"metric": "colour", "value": float("nan"), "measured_at": early},
    )

    assert _faults(flagged) == [
        ["value_out_of_range", "clock_suspect"], ["unknown_metric", "value_not_finite", "clock_suspect"],
    ]  # fmt: skip


def _aside(profile: Profile, condition: str) -> Profile:
    rule = PlantRule("too_warm", "silver.readings", Severity.QUARANTINE, "words", condition)
    return replace(profile, rules=(rule,))


def test_a_rule_of_the_plant_is_asked_of_the_reading_that_a_sound_record_would_be(profile: Profile) -> None:
    plant = _aside(profile, "value <= 90 AND shift <> 'night'")

    flagged = _flagged(
        plant, {"value": 50.0, "measured_at": NOON}, {"value": 212.0, "unit": "F", "measured_at": NOON},
        {"value": 999.0}, {"metric": "colour"}, {"value": 50.0, "measured_at": datetime(2026, 3, 1, 2, tzinfo=UTC)},
    )  # fmt: skip

    assert _faults(flagged) == [[], ["too_warm"], ["value_out_of_range"], ["unknown_metric"], ["too_warm"]]


def test_a_rule_of_the_plant_that_is_null_sets_nothing_aside(profile: Profile) -> None:
    flagged = _flagged(_aside(profile, "value < CASE WHEN machine_id = 'M9' THEN 1 END"), {"value": 50.0})

    assert _faults(flagged) == [[]]


def test_a_rule_of_the_plant_that_cannot_be_computed_says_so(profile: Profile) -> None:
    with pytest.raises(ProfileError, match=r"rules of silver.readings \(too_warm\).*TRY_CAST"):
        _flagged(_aside(profile, "CAST(sensor_id AS INTEGER) > 0"), {"value": 50.0})


def test_texts_by_code_and_in_chunks_are_flagged_as_plain_ones_are(profile: Profile) -> None:
    rows = [{"value": 50.0, "unit": unit, "machine_id": f"M{n}"} for n, unit in enumerate(("C", "F", "furlong"))]
    plain = _records(*rows)
    coded = pa.table([c.dictionary_encode() if c.type == pa.string() else c for c in plain.columns], plain.column_names)
    chunked = pa.concat_tables([coded.slice(0, 1), coded.slice(1)])

    flagged = [readings.flag(table, Rulebook(profile, {})) for table in (plain, coded, chunked)]

    assert len({str(table["steps"].to_pylist()) for table in flagged}) == 1
    assert len({str(_faults(table)) for table in flagged}) == 1


def test_limits_go_by_machine_then_model_then_metric(profile: Profile) -> None:
    rows: tuple[dict[str, Any], ...] = (
        {"value": 110.0}, {"value": 130.0}, {"value": 110.0, "machine_id": "H"}, {"value": 200.0, "machine_id": "H"},
        {"value": 211.0, "machine_id": "H"}, {"value": 1.0, "machine_id": "M2", "metric": "pressure", "unit": "bar"},
        {"value": 1.0, "metric": "pressure", "unit": "bar"}, {"value": 100.0},
    )  # fmt: skip
    flagged = _flagged(profile, *rows, H="HOT")

    done = readings.finish(flagged, Rulebook(profile, {machine_key("H", "F1"): "HOT"})).to_pylist()

    assert [(row["is_warning"], row["is_critical"]) for row in done] == [
        (True, False), (True, True), (False, False), (True, False), (True, True), (True, False), (False, False),
        (False, False),
    ]  # fmt: skip


def test_the_calendar_is_the_factorys_own_through_summer_time_and_weekends() -> None:
    profile = load_profile("simulated")
    times = [
        at(text) for text in ("03-29 00:59:59", "03-29 01:00:00", "03-27 22:59:59", "03-27 23:00:00", "03-31 04:00")
    ]
    places = [(time, factory) for time in times for factory in ("bremen", "penang")]
    rows = ({"measured_at": time, "factory_id": factory, "value": 50.0} for time, factory in places)
    zones = {"bremen": ZoneInfo("Europe/Berlin"), "penang": ZoneInfo("Asia/Kuala_Lumpur")}

    done = readings.finish(_flagged(profile, *rows), Rulebook(profile, {})).to_pylist()

    for row in done:
        local = row["measured_at"].astimezone(zones[row["factory_id"]])
        shift = "morning" if 6 <= local.hour < 14 else "afternoon" if 14 <= local.hour < 22 else "night"
        assert (row["local_date"], row["local_hour"], row["is_weekend"], row["shift"]) == (
            local.date(), local.hour, local.weekday() >= 5, shift,
        )  # fmt: skip
    assert len(done) == len(places)


def test_readings_years_apart_have_the_offset_of_their_own_day() -> None:
    profile = load_profile("simulated")
    times = [datetime(2026, month, 1, 12, tzinfo=UTC) for month in (3, 7)] + [datetime(2031, 7, 1, 12, tzinfo=UTC)]
    clock = {"_ingested_at": datetime(2032, 1, 1, tzinfo=UTC)}

    flagged = _flagged(
        profile, *({"measured_at": time, "factory_id": "bremen", "value": 50.0} | clock for time in times)
    )
    done = readings.finish(flagged, Rulebook(profile, {}))

    assert done["local_hour"].to_pylist() == [13, 14, 14]


def test_no_readings_give_no_rows_of_the_contract(profile: Profile) -> None:
    done = readings.finish(_flagged(profile), Rulebook(profile, {}))

    assert tuple(done.column_names) == READINGS_TABLE.column_names
    assert done.num_rows == 0
