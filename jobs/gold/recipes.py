"""How each table of gold follows from silver: one recipe each."""

from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from expectations.features import delays_of, features_of, longest_window_s
from expectations.plant.plant_profile import Profile
from expectations.tables.counters import COUNTER_CHANGES, COUNTER_DAILY, COUNTER_INCREMENTS
from expectations.tables.gold import FACTORY_DAILY
from expectations.tables.gold_interventions import INTERVENTIONS
from expectations.tables.gold_trends import TREND_DAYS, TRENDS
from expectations.tables.machine_keys import moves_of
from expectations.tables.silver import BUCKETS
from expectations.tables.silver_anomalies import ANOMALY_RUNS
from gold import (
    counter_daily,
    counter_increments,
    daily_anomalies,
    factory_daily,
    failure_labels,
    machine_daily,
    machine_features,
    trends,
)
from jobs.gold import health_recipe
from jobs.gold.feature_basis import FeatureBasis
from jobs.gold.grid import ClosedGrid
from jobs.gold.label_basis import Labels
from jobs.gold.rules_basis import RulesBasis, digest_of
from lakehouse.plant import Plant
from lakehouse.publish.reaches import Dated, Since, days_of, looks_back
from lakehouse.publish.recipe import Beside, Inputs, Recipe


def recipes(plant: Plant, as_of: datetime) -> tuple[Recipe, ...]:
    """Every dated table of gold, at a clock."""
    return (
        _machine_daily(plant), _factory_daily(plant), _trends(plant), health_recipe.recipe(plant), *_counters(plant),
        _machine_features(plant, as_of), _failure_labels(plant),
    )  # fmt: skip


def _machine_daily(plant: Plant) -> Recipe:
    """A local date may reach into the UTC dates around it, whatever its zone."""
    profile = plant.profile
    table, source = plant.tables["gold.machine_daily"], Dated(BUCKETS, earlier=1, later=1)

    def build(given: Inputs) -> pa.Table:
        return machine_daily.build(_of_local_dates(given), given.tables[ANOMALY_RUNS.name], profile)

    return Recipe(
        table, source, machine_daily.READS, build,
        beside=(Beside(Dated(ANOMALY_RUNS, earlier=1, later=1), daily_anomalies.READS),),
        values=RulesBasis(digest_of(daily_anomalies.COUNTS)),
    )  # fmt: skip


def _factory_daily(plant: Plant) -> Recipe:
    source = Dated(plant.tables["gold.machine_daily"])
    return Recipe(FACTORY_DAILY, source, factory_daily.READS, lambda given: factory_daily.build(given.rows))


def _trends(plant: Plant) -> Recipe:
    """A date looks back over its week."""
    profile, days, machines = plant.profile, plant.tables["gold.machine_daily"], plant.tables["silver.machines"]

    def build(given: Inputs) -> pa.Table:
        return trends.build(given.rows, given.tables[machines.name], profile, given.dates)

    rules = digest_of(TREND_DAYS, trends.PARTS, sorted(profile.metrics.items()))
    return Recipe(
        TRENDS, Dated(days, later=TREND_DAYS - 1, rows_later=0), trends.reads(profile), build,
        others=(Since(machines),), values=RulesBasis(rules),
    )  # fmt: skip


def _counters(plant: Plant) -> tuple[Recipe, ...]:
    """None where the plant has, and had, no counter. A local date may reach into the UTC dates around it."""
    profile = plant.profile
    if not profile.counters and not any(map(plant.lake.dates, (COUNTER_INCREMENTS, COUNTER_DAILY))):
        return ()

    def of_days(given: Inputs) -> pa.Table:
        return counter_daily.build(_of_local_dates(given), profile)

    return (
        Recipe(
            COUNTER_INCREMENTS, Dated(COUNTER_CHANGES), counter_increments.READS,
            lambda given: counter_increments.build(given.rows, profile),
        ),
        Recipe(COUNTER_DAILY, Dated(COUNTER_CHANGES, earlier=1, later=1), counter_daily.READS, of_days),
    )  # fmt: skip


def _machine_features(plant: Plant, as_of: datetime) -> Recipe:
    """A bucket is felt as long as the longest window looks back; its own row may be at the next midnight."""
    profile, features = plant.profile, features_of(plant.profile)
    events, machines = (plant.tables[name] for name in ("silver.machine_events", "silver.machines"))
    felt_s = longest_window_s(tuple(one for one in features if one.is_telemetry)) + profile.score_every_s
    basis = FeatureBasis(ClosedGrid(profile.score_every_s, as_of), delays_of(features))

    def build(given: Inputs) -> pa.Table:
        return machine_features.build(
            given.rows,
            given.tables[events.name],
            given.tables[machines.name],
            profile,
            closed_until(given),
            given.dates,
        )

    return Recipe(
        plant.tables["gold.machine_features"], looks_back(BUCKETS, felt_s, rows_later=1), machine_features.READS, build,
        others=(Since(events), Since(machines)), values=basis,
    )  # fmt: skip


def _failure_labels(plant: Plant) -> Recipe:
    """An event is felt as far back as the longest horizon."""
    profile = plant.profile
    events, machines = (plant.tables[name] for name in ("silver.machine_events", "silver.machines"))
    horizon = horizon_days(profile)

    def build(given: Inputs) -> pa.Table:
        moves = moves_of(given.tables[machines.name])
        happened = failure_labels.Events(given.tables[events.name], given.tables[INTERVENTIONS.name], moves)
        return failure_labels.build(given.rows, happened, known_until(given), profile)

    return Recipe(
        plant.tables["gold.failure_labels"], Dated(plant.tables["gold.machine_features"]), failure_labels.READS, build,
        others=(Since(events, horizon), Since(machines, horizon), Since(INTERVENTIONS, horizon)),
        values=Labels(plant, horizon),
    )  # fmt: skip


def horizon_days(profile: Profile) -> int:
    """Dates before an event on which it may be in a horizon."""
    return days_of(failure_labels.longest_horizon_s(profile))


def _of_local_dates(given: Inputs) -> pa.Table:
    return given.rows.filter(pc.is_in(given.rows.column("local_date"), pa.array(given.dates, pa.date32())))


def closed_until(given: Inputs) -> datetime:
    """The grid time up to which rows are built."""
    assert given.metadata.grid is not None  # `FeatureBasis` gives it
    return given.metadata.grid.closed_until


def known_until(given: Inputs) -> datetime:
    """The end of the records."""
    assert given.metadata.labels is not None  # `Labels` gives it
    return given.metadata.labels.records_end
