"""The lineage of one file: its rows, the tables built from them, the model, the bundle."""

from dataclasses import dataclass
from datetime import datetime

from lakehouse.table_lineage import TableVersion, users, with_batch
from report.lake_view import LakeView
from report.queries.bundles import BundleFacts
from report.queries.model import ModelFacts
from report.queries.story import Story

_WITH_BATCH = ("bronze.readings", "silver.readings")


@dataclass(frozen=True, slots=True)
class RawFile:
    """The file that the example begins with."""

    path: str
    size_bytes: int
    sha256: str
    file_id: str
    mapping: str | None
    records: int
    rows: int
    batch: int
    ingested_at: datetime


@dataclass(frozen=True, slots=True)
class Lineage:
    """The lineage of one file. Tables are in the order of the data; those that are not built are left out."""

    file: RawFile | None
    tables: tuple[TableVersion, ...]
    trained_on: tuple[tuple[str, int, int | None], ...]
    model: ModelFacts | None
    bundle: BundleFacts | None
    bundle_scores: int


def lineage(view: LakeView, chosen: Story | None, model: ModelFacts | None, bundle: BundleFacts | None) -> Lineage:
    """The lineage of the file that brought the story's machine its last readings before the story's moment."""
    file = _file(view, chosen)
    trained = model.data_versions.items() if model else ()
    lake, tables = view.plant.lake, view.plant.tables
    return Lineage(
        file=file,
        tables=_tables(view, file) if file else (),
        trained_on=tuple((name, number, lake.version(tables[name])) for name, number in trained if name in tables),
        model=model,
        bundle=bundle,
        bundle_scores=_bundle_scores(view, bundle),
    )


def _file(view: LakeView, chosen: Story | None) -> RawFile | None:
    of_story = (
        "WHERE _file_id = (SELECT _file_id FROM bronze.readings WHERE machine_id = $machine "
        "AND factory_id = $factory AND measured_at <= $at "
        "AND _file_id IN (SELECT _file_id FROM bronze.files WHERE outcome = 'read') "
        "ORDER BY measured_at DESC, _file_id LIMIT 1) AND outcome = 'read'"
    )
    pick = chosen.pick if chosen else None
    values = {"machine": pick.machine_id, "factory": pick.factory_id, "at": pick.centre} if pick else {}
    rows = view.rows(
        "SELECT path, size_bytes, sha256, _file_id AS file_id, mapping, records, rows, _batch_id AS batch, "  # noqa: S608  # a constant
        "_ingested_at AS ingested_at FROM bronze.files "
        f"{of_story if chosen else chr(39).join(('WHERE outcome = ', 'read', ''))} "
        "ORDER BY feed, path LIMIT 1",
        values,
    )
    return RawFile(**rows[0]) if rows else None


def _tables(view: LakeView, file: RawFile) -> tuple[TableVersion, ...]:
    """The tables that hold the file's batch, and in their order those that are built from a table before."""
    lake, tables = view.plant.lake, view.plant.tables
    holding = {name: version for name in _WITH_BATCH if (version := with_batch(lake, tables[name], file.batch))}
    return users(lake, tables, holding)


def _bundle_scores(view: LakeView, bundle: BundleFacts | None) -> int:
    if bundle is None:
        return 0
    found = view.row(
        "SELECT count(*) AS scores FROM gold.predictions WHERE bundle = $bundle", {"bundle": bundle.identity}
    )
    return int(found["scores"])
