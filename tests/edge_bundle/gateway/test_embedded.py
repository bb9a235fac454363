"""A thousand gateways in one process send what each sends as a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from edge_bundle.gateway.clocks.clock import VirtualClock
from edge_bundle.gateway.embedded import EmbeddedGateway
from edge_bundle.gateway.input.times import format_us
from edge_bundle.gateway.trust.loading import LoadedBundle, load
from edge_bundle.gateway.uplink.folder import FolderUplink
from edge_bundle.gateway.uplink.uplink import Uplink
from tests.edge_bundle.gateway.fleets import (
    BEGIN_US,
    END_US,
    comparable,
    config,
    machine_lines,
    reading_lines,
    run,
)
from tests.edge_bundle.gateway.plant_files import uplink_records
from tests.edge_bundle.gateway.plants import US, small_bundle_bytes
from tests.edge_bundle.gateway.uplink.recorder import Failing, Recorder, refuses
from tests.support.edge_models import TRUSTED

ROOT = Path(__file__).resolve().parents[3]
GATEWAYS = 5_000 if os.environ.get("FULL_SUITE") else 300


@pytest.fixture(scope="module")
def bundle_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("bundle") / "small.bundle"
    path.write_bytes(small_bundle_bytes())
    return path


@pytest.fixture(scope="module")
def bundle(bundle_file: Path) -> LoadedBundle:
    return load(bundle_file, [TRUSTED])


def process(bundle_file: Path, folder: Path, number: int, *words: str, stdin: bytes = b"") -> list[dict[str, object]]:
    """What a process of its own sends of a gateway's input."""
    folder.mkdir(exist_ok=True)
    named = ["--bundle", str(bundle_file), "--trusted-key", TRUSTED.hex(), "--gateway-id", f"g{number}"]
    places = ["--state", str(folder / "state"), "--uplink", str(folder / "uplink")]
    command = [sys.executable, "-S", "-m", "edge_bundle.gateway", "run", *named, *places, *words]
    done = subprocess.run(command, input=stdin, capture_output=True, check=True, cwd=ROOT)
    (folder / "report.json").write_bytes(done.stdout)
    return uplink_records(folder / "uplink")


def replayed(bundle_file: Path, folder: Path, number: int) -> list[dict[str, object]]:
    folder.mkdir()
    (folder / "machines.own.jsonl").write_bytes(b"\n".join(machine_lines(number)))
    (folder / "readings.own.jsonl").write_bytes(b"\n".join(line for tick in reading_lines(number) for line in tick))
    files = [str(folder / "machines.own.jsonl"), str(folder / "readings.own.jsonl")]
    return process(bundle_file, folder, number, "--as-of", format_us(END_US), "--replay", *files)


def owned() -> tuple[object, ...]:
    """What a process has once."""
    handlers = tuple(signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD))
    descriptors = len(list(Path("/proc/self/fd").iterdir()))
    return threading.active_count(), handlers, descriptors, Path.cwd(), dict(os.environ)


