"""Records of bronze sorted out: the plain ones apart from those that need a closer look.

Most records are good and alone with their key: they are new, whatever the others are, and are never kept. Only the
others, faulty or with a key that comes twice or stands already, are compared one by one and kept in the engine.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobs.runtime.engine.client import checkpoint
from jobs.silver.batch_counts import Survey, survey_of

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

    from expectations.plant import Profile


@dataclass(frozen=True, slots=True)
class Sorted:
    """Flagged records: plain ones, all new; and the others with their `_fate`, kept in the engine.

    `by_day` counts all of them by UTC date: what is not among the others is plain, and need not be counted again.
    """

    plain: "DataFrame"
    closer: "DataFrame"
    by_day: Mapping[str, int]

    def accepted(self) -> "DataFrame":
        """The records that become readings."""
        stand = self.closer.where("_fate IN ('new', 'replaces')").select(*self.plain.columns)
        return self.plain.unionByName(stand)

    def survey(self) -> Survey:
        """Counts by fate and first fault, and the dates of the good ones."""
        from pyspark.sql import functions as f

        fault = f.try_element_at("_faults", f.lit(1)).alias("fault")
        groups = self.closer.groupBy("_fate", fault, _day().alias("day")).count().collect()
        plain = Counter(self.by_day)
        for _, _, day, count in groups:
            plain[day] -= count
        others = [(fate, fault, None if fault else day, count) for fate, fault, day, count in groups]
        return survey_of([*(("new", None, day, count) for day, count in (+plain).items()), *others])


def count_by_day(bronze: "DataFrame") -> dict[str, int]:
    """Records by the UTC date of their times."""
    return {row[0]: row[1] for row in bronze.groupBy(_day()).count().collect()}


def sort_records(
    bronze: "DataFrame",
    by_day: Mapping[str, int],
    profile: "Profile",
    models: Mapping[str, str],
    standing: "DataFrame | None" = None,
) -> Sorted:
    """Records of bronze with their fates, judged by the limits of those models.

    Args:
        bronze: Some of `bronze.readings`.
        by_day: `count_by_day` of them.
        profile: The plant.
        models: machine_id -> model.
        standing: `silver.readings` of the dates that the records touch; None where there are none.
    """
    from silver import identity, readings

    watched = identity.repeated_hashes(bronze)
    if standing is not None:
        watched = watched.unionByName(identity.shared_hashes(bronze, standing)).distinct()
    watched = checkpoint(watched)
    flagged = readings.flag(bronze, profile, models)
    if watched.isEmpty():
        faulty = readings.sort_out(flagged.where("NOT _is_good"))
        return Sorted(flagged.where("_is_good"), checkpoint(faulty), by_day)
    marked = _marked(flagged, watched)
    closer = readings.sort_out(marked.where("NOT _is_good OR _is_watched").drop("_is_watched"))
    if standing is not None:
        closer = readings.meet_standing(closer, _marked(standing, watched).where("_is_watched"))
    plain = marked.where("_is_good AND NOT _is_watched").drop("_is_watched")
    return Sorted(plain, checkpoint(closer), by_day)


def _marked(records: "DataFrame", watched: "DataFrame") -> "DataFrame":
    """Add `_is_watched`: whether the record's key hash is among those."""
    from pyspark.sql import functions as f

    from silver.identity import key_hash

    known = f.broadcast(watched.withColumn("_seen", f.lit(True)))
    keyed = records.withColumn("_key", key_hash()).join(known, "_key", "left")
    return keyed.withColumn("_is_watched", f.col("_seen").isNotNull()).drop("_key", "_seen")


def _day() -> "Column":
    from pyspark.sql import functions as f

    return f.to_date("measured_at").cast("string")
