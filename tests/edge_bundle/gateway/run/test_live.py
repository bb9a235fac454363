"""The clock beside a stream of lines; it goes on by a step of the test between two lines, and closes after each."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from edge_bundle.gateway.clocks.clock import VirtualClock
from edge_bundle.gateway.config import GatewayConfig
from edge_bundle.gateway.input.records import BLANK, Event, Reading
from edge_bundle.gateway.input.times import format_us
from edge_bundle.gateway.run.live import StreamTime, serve
from tests.edge_bundle.gateway.plant_files import BEGIN_S, uplink_records
from tests.edge_bundle.gateway.plants import US
from tests.edge_bundle.gateway.runs import small_session

CONFIG = GatewayConfig("g1", commit_s=0.0, close_every_s=0.0)
BEGIN_US = BEGIN_S * US
# When its line is read, after the begin; the machine; when it was measured.
Line = tuple[int, str, int]


class Steps:
    """The clock: it shows the moment at which the line at hand is read, and stops the gateway before the end."""

    def __init__(self, read_s: Sequence[int]) -> None:
        self.clock = VirtualClock(BEGIN_US + read_s[0] * US)
        self._read_s, self._at = read_s, 0

    def must_stop(self) -> bool:
        self._at += 1
        if self._at == len(self._read_s):
            return True
        self.clock.advance((self._read_s[self._at] - self._read_s[self._at - 1]) * US)
        return False


def text_of(line: Line) -> bytes:
    _, machine, measured_s = line
    named = {"sensor_id": f"s-{machine}", "machine_id": machine, "factory_id": "f1", "metric": "temperature"}
    record = {**named, "measured_at": format_us(BEGIN_US + measured_s * US), "value": 20.0, "unit": "C"}
    return json.dumps(record).encode() if machine else b"garbage"


def served(folder: Path, stream: Sequence[Line], config: GatewayConfig = CONFIG) -> tuple[list[tuple[str, str]], int]:
    """(machine, grid time) of what was scored while the stream was still open, and how many readings came late."""
    (folder / "uplink").mkdir()
    reader, writer = os.pipe()
    os.write(writer, b"".join(text_of(line) + b"\n" for line in stream))
    os.close(writer)
    steps = Steps([line[0] for line in stream])
    with small_session(folder, config, steps.clock) as (session, context):
        serve(context, session, reader, steps.must_stop)
        session.finish()
        late = context.store.counters().get("late", 0)
    os.close(reader)
    scores = [record for record in uplink_records(folder / "uplink") if record["feed"] == "edge_scores"]
    return sorted((record["machine_id"], record["scored_at"]) for record in scores), late


def grid(number: int) -> str:
    return format_us(BEGIN_US + 300 * number * US)


def test_a_machine_that_falls_silent_is_scored_while_another_goes_on(tmp_path: Path) -> None:
    stream = [(0, "m2", 0), *((at, "m1", at) for at in range(1, 320, 20))]

    scored, _ = served(tmp_path, stream)

    assert scored == [("m1", grid(1)), ("m2", grid(1))]


def test_it_is_scored_while_the_others_send_garbage_only(tmp_path: Path) -> None:
    scored, _ = served(tmp_path, [(0, "m2", 0), *((at, "", at) for at in range(20, 320, 20))])

    assert scored == [("m2", grid(1))]


@pytest.mark.parametrize(("grace_s", "late"), [(0, 1), (60, 0)], ids=["none", "a minute"])
def test_a_line_that_was_long_on_its_way_fits_in_by_the_grace(tmp_path: Path, grace_s: int, late: int) -> None:
    stream = [(0, "m2", 0), (290, "m1", 290), (305, "m1", 305), (330, "m2", 295), (365, "m1", 365)]

    scored, found = served(tmp_path, stream, replace(CONFIG, grace_s=grace_s))

    assert (scored, found) == ([("m1", grid(1)), ("m2", grid(1))], late)


def test_within_a_backlog_the_clock_closes_nothing(tmp_path: Path) -> None:
    """Two days of the link's buffer, machine after machine: no reading is late, what is due goes by the readings."""
    days_s = 2 * 86_400
    stream = [(days_s, machine, at) for machine in ("m1", "m2") for at in range(0, 620, 20)]

    scored, late = served(tmp_path, stream)

    assert late == 0
    assert scored == [(machine, grid(number)) for machine in ("m1", "m2") for number in (1, 2)]


def test_a_stream_that_lags_a_little_is_closed_no_further_than_it_has_come(tmp_path: Path) -> None:
    """Sensors' clocks five minutes behind: by the gateway's own clock every reading would be late."""
    stream = [(at + 299, machine, at) for at in range(0, 620, 20) for machine in ("m1", "m2")]

    scored, late = served(tmp_path, stream)

    assert late == 0
    assert scored == [(machine, grid(number)) for machine in ("m1", "m2") for number in (1, 2)]


def test_the_newest_time_of_a_second_decides_and_is_then_forgotten() -> None:
    stream = StreamTime(tolerance_us=100)
    reading = Reading("s", "temperature", 950, "m1", "f1", 1)

    stream.note([reading, BLANK, Event("failure", "m1", "pump", 930), reading._replace(measured_us=1)])

    assert stream.passed_us(1000) == 950
    assert stream.passed_us(1000) == 1000
    stream.note([reading._replace(measured_us=899)])
    assert stream.passed_us(1000) is None
    stream.note([reading._replace(measured_us=1200)])
    assert stream.passed_us(1000) == 1000
