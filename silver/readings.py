"""`silver.readings`: every accepted reading once, in canonical units, with its calendar and limit flags."""

from collections.abc import Mapping
from enum import StrEnum

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as f

from expectations.plant import Profile
from expectations.tables.silver import READINGS_TABLE
from silver.clock import clock_fault
from silver.identity import KEY, PAYLOAD, rank_payloads, same_payload, stands_before
from silver.limits import add_limit_flags, out_of_range
from silver.local_time import add_calendar
from silver.rules import add_rules
from silver.units import add_steps, canonical_value, unit_fault

_STANDING = "_standing_"


class Fate(StrEnum):
    """What becomes of a record, in its column `_fate`."""

    FAULTY = "faulty"
    NEW = "new"
    REPLACES = "replaces"
    REPEATS = "repeats"
    LOSES = "loses"


def flag(bronze: DataFrame, profile: Profile, models: Mapping[str, str]) -> DataFrame:
    """Bronze readings with their rules, `steps`, `canonical_value`, `_faults` and `_is_good`: no fault.

    Args:
        bronze: `bronze.readings`.
        profile: The plant.
        models: machine_id -> model of machines; limits may differ by model.

    Returns:
        The same rows; `_faults` holds codes of `tables.silver.FAULTS`.
    """
    faults = [unit_fault(profile), _value_fault(), clock_fault(profile, "measured_at")]
    is_good = faults[0].isNull() & faults[1].isNull() & faults[2].isNull()
    none = f.array().cast("array<string>")
    return (
        bronze.transform(add_rules, profile, models)
        .transform(add_steps)
        .withColumn("canonical_value", canonical_value())
        .withColumn("_is_good", is_good)
        .withColumn("_faults", f.when(f.col("_is_good"), none).otherwise(f.array_compact(f.array(*faults))))
    )


def sort_out(flagged: DataFrame) -> DataFrame:
    """Every record with its `_fate` among the records alone.

    Of the good records of one key the payload that stands is new with its first record, repeated by its others, and
    every record of another payload loses.
    """
    stands, is_first = f.col("_rank") == 1, f.col("_copy") == 1
    fate = f.when(stands & is_first, Fate.NEW.value).when(stands, Fate.REPEATS.value).otherwise(Fate.LOSES.value)
    good = flagged.where("_is_good").transform(rank_payloads).withColumn("_fate", fate).drop("_rank", "_copy")
    return good.unionByName(flagged.where("NOT _is_good").withColumn("_fate", f.lit(Fate.FAULTY.value)))


def meet_standing(sorted_: DataFrame, standing: DataFrame) -> DataFrame:
    """The fates after the readings that stand have been met; a record that replaces one has its payload beside it.

    Args:
        sorted_: Records with their fates among themselves.
        standing: The readings of `silver.readings` that have a key of these records, or more.
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
        records.withColumn("value", f.col("canonical_value"))
        .withColumn("unit", f.col("_unit"))
        .transform(add_limit_flags)
        .transform(add_calendar, profile)
        .select(*READINGS_TABLE.column_names)
    )


def _value_fault() -> Column:
    is_finite = f.col("value").isNotNull() & ~f.isnan("value") & (f.abs("value") < float("inf"))
    too_large = f.col("_resolution").isNotNull() & f.col("steps").isNull()
    return f.when(~is_finite, f.lit("value_not_finite")).when(too_large | out_of_range(), f.lit("value_out_of_range"))
