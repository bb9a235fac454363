"""The landed files behind versions of the tables of bronze."""

from jobs.lineage.answer import Stop
from lakehouse.table_lineage import TableVersion, batches
from report.lake_view import LakeView

ROWS_OF = ("read", "file_changed", "repaired")
"""Outcomes in the ledger of contents that have rows."""
_FILES = """SELECT count(DISTINCT path) AS files, sum(records)::BIGINT AS records, min(path) AS first, max(path) AS last
FROM bronze.files WHERE list_contains($outcomes, outcome) AND list_contains($batches, _batch_id)
    AND (feed = $feed OR $feed IN ('rejected', 'files', 'unread_numbers', 'bad_quality'))"""


def files_of(view: LakeView, versions: tuple[TableVersion, ...]) -> tuple[Stop, ...]:
    """A stop for the files behind each table of bronze among some versions."""
    stops = []
    for each in versions:
        layer, _, feed = each.table.partition(".")
        held = batches(view.plant.lake, view.plant.tables[each.table], each.version) if layer == "bronze" else ()
        if held:
            found = view.row(_FILES, {"batches": list(held), "feed": feed, "outcomes": list(ROWS_OF)})
            words = (
                f"{found['files']:,} files of {found['records'] or 0:,} records, {found['first']} to {found['last']}"
            )
            facts = {"table": each.table, "batches": list(held), **found}
            stops.append(Stop("file", f"of batches {held[0]} to {held[-1]}, {feed}", words, facts))
    return tuple(stops)
