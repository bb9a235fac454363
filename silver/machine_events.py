"""`silver.machine_events`: maintenance, failures and errors as one stream, each event once."""

from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as f

from expectations.plant import Profile
from expectations.tables.silver import EVENTS_QUARANTINE, MACHINE_EVENTS
from silver.clock import clock_fault

KIND_OF_FEED = {"maintenance": "maintenance", "failures": "failure", "errors": "error"}


def build(bronze: dict[str, DataFrame], profile: Profile) -> DataFrame:
    """Events of all kinds, key (machine_id, kind, code, occurred_at); of several texts the last by alphabet stands."""
    return (
        _stream(bronze, profile)
        .where(f.size("_faults") == 0)
        .groupBy("machine_id", "kind", "code", "occurred_at")
        .agg(f.min("factory_id").alias("factory_id"), f.max("detail").alias("detail"))
        .select(*MACHINE_EVENTS.column_names)
    )


def quarantine(bronze: dict[str, DataFrame], profile: Profile) -> DataFrame:
    """Records of events whose time cannot be true, as they arrived."""
    return (
        _stream(bronze, profile)
        .where(f.size("_faults") > 0)
        .withColumnRenamed("occurred_at", "stated_at")
        .select(*EVENTS_QUARANTINE.column_names)
    )


def _stream(bronze: dict[str, DataFrame], profile: Profile) -> DataFrame:
    faults = f.array_compact(f.array(clock_fault(profile, "occurred_at")))
    frames = [
        bronze[feed].withColumns({"kind": f.lit(kind), "feed": f.lit(feed), "_faults": faults})
        for feed, kind in KIND_OF_FEED.items()
    ]
    return reduce(DataFrame.unionByName, frames)
