"""Names that nobody knows have an end: in memory, in the state, after a restart, at no known machine's cost."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from edge_bundle.format.pipeline import MachineRecord
from edge_bundle.gateway.features.histories import MOST_CODES, MOST_RECORDS, EventHistory, MachineHistory
from edge_bundle.gateway.input.records import Event, Item, Reading
from edge_bundle.gateway.scoring.identities import MIN_OTHERS, MIN_SENSORS, Identities
from edge_bundle.gateway.state.store import Store
from edge_bundle.gateway.state_file.former_machines import shed_unknown
from tests.edge_bundle.gateway.engines import Run, reading
from tests.edge_bundle.gateway.plants import US, small_pipeline
from tests.edge_bundle.gateway.runs import small_words
from tests.edge_bundle.gateway.state_file.test_migration import former_state

BEGIN_US = 1_600_000_200 * US
MINUTE_US = 60 * US


def bogus(number: int) -> Reading:
    return Reading(f"sensor-{number}", "temperature", BEGIN_US, f"bogus-{number}", "f1", 20_00)


def rows(run: Run, table: str) -> int:
    """Rows of the state; of readings, the machines that have some."""
    store = Store(run.state, "g1", "small")
    if table == "readings":
        found = len({machine for (machine,) in store.connection.execute("SELECT machine_id FROM sources")})
    elif table in {"clocks", "sensors"}:
        found = len(store.states(table))
    else:
        found = len(store.events() if table == "events" else list(store.machines()))
    store.close()
    return found


@pytest.mark.parametrize("is_restarted", [False, True], ids=["one process", "a restart after it"])
def test_after_a_flood_of_unknown_machines_the_known_ones_are_scored(tmp_path: Path, *, is_restarted: bool) -> None:
    run = Run(tmp_path)
    flood: list[Item] = [bogus(number) for number in range(3_000)]
    real: list[Item] = [reading(BEGIN_US + at * MINUTE_US, at) for at in range(12)]

    for part in [flood, real] if is_restarted else [[*flood, *real]]:
        run.take(*part)

    assert run.counts["unknown_machine"] == 3_000 - MIN_OTHERS
    assert run.counts["accepted"] == MIN_OTHERS + 12
    assert {machine for machine, _ in run.vectors} == {"m1"}
    assert rows(run, "clocks") == rows(run, "readings") == MIN_OTHERS + 1


def test_events_and_master_data_are_no_way_around(tmp_path: Path) -> None:
    run = Run(tmp_path)
    events: list[Item] = [Event("error", f"bogus-{number}", "e1", BEGIN_US) for number in range(1_000)]
    records: list[Item] = [MachineRecord(f"other-{number}", "f1", BEGIN_US, "a") for number in range(1_000)]

    run.take(*events, *records, Event("error", "m1", "e1", BEGIN_US), MachineRecord("m2", "f1", BEGIN_US, "a"))

    assert run.counts["unknown_machine"] == 2_000 - MIN_OTHERS
    assert rows(run, "events") + rows(run, "machines") == MIN_OTHERS + 2


_FORMER = """
INSERT INTO clocks SELECT 'bogus-' || n, '{"factory_id": "f1", "times": [0, ' || (1599000000000000 - n) || ', 0],
    "kept_from": [-1, -1], "standing": [0, 0, "", 0]}' FROM numbers;
