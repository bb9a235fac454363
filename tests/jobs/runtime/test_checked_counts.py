"""The gate on rows that were counted where they were written: refused, warned of, or published."""

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from expectations.tables.contract import Column, Rule, Severity, Table
from lakehouse.engine.errors import EngineError
from lakehouse.errors import GateRefused
from lakehouse.files.table_files import TableFiles, Written
from lakehouse.files.task_files import TaskFiles
from lakehouse.lake import Lake
from lakehouse.publish.gate import audit_written
from lakehouse.storage.places import storage_at

TABLE = Table(
    "gold", "sizes", "Sizes", (Column("name", "string", "Name", nullable=False), Column("size", "bigint", "Size")),
    key=("name",), rules=(Rule("too_large", "size < 1000", Severity.FAIL, "Sizes are small"),),
)  # fmt: skip
WARNED = replace(TABLE, rules=(replace(TABLE.rules[0], severity=Severity.WARN),))


def _written(folder: Path, table: Table, *sizes: int | None) -> Written:
    with TaskFiles(storage_at(folder)) as out:
        files = TableFiles(table, out)
        files.write(pa.table({"name": ["a"] * len(sizes), "size": pa.array(sizes, pa.int64())}))
    return files.written()


def test_a_batch_that_breaks_a_rule_is_refused_and_says_how_often(tmp_path: Path) -> None:
    written = _written(tmp_path / "batch", TABLE, 1, 1000, None)

    with pytest.raises(GateRefused, match=r"batch 7: too_large: 2 of 3 rows; Sizes are small"):
        audit_written(written, TABLE, Lake(tmp_path / "lake"), storage_at(tmp_path / "batch"), "batch 7")


def test_a_broken_rule_that_only_warns_is_said_and_published(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    written = _written(tmp_path / "batch", WARNED, 1, 1000)

    batch = audit_written(written, WARNED, Lake(tmp_path), storage_at(tmp_path / "batch"), "batch 7")

    assert batch.audit.verdict == "PASS"
    assert "gold.sizes, batch 7: too_large: 1 of 2 rows" in caplog.text


def test_files_that_do_not_hold_what_was_counted_are_no_batch(tmp_path: Path) -> None:
    written = _written(tmp_path / "batch", TABLE, 1, 2)
    fewer = _written(tmp_path / "fewer", TABLE, 1)

    with pytest.raises(EngineError, match=r"wrote 2 rows of gold.sizes .* and 1 are there"):
        audit_written(
            replace(written, files=fewer.files), TABLE, Lake(tmp_path), storage_at(tmp_path / "fewer"), "batch 7"
        )
