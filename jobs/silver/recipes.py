"""How each derived table of silver follows from bronze, readings and the profile: one recipe each."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from hashlib import sha256

import pyarrow as pa
import pyarrow.compute as pc

from expectations.tables.arrow_columns import with_tidy_names
from expectations.tables.counters import COUNTER_CHANGES, COUNTER_DAYS, SERIES
from expectations.tables.silver import BUCKETS, MACHINE_EVENTS, METRICS, READINGS_TABLE
from expectations.tables.silver_anomalies import ANOMALIES, ANOMALY_RUNS, SENSOR_DAYS
from expectations.tables.silver_corrections import CORRECTIONS
from expectations.tables.silver_safety import SAFETY_EVENTS
from expectations.tables.silver_statistics import READING_STATISTICS
from expectations.tables.silver_statistics import SERIES as SERIES_OF_STATISTICS
from jobs.silver import clocks, limits_in_force, sensor_health_recipe
from jobs.silver.corrections_table import correction_rows
from jobs.silver.counter_rules import CounterRules
from jobs.silver.limits_in_force import OF_THE_FILE
from jobs.silver.metrics_table import metric_rows
from jobs.silver.path_versions import replaced_readings
from jobs.silver.statistics_rules import StatisticsRules
from jobs.silver.vibration_recipe import waveform_rules
from lakehouse.commit_metadata import CommitMetadata
from lakehouse.plant import Plant
from lakehouse.publish.reaches import Dated
from lakehouse.publish.recipe import AnyRecipe, Beside, Inputs, Origin, Recipe, WholeInputs, WholeRecipe
from lakehouse.publish.row_windows import RowWindow
from lakehouse.publish.rows import arrow_rows
from silver import anomalies as standing
from silver import anomaly_runs, counter_changes, counter_days, machine_events, machines, sensor_days, vibration_windows
from silver import reading_statistics as statistics
from silver import safety_events as safety
from silver import small_feed as one_small_feed
from silver.buckets import READS as BUCKET_READS
from silver.buckets import build as build_buckets
from silver.small_feed import SmallFeed
from silver.small_feeds import SMALL_FEEDS

EVENT_FEEDS = ("maintenance", "failures", "errors")
FEEDS = ("machines", *EVENT_FEEDS, "safety", "waveforms", *(small.feed.name for small in SMALL_FEEDS))


def master_data(plant: Plant) -> tuple[WholeRecipe, ...]:
    """Machines' history, events and what of both is set aside: small tables. Gold uses when their rows changed."""
    return (_machines(plant), _machine_events(plant), _events_quarantine(plant))


def safety_events(plant: Plant) -> WholeRecipe:
    """Trips and tests of safety functions."""

    def build(given: WholeInputs) -> pa.Table:
        return safety.build(with_tidy_names(given.tables["bronze.safety"]), plant.profile, clocks.file_clocks(plant))

    return _of_feeds(plant, SAFETY_EVENTS.name, ("safety",), build, "occurred_at")


def small_feeds(plant: Plant) -> tuple[WholeRecipe, ...]:
    """The table of each small feed."""
    return tuple(_small_feed(plant, small) for small in SMALL_FEEDS)


def declared(plant: Plant) -> tuple[WholeRecipe, ...]:
    """What the plant's own files say: the metrics of its profile, the corrections of its mappings."""

    def corrections(given: WholeInputs) -> pa.Table:
        return arrow_rows(correction_rows(plant.sources, given.stored.to_pylist()), CORRECTIONS)

    return (
        WholeRecipe(METRICS, (), lambda _: arrow_rows(metric_rows(plant.profile), METRICS)),
        WholeRecipe(CORRECTIONS, (), corrections),
    )


def readings(plant: Plant) -> Origin:
    """Readings are published batch by batch."""
    return Origin(READINGS_TABLE, (plant.tables["bronze.readings"],))


def of_readings(plant: Plant) -> tuple[AnyRecipe, ...]:
    """What follows from readings, but not the tables of counters; in the order in which they are built."""
    return (_buckets(plant), reading_statistics(plant), *_anomalies(plant), sensor_health_recipe.recipe(plant))


def _buckets(plant: Plant) -> Recipe:
    """A bucket lies within one date."""
    profile = plant.profile
    return Recipe(BUCKETS, Dated(READINGS_TABLE), BUCKET_READS, lambda given: build_buckets(given.rows, profile))


def reading_statistics(plant: Plant) -> Recipe:
    """A reading looks back to the 100 before it of its machine and metric, on whatever dates these are.

    The date before, on which its last minute may begin, is among these dates where it has any such reading.
    """
    by = limits_in_force.last(plant) or limits_in_force.now(plant)
    book = by.rules(plant.profile)
    return Recipe(
        READING_STATISTICS, RowWindow(READINGS_TABLE, SERIES_OF_STATISTICS, statistics.WINDOW), statistics.READS,
        lambda given: statistics.build(given.rows, book, given.dates),
        values=StatisticsRules(by, plant.profile.counters),
    )  # fmt: skip


