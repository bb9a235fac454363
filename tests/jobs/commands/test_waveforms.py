"""Files of waveforms through ingest: each window once, accounts to the unit, nothing new writes nothing."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from domain.vibration.bearing import Bearing, orders
from domain.vibration.features import FEATURES, Shaft, features
from jobs.plant.trying import try_mapping
from tests.support.commands import assay, snapshot
from tests.support.plane import Plane
from tests.support.small_plant import line, write_small_plant
from tests.support.waves import CELLS, VIBRATION, bearings_of, waves, window

AS_OF = datetime(2026, 11, 30, tzinfo=UTC)


@pytest.fixture
def plane(tmp_path: Path) -> Plane:
    return Plane(tmp_path, "none", str(write_small_plant(tmp_path, waves=CELLS)), AS_OF)


def test_windows_are_stored_as_they_came_and_each_record_counts_once(plane: Plane) -> None:
    times = [f"2026-03-01T06:00:0{k}Z" for k in range(4)]
    plane.land("waves/a.parquet", waves(times, [window(0), window(1), None, b"odd"]))
    plane.land("waves/copy.parquet", waves(times, [window(0), window(1), None, b"odd"]))
    plane.land("waves/b.parquet", waves(times[:1], [window(0)]))
    plane.run()

    rows = sorted(plane.rows("bronze.waveforms"), key=lambda row: row["started_at"])
    assert [row["samples"] for row in rows] == [window(0), window(0), window(1)]
    assert {(row["encoding"], row["scale"], row["sample_count"], row["unit"]) for row in rows} == {
        ("int16", 0.001, 4000, "g")
    }
    assert plane.rejected("waveforms") == {"bad_samples": 1}
    assert plane.ledger()["waves/copy.parquet"]["outcome"] == "duplicate_file"
    assay(plane.settings, "quality", as_of=AS_OF)
    (account,) = [row for row in plane.rows("gold.data_quality") if row["feed"] == "waveforms"]
    names = ("records", "accepted", "duplicate", "quarantined", "rejected", "blank")
    assert [account[name] for name in names] == [9, 2, 5, 0, 1, 1]

    before = snapshot(plane.lake)
    assert not any(report.changed for report in plane.run())
    assert snapshot(plane.lake) == before


MACHINES = bearings_of("F1")
LINE_OF_M1 = '{"since": "2026-01-01T00:00:00Z", "machine": "M1", "model": "COLD", "n": 9, "d": 7.94, "D": 39.04%s}\n'


@pytest.fixture
def turning(tmp_path: Path) -> Plane:
    """A plant whose profile says where the speed is from."""
    plant = write_small_plant(tmp_path, VIBRATION, waves=CELLS, machines=MACHINES)
    return Plane(tmp_path, "none", str(plant), AS_OF)


def windows(plane: Plane) -> list[dict[str, Any]]:
    """Rows of `silver.vibration_windows`, by time."""
    return sorted(plane.rows("silver.vibration_windows"), key=lambda row: (row["machine_id"], row["started_at"]))


def test_a_window_becomes_a_row_of_features(turning: Plane) -> None:
    turning.land("machines/m.jsonl", LINE_OF_M1 % "")
    turning.land("waves/a.parquet", waves(["2026-03-01T06:00:00Z"], [window(0)]))
    turning.run()

    (row,) = windows(turning)
    samples = np.frombuffer(window(0), "<i2") * 0.001 * 9.80665
    shaft = Shaft(1500.0, orders(Bearing(9, 7.94, 39.04)))
    assert [row[name] for name in FEATURES] == pytest.approx(features(samples.tolist(), 4000.0, shaft).values, rel=1e-6)
    assert (row["speed_rpm"], row["speed_source"], row["not_computed_reason"]) == (1500.0, "waveform", None)


def test_the_speed_is_that_of_the_window_then_of_readings_then_of_master_data(turning: Plane) -> None:
    turning.land("machines/m.jsonl", LINE_OF_M1 % ', "rpm": 1400')
    speed = [("05:59:30", 1450.0), ("06:00:40", 1460.0)]
    turning.land("lines/s.jsonl", "".join(
        line(f"2026-03-01T{at}Z", rpm, metric="speed", unit="rpm", sensor="T1") for at, rpm in speed
    ))  # fmt: skip
    times = ["2026-03-01T06:00:00Z", "2026-03-01T06:00:39Z", "2026-03-01T06:00:40Z", "2026-03-01T06:05:00Z"]
    turning.land("waves/a.parquet", waves(times, [window(k) for k in range(4)], rpm=None))
    turning.land("waves/b.parquet", waves(["2026-03-01T07:00:00Z"], [window(5)], rpm=1500.0))
    turning.run()

    assert [(row["speed_rpm"], row["speed_source"]) for row in windows(turning)] == [
        (1450.0, "readings"), (1400.0, "master_data"), (1460.0, "readings"), (1400.0, "master_data"),
        (1500.0, "waveform"),
    ]  # fmt: skip


def test_what_is_not_known_is_null_until_master_data_come_and_only_their_dates_change(turning: Plane) -> None:
    turning.land("waves/a.parquet", waves(["2026-03-01T06:00:00Z"], [window(0)]))
    turning.land("waves/b.parquet", waves(["2026-03-02T06:00:00Z"], [window(1)], rpm=None))
    turning.land("waves/c.parquet", waves(["2026-03-02T06:00:00Z"], [b"\0\0" * 4000], machine="M2"))
    turning.run()

    assert [(row["not_computed_reason"], row["envelope_bpfo"]) for row in windows(turning)] == [
        ("geometry_unknown", None), ("speed_unknown", None), ("flat", None)
    ]  # fmt: skip
    assert all(row["acceleration_rms_m_s2"] is not None for row in windows(turning))

    turning.land("machines/m.jsonl", (LINE_OF_M1 % ', "rpm": 1400').replace("2026-01-01", "2026-03-02"))
    turning.run()

    assert [(row["not_computed_reason"], row["speed_rpm"]) for row in windows(turning)] == [
        ("geometry_unknown", 1500.0), (None, 1400.0), ("flat", 1500.0)
    ]  # fmt: skip


def test_files_in_any_order_and_number_give_the_same_windows(tmp_path: Path) -> None:
    times = [f"2026-03-0{day}T{hour:02d}:00:00Z" for day in (1, 2) for hour in (0, 12, 23)]
    contents = [waves([at], [window(k)]) for k, at in enumerate(times)]
    digests = []
    for name, batches in (("one", [range(6)]), ("each", [[5], [2], [0, 3], [1, 4]]), ("again", [[0, 1, 2], range(6)])):
        plane = Plane(
            tmp_path / name, "none", str(write_small_plant(tmp_path / name, VIBRATION, waves=CELLS)), AS_OF
        )  # fmt: skip
        for batch in batches:
            for number in batch:
                plane.land(f"waves/{number}.parquet", contents[number])
            plane.ingest()
            plane.silver()
        assert len(windows(plane)) == 6
        digests.append(plane.digests(["silver"])["silver.vibration_windows"])

    assert digests[0] == digests[1] == digests[2]


def test_a_new_date_leaves_the_others_alone(turning: Plane) -> None:
    turning.land("waves/a.parquet", waves(["2026-03-01T06:00:00Z"], [window(0)]))
    turning.run()
    turning.land("waves/b.parquet", waves(["2026-03-02T06:00:00Z"], [window(1)]))
    turning.run()

    table = turning.plant.tables["silver.vibration_windows"]
    newest = turning.plant.lake.content_commits(table)[-1].metadata
    assert newest.dates == (date(2026, 3, 2),)


def test_records_that_differ_have_no_features_and_impossible_ones_are_set_aside(turning: Plane) -> None:
    turning.land("waves/a.parquet", waves(["2026-03-01T06:00:00Z"], [window(0)]))
    turning.land("waves/b.parquet", waves(["2026-03-01T06:00:00Z"], [window(1)]))
    turning.land("waves/c.parquet", waves(["2024-03-01T06:00:00Z", "2026-03-01T07:00:00Z"], [window(2), window(3)]))
    turning.run()

    assert [(row["not_computed_reason"], row["acceleration_rms_m_s2"] is None) for row in windows(turning)] == [
        ("conflicting_samples", True), ("geometry_unknown", False)
    ]  # fmt: skip
    aside = turning.rows("silver.events_quarantine")
    assert [(row["feed"], row["code"], row["_faults"]) for row in aside] == [("waveforms", "DE", ["clock_suspect"])]
    assay(turning.settings, "quality", as_of=AS_OF)
    (account,) = [row for row in turning.rows("gold.data_quality") if row["feed"] == "waveforms"]
    assert [account[name] for name in ("records", "accepted", "duplicate", "quarantined")] == [4, 2, 1, 1]


def test_a_unit_that_is_no_acceleration_is_set_aside(tmp_path: Path) -> None:
    mappings = {"waves": CELLS.replace('unit = "g"', 'unit = "mm/s"')}
    plane = Plane(tmp_path, "none", str(write_small_plant(tmp_path, **mappings)), AS_OF)
    plane.land("waves/a.parquet", waves(["2026-03-01T06:00:00Z"], [window(0)]))
    plane.run()

    assert windows(plane) == []
    assert [row["_faults"] for row in plane.rows("silver.events_quarantine")] == [["unit_mismatch"]]


def test_another_profile_is_applied_to_what_is_there(turning: Plane) -> None:
    turning.land("machines/m.jsonl", LINE_OF_M1 % ', "rpm": 1400')
    turning.land("lines/s.jsonl", line("2026-03-01T05:59:00Z", 1450.0, metric="speed", unit="rpm", sensor="T1"))
    turning.land("waves/a.parquet", waves(["2026-03-01T06:00:30Z"], [window(0)], rpm=None))
    turning.run()
    assert [row["speed_source"] for row in windows(turning)] == ["master_data"]

    profile = Path(turning.plant_name) / "profile.toml"
    profile.write_text(profile.read_text().replace('speed_valid = "60s"', 'speed_valid = "10min"'))
    turning.run()

    assert [row["speed_source"] for row in windows(turning)] == ["readings"]


def test_a_mapping_is_tried_without_its_samples(plane: Plane) -> None:
    plane.land("waves/a.parquet", waves(["2026-03-01T06:00:00Z"], [window(0)]))

    said = try_mapping(plane.settings, "waves", None, 10)

    assert "sample_count=4000" in "\n".join(said.lines)
    assert "samples=" not in "\n".join(said.lines)


def test_upkeep_changes_no_window_and_leaves_nothing_to_do(turning: Plane) -> None:
    for number in range(3):
        turning.land(f"waves/{number}.parquet", waves([f"2026-03-0{number + 1}T06:00:00Z"], [window(number)]))
        turning.run()
    before = windows(turning)

    assay(turning.settings, "upkeep", as_of=AS_OF)

    assert windows(turning) == before
    assert not turning.silver().changed
    turning.land("waves/late.parquet", waves(["2026-03-02T07:00:00Z"], [window(7)]))
    turning.run()
    assert [row for row in windows(turning) if row["started_at"].hour == 6] == before
    assert len(windows(turning)) == 4
