"""`silver.readings`: every accepted reading once, in canonical units, with its calendar and limit flags."""

from dataclasses import dataclass

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as f

from expectations.plant import Profile
from expectations.tables.silver import READINGS_TABLE
from silver.clock import clock_fault
from silver.identity import KEY, PAYLOAD, key_hash, rank_payloads
from silver.limits import add_limit_flags, out_of_range
from silver.local_time import add_calendar
from silver.units import add_steps, add_value, unit_fault


@dataclass(frozen=True, slots=True)
class Sorted:
    """A batch sorted out: readings to insert, records to set aside, keys whose standing reading loses.

    Attributes:
        inserts: Records whose reading is new or takes the place of a standing one; provenance still beside it.
        conflicts: Records that lose against another payload of their key.
        duplicates: Records that say what another record, or the standing reading, says.
        replaced: Standing readings that lose against an incoming payload.
    """

    inserts: DataFrame
    conflicts: DataFrame
    duplicates: DataFrame
    replaced: DataFrame | None


def flag(bronze: DataFrame, machine_models: DataFrame, profile: Profile) -> DataFrame:
    """Bronze readings with `steps`, `machine_model` and `_faults` (codes of `tables.silver.FAULTS`; empty: good).

    Args:
        bronze: `bronze.readings`.
        machine_models: machine_id, machine_model: one row per machine; limits may differ by model.
        profile: The plant.
    """
    faults = f.array_compact(f.array(unit_fault(profile), _value_fault(profile), clock_fault(profile, "measured_at")))
    return (
        bronze.join(f.broadcast(machine_models), "machine_id", "left")
        .transform(add_steps, profile)
        .withColumn("canonical_value", _canonical(profile))
        .withColumn("_faults", faults)
        .drop("canonical_value")
    )


def sort_out(good: DataFrame, repeated: DataFrame, standing: DataFrame | None) -> Sorted:
    """Which of the good records are new, which repeat, which conflict.

    Args:
        good: Flagged records without faults.
        repeated: Their `repeated_hashes`, small.
        standing: `silver.readings` of the dates that the records touch; None where there are none yet.
    """
    ranked = good.join(repeated, [key_hash() == f.col("_key")], "left_semi").transform(rank_payloads)
    singles = good.join(repeated, [key_hash() == f.col("_key")], "left_anti")
    stands = f.col("_rank") == 1
    winners = ranked.where(stands & (f.col("_copy") == 1)).drop("_rank", "_copy")
    losers = ranked.where(~stands).drop("_rank", "_copy")
    copies = ranked.where(stands & (f.col("_copy") > 1)).drop("_rank", "_copy")
    within = Sorted(singles.unionByName(winners), losers, copies, None)
    return within if standing is None else _against_standing(within, standing)


def finish(records: DataFrame, profile: Profile) -> DataFrame:
    """The contract's columns of accepted records: flagged, without faults, each reading once."""
    return (
        records.transform(add_value, profile)
        .withColumn("canonical_value", f.col("value"))
        .transform(add_limit_flags, profile)
        .transform(add_calendar, profile)
        .select(*READINGS_TABLE.column_names)
    )


def _against_standing(within: Sorted, standing: DataFrame) -> Sorted:
    """Judge each candidate of a batch against the reading that stands under its key."""
    columns = (*KEY, *PAYLOAD)
    held = standing.select(*(f.col(name).alias(f"_standing_{name}") for name in columns))
    same_key = [f.col(name) == f.col(f"_standing_{name}") for name in KEY]
    met = within.inserts.join(held, same_key, "left")
    is_new = f.col("_standing_sensor_id").isNull()
    repeats = ~is_new & _same_payload()
    wins = ~is_new & _incoming_wins()
    loses = ~is_new & ~repeats & ~wins
    theirs = [f"_standing_{name}" for name in columns]
    return Sorted(
        inserts=met.where(is_new | wins).drop(*theirs),
        conflicts=within.conflicts.unionByName(met.where(loses).drop(*theirs)),
        duplicates=within.duplicates.unionByName(met.where(repeats).drop(*theirs)),
        replaced=met.where(wins).select(*(f.col(f"_standing_{name}").alias(name) for name in columns)),
    )


def _same_payload() -> Column:
    same = f.lit(True)
    for name in PAYLOAD:
        same = same & (f.col(name) == f.col(f"_standing_{name}"))
    return same


def _incoming_wins() -> Column:
    """The order of `standing_first`, for a pair."""
    more = f.col("steps") > f.col("_standing_steps")
    same = f.col("steps") == f.col("_standing_steps")
    machine_before = f.col("machine_id") < f.col("_standing_machine_id")
    same_machine = f.col("machine_id") == f.col("_standing_machine_id")
    factory_before = f.col("factory_id") < f.col("_standing_factory_id")
    return more | (same & (machine_before | (same_machine & factory_before)))


def _canonical(profile: Profile) -> Column:
    value = f.lit(None).cast("double")
    for metric in profile.metrics.values():
        resolved = f.col("steps").cast("double") * f.lit(metric.resolution)
        value = f.when(f.col("metric") == metric.name, resolved).otherwise(value)
    return value


def _value_fault(profile: Profile) -> Column:
    is_finite = f.col("value").isNotNull() & ~f.isnan("value") & (f.abs("value") < float("inf"))
    too_large = unit_fault(profile).isNull() & f.col("steps").isNull()
    return f.when(~is_finite, f.lit("value_not_finite")).when(
        too_large | out_of_range(profile), f.lit("value_out_of_range")
    )
