"""A landed file: its rows of the ledger, the tables that hold it, and the models and bundles that learnt from these."""

from difflib import get_close_matches

from jobs.lineage.answer import LEGAL, Answer, Stop, table_stops
from jobs.lineage.files_behind import ROWS_OF
from jobs.lineage.of_line import line_stops
from jobs.lineage.of_model import learnt_from
from lakehouse.errors import UsageError
from lakehouse.table_lineage import TableVersion, users, with_batch
from report.lake_view import LakeView, Row

_LEDGER = """SELECT path, feed, mapping, outcome, detail, sha256, size_bytes, modified_at, records, rows, blank,
    rejected, duplicate, _file_id AS file_id, _batch_id AS batch, _ingested_at AS ingested_at
FROM bronze.files WHERE path = $name OR _file_id = $name OR ends_with(path, '/' || $name)
ORDER BY path, _batch_id"""
_IN_QUARANTINE = """SELECT count(*) AS n FROM silver.readings_quarantine
WHERE _file_id = $file AND _batch_id = $batch"""


def of_file(view: LakeView, name: str, line: int | None) -> Answer:
    """The lineage of a file, by its path below the landing folder, the end of it, or its id; of one line where given.

    Raises:
        UsageError: The ledger knows no such file, or several; or its line is no record.
    """
    rows = view.rows(_LEDGER, {"name": name})
    paths = sorted({row["path"] for row in rows})
    if len(paths) != 1:
        raise UsageError(_unclear(view, name, paths))
    held: dict[str, TableVersion] = {}
    for user in (user for row in rows if row["outcome"] in ROWS_OF for user in _holding(view, row)):
        held.setdefault(user.table, user)
    tables = users(view.plant.lake, view.plant.tables, held) if held else ()
    made = learnt_from(view, {each.table: each.version for each in tables})
    subject = tuple(_file_stop(row) for row in rows)
    if line is not None:
        subject += line_stops(view, tuple(dict.fromkeys(row["file_id"] for row in rows)), line, paths[0])
    return Answer(subject, (), (*table_stops(tables), *made))


def _holding(view: LakeView, row: Row) -> list[TableVersion]:
    """The versions that published the batch of a file, of the tables that hold rows of it."""
    names = [f"bronze.{row['feed']}", *(["bronze.rejected"] if row["rejected"] else [])]
    if row["feed"] == "readings":
        names += ["silver.readings", *_quarantined(view, row)]
    lake, tables = view.plant.lake, view.plant.tables
    return [found for name in names if (found := with_batch(lake, tables[name], row["batch"]))]


def _quarantined(view: LakeView, row: Row) -> list[str]:
    values = {"file": row["file_id"], "batch": row["batch"]}
    return ["silver.readings_quarantine"] if view.row(_IN_QUARANTINE, values)["n"] else []


def _file_stop(row: Row) -> Stop:
    counts = ", ".join(f"{row[key]:,} {key}" for key in ("rows", "blank", "rejected", "duplicate") if row[key])
    read = (
        f"{row['records']:,} records ({counts or 'none'}) by mapping {row['mapping']}"
        if row["mapping"]
        else "no mapping"
    )
    detail = f" ({row['detail']})" if row["detail"] else ""
    words = (
        f"{row['outcome']}{detail} in batch {row['batch']} at {row['ingested_at']:%Y-%m-%dT%H:%M:%SZ}, {read}; "
        f"{row['size_bytes']:,} B of {row['modified_at']:%Y-%m-%dT%H:%M:%SZ}, sha256 {row['sha256']}, "
        f"id {row['file_id']}"
    )
    return Stop("file", row["path"], words, {key: value for key, value in row.items() if key != "path"})


def _unclear(view: LakeView, name: str, paths: list[str]) -> str:
    if paths:
        return f"got {name!r}, the end of {len(paths)} paths: {', '.join(paths[:5])}; give more of one"
    known = [row["path"] for row in view.rows("SELECT DISTINCT path FROM bronze.files ORDER BY path")]
    near = ", ".join(get_close_matches(name, known, cutoff=0.4)) or ", ".join(known[:3]) or "none landed yet"
    return (
        f"got {name!r}, which is no path of the {len(known):,} files that landed, no table, model, bundle or "
        f"'MACHINE at TIME'; legal: {LEGAL}; paths like it: {near}"
    )
