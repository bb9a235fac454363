"""Machines' history and the stream of events: small tables, rebuilt from bronze whenever it has more of them."""

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

from expectations.tables.contract import Table
from jobs.runtime.progress import each
from jobs.silver import clocks
from jobs.silver.limits_in_force import OF_THE_FILE
from lakehouse.arrow_reading import by_contract
from lakehouse.commit_metadata import CommitMetadata
from lakehouse.plant import Plant
from lakehouse.publish.changed_partitions import replace_changed_table

if TYPE_CHECKING:
    import pyarrow as pa

EVENT_FEEDS = ("maintenance", "failures", "errors")
FEEDS = ("machines", *EVENT_FEEDS)


def batches_seen(plant: Plant) -> dict[str, int]:
    """The newest batch that wrote each of the feeds."""
    return {
        feed: plant.lake.last(plant.tables[f"bronze.{feed}"], lambda metadata: metadata.batch) or 0 for feed in FEEDS
    }


def is_behind(plant: Plant) -> bool:
    """Whether bronze has batches of these feeds that silver has not seen, or a table goes by the clocks of runs."""
    now = _metadata(plant)
    tables = [plant.tables[name] for name in _TABLES]
    return any(_newest(plant, table) != (now.batches, now.clock) for table in tables)


def _metadata(plant: Plant) -> CommitMetadata:
    return CommitMetadata(batches=batches_seen(plant), clock=OF_THE_FILE)


def _newest(plant: Plant, table: Table) -> tuple[Mapping[str, int] | None, str | None]:
    last = plant.lake.last
    return last(table, lambda metadata: metadata.batches), last(table, lambda metadata: metadata.clock)


# Table -> the time its rows speak of: gold rebuilds from the earliest change on.
_TABLES = {"silver.machines": "valid_from", "silver.machine_events": "occurred_at", "silver.events_quarantine": None}


def set_aside(plant: Plant) -> dict[str, int]:
    """How many events and records of master data are in quarantine, by fault."""
    rows = plant.lake.arrow(plant.tables["silver.events_quarantine"], ["_faults"]).to_pylist()
    return dict(Counter(fault for row in rows for fault in row["_faults"]))


def rebuild(plant: Plant) -> dict[str, bool]:
    """Rebuild the three tables; which of them changed.

    Raises:
        GateRefused: A rebuilt table breaks its contract.
    """
    metadata = _metadata(plant)
    rebuilt = _rebuilt(plant)
    return {
        name: replace_changed_table(plant.lake, plant.tables[name], rebuilt[name], metadata, time=_TABLES[name]).changed
        for name in each(tuple(_TABLES))
    }


def _rebuilt(plant: Plant) -> dict[str, "pa.Table"]:
    import pyarrow as pa

    from silver import machine_events, machines

    bronze = {feed: _records(plant, plant.tables[f"bronze.{feed}"]) for feed in FEEDS}
    master, profile, files = bronze["machines"], plant.profile, clocks.file_clocks(plant)
    aside = [machines.quarantine(master, profile, files), machine_events.quarantine(bronze, profile, files)]
    return {
        "silver.machines": machines.build(master, profile, files),
        "silver.machine_events": machine_events.build(bronze, profile, files),
        "silver.events_quarantine": pa.concat_tables(aside),
    }


def _records(plant: Plant, table: Table) -> "pa.Table":
    return by_contract(plant.lake.arrow(table), table)
