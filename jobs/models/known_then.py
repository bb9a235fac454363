"""Whether features hold only what was known at their time: some rows are built again without anything of later."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
from deltalake.exceptions import DeltaError

from expectations.features import features_of, longest_window_s
from expectations.tables.contract import Table
from gold import event_times, machine_features
from lakehouse.arrow_reading import open_data
from lakehouse.lake import Lake
from lakehouse.log import log
from lakehouse.plant import Plant
from lakehouse.publish.stale import last_build
from ml.errors import LeakError

GRID_TIMES = 4
"""Grid times that are built again, evenly over the rows: each reads one look-back of buckets."""
KEYS = ("machine_id", "factory_id")


def check_known_then(plant: Plant) -> int:
    """Build the features of a few grid times again from what lies before each, and compare every bit.

    The sources are read at the versions that the newest build of `gold.machine_features` names, so that what has
    come in since makes no difference.

    Returns:
        How many grid times were compared; 0 where a source is no longer there at that version, or none is named.

    Raises:
        LeakError: A row differs, with its machine, time and first feature.
    """
    table, last = plant.tables["gold.machine_features"], last_build(plant.lake, plant.tables["gold.machine_features"])
    versions = {} if last is None else last.built_from
    times = _chosen(plant.lake, table)
    try:
        sources = {name: _source(plant, name, versions[name]) for name in _SOURCES}
        known = [_built_then(plant, sources, at) for at in times]
    except (KeyError, DeltaError, FileNotFoundError) as exc:
        log().warning("features are not compared with what was known then; a source is gone at its version: %s", exc)
        return 0
    for at, then in zip(times, known, strict=True):
        _compare(plant.lake.arrow(table, where=ds.field("scored_at") == at), then, at)
    return len(times)


_SOURCES = ("silver.buckets", "silver.machine_events", "silver.machines")


def _source(plant: Plant, name: str, version: int) -> ds.Dataset:
    return open_data(plant.lake.storage_of(plant.tables[name]), version)


def _chosen(lake: Lake, table: Table) -> Sequence[datetime]:
    """Grid times evenly over those that have rows, the newest among them."""
    times = pc.unique(lake.arrow(table, ["scored_at"]).column(0)).sort()
    places = np.linspace(0, len(times) - 1, GRID_TIMES + 1)[1:] if len(times) else np.empty(0)
    return [times[place].as_py().astimezone(UTC) for place in np.unique(places.astype(np.int64)).tolist()]


def _built_then(plant: Plant, sources: dict[str, ds.Dataset], at: datetime) -> pa.Table:
    """The rows of a grid time, from buckets, events and master data before it alone."""
    profile = plant.profile
    felt_s = longest_window_s(tuple(one for one in features_of(profile) if one.is_telemetry)) + profile.score_every_s
    bucket, day = ds.field("bucket_at"), ds.field("bucket_date")
    first = at - timedelta(seconds=felt_s)
    within = (day >= first.date()) & (day <= at.date()) & (bucket >= first) & (bucket < at)
    buckets = sources["silver.buckets"].to_table(columns=list(machine_features.READS), filter=within)
    events = sources["silver.machine_events"].to_table(
        columns=list(event_times.READS), filter=ds.field("occurred_at") < at
    )
    machines = sources["silver.machines"].to_table(filter=ds.field("valid_from") <= at)
    built = machine_features.build(buckets, events, machines, profile, at, [at.date()])
    return built.filter(pc.equal(built.column("scored_at"), pa.scalar(at, built.schema.field("scored_at").type)))


def _compare(stored: pa.Table, known: pa.Table, at: datetime) -> None:
    """Refuse rows that differ in a bit; a null equals a null."""
    order = [(name, "ascending") for name in KEYS]
    stored, known = stored.sort_by(order), known.sort_by(order)
    if any(not stored.column(name).cast(pa.string()).equals(known.column(name).cast(pa.string())) for name in KEYS):
        raise LeakError(f"{_where(at)} has rows of {stored.num_rows} machines, {known.num_rows} were known; {_DO}")
    for name in known.column_names:
        if pa.types.is_floating(known.schema.field(name).type):
            _compare_feature(stored, known, name, at)


def _compare_feature(stored: pa.Table, known: pa.Table, name: str, at: datetime) -> None:
    found, then = (table.column(name).to_numpy() for table in (stored, known))
    differ = np.flatnonzero((found != then) & ~(np.isnan(found) & np.isnan(then)))
    if len(differ):
        row = int(differ[0])
        machine = stored.column("machine_id")[row].as_py()
        raise LeakError(
            f"{_where(at)} has {name} = {found[row]!r} of {machine}, what was known then gives {then[row]!r} "
            f"({len(differ)} of {len(found)} machines differ); {_DO}"
        )


def _where(at: datetime) -> str:
    return f"gold.machine_features at {at:%Y-%m-%dT%H:%M:%SZ}"


_DO = (
    "no model is trained on it: remove the folder gold/machine_features of the lake and run `assay gold`; where it "
    "comes again, the build of features is at fault"
)
