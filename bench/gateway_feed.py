"""Readings for the gateway's benchmarks: at a rate, as a live plant sends them, or all at once in a file."""

import random
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from bench.gateway_bundle import MACHINES, METRICS

_TICK_S = 0.001


def templates() -> list[tuple[bytes, bytes]]:
    """What is before and behind the value of each sensor's reading; behind it the time follows."""
    return [
        (
            b'{"sensor_id":"m%03d/%s","machine_id":"m%03d","factory_id":"f1","metric":"%s","value":'
            % (at, metric.encode(), at, metric.encode()),
            b',"unit":"%s","measured_at":"' % unit.encode(),
        )
        for metric, unit in METRICS.items()
        for at in range(MACHINES)
    ]


def lines(count: int, step_us: int, begin_us: int) -> Iterator[bytes]:
    """So many readings, sensor after sensor, each `step_us` after the one before."""
    sensors, rng = templates(), random.Random(1)
    for at in range(count):
        before, behind = sensors[at % len(sensors)]
        yield before + b"%.3f" % rng.gauss(50.0, 20.0) + behind + _text(begin_us + at * step_us) + b'"}\n'


def write_file(path: Path, count: int, step_us: int) -> Path:
    """A file of readings that end now."""
    begin_us = time.time_ns() // 1000 - count * step_us
    with path.open("wb") as file:
        file.writelines(lines(count, step_us, begin_us))
    return path


def feed(process: "subprocess.Popen[bytes]", per_second: int, seconds: float) -> int:
    """Write readings of now at a rate to a process's standard input; how many."""
    sensors, rng, sent = templates(), random.Random(2), 0
    values = [b"%.3f" % rng.gauss(50.0, 20.0) for _ in range(10_007)]
    began = time.monotonic()
    assert process.stdin is not None
    while (passed := time.monotonic() - began) < seconds:
        due = int(passed * per_second)
        if due > sent:
            at = _text(time.time_ns() // 1000) + b'"}\n'
            block = [
                sensors[number % len(sensors)][0]
                + values[number % len(values)]
                + sensors[number % len(sensors)][1]
                + at
                for number in range(sent, due)
            ]
            process.stdin.write(b"".join(block))
            process.stdin.flush()
            sent = due
        time.sleep(_TICK_S)
    return sent


def _text(at_us: int) -> bytes:
    seconds, rest = divmod(at_us, 1_000_000)
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S").encode() + b".%06dZ" % rest
