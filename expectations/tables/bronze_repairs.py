"""`bronze.repairs`: what was set right in records that a person replays, beside the records as they arrived."""

from expectations.tables.contract import Column, Table
from expectations.tables.shared import CELL, FILE_ID, LINE

REPAIRS = Table(
    "bronze", "repairs",
    "Records that a person repaired and replayed, one row each: the record as it arrived, and what was set right. In "
    "force once the ledger has the outcome repaired of _file_id, until it has the outcome undone of it",
    (
        Column("repair_id", "string", "The repair: one call of `assay quarantine replay`", nullable=False),
        Column("rule", "string", "What was done to the record, as the options say it", nullable=False),
        Column("reason", "string", "Why, in the words of who did it", nullable=False),
        Column("who", "string", "Account that repaired it", nullable=False),
        Column("repaired_at", "timestamp", "When", unit="UTC", nullable=False),
        Column("repaired_file_id", "string", "_file_id of the record as it arrived", nullable=False),
        Column("measured_at", "timestamp", "Time of the repaired record", unit="UTC", nullable=False),
        Column("value", "double", "Value of the repaired record, in `unit`", nullable=False),
        Column("unit", "string", "Unit of the repaired record", nullable=False),
        LINE, CELL, FILE_ID,
    ),
    key=("_file_id", "_line", "_column"),
    prunes=("_file_id",),
    retention_days=30,
)  # fmt: skip
"""Both records have the same `_line` and `_column`: the one as it arrived in `repaired_file_id`, the other in
`_file_id`."""
