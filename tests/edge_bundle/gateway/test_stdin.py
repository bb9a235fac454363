from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from edge_bundle.gateway.input.records import Fault
from edge_bundle.gateway.input.stdin_feed import blocks
from edge_bundle.gateway.input.times import format_us
from tests.edge_bundle.gateway.plant_files import reading_records, uplink_records, write_readings
from tests.edge_bundle.gateway.plants import US
from tests.edge_bundle.gateway.runs import replay, small_words
from tests.support.waiting import PATIENCE_S, wait_for

ROOT = Path(__file__).resolve().parents[3]


def command(folder: Path) -> list[str]:
    words = [*small_words(folder), "--features-out", str(folder / "features.jsonl")]
    return [sys.executable, "-S", "-m", "edge_bundle.gateway", "run", *words, "--stdin"]


def test_stdin_gives_the_vectors_of_a_replay(tmp_path: Path) -> None:
    file = write_readings(tmp_path / "readings.jsonl", reading_records())
    replay(tmp_path / "a", [file])

    done = subprocess.run(command(tmp_path / "b"), input=file.read_bytes(), capture_output=True, check=False, cwd=ROOT)

    assert done.returncode == 0, done.stderr
    assert sorted((tmp_path / "a" / "features.jsonl").read_text().splitlines()) == sorted(
        (tmp_path / "b" / "features.jsonl").read_text().splitlines()
    )


def test_input_that_is_sent_again_from_its_beginning_doubles_nothing(tmp_path: Path) -> None:
    data = write_readings(tmp_path / "readings.jsonl", reading_records()).read_bytes()
    half = data[: data.index(b"\n", len(data) // 2) + 1]

    for part in (half, data, data):
        subprocess.run(command(tmp_path / "b"), input=part, capture_output=True, check=True, cwd=ROOT)

    records = uplink_records(tmp_path / "b" / "uplink")
    scores = [(r["machine_id"], r["scored_at"]) for r in records if r["feed"] == "edge_scores"]
    alerts = [
        (r["machine_id"], r["raised_at"], r["metric"]) for r in records if r["feed"] == "alerts" and "metric" in r
    ]
    assert len(scores) == len(set(scores)) == 24
    assert len(alerts) == len(set(alerts))


def test_a_critical_reading_is_sent_while_the_input_stays_open(tmp_path: Path) -> None:
    now_us = time.time_ns() // 1000
    reading = {"measured_at": format_us(now_us), "sensor_id": "s", "machine_id": "m1", "factory_id": "f1"}
    hot = {**reading, "metric": "temperature", "value": 150, "unit": "C"}
    process = subprocess.Popen(command(tmp_path), stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT)
    assert process.stdin is not None

    process.stdin.write(json.dumps(hot).encode() + b"\n")
    process.stdin.flush()
    wait_for(lambda: list((tmp_path / "uplink").glob("alerts-*.jsonl.gz")), "a file of alerts")
    [alert] = uplink_records(tmp_path / "uplink")
    process.terminate()
    process.communicate(timeout=PATIENCE_S)

    assert (alert["severity"], alert["value"], alert["raised_at"]) == ("CRITICAL", 150.0, format_us(now_us))
    assert process.returncode == 128 + 15


def test_events_and_readings_share_one_stream(tmp_path: Path) -> None:
    at = format_us(1_600_000_200 * US)
    event = {"feed": "failures", "machine_id": "m1", "factory_id": "f1", "code": "pump", "occurred_at": at}
    text = "\n".join([json.dumps(event), json.dumps({"feed": "wishes"}), ""])

    done = subprocess.run(command(tmp_path), input=text.encode(), capture_output=True, check=True, cwd=ROOT)

    totals = json.loads(done.stdout)["totals"]
    assert (totals["events"], totals["unknown_feed"]) == (1, 1)


@pytest.mark.parametrize("tail", [b"\n", b""], ids=["newline", "none"])
def test_lines_come_whole_whatever_the_blocks(tail: bytes) -> None:
    reader, writer = os.pipe()
    os.write(writer, b"a\nbb\n" + b"x" * 50 + b"\nccc" + tail)
    os.close(writer)

    found = [line for block in blocks(reader, 1.0, 10) for line in block]
    os.close(reader)

    assert [line.code if isinstance(line, Fault) else line for line in found] == [b"a", b"bb", "line_too_long", b"ccc"]


def test_silence_is_a_tick() -> None:
    reader, writer = os.pipe()
    stream = blocks(reader, 0.01, 10)

    first = next(stream)
    os.close(writer)
    rest = list(stream)
    os.close(reader)

    assert first == []
    assert rest == []
