"""How each machine as it is now, and what to do first, follow from gold: big tables are read on their newest dates."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from expectations.tables.arrow_columns import plain_texts
from expectations.tables.contract import Table
from expectations.tables.gold import PREDICTIONS
from expectations.tables.gold_downtime import DOWNTIME, UPTIME
from expectations.tables.gold_health import MACHINE_HEALTH, MACHINES_NOW
from expectations.tables.gold_reasons import ALARM_REASONS
from expectations.tables.gold_work_list import WORK_LIST
from expectations.tables.machine_keys import machine_key, machine_keys
from expectations.tables.silver import BUCKETS, MACHINE_EVENTS
from expectations.tables.silver_anomalies import ANOMALIES, SENSOR_DAYS
from gold import machine_health, machines_now, work_list
from jobs.gold.health_recipe import readings_end
from jobs.gold.rules_basis import digest_of
from lakehouse.commit_metadata import CommitMetadata
from lakehouse.lake import Lake
from lakehouse.plant import Plant
from lakehouse.publish.rebuild import rebuild_here
from lakehouse.publish.recipe import WholeInputs, WholeRecipe

NEAR_DAYS = machine_health.MEMORY_DAYS
"""Dates before the newest one that are read of a table by date: older rows say nothing of now."""
_NOT_READ: tuple[str, ...] = ()
_MACHINE = ["machine_id", "factory_id"]
_REASONS = [*_MACHINE, "scored_at", "rank", "words"]


def due(plant: Plant) -> tuple[WholeRecipe, ...]:
    """Both; none before the first reading."""
    is_there = plant.lake.dates(BUCKETS) or plant.lake.row_count(MACHINES_NOW)
    return recipes(plant) if is_there else ()


def recipes(plant: Plant) -> tuple[WholeRecipe, WholeRecipe]:
    """Machines as they are, and the list that follows from them. Tables read by date are sources by their log alone."""
    profile, machines = plant.profile, plant.tables["silver.machines"]
    of_health = digest_of(profile.health, profile.default_zone, sorted(profile.zones.items()))
    of_list = digest_of(profile.downtime, profile.costs, profile.has_costs, profile.labels, profile.health)

    def now(given: WholeInputs) -> pa.Table:
        return machines_now.build(_present(plant, given), profile)

    def ranked(given: WholeInputs) -> pa.Table:
        return work_list.build(given.tables[MACHINES_NOW.name], given.tables[UPTIME.name], _alarms(plant), profile)

    return (
        WholeRecipe(
            MACHINES_NOW, (machines, MACHINE_EVENTS, DOWNTIME, SENSOR_DAYS, MACHINE_HEALTH, ANOMALIES, PREDICTIONS),
            now, values=CommitMetadata(rules=of_health),
            columns={
                MACHINE_EVENTS.name: machines_now.EVENT_READS, DOWNTIME.name: machines_now.STOP_READS,
                **{table.name: _NOT_READ for table in (SENSOR_DAYS, MACHINE_HEALTH, ANOMALIES, PREDICTIONS)},
            },
        ),
        WholeRecipe(
            WORK_LIST, (MACHINES_NOW, UPTIME, ALARM_REASONS), ranked, values=CommitMetadata(rules=of_list),
            columns={UPTIME.name: work_list.UPTIME_READS, ALARM_REASONS.name: _NOT_READ},
        ),
    )  # fmt: skip


def update_now(plant: Plant) -> bool:
    """Bring both up to gold and scores, without an engine. Whether a row changed."""
    found = [rebuild_here(plant.lake, recipe) for recipe in due(plant)]
    return any(replaced is not None and replaced.changed for replaced in found)


def _present(plant: Plant, given: WholeInputs) -> machines_now.Present:
    lake, profile = plant.lake, plant.profile
    as_of = readings_end(lake, profile.bucket_s)
    seen_s = profile.health.blind_after_s
    return machines_now.Present(
        as_of=as_of,
        last_readings=_last_readings(plant),
        machines=given.tables["silver.machines"],
        health=_newest(lake, MACHINE_HEALTH, machines_now.HEALTH_READS),
        standing=lake.arrow(ANOMALIES, list(machines_now.STANDING_READS), ds.field("cleared_at").is_null()),
        scores=_since(lake, PREDICTIONS, machines_now.SCORE_READS, (as_of - timedelta(seconds=seen_s)).date()),
        events=given.tables[MACHINE_EVENTS.name],
        stops=given.tables[DOWNTIME.name],
    )


def _newest(lake: Lake, table: Table, columns: Sequence[str]) -> pa.Table:
    """Rows of the newest dates of a table."""
    days = sorted(map(date.fromisoformat, lake.dates(table)))[-NEAR_DAYS:]
    return _since(lake, table, columns, days[0] if days else date.min)


def _since(lake: Lake, table: Table, columns: Sequence[str], first: date) -> pa.Table:
    return lake.arrow(table, list(columns), ds.field(table.partition_by[0]) >= first)


def _last_readings(plant: Plant) -> Mapping[str, datetime]:
    """The last reading of every machine; older dates are read for those alone that the newest ones lack."""
    lake, columns = plant.lake, [*_MACHINE, "last_at"]
    found = _last_of(_newest(lake, SENSOR_DAYS, columns))
    every = machine_keys(plain_texts(lake.arrow(plant.tables["gold.machine_daily"], _MACHINE))).texts
    missing = sorted({key.partition("\x1f")[0] for key in every if key not in found})
    if missing:
        older = _last_of(lake.arrow(SENSOR_DAYS, columns, ds.field("machine_id").isin(missing)))
        found = older | found
    return found


def _last_of(days: pa.Table) -> dict[str, datetime]:
    newest = plain_texts(days).group_by(_MACHINE, use_threads=False).aggregate([("last_at", "max")])
    return {machine_key(row["machine_id"], row["factory_id"]): row["last_at_max"] for row in newest.to_pylist()}


def _alarms(plant: Plant) -> Mapping[str, Sequence[str]]:
    """What added most to each machine's newest alarm of the newest dates, in words."""
    rows = plain_texts(_newest(plant.lake, ALARM_REASONS, _REASONS))
    near = rows.filter(pc.less_equal(rows.column("rank"), 3)).sort_by(
        [("scored_at", "descending"), ("rank", "ascending")]
    )
    found: dict[str, list[str]] = {}
    first: dict[str, datetime] = {}
    for row in near.to_pylist():
        key = machine_key(row["machine_id"], row["factory_id"])
        if first.setdefault(key, row["scored_at"]) == row["scored_at"]:
            found.setdefault(key, []).append(row["words"])
    return found
