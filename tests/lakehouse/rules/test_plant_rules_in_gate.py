"""A plant's own rules of rows are part of the gate: of rows and of files, in the suite, its pages and commits."""

import json
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest

from expectations.audit.suite_description import suite_hash
from expectations.errors import ProfileError
from expectations.tables.contract import Column, Rule, Severity, Table
from lakehouse.commit_metadata import CommitMetadata
from lakehouse.errors import GateRefused
from lakehouse.files.table_files import write_rows
from lakehouse.lake import Lake
from lakehouse.publish.docs_site import DocsSite
from lakehouse.publish.gate import audit_rows, audit_written
from lakehouse.storage.places import storage_at
from lakehouse.writing.rows import put_rows

TABLE = Table(
    "silver", "runs", "Runs",
    (
        Column("machine_id", "string", "Machine"), Column("pressure", "double", "Pressure"),
        Column("day", "date", "Day", nullable=False),
    ),
    partition_by=("day",),
)  # fmt: skip
DAYS = pa.array([date(2026, 3, 1), date(2026, 3, 1), date(2026, 3, 2), date(2026, 3, 2)], pa.date32())


def _rows(*pressures: float | None) -> pa.Table:
    machines = pa.array(["P1", "P2", "P1", "P2"]).dictionary_encode()
    return pa.table({"machine_id": machines, "pressure": pa.array(pressures, pa.float64()), "day": DAYS})


def _rule(condition: str, severity: Severity) -> Rule:
    return Rule("pressed", f"coalesce(({condition}), true)", severity, "A pump has pressure")


def _lake(folder: Path, condition: str, severity: Severity) -> Lake:
    return Lake(folder, {TABLE.name: (_rule(condition, severity),)})


def _audit(lake: Lake, rows: pa.Table, folder: Path, *, in_files: bool) -> str | None:
    """Audit the rows in one of the two ways in which a batch comes; the suite that its commit would name."""
    if not in_files:
        batch = audit_rows(rows, TABLE, lake, "b1")
        put_rows(lake, batch, None, CommitMetadata())
        return batch.audit.suite
    there = storage_at(folder)
    return audit_written(write_rows(rows, TABLE, there), TABLE, lake, there, "b1").audit.suite


@pytest.mark.parametrize("in_files", [False, True], ids=["rows", "files"])
def test_rows_that_break_a_rule_are_refused_and_the_sentence_names_it(tmp_path: Path, *, in_files: bool) -> None:
    condition = "machine_id LIKE 'P%' AND (pressure > 0 OR day < DATE '2026-03-02')"
    lake = _lake(tmp_path / "lake", condition, Severity.FAIL)

    with pytest.raises(GateRefused, match=r"pressed: 1 of 4 rows; A pump has pressure") as refused:
        _audit(lake, _rows(-1.0, 2.0, -3.0, None), tmp_path / "files", in_files=in_files)

    assert refused.value.data["failures"] == ["pressed"]
    assert lake.version(TABLE) is None


@pytest.mark.parametrize("in_files", [False, True], ids=["rows", "files"])
def test_where_the_condition_is_null_the_rule_does_not_apply(tmp_path: Path, *, in_files: bool) -> None:
    lake = _lake(tmp_path / "lake", "pressure > 0", Severity.FAIL)

    suite = _audit(lake, _rows(1.0, 2.0, None, None), tmp_path / "files", in_files=in_files)

    assert suite != suite_hash(TABLE)


def test_a_warning_is_published_with_its_count_in_the_commit_and_on_the_page(tmp_path: Path) -> None:
    lake = _lake(tmp_path, "pressure > 0", Severity.WARN)

    _audit(lake, _rows(-1.0, 2.0, -3.0, None), tmp_path, in_files=False)

    audit = lake.last(TABLE, lambda metadata: metadata.audit)
    assert audit is not None
    assert audit.warned == {"pressed": 2}
    history = json.loads(DocsSite.of(lake.storage).read(f"{TABLE.name}/history.json") or b"{}")
    assert history["entries"][-1]["outcome"] == "warning"


def test_a_rule_that_cannot_be_computed_of_a_row_publishes_nothing_and_says_what_to_do(tmp_path: Path) -> None:
    lake = _lake(tmp_path / "lake", "CAST(machine_id AS INTEGER) > 0", Severity.WARN)

    with pytest.raises(ProfileError, match=r"rules of silver.runs \(pressed\).*TRY_CAST"):
        _audit(lake, _rows(1.0, 2.0, 3.0, 4.0), tmp_path / "files", in_files=True)


def test_another_plant_has_the_suite_of_the_contract(tmp_path: Path) -> None:
    assert _audit(Lake(tmp_path / "lake"), _rows(-1.0, 2.0, None, None), tmp_path, in_files=True) == suite_hash(TABLE)
