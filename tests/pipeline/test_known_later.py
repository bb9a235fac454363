"""Features use an event only once it can be known: in gold, after a late event or another delay, and on a gateway."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from edge_bundle.format.digest import vector_digest
from expectations.features import features_of
from jobs.edge.pipeline_document import pipeline_of
from jobs.gold.job import update_stale
from tests.edge_bundle.gateway.plant_files import uplink_records
from tests.edge_bundle.gateway.plants import sealed
from tests.support.edge_models import TRUSTED
from tests.support.plane import AS_OF, Plane
from tests.support.real_plants import bits
from tests.support.small_plant import event_mapping, lines, write_small_plant
from tests.support.waiting import PATIENCE_S

ROOT = Path(__file__).resolve().parents[2]
KILLED_RUN = ROOT / "tests" / "edge_bundle" / "gateway" / "killed_run.py"
NEVER = 10**9
_SERVICE = """
[[features.events]]
kind = "maintenance"
codes = ["oil"]
windows = ["1h"]
hours_since = true
"""
_SERVICES = event_mapping("maintenance", "services", "jsonl", "F1")
_DELAYS = '[feeds.failures]\ndelay = "12h"\n[feeds.maintenance]\ndelay = "30min"\n'
FAILED, SERVICED = datetime(2026, 3, 1, 18, tzinfo=UTC), datetime(2026, 3, 2, 12, 30, tzinfo=UTC)
Vectors = dict[tuple[str, str], list[str | None]]


def _event(at: datetime, code: str) -> str:
    return json.dumps({"at": at.isoformat(), "machine": "M1", "code": code}) + "\n"


def _plane(folder: Path, delays: str) -> Plane:
    plant = write_small_plant(folder, _SERVICE + delays, services=_SERVICES)
    plane = Plane(folder, "none", str(plant))
    plane.land("lines/a.jsonl", lines("2026-03-01T00:00:00Z", 3 * 144))
    plane.land("failures/a.jsonl", _event(FAILED, "seal"))
    plane.land("services/a.jsonl", _event(SERVICED, "oil"))
    return plane


def _declare(plane: Plane, delays: str) -> None:
    write_small_plant(plane.root, _SERVICE + delays, services=_SERVICES)


def _column(plane: Plane, name: str) -> dict[datetime, Any]:
    return {row["scored_at"]: row[name] for row in plane.rows("gold.machine_features")}


def _at(day: int, hour: int) -> datetime:
    return datetime(2026, 3, day, hour, tzinfo=UTC)


def test_an_event_is_used_from_when_it_can_be_known(tmp_path: Path) -> None:
    plane = _plane(tmp_path, _DELAYS)
    plane.run()

    hours, failures = _column(plane, "since_failure_h"), _column(plane, "failure_24h_count")
    assert (hours[_at(2, 6)], hours[_at(2, 7)]) == (None, 13.0)
    assert [failures[_at(*time)] for time in ((2, 6), (2, 7), (3, 6), (3, 7))] == [0.0, 1.0, 1.0, 0.0]
    services, since = _column(plane, "maintenance_oil_1h_count"), _column(plane, "since_maintenance_oil_h")
    assert [services[_at(2, hour)] for hour in (13, 14, 15)] == [0.0, 1.0, 0.0]
    assert (since[_at(2, 13)], since[_at(2, 14)]) == (None, 1.5)


def test_another_delay_rebuilds_features_as_from_nothing_and_back(tmp_path: Path) -> None:
    plane = _plane(tmp_path, "")
    plane.run()
    at_once = plane.digests(("gold",))["gold.machine_features"]
    assert not plane.gold().changed

    _declare(plane, _DELAYS)
    assert plane.gold().changed
    fresh = _plane(tmp_path / "fresh", _DELAYS)
    fresh.run()
    later = plane.digests(("gold",))["gold.machine_features"]
    assert later == fresh.digests(("gold",))["gold.machine_features"] != at_once
    assert not plane.gold().changed

    _declare(plane, "")
    assert plane.gold().changed
    assert plane.digests(("gold",))["gold.machine_features"] == at_once


def test_a_late_event_changes_the_rows_from_its_time_and_delay_on(tmp_path: Path) -> None:
    plane = _plane(tmp_path, _DELAYS)
    plane.run()
    before = {row["scored_at"]: row for row in plane.rows("gold.machine_features")}

    plane.land("failures/b.jsonl", _event(_at(1, 20), "seal"))
    plane.run()

    after = {row["scored_at"]: row for row in plane.rows("gold.machine_features")}
    assert before.keys() == after.keys()
    changed = {time for time, row in after.items() if row != before[time]}
    assert changed == {time for time in after if time > _at(2, 8)}


def _gold(plane: Plane) -> Vectors:
    names = [feature.name for feature in features_of(plane.plant.profile)]
    return {
        (row["machine_id"], f"{row['scored_at']:%Y-%m-%dT%H:%M:%SZ}"): [bits(row[name]) for name in names]
        for row in plane.rows("gold.machine_features")
    }


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Plane:
    """A lake with delays, and beside it the bundle that its plant seals."""
    plane = _plane(tmp_path_factory.mktemp("plane"), _DELAYS)
    plane.run()
    plant = plane.plant
    pipeline = pipeline_of(plant.profile, plant.sources.usable, plane.rows("silver.machines"))
    (plane.root / "small.bundle").write_bytes(sealed(pipeline))
    return plane


def _files(plane: Plane) -> Iterator[str]:
    """Events come before the readings: each is on the gateway long before it may be used."""
    return (str(plane.landing / name / "a.jsonl") for name in ("failures", "services", "lines"))


def test_the_gateways_features_have_golds_bits(built: Plane, tmp_path: Path) -> None:
    vectors = tmp_path / "features.jsonl"
    command = [
        sys.executable, "-S", "-m", "edge_bundle.gateway", "run", "--bundle", str(built.root / "small.bundle"),
        "--trusted-key", TRUSTED.hex(), "--state", str(tmp_path / "state"), "--uplink", str(tmp_path / "uplink"),
        "--gateway-id", "g1", "--features-out", str(vectors), "--replay", *_files(built),
    ]  # fmt: skip

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=PATIENCE_S)

    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in vectors.read_text(encoding="utf-8").splitlines()]
    edge = {
        (row["machine_id"], row["scored_at"]): [
            None if text is None else bits(float.fromhex(text)) for text in row["features"]
        ]
        for row in rows
    }
    assert len(edge) == 72
    assert edge == _gold(built)


def _run(built: Plane, folder: Path, deadly: int) -> subprocess.CompletedProcess[str]:
    arguments = [str(deadly), str(built.root / "small.bundle"), TRUSTED.hex(), str(folder), *_files(built)]
    command = [sys.executable, "-S", "-I", str(KILLED_RUN), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE_S)


@pytest.mark.parametrize("quarter", [1, 2, 3])
def test_a_gateway_killed_between_an_event_and_its_use_goes_on_as_gold_has_it(
    built: Plane, tmp_path: Path, quarter: int
) -> None:
    whole = _run(built, tmp_path / "whole", NEVER)
    assert whole.returncode == 0, whole.stderr
    deadly = (NEVER - int(whole.stdout)) * quarter // 4

    killed = _run(built, tmp_path / "killed", deadly)
    again = _run(built, tmp_path / "killed", NEVER)

    assert (killed.returncode, again.returncode) == (-signal.SIGKILL, 0), again.stderr
    scores = [one for one in uplink_records(tmp_path / "killed" / "uplink") if one["feed"] == "edge_scores"]
    digests = {(one["machine_id"], one["scored_at"]): one["feature_digest"] for one in scores}
    assert digests == {
        key: vector_digest([float("nan") if text is None else float.fromhex(text) for text in row])
        for key, row in _gold(built).items()
    }


def test_a_closed_hour_does_not_open_again_for_a_delay_that_is_the_same(tmp_path: Path) -> None:
    plane = _plane(tmp_path, _DELAYS)
    plane.run()
    version = plane.version("gold.machine_features")

    update_stale(plane.settings, AS_OF)

    assert plane.version("gold.machine_features") == version
