"""A damaged state file is put aside; what can be read of it goes on, and nobody is left without an alarm."""

from __future__ import annotations

import os
import random
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from edge_bundle.gateway.clocks.clock import VirtualClock
from edge_bundle.gateway.config import GatewayConfig
from edge_bundle.gateway.errors import StateError
from edge_bundle.gateway.input.interpreter import Interpreter
from edge_bundle.gateway.input.own_columns import own_source
from edge_bundle.gateway.input.records import Event, Reading
from edge_bundle.gateway.state.store import Store
from edge_bundle.gateway.state_file.schema import PAGE_BYTES
from tests.edge_bundle.gateway.plant_files import BEGIN_S, Record, reading_records, uplink_records
from tests.edge_bundle.gateway.plants import US
from tests.edge_bundle.gateway.runs import small_session

RECORDS = reading_records(minutes=120)
CONFIG = GatewayConfig("g1", commit_s=0.0, commit_every=50, merge_readings=200, batch_rows=1000)
NOW_US = (BEGIN_S + 7200) * US
HOT = Reading("hot", "temperature", NOW_US, "m1", "f1", 150_00)


def filled_state(folder: Path) -> Path:
    """A state with segments, a journal, events, and records that wait, for its link is down."""
    folder.mkdir(exist_ok=True)
    clock = VirtualClock(NOW_US)
    with small_session(folder, CONFIG, clock) as (session, context):
        session.take([Event("failure", "m1", "pump", (BEGIN_S + 100) * US)])
        interpreter = Interpreter(context.pipeline, own_source("readings"), clock)
        for record in RECORDS:
            session.take(interpreter.read(record))
        session.finish()
    return folder / "state.sqlite"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return filled_state(tmp_path_factory.mktemp("whole")).read_bytes()


def gone_on(folder: Path) -> tuple[list[Record], dict[str, int]]:
    """Start over the folder's state, take a critical reading, send; the records sent, and the counters."""
    (folder / "uplink").mkdir(parents=True, exist_ok=True)
    clock = VirtualClock(NOW_US + 60 * US)
    with small_session(folder, CONFIG, clock) as (session, context):
        session.take([HOT])
        session.finish()
        return uplink_records(folder / "uplink"), context.store.counters()


def codes(records: list[Record]) -> list[str]:
    return [record["code"] for record in records if record["feed"] == "alerts"]


