"""The gate before every publish: Great Expectations judges the batch, the verdict goes into the commit."""

from typing import TYPE_CHECKING, Any

from expectations.contract import Table
from jobs.runtime.code_revision import code_revision
from jobs.runtime.delta import Lake
from jobs.runtime.errors import GateRefused
from jobs.runtime.log import log

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

DOCS = "_reports/data_docs"


def audit(frame: "DataFrame", table: Table, lake: Lake, batch: str) -> dict[str, Any]:
    """Judge a batch before it is published; what the commit shall say of it.

    Args:
        frame: The rows to be published, the contract's columns.
        table: Their table.
        lake: Where the Data Docs stand.
        batch: Name of the batch in reports.

    Returns:
        `verdict`, `suite` (hash) and `code` (revision) for the commit's metadata.

    Raises:
        GateRefused: A rule of severity fail is broken; nothing was published.
    """
    from expectations.runner import validate

    report = validate(frame, table, batch=batch, docs=lake.root / DOCS)
    log().debug("gate of %s: %s in %.1f s", table.name, "passed" if report.success else "refused", report.seconds)
    if not report.success:
        broken = "; ".join(f"{failure.code}: {failure.detail}" for failure in report.failures)
        raise GateRefused(
            f"{table.name}, {batch}: {broken}. Nothing was published; the report is in {lake.root / DOCS}",
            {"table": table.name, "batch": batch, "failures": [failure.code for failure in report.failures]},
        )
    return {"verdict": "PASS", "suite": report.suite_hash, "code": code_revision()}
