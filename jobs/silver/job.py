"""New bronze records become rows of silver, batch by batch, each reading once."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds

from expectations.tables.bronze import FILES
from expectations.tables.machine_keys import differing_in_case, machine_keys
from expectations.tables.silver import BUCKETS, EVENTS_QUARANTINE, READINGS_TABLE
from jobs.runtime.clock import Now, wall_clock
from jobs.runtime.prepared import open_plant
from jobs.runtime.progress import each, show
from jobs.runtime.report import RunReport
from jobs.runtime.session import session_when_needed
from jobs.runtime.settings import Settings
from jobs.silver import clocks, limits_in_force, numbers_recipe, recipes, revalidation, vibration_recipe
from jobs.silver.batch_counts import BatchCounts
from jobs.silver.counters import rebuild_counters
from jobs.silver.key_form import check_key_form
from jobs.silver.limits_in_force import LimitsInForce
from jobs.silver.missing_rows import sentences
from jobs.silver.publish_batch import publish_batch
from jobs.silver.resent_sensors import resent_sensors
from jobs.silver.sensor_names import names_of_batches
from lakehouse.commit_metadata import CommitMetadata
from lakehouse.engine.tasks import Engine
from lakehouse.plant import Plant
from lakehouse.publish.rebuild import rebuild
from lakehouse.publish.recipe import AnyRecipe, WholeRecipe
from lakehouse.publish.stale import is_behind
from lakehouse.writing.metadata import record_metadata


def refine_new(settings: Settings, now: Now = wall_clock) -> RunReport:
    """Bring every waiting batch into silver. Nothing new opens no engine.

    Raises:
        GateRefused: A table's new content breaks its contract; that table stays at the version it had.
        UsageError: Silver is of older code and has to be rebuilt first.
    """
    plant = open_plant(settings)
    if not _is_behind(plant):
        return RunReport("silver", changed=False, lines=("silver: nothing new in bronze",))
    with session_when_needed(settings) as engine:
        return refine(engine, plant, now)


def refine(engine: Engine, plant: Plant, now: Now = wall_clock) -> RunReport:
    """The clocks of files first, master data and events, readings batch by batch, then what follows from them.

    Raises: as `refine_new`.
    """
    check_key_form(plant)
    clocks.add_missing(plant, now)
    events_before = events_set_aside(plant)
    changed = _rebuild_master_data(engine, plant)
    declared = _rebuild_declared(engine, plant)
    done = _publish_waiting(engine, plant)
    again = revalidation.Revalidated()
    if revalidation.is_behind(plant):
        show("limits, models or clocks have changed: reassessing readings")
        again = revalidation.revalidate(engine, plant)
        changed["silver.readings"] = again.changed
    of_readings = [
        rebuild(engine, plant.lake, recipe, partial(show, recipe.target.name))
        for recipe in (*recipes.of_readings(plant), *vibration_recipe.due(plant), *numbers_recipe.due(plant))
    ]
    has_new_changes, of_counters = rebuild_counters(engine, plant)
    is_changed = (
        bool(declared)
        or has_new_changes
        or any(changed.values())
        or any(counts.accepted for counts in done)
        or any(table is not None and table.changed for table in of_readings)
    )
    report = _report(done, changed, is_changed=is_changed)
    warnings = [
        *_names_alike(plant, done),
        *names_of_batches(plant, [counts.batch for counts in done if counts.rows]),
        *resent_sensors(plant, {day for counts in done if counts.accepted for day in counts.dates}),
    ]
    warned = [f"silver: WARNING {sentence}" for sentence in warnings]
    rebuilt = [f"silver: {name} rebuilt" for name in declared]
    lines = (*report.lines, *warned, *of_counters, *rebuilt)
    report = replace(report, lines=lines or ("silver: nothing changed",))
    return _with_second_look(report, again.total(), events_before, events_set_aside(plant))


def refine_readings(engine: Engine, plant: Plant) -> None:
    """As `refine`, but only readings, what is set aside of them, and the master data by which they are validated."""
    _rebuild_master_data(engine, plant)
    _publish_waiting(engine, plant)
    if revalidation.is_behind(plant):
        revalidation.revalidate(engine, plant)


def _with_second_look(
    report: RunReport, readings: dict[str, Any], events_before: dict[str, int], events: dict[str, int]
) -> RunReport:
    """The report, and what records of earlier batches changed to when they were looked at again."""
    faults = sorted(events_before.keys() | events.keys())
    moved = {fault: events.get(fault, 0) - events_before.get(fault, 0) for fault in faults}
    data = {**report.data, "again": {"readings": readings, "events_quarantined": {f: n for f, n in moved.items() if n}}}
    lines = list(report.lines)
    if any(readings.values()):
        aside = ", ".join(f"{count:+,} {fault}" for fault, count in readings["quarantined"].items()) or "none"
        lines.append(
            f"silver: earlier readings looked at again: {readings['accepted']:+,} accepted, "
            f"{readings['duplicate']:+,} duplicate, quarantined: {aside}"
        )
    return replace(report, lines=tuple(lines), data=data)


def _names_alike(plant: Plant, done: Sequence[BatchCounts]) -> list[str]:
    """A sentence for names that differ in case only, among the machines of the dates with new readings."""
    dates = sorted({date.fromisoformat(day) for counts in done for day in counts.dates})
    if not dates:
        return []
    where = ds.field("bucket_date").isin(pa.array(dates, pa.date32()))
    keys = machine_keys(plant.lake.arrow(BUCKETS, ["machine_id", "factory_id"], where)).texts
    return differing_in_case(keys)


def _publish_waiting(engine: Engine, plant: Plant) -> list[BatchCounts]:
    """Every waiting batch, validated by the limits in force so far: a repeat finds the same."""
    waiting = _waiting_batches(plant)
    by = limits_in_force.last(plant) or (_first(plant) if waiting else limits_in_force.now(plant))
    return [
        publish_batch(engine, plant, number, by)
        for number in each(waiting, lambda number: f"batch {number}: sorting out readings")
    ]


def _first(plant: Plant) -> LimitsInForce:
    """Make `silver.readings`, and record in its first commit by what it is validated."""
    by = limits_in_force.now(plant)
    record_metadata(plant.lake, READINGS_TABLE, by.added_to(CommitMetadata(dates=())))
    return by


def events_set_aside(plant: Plant) -> dict[str, int]:
    """How many events and records of master data are in quarantine, by fault."""
    rows = plant.lake.arrow(EVENTS_QUARANTINE, ["_faults"]).to_pylist()
    return dict(Counter(fault for row in rows for fault in row["_faults"]))


def _rebuild_master_data(engine: Engine, plant: Plant) -> dict[str, bool]:
    """Which of the tables changed; empty where none is behind."""
    tables = _whole(plant)
    if not any(is_behind(plant.lake, recipe) for recipe in tables):
        return {}
    done = [(recipe.target.name, rebuild(engine, plant.lake, recipe)) for recipe in each(tables, _name)]
    return {name: replaced is not None and replaced.changed for name, replaced in done}


def _rebuild_declared(engine: Engine, plant: Plant) -> list[str]:
    """Names of the tables that changed, of those that say what the profile and the mappings do."""
    done = [(recipe.target.name, rebuild(engine, plant.lake, recipe)) for recipe in recipes.declared(plant)]
    return [name for name, replaced in done if replaced is not None and replaced.changed]


def _name(recipe: AnyRecipe) -> str:
    return recipe.target.name


def _whole(plant: Plant) -> tuple[WholeRecipe, ...]:
    """The small tables; those of feeds that not every plant has where records of them have landed."""
    optional = (recipes.safety_events(plant), *recipes.small_feeds(plant))
    landed = [one for one in optional if any(map(plant.lake.row_count, (*one.sources, one.target)))]
    return (*recipes.master_data(plant), *landed)


def _recipes(plant: Plant) -> tuple[AnyRecipe, ...]:
    derived = (
        *recipes.of_readings(plant), *vibration_recipe.due(plant), *numbers_recipe.due(plant), *recipes.counters(plant),
    )  # fmt: skip
    return (*_whole(plant), *recipes.declared(plant), *derived)


def _is_behind(plant: Plant) -> bool:
    return (
        clocks.are_missing(plant)
        or any(is_behind(plant.lake, recipe) for recipe in _recipes(plant))
        or bool(_waiting_batches(plant))
        or revalidation.is_behind(plant)
    )


def _waiting_batches(plant: Plant) -> list[int]:
    """Finished ingest batches that silver has not seen, oldest first; each is one transaction of its own."""
    seen = plant.lake.last(READINGS_TABLE, lambda metadata: metadata.batch) or 0
    ledger = plant.lake.arrow(FILES, ["_batch_id", "outcome"]).to_pylist()
    unfinished = {row["_batch_id"] for row in ledger if row["outcome"] == "admitted"}
    return sorted({row["_batch_id"] for row in ledger if row["_batch_id"] > seen} - unfinished)


def _report(done: list[BatchCounts], changed: dict[str, bool], *, is_changed: bool) -> RunReport:
    lines = []
    for counts in done:
        aside = ", ".join(f"{count:,} {fault}" for fault, count in sorted(counts.quarantined.items())) or "none"
        lines.append(
            f"silver: batch {counts.batch}: {counts.rows:,} readings: {counts.accepted:,} accepted, "
            f"{counts.duplicate:,} duplicate, quarantined: {aside}"
        )
        lines += [f"  {fault}: {_listed(names)}" for fault, names in sorted(counts.unknown.items())]
        lines += [f"silver: WARNING {sentence}" for sentence in sentences(counts.missing)]
    lines += [f"silver: {name} rebuilt" for name, is_new in changed.items() if is_new]
    data = {"batches": [counts.to_data() for counts in done], "rebuilt": changed}
    return RunReport("silver", changed=is_changed, lines=tuple(lines), data=data)


def _listed(names: Mapping[str, int]) -> str:
    return ", ".join(f"{name!r} {count:,}" for name, count in names.items())
