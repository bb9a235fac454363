"""A state of the former version, written by its own code, goes on: once, and whatever line kills it.

`former_state.sqlite.gz` was written by the last gateway of that version: the first half of `reading_records()`, one
failure, the link down, one batch of alerts begun.
"""

from __future__ import annotations

import gzip
import multiprocessing
import os
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from edge_bundle.gateway.clocks.clock import VirtualClock
from edge_bundle.gateway.config import GatewayConfig
from edge_bundle.gateway.errors import StateError
from edge_bundle.gateway.input.interpreter import Interpreter
from edge_bundle.gateway.input.own_columns import own_source
from edge_bundle.gateway.input.records import Event
from edge_bundle.gateway.state.store import Store
from edge_bundle.gateway.state_file import migration, schema
from tests.edge_bundle.gateway.plant_files import BEGIN_S, Record, reading_records, settled, uplink_records
from tests.edge_bundle.gateway.plants import US
from tests.edge_bundle.gateway.runs import small_session

FORMER = Path(__file__).with_name("former_state.sqlite.gz")
CONFIG = GatewayConfig("g1", commit_s=0.0, batch_rows=5)
RECORDS = reading_records()
HALF = len(RECORDS) // 2


def former_state(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / "state.sqlite"
    path.write_bytes(gzip.decompress(FORMER.read_bytes()))
    return path


def taken(folder: Path, records: list[Record]) -> None:
    """Take records, and send all that waits."""
    clock = VirtualClock((BEGIN_S + 3600) * US)
    (folder / "uplink").mkdir(exist_ok=True)
    with small_session(folder, CONFIG, clock) as (session, context):
        interpreter = Interpreter(context.pipeline, own_source("readings"), clock)
        for record in records:
            session.take(interpreter.read(record))
        session.finish()


def whole_run(folder: Path) -> tuple[list[Record], dict[str, int]]:
    """Records and counters of this version's gateway over all readings."""
    folder.mkdir()
    clock = VirtualClock((BEGIN_S + 3600) * US)
    (folder / "uplink").mkdir()
    with small_session(folder, CONFIG, clock) as (session, context):
        session.take([Event("failure", "m1", "pump", (BEGIN_S + 100) * US)])
        interpreter = Interpreter(context.pipeline, own_source("readings"), clock)
        for record in RECORDS:
            session.take(interpreter.read(record))
        session.finish()
        return settled(uplink_records(folder / "uplink")), context.store.counters()


def counters(folder: Path) -> dict[str, int]:
    store = Store(folder / "state.sqlite", "g1", "small")
    found = store.counters()
    store.close()
    return found


def test_a_former_state_goes_on_as_if_nothing_had_changed(tmp_path: Path) -> None:
    former_state(tmp_path / "g")
    records, counted = whole_run(tmp_path / "whole")

    taken(tmp_path / "g", RECORDS[HALF:])

    found = settled(uplink_records(tmp_path / "g" / "uplink"))
    assert scores(found) == scores(records)
    assert without_alerts(counters(tmp_path / "g")) == without_alerts(counted)
    assert said(records) <= said(found)


OWN = ("sequence", "bundle_sha256")


def scores(records: list[Record]) -> list[Record]:
    """Scores in order, without what the former version does not send.

    Their numbers differ, for the former version raised alerts where this one holds them.
    """
    kept = [record for record in records if record["feed"] == "edge_scores"]
    return [{name: value for name, value in record.items() if name not in OWN} for record in kept]


def said(records: list[Record]) -> set[str]:
    """(machine, code, severity) of every alert."""
    alerts = [record for record in records if record["feed"] == "alerts"]
    return {f"{record['machine_id']} {record['code']} {record['severity']}" for record in alerts}


def without_alerts(counted: dict[str, int]) -> dict[str, int]:
    return {name: number for name, number in counted.items() if "alerts" not in name and name != "sequence"}


def test_a_former_reading_that_comes_again_is_a_duplicate(tmp_path: Path) -> None:
    former_state(tmp_path / "g")
    before = counters(tmp_path / "g")

    taken(tmp_path / "g", RECORDS[:HALF])

    found = counters(tmp_path / "g")
    assert found["accepted"] == before["accepted"]
    assert found["scores"] == before["scores"]
    assert found["duplicate"] + found["conflicting_value"] + found["value_out_of_range"] == HALF + sum(
        before[name] for name in ("duplicate", "conflicting_value", "value_out_of_range")
    )


def test_the_files_taken_and_the_begun_batch_are_those_of_before(tmp_path: Path) -> None:
    store = Store(former_state(tmp_path / "g"), "g1", "small")

    rows = store.connection.execute("SELECT count(*), min(aged_us), max(aged_us) FROM outbox").fetchone()
    batch = store.connection.execute("SELECT last - first FROM batch WHERE feed = 'alerts'").fetchone()
    assert store.position("d" * 64) == (HALF, False)
    assert (rows, batch) == ((34, 0, 0), (6,))
    store.close()


def die_at(path: Path, deadly: int) -> None:
    """Migrate in this process, which dies before its n-th step on the file."""
    left = [deadly]

    def step(inner: Any) -> Any:
        def outer(*args: Any, **kwargs: Any) -> Any:
            left[0] -= 1
            if left[0] == 0:
                os._exit(9)
            return inner(*args, **kwargs)

        return outer

    for owner, name in (
        (migration, "copy_former"),
        (migration, "copy_readings"),
        (migration, "sync"),
        (os, "fsync"),
        (Path, "replace"),
        (schema, "create"),
        (schema, "connect"),
    ):
        setattr(owner, name, step(getattr(owner, name)))
    migration.migrate(path)
    os._exit(0)


def test_a_kill_at_any_step_of_the_migration_leaves_no_trace(tmp_path: Path) -> None:
    whole = former_state(tmp_path / "whole")
    migration.migrate(whole)
    fork, codes = multiprocessing.get_context("fork"), []
    for deadly in range(1, 12):
        path = former_state(tmp_path / str(deadly))
        process = fork.Process(target=die_at, args=(path, deadly))
        process.start()
        process.join()
        codes.append(process.exitcode)

        migration.migrate(path)

        assert dump(path) == dump(whole)
        assert [each.name for each in path.parent.iterdir()] == [path.name]
    assert set(codes) == {0, 9}


def dump(path: Path) -> list[str]:
    connection = sqlite3.connect(path)
    found = list(connection.iterdump())
    connection.close()
    return found


def test_a_former_state_that_its_own_gateway_still_uses_is_refused(tmp_path: Path) -> None:
    path = former_state(tmp_path / "g")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("PRAGMA journal_mode = WAL")
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(StateError, match="another gateway is using it"):
        Store(path, "g1", "small")
    other.close()
    shutil.rmtree(tmp_path / "g")
