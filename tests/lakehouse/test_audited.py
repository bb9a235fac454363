"""Rows reach a table through the gate alone: another batch does not type-check and does not run."""

import dataclasses
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from expectations.tables.contract import Column, Table
from lakehouse.audited import AuditedFiles, AuditedRows, Seal
from lakehouse.commit_metadata import Audit, CommitMetadata
from lakehouse.errors import UnauditedError
from lakehouse.lake import Lake
from lakehouse.publish.gate import audit_rows
from lakehouse.storage.places import storage_at
from lakehouse.transaction import Transaction
from lakehouse.writing.linked_files import append_files, replace_dates
from lakehouse.writing.metadata import record_metadata
from lakehouse.writing.replaced_rows import merge_rows, replace_rows
from lakehouse.writing.rows import put_rows
from tests.architecture.sources import REPO
from tests.support.audited_files import audited_rows

COLUMNS = (Column("day", "date", "Day", nullable=False), Column("size", "bigint", "Size"))
TABLE = Table("gold", "days", "Days", COLUMNS, key=("day",), partition_by=("day",))
ROWS = pa.table({"day": pa.array([0, 1, 2], pa.date32()), "size": [7, 8, 9]})
PASSED = Audit("PASS", "5d0c", "c430")
NOTHING = CommitMetadata()
ONCE = Transaction("days/1")

# What each writing function is given: lines of code, and the fault that mypy finds in it.
SNIPPETS = {
    "append": ("append_files(lake, [], ONCE, NOTHING)", 'expected "AuditedFiles"'),
    "replace": ("replace_dates(lake, (), None, NOTHING)", 'expected "AuditedFiles"'),
    "put": ("put_rows(lake, rows, None, NOTHING)", 'expected "AuditedRows"'),
    "merge": ("merge_rows(lake, rows, ONCE, NOTHING)", 'expected "AuditedFiles"'),
    "replace_rows": ("replace_rows(lake, rows, None, [], NOTHING)", 'expected "AuditedFiles"'),
    "a batch made by hand": ("AuditedRows(TABLE, rows, AUDIT)", 'Missing positional argument "seal"'),
    "a batch with a made-up seal": ("AuditedRows(TABLE, rows, AUDIT, object())", 'expected "Seal"'),
}
PRELUDE = """
from typing import Any
from expectations.tables.contract import Table
from lakehouse.audited import AuditedFiles, AuditedRows
from lakehouse.commit_metadata import Audit, CommitMetadata
from lakehouse.lake import Lake
from lakehouse.transaction import Transaction
from lakehouse.writing.linked_files import append_files, replace_dates
from lakehouse.writing.replaced_rows import merge_rows, replace_rows
from lakehouse.writing.rows import put_rows

class Rows: ...

def write(lake: Lake, rows: Rows, batch: AuditedRows, files: AuditedFiles, spark: Any, TABLE: Table, AUDIT: Audit,
          NOTHING: CommitMetadata, ONCE: Transaction) -> None:
    put_rows(lake, batch, None, NOTHING)
    append_files(lake, files, ONCE, NOTHING)
"""


def test_an_unaudited_write_does_not_type_check(tmp_path: Path) -> None:
    """The two audited writes of the prelude do; each line after them has its one fault."""
    snippet = tmp_path / "snippet.py"
    snippet.write_text(PRELUDE + "".join(f"    {code}\n" for code, _ in SNIPPETS.values()), encoding="utf-8")

    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file", str(REPO / "pyproject.toml"), "--no-pretty", str(snippet)],
        cwd=REPO, env=os.environ | {"MYPYPATH": str(REPO)}, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip

    first = PRELUDE.count("\n") + 1
    found = [line for line in done.stdout.splitlines() if ": error:" in line]
    assert len(found) == len(SNIPPETS), done.stdout + done.stderr
    for at, (line, (_, fault)) in enumerate(zip(found, SNIPPETS.values(), strict=True)):
        assert f"snippet.py:{first + at}:" in line
        assert fault in line