def _anomalies(plant: Plant) -> tuple[Recipe, Recipe, WholeRecipe]:
    """Sensors by date, runs within a date, and the runs put together."""

    def put_together(given: WholeInputs) -> pa.Table:
        runs, days = (given.tables[table.name] for table in (ANOMALY_RUNS, SENSOR_DAYS))
        return standing.build(runs, days, plant.profile)

    return (
        Recipe(SENSOR_DAYS, Dated(READINGS_TABLE), sensor_days.READS, lambda given: sensor_days.build(given.rows)),
        Recipe(
            ANOMALY_RUNS, Dated(READING_STATISTICS), anomaly_runs.READS, lambda given: anomaly_runs.build(given.rows)
        ),
        WholeRecipe(
            ANOMALIES, (ANOMALY_RUNS, SENSOR_DAYS), put_together, columns={SENSOR_DAYS.name: standing.DAYS_READ}
        ),
    )


def counters(plant: Plant) -> tuple[Recipe, ...]:
    """What the readings of counters say; none where the plant has, and had, no counter.

    A reading looks back to the last one of its sensor, on whatever date that is.
    """
    profile = plant.profile
    if not profile.counters and not any(map(plant.lake.dates, (COUNTER_DAYS, COUNTER_CHANGES))):
        return ()
    rules = CounterRules(profile.counters)

    def build(given: Inputs) -> pa.Table:
        days = given.rows
        return counter_changes.build(given.tables[READINGS_TABLE.name], days, profile)

    return (
        Recipe(
            COUNTER_DAYS, Dated(READINGS_TABLE), counter_days.READS,
            lambda given: counter_days.build(given.rows, profile), values=rules,
        ),
        Recipe(
            COUNTER_CHANGES, RowWindow(COUNTER_DAYS, SERIES, 1), counter_changes.DAYS_READ, build,
            beside=(Beside(Dated(READINGS_TABLE), counter_changes.READS),), values=rules,
        ),
    )  # fmt: skip


def _machines(plant: Plant) -> WholeRecipe:
    def build(given: WholeInputs) -> pa.Table:
        return machines.build(
            with_tidy_names(given.tables["bronze.machines"]), plant.profile, clocks.file_clocks(plant)
        )

    return _of_feeds(plant, "silver.machines", ("machines",), build, "valid_from")


def _machine_events(plant: Plant) -> WholeRecipe:
    def build(given: WholeInputs) -> pa.Table:
        return machine_events.build(_by_feed(given.tables), plant.profile, clocks.file_clocks(plant))

    zones = plant.profile.default_zone, sorted(plant.profile.zones.items())
    recipe = _of_feeds(plant, "silver.machine_events", EVENT_FEEDS, build, "occurred_at")
    values = replace(recipe.values, identity=MACHINE_EVENTS.key, rules=sha256(repr(zones).encode()).hexdigest())
    return replace(recipe, values=values, derived=("local_date",))


def _small_feed(plant: Plant, small: SmallFeed) -> WholeRecipe:
    def build(given: WholeInputs) -> pa.Table:
        return one_small_feed.build(given.tables[small.bronze], small, plant.profile, clocks.file_clocks(plant))

    return _of_feeds(plant, small.table.name, (small.feed.name,), build, small.feed.time)


def _events_quarantine(plant: Plant) -> WholeRecipe:
    def build(given: WholeInputs) -> pa.Table:
        files, profile = clocks.file_clocks(plant), plant.profile
        master = machines.quarantine(with_tidy_names(given.tables["bronze.machines"]), profile, files)
        events = machine_events.quarantine(_by_feed(given.tables), profile, files)
        tests = safety.quarantine(with_tidy_names(given.tables["bronze.safety"]), profile, files)
        windows = vibration_windows.quarantine(given.tables["bronze.waveforms"], waveform_rules(plant))
        small = [one_small_feed.quarantine(given.tables[one.bronze], one, profile, files) for one in SMALL_FEEDS]
        return pa.concat_tables([master, events, tests, windows, *small])

    recipe = _of_feeds(plant, "silver.events_quarantine", FEEDS, build, None)
    return replace(recipe, columns={"bronze.waveforms": vibration_windows.QUARANTINE_READS})


def _of_feeds(
    plant: Plant, name: str, feeds: tuple[str, ...], build: "Callable[[WholeInputs], pa.Table]",
    time: str | None,
) -> WholeRecipe:  # fmt: skip
    """Times are compared with the clocks of files; a table that older versions held against the run's is behind."""
    sources = tuple(plant.tables[f"bronze.{feed}"] for feed in feeds)
    values = CommitMetadata(clock=OF_THE_FILE, replaced=len(replaced_readings(plant)) or None)
    return WholeRecipe(plant.tables[name], sources, lambda given: build(_newest(given, plant)), time, values)


def _newest(given: WholeInputs, plant: Plant) -> WholeInputs:
    """The same without the records of contents that were read again."""
    old = pa.array(sorted(replaced_readings(plant)), pa.string())
    newest = {
        name: rows.filter(pc.invert(pc.is_in(rows.column("_file_id").cast(pa.string()), old)))
        for name, rows in given.tables.items()
    }
    return replace(given, tables=newest)


def _by_feed(bronze: Mapping[str, pa.Table]) -> "dict[str, pa.Table]":
    return {name.removeprefix("bronze."): with_tidy_names(rows) for name, rows in bronze.items()}
