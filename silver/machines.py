"""`silver.machines`: what was true of each machine from when to when."""

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as f

from expectations.plant import Attribute, Profile
from expectations.tables.silver import EVENTS_QUARANTINE, machines
from silver.clock import clock_fault

_CONTENT = ("factory_id", "machine_model", "attributes")


def build(bronze: DataFrame, profile: Profile) -> DataFrame:
    """The history of master data, key (machine_id, valid_from); a row holds until the machine's next one."""
    following = Window.partitionBy("machine_id").orderBy("valid_from")
    return (
        _judged(bronze, profile)
        .where((f.size("_faults") == 0) & (f.col("_copy") == 1))
        .withColumns({"valid_to": f.lead("valid_from").over(following), **_attributes(profile)})
        .select(*machines(profile).column_names)
    )


def quarantine(bronze: DataFrame, profile: Profile) -> DataFrame:
    """Records of master data that lost against another record of the same machine and time, or whose time is wrong."""
    return (
        _judged(bronze, profile)
        .where(f.size("_faults") > 0)
        .withColumns(
            {
                "feed": f.lit("machines"),
                "code": f.col("machine_model"),
                "stated_at": f.col("valid_from"),
                "detail": f.col("attributes"),
            }
        )
        .select(*EVENTS_QUARANTINE.column_names)
    )


def _judged(bronze: DataFrame, profile: Profile) -> DataFrame:
    """Add `_faults` and `_copy` (1 for the first record of what stands). Of several contents the last stands."""
    key = ("machine_id", "valid_from")
    by_key = Window.partitionBy(*key).orderBy(*(f.col(name).desc_nulls_last() for name in _CONTENT))
    by_content = Window.partitionBy(*key, *_CONTENT).orderBy("_file_id", "_line")
    known = bronze.withColumn("valid_from", f.coalesce("valid_from", f.lit(profile.began_at)))
    faults = f.array_compact(f.array(clock_fault(profile, "valid_from"), _conflict()))
    return (
        known.withColumn("_rank", f.dense_rank().over(by_key))
        .withColumn("_copy", f.row_number().over(by_content))
        .withColumn("_faults", faults)
    )


def _conflict() -> Column:
    return f.when(f.col("_rank") > 1, f.lit("conflicting_value"))


def _attributes(profile: Profile) -> dict[str, Column]:
    return {
        attribute.name: _attribute(attribute) for attribute in profile.attributes if attribute.name != "machine_model"
    }


def _attribute(attribute: Attribute) -> Column:
    text = f.get_json_object("attributes", f"$.{attribute.name}")
    return text if attribute.levels else text.try_cast("double")
