"""`assay drift` on a lake: built without an engine, again only where rows changed, and by the plant's own policy."""

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from jobs.ask.job import Form, asked
from jobs.diagnosis.emptiness import why_empty
from jobs.drift.job import measure_new
from jobs.runtime.load_plant import load_plant
from tests.support.plane import Plane
from tests.support.small_plant import write_small_plant

NOWHERE = "sc://localhost:1"
BEGAN, DAYS = datetime(2026, 1, 5, tzinfo=UTC), 70  # a Monday
END = BEGAN + timedelta(days=DAYS)
MEAN = "temperature_mean_3h_c"


def readings(first_day: int, days: int, *, heat: float = 50.0) -> str:
    """A reading each third of an hour of one machine, as lines."""
    noise = np.random.default_rng(first_day).normal(heat, 2.0, days * 72)
    start = BEGAN + timedelta(days=first_day)
    lines = (
        {"at": (start + timedelta(minutes=20 * place)).isoformat(), "sensor": "S1", "machine": "M1",
         "metric": "temperature", "value": round(float(value), 2), "unit": "C"}
        for place, value in enumerate(noise)
    )  # fmt: skip
    return "".join(json.dumps(line) + "\n" for line in lines)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Nine weeks of the same, and one that is hotter; drift is measured."""
    root = tmp_path_factory.mktemp("built")
    plane = Plane(root, NOWHERE, str(write_small_plant(root)), END)
    plane.land("lines/a.jsonl", readings(0, 63) + readings(63, 7, heat=53.0))
    plane.run()
    assert measure_new(plane.settings).changed
    return root


@pytest.fixture
def plane(built: Path, tmp_path: Path) -> Plane:
    """A copy of it."""
    root = Path(shutil.copytree(built, tmp_path / "copy"))
    return Plane(root, NOWHERE, str(root / "small"), END)


def fleet(plane: Plane, feature: str = MEAN) -> dict[str, str]:
    """Date -> verdict."""
    rows = [row for row in plane.rows("gold.drift") if (row["scope"], row["feature"]) == ("fleet", feature)]
    return {str(row["until_date"]): row["verdict"] for row in rows}


def dates_of_the_last_commits(plane: Plane) -> dict[str, set[str]]:
    """Table -> dates that its newest commit replaced."""
    lake, tables = plane.plant.lake, plane.plant.tables
    names = ("gold.drift_sketches", "gold.drift")
    return {name: set(map(str, lake.commits(tables[name])[-1].metadata.dates or ())) for name in names}


def test_a_hotter_week_drifts_and_is_named(plane: Plane) -> None:
    report = measure_new(plane.settings)

    found = fleet(plane)
    assert found["2026-03-08"] == "NO_DRIFT"
    assert found["2026-03-15"] == "DRIFT"
    assert found["2026-01-20"] == "INSUFFICIENT_DATA"
    assert any(line.startswith(f"drift: DRIFT fleet: {MEAN}: ") for line in report.lines)
    assert {row["feature"] for row in plane.rows("gold.drift")} >= {MEAN, "temperature_deviation_3h_c"}
    assert not any(row["feature"].startswith("since_") for row in plane.rows("gold.drift"))
    assert report.data["retrain"] == {"is_due": False, "reason": "1 of the 2 features that start a training drift"}
    assert report.lines[-1] == "drift: no training: 1 of the 2 features that start a training drift"
    answer = asked(plane.settings, "what_drifts", ["days=1"], Form(as_json=True)).data
    rows = [dict(zip(answer["columns"], row, strict=True)) for row in answer["rows"]]
    said = {(row["scope"], row["feature"], row["until_date"], row["verdict"]) for row in rows}
    assert said == {("fleet", MEAN, "2026-03-16", "DRIFT")}  # the row of its midnight


def test_nothing_new_changes_no_file(plane: Plane) -> None:
    files = plane.snapshot()

    report = measure_new(plane.settings)

    assert (report.changed, plane.snapshot()) == (False, files)


def test_a_late_reading_rebuilds_its_date_and_those_whose_windows_reach_it(plane: Plane) -> None:
    plane.land("lines/late.jsonl", readings(40, 1).replace('"M1"', '"M2"').replace('"S1"', '"S2"'))
    plane.run()
    measure_new(plane.settings)

    after = dates_of_the_last_commits(plane)
    assert after["gold.drift_sketches"] <= {"2026-02-14", "2026-02-15"}
    assert min(after["gold.drift"]) == min(after["gold.drift_sketches"])
    assert max(after["gold.drift"]) == "2026-03-16"
    whole = Plane(plane.root / "again", NOWHERE, plane.plant_name, END)
    whole.land("lines/a.jsonl", (plane.landing / "lines/a.jsonl").read_bytes())
    whole.land("lines/late.jsonl", (plane.landing / "lines/late.jsonl").read_bytes())
    whole.run()
    measure_new(whole.settings)
    names = ("gold.drift_sketches", "gold.drift")
    assert {name: plane.digests()[name] for name in names} == {name: whole.digests()[name] for name in names}


def test_the_policy_of_the_plant_sets_the_limits(plane: Plane) -> None:
    limits = {"ks": (1.0, "1"), "psi": (99.0, "nats"), "kl": (99.0, "nats")}
    numbers = "".join(
        f'[drift_{name}_limit]\nvalue = {value}\nunit = "{unit}"\nsource = "a test"\n'
        for name, (value, unit) in limits.items()
    )
    (Path(plane.plant_name) / "policy.toml").write_text(numbers, encoding="utf-8")

    assert measure_new(plane.settings).changed
    assert fleet(plane)["2026-03-15"] == "NO_DRIFT"


def test_an_empty_lake_says_why(tmp_path: Path) -> None:
    plane = Plane(tmp_path, NOWHERE, str(write_small_plant(tmp_path)), END)

    report = measure_new(plane.settings)

    assert not report.changed
    assert report.lines[0].startswith("drift: nothing to compare: nothing has been ingested")
    assert why_empty(plane.settings, load_plant(plane.settings), "gold.drift").startswith("nothing has been ingested")
