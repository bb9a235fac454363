"""A bundle's end ends its scores, and nothing else."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from edge_bundle.gateway.clocks.clock import VirtualClock
from edge_bundle.gateway.config import GatewayConfig
from edge_bundle.gateway.input.times import format_us
from edge_bundle.gateway.run.stop_signal import StopSignal
from edge_bundle.gateway.service import Report, run
from tests.edge_bundle.gateway.plant_files import reading_records, uplink_records, write_readings
from tests.edge_bundle.gateway.plants import US, sealed, small_pipeline
from tests.edge_bundle.gateway.runs import small_call

END = "2026-06-01T00:00:00Z"
END_US = 1_780_272_000 * US
MINUTE_US = 60 * US
CONFIG = GatewayConfig("g1", commit_s=0.0, close_every_s=0.0, alert_s=0.0, send_s=0.0)


def test_the_end_that_these_tests_speak_of() -> None:
    assert format_us(END_US) == END


@dataclass
class Live(StopSignal):
    """Lines of one machine's sensor, a minute apart by the virtual clock, whose value is critical or not."""

    clock: VirtualClock
    values: list[float]
    number: int = 0
    jumps: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._at = 0

    def __call__(self) -> bool:
        self._at += 1
        if self._at < len(self.values):
            self.clock.advance(MINUTE_US)
            self.clock.jump(self.jumps.get(self._at, 0))
        return self._at == len(self.values)

    def lines(self) -> bytes:
        wall_us, lines = self.clock.wall_us(), []
        for at, value in enumerate(self.values):
            wall_us += self.jumps.get(at, 0) + (MINUTE_US if at else 0)
            named = {"sensor_id": "s", "machine_id": "m1", "factory_id": "f1", "metric": "temperature", "unit": "C"}
            lines.append(json.dumps({**named, "measured_at": format_us(wall_us), "value": value}).encode())
        return b"\n".join(lines) + b"\n"


def served(folder: Path, live: Live) -> Report:
    call = small_call(folder, [], CONFIG)
    call.bundle.write_bytes(sealed(small_pipeline(), expires_at=END))
    reader, writer = os.pipe()
    os.write(writer, live.lines())
    os.close(writer)
    try:
        return run(call, live, live.clock, reader)
    finally:
        os.close(reader)


def sent(folder: Path, feed: str, key: str) -> list[str]:
    return sorted(str(record[key]) for record in uplink_records(folder / "uplink") if record["feed"] == feed)


def test_readings_are_taken_and_limits_are_watched_after_the_end(tmp_path: Path) -> None:
    live = Live(VirtualClock(END_US + 30 * MINUTE_US), [50.0] * 20 + [130.0])

    report = served(tmp_path, live)

    assert report.expired_at == END
    assert (report.totals["accepted"], report.totals.get("scores", 0)) == (21, 0)
    assert report.totals["grid_times_without_bundle"] >= 3
    assert sent(tmp_path, "alerts", "code") == ["ABOVE_MAXIMUM", "BUNDLE_EXPIRED"]
    assert sent(tmp_path, "edge_scores", "scored_at") == []


def test_scores_end_with_the_bundle_while_lines_come(tmp_path: Path) -> None:
    live = Live(VirtualClock(END_US - 12 * MINUTE_US), [50.0] * 40)

    report = served(tmp_path, live)

    scored = sent(tmp_path, "edge_scores", "scored_at")
    assert scored == [format_us(END_US - 10 * MINUTE_US), format_us(END_US - 5 * MINUTE_US)]
    assert (report.expired_at, report.totals["accepted"]) == (END, 40)
    assert sent(tmp_path, "alerts", "code").count("BUNDLE_EXPIRED") == 1


def test_it_is_said_once_a_day_over_all_runs(tmp_path: Path) -> None:
    clock = VirtualClock(END_US)
    for _ in range(6):
        served(tmp_path, Live(clock, [50.0] * 5))
        clock.advance(6 * 60 * MINUTE_US)

    assert sent(tmp_path, "alerts", "code").count("BUNDLE_EXPIRED") == 2


def test_a_clock_that_jumps_past_the_end_and_back_takes_nothing_away(tmp_path: Path) -> None:
    month_us = 30 * 1440 * MINUTE_US
    begin_us = END_US - 20 * 1440 * MINUTE_US
    live = Live(VirtualClock(begin_us), [50.0] * 30, jumps={10: month_us, 14: -month_us})

    report = served(tmp_path, live)

    scored = sent(tmp_path, "edge_scores", "scored_at")
    assert report.expired_at is None
    assert scored == [format_us(begin_us + at * MINUTE_US) for at in (5, 15, 20, 25)]
    assert sent(tmp_path, "alerts", "code").count("BUNDLE_EXPIRED") == 1


@pytest.mark.parametrize("wall_us", [0, 120 * US], ids=["1970", "two minutes later"])
def test_for_a_clock_that_is_not_set_nothing_has_expired(tmp_path: Path, wall_us: int) -> None:
    report = served(tmp_path, Live(VirtualClock(wall_us), [50.0] * 5 + [130.0]))

    assert report.expired_at is None
    assert report.totals["clock_suspect"] == 6
    assert sent(tmp_path, "alerts", "code") == ["ABOVE_MAXIMUM"]


def test_a_replay_with_an_expired_bundle_takes_readings_and_scores_nothing(tmp_path: Path) -> None:
    call = small_call(tmp_path, [write_readings(tmp_path / "readings.jsonl", reading_records())])
    call.bundle.write_bytes(sealed(small_pipeline(), expires_at=END))

    report = run(call, StopSignal(), VirtualClock(END_US))

    assert (report.expired_at, report.totals.get("scores", 0)) == (END, 0)
    assert report.totals["accepted"] > 0


def test_a_replay_before_the_end_scores(tmp_path: Path) -> None:
    call = small_call(tmp_path, [write_readings(tmp_path / "readings.jsonl", reading_records())])
    call.bundle.write_bytes(sealed(small_pipeline(), expires_at=END))

    report = run(call, StopSignal(), VirtualClock(END_US - US))

    assert (report.expired_at, report.totals["scores"]) == (None, 24)