def test_thousands_on_one_clock_send_what_a_process_sends(
    bundle: LoadedBundle, bundle_file: Path, tmp_path: Path
) -> None:
    clock, before = VirtualClock(BEGIN_US), owned()
    uplinks = [Recorder() for _ in range(GATEWAYS)]
    gateways = [
        (number, EmbeddedGateway(bundle, None, uplink, config(number), clock)) for number, uplink in enumerate(uplinks)
    ]

    run(gateways, clock)

    assert owned() == before
    totals = [gateway.totals for _, gateway in gateways]
    assert all(gateway.waiting == 0 for _, gateway in gateways)
    assert {one["scores"] for one in totals} == {6}
    for number in (0, 1, GATEWAYS // 2, GATEWAYS - 1):
        alone = replayed(bundle_file, tmp_path / str(number), number)
        assert len(alone) > 6
        assert comparable(uplinks[number].records()) == comparable(alone)
    for _, gateway in gateways:
        gateway.close()


def all_lines(number: int) -> list[bytes]:
    return [*machine_lines(number), *(line for tick in reading_lines(number) for line in tick)]


def sent_at_once(bundle: LoadedBundle, number: int, lines: Sequence[bytes]) -> list[dict[str, object]]:
    """What a gateway in memory sends of lines that come all at once."""
    return records_and_totals(bundle, number, lines)[0]


def records_and_totals(
    bundle: LoadedBundle, number: int, lines: Sequence[bytes]
) -> tuple[list[dict[str, object]], dict[str, int]]:
    """As `sent_at_once`, and the gateway's counters."""
    uplink = Recorder()
    with EmbeddedGateway(bundle, None, uplink, config(number), VirtualClock(END_US)) as gateway:
        for line in lines:
            gateway.take(line)
    return uplink.records(), gateway.totals


def test_lines_that_come_at_once_give_what_standard_input_gives(
    bundle: LoadedBundle, bundle_file: Path, tmp_path: Path
) -> None:
    too_long = b'{"text":"%s"}' % (b"x" * config(7).max_line_bytes)
    lines = [*all_lines(7), b"garbage", b"", too_long, b'{"feed":"wishes"}']

    live = process(bundle_file, tmp_path, 7, "--stdin", stdin=b"\n".join(lines))

    records, totals = records_and_totals(bundle, 7, lines)
    assert len(live) > 6
    assert comparable(records) == comparable(live)
    assert totals == json.loads((tmp_path / "report.json").read_text())["totals"]
    assert (totals["line_too_long"], totals["not_json"], totals["unknown_feed"]) == (1, 1, 1)


def test_gateways_in_threads_send_what_they_send_one_after_the_other(bundle: LoadedBundle) -> None:
    numbers = range(8)
    alone = [comparable(sent_at_once(bundle, number, all_lines(number))) for number in numbers]

    with ThreadPoolExecutor(4) as threads:
        together = list(
            threads.map(lambda number: comparable(sent_at_once(bundle, number, all_lines(number))), numbers)
        )

    assert together == alone


@pytest.mark.parametrize("second", ["process", "embedded"])
def test_a_state_folder_goes_on_in_a_process_and_back(
    bundle: LoadedBundle, bundle_file: Path, tmp_path: Path, second: str
) -> None:
    lines, ticks = all_lines(3), reading_lines(3)
    before_a_grid_time = len(machine_lines(3)) + sum(map(len, ticks[:30]))
    halves = {"first": lines[:before_a_grid_time], "second": lines[before_a_grid_time:]}
    folder, clock = tmp_path / "g", VirtualClock(END_US)
    (folder / "uplink").mkdir(parents=True)

    for half, given in halves.items():
        if (half == "second") == (second == "process"):
            process(bundle_file, folder, 3, "--stdin", stdin=b"\n".join(given))
            continue
        uplink = FolderUplink(folder / "uplink", "g3")
        with EmbeddedGateway(bundle, folder / "state", uplink, config(3), clock) as gateway:
            for line in given:
                gateway.take(line)

    numbers = [int(record["sequence"]) for record in uplink_records(folder / "uplink")]
    assert len(numbers) == len(set(numbers))
    assert vectors(uplink_records(folder / "uplink")) == vectors(sent_at_once(bundle, 3, lines))


def vectors(records: Sequence[dict[str, Any]]) -> list[tuple[object, ...]]:
    """Machine, time, vector and margin of each score."""
    names = ("machine_id", "scored_at", "feature_digest", "margin")
    return sorted(tuple(record[name] for name in names) for record in records if record["feed"] == "edge_scores")


def test_what_a_closed_gateway_had_committed_is_there_when_it_is_opened_again(
    bundle: LoadedBundle, tmp_path: Path
) -> None:
    clock, uplink = VirtualClock(END_US), Recorder()
    at_once = replace(config(4), commit_s=0.0)
    for given in (all_lines(4), []):
        gateway = EmbeddedGateway(bundle, tmp_path / "state", uplink, at_once, clock)
        for line in given:
            gateway.take(line)
            clock.advance(20_000)
        gateway.close()  # without `finish`: as a kill
    with EmbeddedGateway(bundle, tmp_path / "state", uplink, at_once, clock) as gateway:
        accepted = gateway.totals["accepted"]

    kinds = ("duplicate", "conflicting_value", "value_out_of_range")
    assert accepted == len(all_lines(4)) - 2 - sum(gateway.totals.get(kind, 0) for kind in kinds)
    assert vectors(uplink.records()) == vectors(sent_at_once(bundle, 4, all_lines(4)))


def test_an_uplink_that_is_down_holds_up_its_own_gateway_only(bundle: LoadedBundle) -> None:
    clock, there = VirtualClock(BEGIN_US), [Recorder(), Recorder()]
    down = Failing(there[0], refuses, set(range(1_000)))
    uplinks: list[Uplink] = [down, there[1]]
    gateways = [(at, EmbeddedGateway(bundle, None, each, config(at), clock)) for at, each in enumerate(uplinks)]

    run(gateways, clock)

    (_, first), (_, second) = gateways
    assert (first.uplink_error, there[0].records()) == ("the broker does not know this gateway", [])
    assert (second.uplink_error, second.waiting) == (None, 0)
    assert first.waiting == first.totals["scores"] + first.totals["alerts"]
    down.recover()
    first.finish()
    assert first.waiting == 0
    assert len(there[0].records()) == first.totals["scores"] + first.totals["alerts"]


def test_a_state_in_memory_that_is_full_gives_up_readings_and_sends_all_alerts(bundle: LoadedBundle) -> None:
    clock, uplink = VirtualClock(BEGIN_US), Recorder()
    small = replace(config(1), state_bytes=64 * 1024, merge_readings=200)
    hot = {"sensor_id": "s", "machine_id": "m1", "factory_id": "f1", "metric": "vibration", "unit": "mm/s"}
    with EmbeddedGateway(bundle, None, uplink, small, clock) as gateway:
        for number in range(20_000):
            clock.advance(US)
            value = {"value": (number * 7919) % 79_000 / 1000, "measured_at": format_us(clock.wall_us())}
            gateway.take(json.dumps({**hot, **value, **({"value": 90} if number == 19_000 else {})}).encode())
        error = gateway.state_error
        evicted = gateway.totals["evicted_readings"]

    assert (error, evicted > 0) == (None, True)
    assert [record["value"] for record in uplink.records() if record.get("metric")] == [90.0]