@pytest.mark.parametrize("forged", [ROWS, [ROWS], None, PASSED], ids=["rows", "list", "None", "an audit"])
@pytest.mark.parametrize(
    "write",
    [
        lambda lake, batch: append_files(lake, batch, ONCE, NOTHING),
        lambda lake, batch: replace_dates(lake, batch, None, NOTHING),
        lambda lake, batch: put_rows(lake, batch, None, NOTHING),
        lambda lake, batch: merge_rows(lake, batch, ONCE, NOTHING),
        lambda lake, batch: replace_rows(lake, batch, None, [], NOTHING),
    ],
    ids=["append", "replace", "put", "merge", "replace_rows"],
)
def test_an_unaudited_write_does_not_run(write: Callable[[Lake, Any], None], forged: Any, tmp_path: Path) -> None:
    with pytest.raises(UnauditedError, match="legal is Audited"):
        write(Lake(tmp_path), forged)

    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("seal", [Seal(), object(), None], ids=["another seal", "an object", "None"])
def test_only_the_gates_seal_makes_a_batch(seal: Any, tmp_path: Path) -> None:
    with pytest.raises(UnauditedError, match=r"gold.days: a batch is made by the gate alone"):
        AuditedRows(TABLE, ROWS, PASSED, seal)
    with pytest.raises(UnauditedError, match=r"gold.days: a batch is made by the gate alone"):
        AuditedFiles(TABLE, storage_at(tmp_path), (), PASSED, seal)


def test_an_audited_batch_cannot_be_given_other_rows(tmp_path: Path) -> None:
    batch = audit_rows(ROWS, TABLE, Lake(tmp_path), "b1")

    with pytest.raises(ValueError, match="seal"):
        dataclasses.replace(batch, rows=ROWS.slice(0, 0))  # type: ignore[call-arg]  # mypy refuses it too
    with pytest.raises(dataclasses.FrozenInstanceError):
        batch.rows = ROWS  # type: ignore[misc]  # what is frozen refuses it


def test_some_dates_of_an_audited_batch_are_audited(tmp_path: Path) -> None:
    lake = Lake(tmp_path)

    with audited_rows(lake, TABLE, ROWS) as batch:
        append_files(lake, batch.only(["1970-01-01", "1970-01-03", "2026-03-01"]), ONCE, NOTHING)

    assert [str(row["day"]) for row in lake.arrow(TABLE).sort_by("day").to_pylist()] == ["1970-01-01", "1970-01-03"]
    assert lake.commits(TABLE)[-1].metadata.audit == batch.audit


def test_the_caller_cannot_commit_an_audit_of_its_own(tmp_path: Path) -> None:
    lake = Lake(tmp_path)

    put_rows(lake, audit_rows(ROWS, TABLE, lake, "b1"), None, CommitMetadata(audit=PASSED))
    record_metadata(lake, TABLE, CommitMetadata(audit=PASSED, batch=1))

    suites = [commit.metadata.audit and commit.metadata.audit.suite for commit in lake.commits(TABLE)]
    assert suites[0] is None
    assert suites[1] not in (None, PASSED.suite)
    assert suites[2] is None


def test_metadata_without_rows_is_committed_once_under_a_name(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    for _ in range(2):
        record_metadata(lake, TABLE, CommitMetadata(batch=1), ONCE)

    assert [commit.metadata.batch for commit in lake.commits(TABLE)] == [None, 1]


def test_only_the_gate_has_the_seal() -> None:
    rooms = ("bronze", "silver", "gold", "ml", "jobs", "report", "lakehouse", "bench", "dags", "simulator", "tests")
    users = [
        str(path.relative_to(REPO))
        for room in rooms
        for path in sorted((REPO / room).rglob("*.py"))
        if "GATE_SEAL" in path.read_text(encoding="utf-8") and path != Path(__file__)
    ]

    assert users == ["lakehouse/audited.py", "lakehouse/publish/gate.py"]
