"""Every record of the real sets is accounted for, by Python's own csv."""

import csv
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from bronze.readers import ReadBatch, read_records
from expectations.mapping.file import load_mappings
from expectations.mapping.mapping import Mapping

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
