from __future__ import annotations

import json
import logging
import random
from dataclasses import replace
from pathlib import Path

import pytest

from edge_bundle.format.errors import BundleError, SignatureError
from edge_bundle.gateway.config import GatewayConfig
from edge_bundle.gateway.errors import BundleMismatchError, ConfigError, SourceError
from edge_bundle.gateway.run.stop_signal import StopSignal
from edge_bundle.gateway.service import run
from expectations.feeds import ALERTS, EDGE_SCORES, Feed
from tests.edge_bundle.gateway.plant_files import (
    reading_records,
    settled,
    uplink_records,
    write_failures,
    write_readings,
)
from tests.edge_bundle.gateway.plants import sealed, small_pipeline
from tests.edge_bundle.gateway.runs import CONFIG, replay, small_call

ONE_COMMIT = GatewayConfig("g1", commit_every=10**6, batch_rows=10**6)


def vectors(folder: Path) -> list[str]:
    return sorted((folder / "features.jsonl").read_text().splitlines())


def test_a_replay_accounts_for_every_record_and_scores_every_grid_time(tmp_path: Path) -> None:
    records = reading_records()
    files = [
        write_readings(tmp_path / "readings.jsonl.gz", records, bad_lines=True),
        write_failures(tmp_path / "failures.csv"),
    ]

    report = replay(tmp_path / "g", files)

    totals = report.totals
    counted = ("accepted", "duplicate", "conflicting_value", "value_out_of_range", "unknown_unit")
    assert sum(totals[name] for name in counted) == len(records) + 1
    assert (totals["not_json"], totals["not_an_object"], totals["events"]) == (1, 1, 2)
    assert totals["scores"] == totals["sent_edge_scores"] == 2 * 12
    assert "sequence" not in totals
    assert (report.waiting, report.uplink_error, report.golden_rows) == (0, None, 16)


@pytest.mark.parametrize("feed", [EDGE_SCORES, ALERTS], ids=["scores", "alerts"])
def test_uplink_records_have_the_columns_of_their_feed(tmp_path: Path, feed: Feed) -> None:
    replay(tmp_path / "g", [write_readings(tmp_path / "readings.jsonl", reading_records())])
    kinds = {"string": str, "timestamp": str, "bigint": int, "double": float, "boolean": bool}

    mine = [record for record in uplink_records(tmp_path / "g" / "uplink") if record.pop("feed") == feed.name]

    assert mine
    for record in mine:
        assert set(record) <= {column.name for column in feed.columns}
        assert {column.name for column in feed.columns if column.required} <= set(record)
        assert all(type(value) is kinds[feed.column(name).type] for name, value in record.items())


def test_sequences_grow_by_one_over_both_feeds(tmp_path: Path) -> None:
    replay(tmp_path / "g", [write_readings(tmp_path / "readings.jsonl", reading_records())])

    found = sorted(int(record["sequence"]) for record in uplink_records(tmp_path / "g" / "uplink"))

    assert found == list(range(found[0], found[0] + len(found)))


