"""One real road: a raw file, the rows it became, the tables built from them, the model, the bundle."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from report.lake_view import LakeView
from report.queries.bundles import BundleFacts
from report.queries.model import ModelFacts
from report.queries.story import Story

GOLD_FEATURES = "gold.machine_features"


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
class TableVersion:
    """A version of a table in the example's road, and how it is known that the file is in it."""

    table: str
    version: int
    rows: int
    code: str | None
    why: str


@dataclass(frozen=True, slots=True)
class Lineage:
    """The road of one file. Tables stand in the order of the data; those that are not built are left out."""

    file: RawFile | None
    tables: tuple[TableVersion, ...]
    trained_on: tuple[tuple[str, int, int | None], ...]
    model: ModelFacts | None
    bundle: BundleFacts | None
    bundle_scores: int


def lineage(view: LakeView, told: Story | None, model: ModelFacts | None, bundle: BundleFacts | None) -> Lineage:
    """The road of the file that brought the story's machine its last readings before the moment told."""
    file = _file(view, told)
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


def _file(view: LakeView, told: Story | None) -> RawFile | None:
    of_story = (
        "WHERE _file_id = (SELECT _file_id FROM bronze.readings WHERE machine_id = $machine AND measured_at <= $at "
        "ORDER BY measured_at DESC, _file_id LIMIT 1) AND outcome = 'read'"
    )
    values = {"machine": told.pick.machine_id, "at": told.pick.centre} if told else {}
    rows = view.rows(
        "SELECT path, size_bytes, sha256, _file_id AS file_id, mapping, records, rows, _batch_id AS batch, "  # noqa: S608  # a constant
        "_ingested_at AS ingested_at FROM bronze.files "
        f"{of_story if told else chr(39).join(('WHERE outcome = ', 'read', ''))} "
        "ORDER BY feed, path LIMIT 1",
        values,
    )
    return RawFile(**rows[0]) if rows else None


def _tables(view: LakeView, file: RawFile) -> tuple[TableVersion, ...]:
    bronze = _with_batch(view, "bronze.readings", file)
    silver = _with_batch(view, "silver.readings", file)
    buckets = _built_from(view, "silver.buckets", "readings_version", silver)
    daily = _built_from(view, "gold.machine_daily", "buckets_version", buckets)
    features = _built_from(view, GOLD_FEATURES, "buckets_version", buckets)
    labels = _newest(view, "gold.failure_labels")
    return tuple(each for each in (bronze, silver, buckets, daily, features, labels) if each)


def _with_batch(view: LakeView, name: str, file: RawFile) -> TableVersion | None:
    """The commit that published the file's batch."""
    for commit in view.plant.lake.commits(view.plant.tables[name]):
        if commit.metadata.get("batch") == file.batch:
            return _version(view, name, commit.version, commit.metadata, f"its commit names batch {file.batch}")
    return None


def _built_from(view: LakeView, name: str, key: str, source: TableVersion | None) -> TableVersion | None:
    """The first commit that was built from the source's version or a later one."""
    if source is None:
        return None
    for commit in view.plant.lake.commits(view.plant.tables[name]):
        seen = commit.metadata.get(key)
        if isinstance(seen, int) and seen >= source.version:
            return _version(view, name, commit.version, commit.metadata, f"built from {source.table} version {seen}")
    return None


def _newest(view: LakeView, name: str) -> TableVersion | None:
    commits = view.plant.lake.commits(view.plant.tables[name])
    return _version(view, name, commits[-1].version, commits[-1].metadata, "newest version") if commits else None


def _version(view: LakeView, name: str, version: int, metadata: Any, why: str) -> TableVersion:
    return TableVersion(name, version, view.row_count(name), metadata.get("code"), why)


def _bundle_scores(view: LakeView, bundle: BundleFacts | None) -> int:
    if bundle is None:
        return 0
    found = view.row(
        "SELECT count(*) AS scores FROM gold.predictions WHERE bundle = $bundle", {"bundle": bundle.identity}
    )
    return int(found["scores"])
