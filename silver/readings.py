"""`silver.readings`: every accepted reading once, in canonical units, with its calendar and limit flags."""

from enum import StrEnum

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as f

from expectations.plant import Profile
from expectations.tables.silver import READINGS_TABLE
from silver.clock import clock_fault
from silver.identity import KEY, PAYLOAD, key_hash, rank_payloads, same_payload, stands_before
from silver.limits import add_limit_flags, out_of_range
from silver.local_time import add_calendar
from silver.units import add_steps, add_value, resolution_of, unit_fault

_STANDING = "_standing_"


class Fate(StrEnum):
    """What becomes of a record, in its column `_fate`."""

    FAULTY = "faulty"
    NEW = "new"
    REPLACES = "replaces"
    REPEATS = "repeats"
    LOSES = "loses"


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
        .withColumn("canonical_value", f.col("steps").cast("double") * resolution_of(profile))
        .withColumn("_faults", faults)
        .drop("canonical_value")
    )


def sort_out(flagged: DataFrame, repeated: DataFrame | None) -> DataFrame:
    """Every record with its `_fate` among the records alone.

    Of the good records of one key the payload that stands is new with its first record, repeated by its others, and
    every record of another payload loses.

    Args:
        flagged: Flagged records.
        repeated: `repeated_hashes` of the good ones, small; None where no key repeats.
    """
    is_good = f.size("_faults") == 0
    alone = flagged.withColumn("_fate", f.when(is_good, f.lit(Fate.NEW.value)).otherwise(f.lit(Fate.FAULTY.value)))
    if repeated is None:
        return alone
    hashed = flagged.withColumn("_key", key_hash())
    met = hashed.where(is_good).join(f.broadcast(repeated), "_key", "left_semi").drop("_key")
    stands, is_first = f.col("_rank") == 1, f.col("_copy") == 1
    fate = f.when(stands & is_first, Fate.NEW.value).when(stands, Fate.REPEATS.value).otherwise(Fate.LOSES.value)
    ranked = met.transform(rank_payloads).withColumn("_fate", fate).drop("_rank", "_copy")
    others = alone.withColumn("_key", f.when(is_good, key_hash()))
    return others.join(f.broadcast(repeated), "_key", "left_anti").drop("_key").unionByName(ranked)


def meet_standing(sorted_: DataFrame, standing: DataFrame) -> DataFrame:
    """The fates after the readings that stand have been met; a record that replaces one has its payload beside it.

    Args:
        sorted_: Records with their fates among themselves.
        standing: `silver.readings` of the dates that the records touch.
    """
    held = standing.select(*(f.col(name).alias(f"{_STANDING}{name}") for name in (*KEY, *PAYLOAD)))
    same_key = [f.col(name) == f.col(f"{_STANDING}{name}") for name in KEY]
    met = sorted_.join(held, same_key, "left")
    is_met = f.col(f"{_STANDING}sensor_id").isNotNull() & f.col("_fate").isin(Fate.NEW.value, Fate.REPEATS.value)
    wins = is_met & (f.col("_fate") == Fate.NEW.value) & stands_before(_STANDING)
    fate = (
        f.when(is_met & same_payload(_STANDING), Fate.REPEATS.value)
        .when(wins, Fate.REPLACES.value)
        .when(is_met & ~stands_before(_STANDING), Fate.LOSES.value)
        .otherwise(f.col("_fate"))
    )
    return met.withColumn("_fate", fate).drop(*(f"{_STANDING}{name}" for name in KEY))


def replaced(met: DataFrame) -> DataFrame:
    """Key and payload of each standing reading that gives way."""
    payload = (f.col(f"{_STANDING}{name}").alias(name) for name in PAYLOAD)
    return met.where(f.col("_fate") == Fate.REPLACES.value).select(*KEY, *payload)


def finish(records: DataFrame, profile: Profile) -> DataFrame:
    """The contract's columns of accepted records: flagged, without faults, each reading once."""
    return (
        records.transform(add_value, profile)
        .withColumn("canonical_value", f.col("value"))
        .transform(add_limit_flags, profile)
        .transform(add_calendar, profile)
        .select(*READINGS_TABLE.column_names)
    )


def _value_fault(profile: Profile) -> Column:
    is_finite = f.col("value").isNotNull() & ~f.isnan("value") & (f.abs("value") < float("inf"))
    too_large = unit_fault(profile).isNull() & f.col("steps").isNull()
    return f.when(~is_finite, f.lit("value_not_finite")).when(
        too_large | out_of_range(profile), f.lit("value_out_of_range")
    )
