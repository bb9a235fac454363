"""Every record of the real sets is accounted for, by Python's own csv."""

import csv
import tarfile
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bronze.readers import ReadBatch, read_records
from expectations.mapping.file import load_mappings
from expectations.mapping.landed_path import at_path
from expectations.mapping.mapping import Mapping
from tests.support.reader_files import Read, wide_mapping

DATA = Path(__file__).resolve().parents[4] / "shared" / "data"


def _sources(plant: str) -> list[tuple[Mapping, Path]]:
    return [
        (mapping, path)
        for mapping in load_mappings(plant)
        for pattern in mapping.files
        for path in sorted((DATA / plant).glob(pattern))
    ]


def _need(plant: str) -> None:
    if not (DATA / plant).exists():
        pytest.skip(f"the data set ../shared/data/{plant} is not on this machine")


def _read(mapping: Mapping, path: Path, *, use_fast: bool = True) -> list[ReadBatch]:
    with path.open("rb") as stream:
        return list(read_records(stream, mapping, use_fast=use_fast))


def _csv_rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as text:
        yield from csv.DictReader(text)


def _expected(mapping: Mapping, path: Path) -> Counter[str]:
    """Records and blanks of a file by csv alone."""
    cells = [cell.column for cell in mapping.metrics] + list(mapping.machines)
    count = Counter[str]()
    for row in _csv_rows(path):
        count["records"] += max(len(cells), 1)
        count["blank"] += sum(row[cell] == "" or row[cell] in mapping.missing for cell in cells)
    return count


@pytest.mark.parametrize("plant", ["azure_pdm", "xep_factory"])
def test_every_record_of_a_real_set_is_a_row_a_blank_or_rejected(plant: str) -> None:
    _need(plant)
    for mapping, path in _sources(plant):
        expected = _expected(mapping, path)

        batches = _read(mapping, path)

        for batch in batches:
            rejected = sum(batch.rejected["record_count"].to_pylist())
            assert batch.records == batch.rows.num_rows + batch.blank + rejected
        assert sum(batch.records for batch in batches) == expected["records"], path.name
        assert sum(batch.blank for batch in batches) == expected["blank"], path.name


def test_azure_telemetry_gives_the_values_that_csv_gives() -> None:
    _need("azure_pdm")
    ((mapping, path),) = [s for s in _sources("azure_pdm") if s[0].name == "telemetry"]
    expected = [
        (row["machineID"], cell.metric, row["datetime"], float(row[cell.column]), cell.unit)
        for row in _csv_rows(path)
        for cell in mapping.metrics
    ]

    rows = [row for batch in _read(mapping, path) for row in batch.rows.to_pylist()]

    got = [
        (r["machine_id"], r["metric"], r["measured_at"].strftime("%Y-%m-%d %H:%M:%S"), r["value"], r["unit"])
        for r in rows
    ]
    assert got == expected
    assert rows[0]["sensor_id"] == "1/voltage"
    assert rows[0]["_line"] == 2
    assert rows[0]["_column"] == "volt"


def test_azure_machines_carry_their_age_as_attribute() -> None:
    _need("azure_pdm")
    ((mapping, path),) = [s for s in _sources("azure_pdm") if s[0].name == "machines"]

    (batch,) = _read(mapping, path)

    first = batch.rows.to_pylist()[0]
    assert (first["machine_id"], first["machine_model"], first["attributes"]) == ("1", "model3", '{"age_years": "18"}')
    assert first["valid_from"] is None


@pytest.mark.parametrize("plant", ["azure_pdm", "xep_factory"])
def test_both_roads_give_the_same_on_a_real_set(plant: str) -> None:
    _need(plant)
    first = {mapping.name: (mapping, path) for mapping, path in reversed(_sources(plant))}
    for mapping, path in first.values():
        for fast, slow in zip(_read(mapping, path), _read(mapping, path, use_fast=False), strict=True):
            assert fast == slow


def test_the_files_of_a_bearing_come_in_by_mapping_alone() -> None:
    """FEMTO's: no header, clock in four columns, no date. Every tenth file, against Python's csv and datetime."""
    archive = DATA / "femto_bearing" / "Learning_set_Bearing3_1.tar.gz"
    if not archive.exists():
        pytest.skip("the data set ../shared/data/femto_bearing is not on this machine")
    names = ["hour", "minute", "second", "micro", "horizontal", "vertical"]
    mapping = wide_mapping(
        files=["*/acc_*.csv"], path="{machine_id}/acc_*.csv", columns={}, machine_of={}, missing=[],
        constants={"factory_id": "F1", "date": "2010-11-17"}, templates={"sensor_id": "{machine_id}/{metric}"},
        csv={"names": names},
        time={"columns": ["date", "hour", "minute", "second"], "kind": "local", "zone": "UTC",
              "format": "%Y-%m-%d %H %M %S", "plus": {"column": "micro", "unit": "us"}},
        metrics={name: {"metric": name, "unit": "g"} for name in names[4:]},
    )  # fmt: skip
    with tarfile.open(archive) as packed:
        files = sorted(name for name in packed.getnames() if "/acc_" in name)
        for name in files[::10]:
            content = packed.extractfile(name)
            assert content is not None
            raw = content.read()
            read = Read(raw, at_path(mapping, name))
            expected = [
                (datetime(2010, 11, 17, int(hour), int(minute), int(second), round(float(micro)), UTC), float(value))
                for hour, minute, second, micro, *values in csv.reader(raw.decode().splitlines())
                for value in values
            ]
            assert [(row["measured_at"], row["value"]) for row in read.rows] == expected
            assert (read.rejected, read.blank, len(expected)) == ([], 0, 5120)
    assert len(files) == 515