INSERT INTO sensors SELECT 'sensor-' || n, 'temperature', '[1599000000000000, 0, "", 0]' FROM numbers;
INSERT INTO readings SELECT 'sensor-' || n, 'temperature', 1599000000000000 - n, 'bogus-' || n, 'f1', 2000 FROM numbers;
INSERT INTO events VALUES ('error', 'bogus-99999', 'e1', 1599000000000000);
"""
_NUMBERS = "WITH RECURSIVE up (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM up WHERE n < 99999) SELECT n FROM up"


def test_a_state_of_before_with_a_hundred_thousand_machines_and_sensors_opens_and_shrinks(tmp_path: Path) -> None:
    path = former_state(tmp_path)
    connection = sqlite3.connect(path)
    connection.execute(f"CREATE TEMP TABLE numbers AS {_NUMBERS}")
    connection.executescript(_FORMER)
    connection.close()
    before = path.stat().st_size

    known = Identities(small_pipeline())
    shed_unknown(path, known.listed, known.most_others, 2**62)
    store = Store(path, "g1", "small")
    machines = {machine for machine, _ in store.states("clocks")}
    sources = {machine for (machine,) in store.connection.execute("SELECT machine_id FROM sources")}
    sensors, events = store.states("sensors"), store.events()
    forgotten = store.counters()["machines_forgotten"]
    store.close()

    latest = {f"bogus-{number}" for number in range(MIN_OTHERS)}
    assert machines == sources == {"m1", "m2"} | latest
    assert forgotten == 100_000 - MIN_OTHERS
    assert not [row for row in sensors if row[0].startswith("sensor-")]
    assert not [event for event in events if event.machine_id.startswith("bogus")]
    assert path.stat().st_size < before / 20


def test_of_a_machine_with_too_many_sensors_the_others_go_by_one_name_and_still_count(tmp_path: Path) -> None:
    run = Run(tmp_path)
    flood: list[Item] = [
        Reading(f"bogus-{number}", "temperature", BEGIN_US + number * 100_000, "m1", "f1", 20_00)
        for number in range(2_000)
    ]
    real: list[Item] = [reading(BEGIN_US + 240 * US + at, 130_00) for at in range(3)]

    run.take(*flood, *real, reading(BEGIN_US + 400 * US, 20_00))

    assert run.counts["accepted"] == 2_004
    assert run.counts["unknown_sensor"] == 2_004 - MIN_SENSORS
    assert run.value("temperature_mean_300s", BEGIN_US + 300 * US) == pytest.approx((2_000 * 20 + 3 * 130) / 2_003)
    store = Store(run.state, "g1", "small")
    assert len(store.reading_store.sources) <= MIN_SENSORS + 1
    assert "m1/temperature" in "".join(body.decode() for (body,) in store.connection.execute("SELECT body FROM outbox"))
    store.close()


@pytest.mark.parametrize("name", ["sensor_id", "machine_id", "factory_id", "metric"])
@pytest.mark.parametrize(("text", "is_legal"), [("a" * 128, True), ("a" * 129, False), ("é" * 65, False)])
def test_a_name_has_128_bytes_at_most(tmp_path: Path, name: str, text: str, *, is_legal: bool) -> None:
    named = {"sensor_id": "s", "machine_id": "m1", "factory_id": "f1", "metric": "temperature", "unit": "C"}
    record = {**named, "measured_at": "2020-09-13T12:30:00Z", "value": 20.0, name: text}

    totals = served(tmp_path, [record])

    assert totals.get("key_too_long", 0) == (0 if is_legal else 1)


def test_the_names_of_counters_are_a_closed_set(tmp_path: Path) -> None:
    """Whatever a line says, no text of its own becomes a counter."""
    odd = [{"feed": f"x{number}", "metric": f"y{number}", "unit": f"z{number}"} for number in range(300)]
    named = {"sensor_id": "s", "machine_id": "m1", "factory_id": "f1", "measured_at": "2020-09-13T12:30:00Z"}
    units = [{**named, "metric": f"m{number}", "value": 1.0, "unit": f"u{number}"} for number in range(300)]

    totals = served(tmp_path, [*odd, *units])

    assert len(totals) < 10
    assert sum(totals.values()) == 600


def served(folder: Path, records: Sequence[Mapping[str, object]]) -> dict[str, int]:
    """Totals of a gateway's process that reads these lines."""
    command = [sys.executable, "-S", "-m", "edge_bundle.gateway", "run", *small_words(folder), "--stdin"]
    lines = b"".join(json.dumps(record).encode() + b"\n" for record in records)
    done = subprocess.run(command, input=lines, capture_output=True, check=True, timeout=120)
    totals: dict[str, int] = json.loads(done.stdout.splitlines()[-1])["totals"]
    return totals


_FLOOD = """
import json, sys
for number in range({count}):
    named = {{"sensor_id": f"s-{{number}}", "machine_id": f"bogus-{{number}}", "factory_id": f"f-{{number}}"}}
    sys.stdout.write(json.dumps({{**named, "metric": "temperature", "unit": "C", "value": 20.0,
                                  "measured_at": "2020-09-13T12:30:00Z"}}) + "\\n")
"""


@pytest.mark.parametrize("count", [int(os.environ.get("ASSAY_FLOOD", "20000"))])
def test_a_flood_of_names_costs_no_memory(tmp_path: Path, count: int) -> None:
    """A million by ASSAY_FLOOD=1000000. Peak memory with the flood is that without it, but for 6 MB."""
    peaks = [peak_kb(tmp_path / name, number) for name, number in (("calm", 10), ("flood", count), ("flood", 10))]

    assert max(peaks) - peaks[0] < 6_000, peaks


# A process begins with its parent's memory: the one that measures must be small.
_PEAK = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def peak_kb(folder: Path, count: int) -> int:
    """Peak resident memory of a gateway's process over a flood of so many names."""
    words = [sys.executable, "-S", "-m", "edge_bundle.gateway", "run", *small_words(folder), "--stdin"]
    with subprocess.Popen([sys.executable, "-c", _FLOOD.format(count=count)], stdout=subprocess.PIPE) as flood:
        peak = [sys.executable, "-S", "-c", _PEAK, *words]
        done = subprocess.run(peak, stdin=flood.stdout, capture_output=True, check=True, timeout=1800)
    return int(done.stdout)


def test_codes_beyond_the_most_count_among_all_codes_only() -> None:
    history = EventHistory(frozenset({("error", "asked")}))

    for number in range(10_000):
        history.add("error", f"code-{number}", number)
    history.add("error", "asked", 10_000)

    assert history.count("error", "", 0, 20_000) == 10_001
    assert history.count("error", "asked", 0, 20_000) == 1
    assert len(history.lasts_before(20_000)) <= MOST_CODES + 1


def test_of_master_data_the_latest_records_stay() -> None:
    history = MachineHistory()

    for number in range(10 * MOST_RECORDS):
        history.add(MachineRecord("m1", "f1", number, f"model-{number}"))

    assert history.current_model() == f"model-{10 * MOST_RECORDS - 1}"
    assert history.oldest_us() == 9 * MOST_RECORDS
    assert not history.add(MachineRecord("m1", "f1", 0, "older than all"))


def test_master_data_and_codes_without_end_leave_a_bounded_state(tmp_path: Path) -> None:
    run = Run(tmp_path)
    records: list[Item] = [MachineRecord("m1", "f1", BEGIN_US + number, f"model-{number}") for number in range(1_000)]
    codes: list[Item] = [Event("error", "m1", f"code-{number}", BEGIN_US + number) for number in range(1_000)]
    days = [reading(BEGIN_US + at * 86_400 * US, at) for at in (0, 10, 20, 30)]

    run.take(*records, *codes, *days)

    assert rows(run, "machines") == MOST_RECORDS
    assert rows(run, "events") <= MOST_CODES