def test_garbage_in_any_page_silences_nobody_and_no_number_comes_twice(tmp_path: Path, whole: bytes) -> None:
    rng, kept = random.Random(1), []
    sent_before = {row[0] for row in rows_of(whole, "SELECT sequence FROM outbox")}
    for page in range(0, len(whole) // PAGE_BYTES, 1 if "FULL_SUITE" in os.environ else 2):
        folder = tmp_path / str(page)
        folder.mkdir()
        data = bytearray(whole)
        data[page * PAGE_BYTES : (page + 1) * PAGE_BYTES] = rng.randbytes(PAGE_BYTES)
        (folder / "state.sqlite").write_bytes(data)

        records, counters = gone_on(folder)

        hot = [r for r in records if r["feed"] == "alerts" and r.get("value") == 150.0 and r["machine_id"] == "m1"]
        numbers = [record["sequence"] for record in records]
        assert len(hot) >= 1, page
        assert len(numbers) == len(set(numbers)), page
        if counters.get("state_damaged"):
            if "STATE_DAMAGED" not in codes(records):
                records, _ = gone_on(folder)  # It was found by the last commit: the next start says so.
            assert codes(records).count("STATE_DAMAGED") == 1, page
            assert (folder / "state.sqlite.damaged-1").is_file()
            assert all(r["sequence"] in sent_before or r["sequence"] > NOW_US for r in records), page
        kept.append(len(records) / (len(sent_before) + 2))
    assert sorted(kept)[len(kept) // 10] > 0.5, sorted(kept)


def rows_of(data: bytes, query: str) -> list[Any]:
    connection = sqlite3.connect(":memory:")
    connection.deserialize(data[:18] + b"\1\1" + data[20:])  # In memory there is no log of commits beside it.
    rows = connection.execute(query).fetchall()
    connection.close()
    return rows


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path, _: path.write_bytes(b""),
        lambda path, whole: path.write_bytes(whole[: len(whole) // 2]),
        lambda path, whole: path.write_bytes(whole[:PAGE_BYTES]),
        lambda path, whole: path.write_bytes(os.urandom(len(whole))),
        lambda path, whole: path.write_bytes(whole[: len(whole) // 2] + os.urandom(len(whole) // 2)),
        lambda path, _: path.mkdir(),
    ],
    ids=["empty", "half", "one page", "noise", "half noise", "a folder"],
)
def test_a_state_that_is_cut_off_or_something_else_is_put_aside(tmp_path: Path, whole: bytes, spoil: Any) -> None:
    spoil(tmp_path / "state.sqlite", whole)

    records, _ = gone_on(tmp_path)

    assert [r["value"] for r in records if r["feed"] == "alerts" and r.get("metric")][-1] == 150.0
    assert (tmp_path / "state.sqlite").is_file()


def test_half_a_log_of_commits_goes_on_from_the_last_whole_one(tmp_path: Path) -> None:
    """Killed while the log was written: SQLite's own checksums end it there."""
    folder = tmp_path / "g"
    path = filled_state(folder)
    clock = VirtualClock(NOW_US)
    store = Store(path, "g1", "small")
    store.add_reading(HOT._replace(resolution_steps=1))
    store.commit()
    log = path.with_name("state.sqlite-wal").read_bytes()
    data = path.read_bytes()
    store.close()
    other = tmp_path / "other"
    other.mkdir()
    for size in range(0, len(log), 400):
        (other / "state.sqlite").write_bytes(data)
        (other / "state.sqlite-wal").write_bytes(log[:size] + os.urandom(64))

        again = Store(other / "state.sqlite", "g1", "small", wall_us=clock.wall_us)

        assert not again.damage
        assert again.counters()["accepted"] > 100
        again.close()


def test_damage_that_is_found_while_running_loses_nothing_that_memory_holds(tmp_path: Path) -> None:
    found: dict[str, tuple[list[Record], dict[str, int]]] = {}
    for name in ("sound", "damaged"):
        path = filled_state(tmp_path / name)
        (path.parent / "uplink").mkdir()
        if name == "damaged":
            damage_first_segment(path)
        with small_session(path.parent, CONFIG, VirtualClock(NOW_US + 60 * US)) as (session, context):
            session.take([HOT])
            session.commit()
            if name == "damaged":
                context.store.repair()
            session.take([HOT._replace(measured_us=NOW_US + 1)])
            session.finish()
            found[name] = uplink_records(path.parent / "uplink"), context.store.counters()

    records, counters = found["damaged"]
    others, expected = found["sound"]
    assert codes(records).count("STATE_DAMAGED") == counters["state_damaged"] == 1
    assert len(records) == len(others) + 1
    assert (counters["accepted"], counters["scores"]) == (expected["accepted"], expected["scores"])
    again = Store(tmp_path / "damaged" / "state.sqlite", "g1", "small")
    assert not again.damage
    assert [r.measured_us for r in again.readings("m1", NOW_US, 2**62)] == [NOW_US, NOW_US + 1]
    assert sorted(machine for machine, _ in again.states("clocks")) == ["m1", "m2"]
    again.close()


def damage_first_segment(path: Path) -> None:
    """Make the readings of a segment garbage, within a file that SQLite reads."""
    connection = sqlite3.connect(path)
    connection.execute("UPDATE segments SET body = zeroblob(length(body)) WHERE id = (SELECT min(id) FROM segments)")
    connection.commit()
    connection.close()


def test_damaged_files_are_kept_up_to_a_number(tmp_path: Path) -> None:
    for _ in range(6):
        (tmp_path / "state.sqlite").write_bytes(os.urandom(4096))
        Store(tmp_path / "state.sqlite", "g1", "small").close()

    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["state.sqlite", *(f"state.sqlite.damaged-{number}" for number in (4, 5, 6))]


def test_a_kill_between_the_two_renames_goes_on_with_the_saved_rows(tmp_path: Path, whole: bytes) -> None:
    saved = tmp_path / ".state.sqlite.salvaged"
    for leftover in (b"damaged", None):
        saved.write_bytes(whole)
        path = tmp_path / "state.sqlite"
        path.unlink(missing_ok=True)
        if leftover is not None:
            path.write_bytes(leftover)

        store = Store(path, "g1", "small")

        assert store.counters()["accepted"] > 100
        assert not saved.exists()
        store.close()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write every file")
def test_a_state_of_another_user_is_refused_with_what_to_do(tmp_path: Path, whole: bytes) -> None:
    path = tmp_path / "state.sqlite"
    path.write_bytes(whole)
    path.chmod(0o400)

    with pytest.raises(StateError, match="give it to this user"):
        Store(path, "g1", "small")
    assert path.read_bytes() == whole
