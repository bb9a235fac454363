"""Tables made as their contracts have them, and made complete where a contract has grown."""

from deltalake import DeltaTable, Schema

from expectations.tables.contract import Table
from lakehouse.commit_metadata import CommitMetadata
from lakehouse.delta_tables import open_table
from lakehouse.descriptions import CHECKPOINT_EVERY, CHECKPOINTS, fields_of
from lakehouse.files.linking import PRUNING, complete
from lakehouse.lake import Lake
from lakehouse.writing.properties import properties_of


def make_table(lake: Lake, table: Table) -> bool:
    """Make the table, empty, with its description; False where it is there already.

    Its properties are set then: retention is theirs alone.
    """
    if lake.exists(table):
        return False
    address = lake.storage_of(table).address()
    DeltaTable.create(
        address.uri, Schema(fields_of(table)), name=table.name, description=table.description,
        storage_options=dict(address.options) or None, partition_by=list(table.partition_by),
        configuration=_configuration(table), commit_properties=properties_of(CommitMetadata(created=True), None),
    )  # fmt: skip
    return True


def open_complete(lake: Lake, table: Table) -> "DeltaTable":
    """The table with all the contract's columns; made where it is not there yet."""
    is_new = make_table(lake, table)
    delta = open_table(lake.storage_of(table))
    if not is_new:
        complete(delta, table)
    return delta


def _configuration(table: Table) -> dict[str, str]:
    """Statistics are stored of the columns that prune: of ten text columns they doubled a write's time (measured)."""
    return {
        "delta.deletedFileRetentionDuration": f"interval {table.retention_days} days",
        "delta.logRetentionDuration": f"interval {max(30, table.retention_days)} days",
        "delta.enableDeletionVectors": "false",
        CHECKPOINTS: str(CHECKPOINT_EVERY),
        PRUNING: ",".join(table.pruning),
    }