def test_a_state_that_was_moved_away_takes_no_sent_file_or_number_with_it(tmp_path: Path) -> None:
    records = reading_records()
    first, second = records[: len(records) // 2], records[len(records) // 2 :]
    replay(tmp_path / "g", [write_readings(tmp_path / "readings_1.jsonl", first)])
    sent = {path: path.read_bytes() for path in (tmp_path / "g" / "uplink").iterdir()}
    numbers = {int(record["sequence"]) for record in uplink_records(tmp_path / "g" / "uplink")}
    (tmp_path / "g" / "state").rename(tmp_path / "damaged")

    replay(tmp_path / "g", [write_readings(tmp_path / "readings_2.jsonl", second)])

    found = [int(record["sequence"]) for record in uplink_records(tmp_path / "g" / "uplink")]
    assert {path: path.read_bytes() for path in sent} == sent
    assert len(found) == len(set(found)) > len(numbers)
    assert min(set(found) - numbers) > max(numbers)


def test_a_second_run_over_the_same_files_sends_nothing_new(tmp_path: Path) -> None:
    file = write_readings(tmp_path / "readings.jsonl", reading_records())
    first = replay(tmp_path / "g", [file])
    renamed = file.rename(tmp_path / "readings_again.jsonl")

    second = replay(tmp_path / "g", [renamed])

    assert second.files == ()
    assert second.totals == first.totals


def test_a_replay_tells_how_many_records_it_has_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("edge_bundle.gateway.run.replay.TELL_EVERY", 100)
    caplog.set_level(logging.INFO)
    records = reading_records()

    replay(tmp_path / "g", [write_readings(tmp_path / "readings.jsonl", records)])

    told = [record.getMessage() for record in caplog.records if record.name == "edge_bundle.gateway.run.replay"]
    assert told == [f"records {count}" for count in range(100, len(records) + 1, 100)]
    assert told


@pytest.mark.parametrize(("budget_us", "over"), [(1, 24), (10**9, 0)], ids=["none keeps it", "all keep it"])
def test_decisions_beyond_their_budget_are_counted(tmp_path: Path, budget_us: int, over: int) -> None:
    config = replace(CONFIG, latency_budget_us=budget_us)

    report = replay(tmp_path / "g", [write_readings(tmp_path / "readings.jsonl", reading_records())], config)

    assert (report.totals["scores"], report.over_budget) == (24, over)
    assert report.slowest_us > 1


def test_a_budget_of_no_time_is_refused() -> None:
    with pytest.raises(ConfigError, match="latency_budget_us is 0; legal: 1 or more"):
        GatewayConfig("g1", latency_budget_us=0)


def test_commit_and_batch_sizes_change_no_record(tmp_path: Path) -> None:
    file = write_readings(tmp_path / "readings.jsonl", reading_records())

    replay(tmp_path / "a", [file])
    replay(tmp_path / "b", [file], ONE_COMMIT)

    assert settled(uplink_records(tmp_path / "a" / "uplink")) == settled(uplink_records(tmp_path / "b" / "uplink"))


def test_duplicates_and_conflicts_within_a_grid_step_give_the_same_vectors_in_any_order(tmp_path: Path) -> None:
    records = reading_records()
    grouped: dict[str, list[dict[str, object]]] = {}
    for record in records:
        grouped.setdefault(str(record["measured_at"])[:15], []).append(record)
    rng = random.Random(5)
    shuffled = [record for group in grouped.values() for record in rng.sample(group, len(group))]
    # Within ten minutes in any order: the grid of five minutes waits for them by its grace.
    patient = replace(CONFIG, grace_s=600)

    replay(tmp_path / "a", [write_readings(tmp_path / "readings_a.jsonl", records)], patient)
    report = replay(tmp_path / "b", [write_readings(tmp_path / "readings_b.jsonl", shuffled)], patient)

    assert shuffled != records
    assert report.totals["conflicting_value"] > 0
    assert "late" not in report.totals
    assert vectors(tmp_path / "a") == vectors(tmp_path / "b")


def test_one_sensor_name_on_two_machines_is_two_sensors_in_any_order(tmp_path: Path) -> None:
    base = {
        "measured_at": "2020-09-13T12:30:00Z",
        "sensor_id": "s",
        "factory_id": "f1",
        "metric": "temperature",
        "unit": "C",
    }
    records = [{**base, "machine_id": "m2", "value": 10.0}, {**base, "machine_id": "m1", "value": 20.0}]

    for name, order in (("a", records), ("b", records[::-1])):
        replay(tmp_path / name, [write_readings(tmp_path / f"readings_{name}.jsonl", order)])

    for name in ("a", "b"):
        scored = [json.loads(line) for line in vectors(tmp_path / name)]
        assert [line["machine_id"] for line in scored] == ["m1", "m2"]
    assert vectors(tmp_path / "a") == vectors(tmp_path / "b")


def test_several_files_are_merged_by_time(tmp_path: Path) -> None:
    records = reading_records()
    parts = [[r for r in records if r["metric"] == metric] for metric in ("temperature", "vibration")]
    files = [write_readings(tmp_path / f"readings_{at}.jsonl", part) for at, part in enumerate(parts)]

    replay(tmp_path / "a", [write_readings(tmp_path / "readings.jsonl", records)])
    report = replay(tmp_path / "b", files)

    assert "late" not in report.totals
    assert vectors(tmp_path / "a") == vectors(tmp_path / "b")


def test_late_readings_are_counted_and_reach_later_windows(tmp_path: Path) -> None:
    records = reading_records()
    late = [record for record in records if str(record["measured_at"]) < "2020-09-13T12:31"]
    rest = [record for record in records if record not in late]
    cut = len(rest) // 2

    in_order = replay(tmp_path / "a", [write_readings(tmp_path / "readings_a.jsonl", records)])
    report = replay(tmp_path / "b", [write_readings(tmp_path / "readings_b.jsonl", rest[:cut] + late + rest[cut:])])

    assert report.totals["late"] == len({(r["measured_at"], r["sensor_id"]) for r in late})
    assert report.totals["accepted"] == in_order.totals["accepted"]
    # Windows of 15 minutes that lie wholly after the half hour see what they would have seen in order.
    assert vectors(tmp_path / "a")[-1] == vectors(tmp_path / "b")[-1]


def test_scores_warm_up_until_the_longest_window_is_filled(tmp_path: Path) -> None:
    replay(tmp_path / "g", [write_readings(tmp_path / "readings.jsonl", reading_records())])

    scores = [
        r for r in uplink_records(tmp_path / "g" / "uplink") if r["feed"] == "edge_scores" and r["machine_id"] == "m1"
    ]

    flags = [record["is_warming_up"] for record in sorted(scores, key=lambda record: str(record["scored_at"]))]
    assert flags == [True, True] + [False] * 10


def test_a_bundle_of_another_signer_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    call = small_call(tmp_path, [])

    with pytest.raises(SignatureError):
        run(replace(call, trusted_keys=(b"\1" * 32,)), StopSignal())

    assert not call.state_folder.exists()


def test_a_bundle_with_one_changed_byte_is_refused(tmp_path: Path) -> None:
    call = small_call(tmp_path, [])
    data = bytearray(call.bundle.read_bytes())
    data[len(data) // 2] ^= 1
    call.bundle.write_bytes(data)

    with pytest.raises(BundleError):
        run(call, StopSignal())


def test_a_bundle_whose_parts_do_not_fit_is_refused(tmp_path: Path) -> None:
    pipeline = small_pipeline()
    first, second, *rest = pipeline.features
    call = small_call(tmp_path, [])
    call.bundle.write_bytes(sealed(pipeline, document=replace(pipeline, features=(second, first, *rest))))

    with pytest.raises(BundleMismatchError, match="in its order"):
        run(call, StopSignal())


def test_a_file_that_no_source_reads_is_named_with_the_patterns(tmp_path: Path) -> None:
    (tmp_path / "other.txt").write_text("x")

    with pytest.raises(SourceError, match=r"other.txt: no source matches; the bundle reads readings: readings\*.jsonl"):
        replay(tmp_path / "g", [tmp_path / "other.txt"])


def test_half_a_gzip_gives_what_is_readable_and_one_fault(tmp_path: Path) -> None:
    whole = write_readings(tmp_path / "readings.jsonl.gz", reading_records())
    whole.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])

    totals = replay(tmp_path / "g", [whole]).totals

    assert totals["truncated"] == 1
    assert totals["accepted"] > 100


@pytest.mark.parametrize("name", ["", "a b", "-x", "x" * 65, "é"])
def test_a_gateway_name_that_could_spoil_a_file_name_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match="letters"):
        GatewayConfig(name)


def test_a_file_in_the_lakehouses_own_columns_needs_no_source(tmp_path: Path) -> None:
    records = reading_records(minutes=15)

    replay(tmp_path / "a", [write_readings(tmp_path / "readings.jsonl", records)])
    replay(tmp_path / "b", [write_readings(tmp_path / "readings-of-silver.own.jsonl.gz", records)])

    assert vectors(tmp_path / "a") == vectors(tmp_path / "b")
