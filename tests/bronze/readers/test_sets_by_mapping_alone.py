"""Real sets come in by mapping alone: each value and time is what Python's own csv and json say."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import scipy.io

from bronze.readers import read_records
from expectations.mapping.file import load_mappings, parse_mapping
from expectations.mapping.mapping import Mapping

DATA = Path(__file__).resolve().parents[4] / "shared" / "data"
RATE_HZ = 12_000
SAMPLES = 2 * RATE_HZ
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
PLACE = {"constants": {"machine_id": "M1", "factory_id": "F1"}, "templates": {"sensor_id": "{machine_id}/{metric}"}}
Values = list[tuple[str, datetime, float]]


def set_of(name: str) -> Path:
    if not (DATA / name).is_dir():
        pytest.skip(f"the data set ../shared/data/{name} is not on this machine")
    return DATA / name


def mapping(**keys: Any) -> Mapping:
    return parse_mapping({"feed": "readings", "files": ["*"], "shape": "wide_by_metric", **PLACE, **keys}, "real")


def read(content: bytes, one: Mapping) -> tuple[Values, int]:
    """Metric, time and value of each row, in their order, and how many records are blank; none may be rejected."""
    batches = list(read_records(io.BytesIO(content), one))
    assert [row for batch in batches for row in batch.rejected.to_pylist()] == []
    names = ["metric", "measured_at", "value"]
    rows = [row for batch in batches for row in batch.rows.select(names).to_pylist()]
    return [(row["metric"], row["measured_at"], row["value"]) for row in rows], sum(batch.blank for batch in batches)


def csv_rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as text:
        yield from csv.DictReader(text)


@pytest.mark.parametrize("name", ["machine_temperature_system_failure", "ambient_temperature_system_failure"])
def test_each_temperature_of_nab_is_read(name: str) -> None:
    path = set_of("nab_machine_temperature") / f"{name}.csv"
    time = {"column": "timestamp", "kind": "local", "zone": "UTC"}
    one = mapping(format="csv", time=time, metrics={"value": {"metric": "temperature", "unit": "F"}})

    found, blank = read(path.read_bytes(), one)

    stamps = [(datetime.fromisoformat(f"{row['timestamp']}+00:00"), float(row["value"])) for row in csv_rows(path)]
    assert len(stamps) > 7_000
    assert blank == 0
    assert found == [("temperature", at, value) for at, value in stamps]


def test_each_cell_of_xep_is_read_by_the_mappings_of_the_plant() -> None:
    folder = set_of("xep_factory")
    cells = 0
    for one in load_mappings("xep_factory"):
        for path in sorted(path for glob in one.files for path in folder.glob(glob)):
            found, blank = read(path.read_bytes(), one)
            expected = sorted(_xep(one, path))
            assert sorted((at, value) for _, at, value in found) == expected, path.name
            cells += len(found) + blank

    assert cells > 700_000


def _xep(one: Mapping, path: Path) -> Iterator[tuple[datetime, float]]:
    """Time and value of each cell that is not blank, by csv alone."""
    divisors = {cell.column: cell.divisor for cell in one.metrics} | dict.fromkeys(one.machines, 1.0)
    for row in csv_rows(path):
        there = [column for column in divisors if row[column] and row[column] not in one.missing]
        for column in there:  # rows of an empty sensor have NaN for a time
            at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=int(row["Timestamp"]))
            yield at, float(row[column]) / divisors[column]


def test_each_sample_of_a_transcription_of_cwru_is_read() -> None:
    """One JSON object a file: when it began, the time from one sample to the next, and two arrays of two seconds."""
    files = sorted(set_of("cwru_bearing").glob("*.mat"))
    metrics = {"drive_end": {"metric": "acceleration", "unit": "g"}, "fan_end": {"metric": "fan", "unit": "g"}}
    series = {"step": "step_us", "unit": "us"}
    one = mapping(format="json", time={"column": "began"}, metrics=metrics, series=series, ignored=["rpm"])

    for path in files:
        text = _transcribed(path)
        found, blank = read(text.encode(), one)
        document = json.loads(text)
        times = [
            BEGAN + timedelta(microseconds=round(place * 1e6 / RATE_HZ)) for place in range(len(document["fan_end"]))
        ]
        for metric, column in (("acceleration", "drive_end"), ("fan", "fan_end")):
            assert [(at, value) for name, at, value in found if name == metric] == list(
                zip(times, document[column], strict=True)
            )
        assert blank == 0

    assert len(files) == 5


def _transcribed(path: Path) -> str:
    signals = scipy.io.loadmat(path)
    drive, fan = (next(signals[name] for name in signals if name.endswith(end)) for end in ("DE_time", "FE_time"))
    return json.dumps({
        "began": BEGAN.isoformat(),
        "step_us": 1e6 / RATE_HZ,
        "drive_end": [round(value, 9) for value in drive[:SAMPLES, 0].tolist()],
        "fan_end": [round(value, 9) for value in fan[:SAMPLES, 0].tolist()],
        "rpm": 1772,
    })  # fmt: skip
