"""A card without space ends nothing: alerts leave, and what gives way is counted, the least needed first."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge_bundle.gateway.clocks.clock import VirtualClock
from edge_bundle.gateway.input.records import Reading
from edge_bundle.gateway.input.times import format_us
from edge_bundle.gateway.state.delta import Delta
from edge_bundle.gateway.state.store import Store
from edge_bundle.gateway.state_file.reserve import Reserve
from edge_bundle.gateway.state_file.space import Space
from edge_bundle.gateway.uplink.outbox import Outbox
from tests.edge_bundle.gateway.plant_files import uplink_records
from tests.edge_bundle.gateway.plants import US
from tests.edge_bundle.gateway.runs import small_words
from tests.support.waiting import PATIENCE_S, wait_for

ROOT = Path(__file__).resolve().parents[3]
CARD_BYTES = 8 * 1024 * 1024


@pytest.fixture
def card(tmp_path: Path) -> Iterator[Path]:
    """A file system of a few megabytes."""
    folder = tmp_path / "card"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={CARD_BYTES}", "none", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip("this user may not mount a small file system")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(card: Path, left: int) -> None:
    """Take all space of the card but `left` bytes."""
    with (card / "others").open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            pass
    size = (card / "others").stat().st_size
    os.truncate(card / "others", max(size - left, 0))


def lines(count: int, value: float, sensor: str = "s") -> bytes:
    """Readings of now, each a millisecond after the one before."""
    now_us = time.time_ns() // 1000
    base = {"machine_id": "m1", "factory_id": "f1", "metric": "temperature", "unit": "C", "value": value}
    records = (
        {**base, "sensor_id": f"{sensor}{at % 20}", "measured_at": format_us(now_us + at * 1000)} for at in range(count)
    )
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


def start(folder: Path) -> subprocess.Popen[bytes]:
    words = [sys.executable, "-S", "-m", "edge_bundle.gateway", "run", *small_words(folder), "--stdin", "--acknowledge"]
    return subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT)


def give(process: subprocess.Popen[bytes], data: bytes) -> None:
    assert process.stdin is not None
    process.stdin.write(data)
    process.stdin.flush()


def wait_for_acknowledgement(process: subprocess.Popen[bytes], least: int) -> None:
    assert process.stdout is not None
    while json.loads(process.stdout.readline())["acknowledged"] < least:
        assert process.poll() is None


def wait_for_alert(folder: Path, process: subprocess.Popen[bytes]) -> None:
    def look() -> list[Path]:
        assert process.poll() is None
        return list((folder / "uplink").glob("alerts-*.jsonl.gz"))

    wait_for(look, "a file of alerts", lambda: sorted((folder / "uplink").iterdir()))


@pytest.mark.parametrize("left_kb", [0, 4, 12, 24, 40, 100, 500])
@pytest.mark.parametrize("when", ["while it runs", "before it starts again"])
def test_on_a_full_card_an_alert_leaves_and_nothing_is_lost(card: Path, left_kb: int, when: str) -> None:
    process = start(card / "g")
    give(process, lines(200, 20.0))
    wait_for_acknowledgement(process, 200)
    if when == "before it starts again":
        process.communicate(timeout=PATIENCE_S)
    fill(card, left_kb * 1024)
    if when == "before it starts again":
        process = start(card / "g")
    give(process, lines(1000, 20.0) + lines(1, 150.0, "hot"))

    wait_for_alert(card / "g", process)
    said, errors = process.communicate(timeout=PATIENCE_S)

    report = json.loads(said.splitlines()[-1])
    assert (process.returncode, report["state_error"], report["uplink_error"]) == (0, None, None), errors
    assert report["totals"]["accepted"] == 1201
    # Of readings alone: an hour that ends during the test is scored, and may raise an alarm of its own.
    alerts = [record for record in uplink_records(card / "g" / "uplink") if record["feed"] == "alerts"]
    assert [record["value"] for record in alerts if "metric" in record] == [150.0]


def test_without_any_space_it_goes_on_and_sends_once_there_is_some(card: Path) -> None:
    (card / "g" / "uplink").mkdir(parents=True)
    process = start(card / "g")
    process.kill()
    process.communicate(timeout=PATIENCE_S)
    for path in (card / "g" / "state").glob(".reserve*") if (card / "g" / "state").is_dir() else ():
        path.unlink()
    fill(card, 0)

    process = start(card / "g")
    give(process, lines(500, 20.0) + lines(1, 150.0, "hot"))
    assert process.stderr is not None
    assert b"the state waits in memory" in process.stderr.readline()
    (card / "others").unlink()
    give(process, lines(500, 20.0, "later"))
    wait_for_alert(card / "g", process)
    said, errors = process.communicate(timeout=PATIENCE_S)

    report = json.loads(said.splitlines()[-1])
    assert (process.returncode, report["state_error"]) == (0, None), errors
    assert report["totals"]["accepted"] == 1001


class Bounded:
    """A state with a quota, filled by hand."""

    def __init__(self, folder: Path, state_bytes: int) -> None:
        self.clock = VirtualClock(1_700_000_000 * US)
        self.store = Store(folder / "state.sqlite", "g1", "small", state_bytes)
        self.outbox = Outbox(self.store, "g1", self.clock)
        self.space = Space(self.store, self.outbox, Reserve(folder / ".reserve", 65_536), self.clock)
        self._at, self._rng = 0, random.Random(1)

    def readings(self, count: int) -> None:
        for _ in range(count):
            self._at += 1
            steps = self._rng.randrange(2**40)
            self.store.add_reading(Reading(f"s{self._at % 7}", "temperature", self._at, "m1", "f1", steps))

    def write(self, *, merge: bool = False) -> None:
        self.space.write(self.store.take_for_merge() if merge else self.store.take())
        self.space.merge()
        self.clock.advance(US)

    def records(self, feed: str, count: int) -> None:
        for _ in range(count):
            self.outbox.add(feed, {"filler": "x" * 500}, self.clock.wall_us())


def test_beyond_its_quota_raw_readings_give_way_before_scores_and_scores_before_alerts(tmp_path: Path) -> None:
    state = Bounded(tmp_path, 700 * 1024)
    seen: list[set[str]] = []
    for feed in ("readings", "edge_scores", "alerts"):
        for _ in range(120):
            if feed == "readings":
                state.readings(1500)
            else:
                state.records(feed, 30)
            state.write(merge=True)
            assert state.space.error is None
        seen.append({name for name in state.store.counters() if name.startswith("evicted")})

    assert seen == [
        {"evicted_readings"},
        {"evicted_readings", "evicted_edge_scores"},
        {"evicted_readings", "evicted_edge_scores", "evicted_alerts"},
    ]
    counters = state.store.counters()
    assert state.store.path.stat().st_size <= 700 * 1024
    waiting = dict(state.store.rows("SELECT feed, count(*) FROM outbox GROUP BY feed"))
    assert waiting.get("edge_scores", 0) + counters["evicted_edge_scores"] == 3600
    assert waiting["alerts"] + counters["evicted_alerts"] == 3600
    (kept,) = state.store.rows("SELECT coalesce(sum(readings), 0) FROM segments")[0]
    assert kept + counters["evicted_readings"] == 180_000
    state.store.close()


def test_a_reading_that_gave_way_comes_too_late_when_it_is_sent_again(tmp_path: Path) -> None:
    state = Bounded(tmp_path, 512 * 1024)
    while "evicted_readings" not in state.store.counters():
        state.readings(1500)
        state.write(merge=True)

    assert state.store.is_evicted("m1", 1)
    assert not state.store.is_evicted("m1", 10**9)
    state.store.close()
    again = Store(tmp_path / "state.sqlite", "g1", "small")
    assert again.is_evicted("m1", 1)
    again.close()


def test_what_waits_in_memory_is_bounded_and_counted_once_it_can_be_stored(tmp_path: Path) -> None:
    state = Bounded(tmp_path, 1024 * 1024)
    state.readings(10)
    state.write()
    (page_count,) = state.store.rows("PRAGMA page_count")[0]
    state.store.rows(f"PRAGMA max_page_count = {page_count}")
    for _ in range(60):
        state.readings(2_000)
        state.records("edge_scores", 100)
        state.write()
        assert state.space.error is not None

    state.store.rows(f"PRAGMA max_page_count = {2**30}")
    state.write()

    counters = state.store.counters()
    assert (state.space.error, state.store.is_behind) == (None, False)
    assert (counters["unstored_readings"], counters["unstored_edge_scores"]) == (70_000, 4_000)
    assert state.outbox.waiting() == 2_000
    state.store.close()
    again = Store(tmp_path / "state.sqlite", "g1", "small")
    assert len(list(again.readings("m1", 0, 2**62))) == 50_010
    again.close()


def test_alerts_leave_without_the_state_and_their_numbers_do_not_come_again(tmp_path: Path) -> None:
    state = Bounded(tmp_path, 1024 * 1024)
    state.records("alerts", 1)
    state.write()
    (page_count,) = state.store.rows("PRAGMA page_count")[0]
    state.store.rows(f"PRAGMA max_page_count = {page_count}")
    state.records("alerts", 20)
    state.write()

    found = state.outbox.unwritten_batch("alerts")
    assert found is not None
    batch, sent = found
    state.outbox.acknowledge_unwritten(batch)

    assert len(sent) == 20
    assert batch.first > state.clock.wall_us() - US
    state.store.close()  # Killed before the state could be written.
    again = Bounded(tmp_path, 2**30)
    again.records("alerts", 3)
    again.space.write(again.store.take())
    numbers = {row[0] for row in again.store.rows("SELECT sequence FROM outbox")}
    assert not numbers & set(range(batch.first, batch.last + 1))
    again.store.close()


def test_nothing_is_written_for_nothing(tmp_path: Path) -> None:
    state = Bounded(tmp_path, 2**30)
    before = state.store.rows("SELECT count(*) FROM journal")
    state.space.write(Delta())

    assert state.store.rows("SELECT count(*) FROM journal") == before
    state.store.close()
