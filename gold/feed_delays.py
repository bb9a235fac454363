"""`gold.feed_delays`: how much later than it happened an event was on record."""

from collections.abc import Iterator, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from expectations.plant.plant_profile import EVENT_FEEDS, Profile
from expectations.tables.arrow_columns import micros, stamps, with_tidy_names
from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.gold_delays import FEED_DELAYS
from gold.known_through import KNOWN
from gold.slots import Places

OF_FILES = ("_file_id", "feed", "mapping", "outcome", "modified_at", "_ingested_at")
OF_EVENTS = ("_file_id", "machine_id", "factory_id", "code", "occurred_at")
_EVENT = ("mapping", "machine_id", "factory_id", "code", "occurred_at")


def build(files: pa.Table, events: Mapping[str, pa.Table], profile: Profile) -> pa.Table:
    """One row for each mapping of events that has files, key (feed, mapping).

    An event is on record from the time of the first file that has it: the file's own, at most that of its ingest. Its
    delay is that less the time when it happened, and 0 where the record came before. The quantiles are delays that
    were observed, by the nearest rank.

    Args:
        files: The columns `OF_FILES` of `bronze.files`.
        events: Feed of events -> the columns `OF_EVENTS` of its table in bronze.
        profile: The plant, for the delays that it declares.
    """
    arrived = stamps(np.minimum(micros(files, "modified_at"), micros(files, "_ingested_at")))
    known = files.append_column("arrived_at", arrived).filter(pc.is_in(files.column("outcome"), pa.array(KNOWN)))
    rows = [
        {**row, "feed": feed, "declared_delay_s": profile.delays.get(EVENT_FEEDS[feed])}
        for feed, found in events.items()
        for row in _of_mappings(known.filter(pc.equal(known.column("feed"), feed)), found)
    ]
    return pa.Table.from_pylist(rows, schema=arrow_schema(FEED_DELAYS))


def _of_mappings(files: pa.Table, events: pa.Table) -> Iterator[dict[str, object]]:
    first = files.group_by("mapping", use_threads=False).aggregate([("arrived_at", "min")]).sort_by("mapping")
    contents = files.group_by(["_file_id", "mapping"], use_threads=False).aggregate([("arrived_at", "min")])
    read = with_tidy_names(events).join(contents, "_file_id", join_type="inner", use_threads=False)
    once = read.group_by(list(_EVENT), use_threads=False).aggregate([("arrived_at_min", "min")])
    for mapping, began_at in zip(*(first.column(name).to_pylist() for name in first.column_names), strict=True):
        counts = pc.and_(pc.equal(once.column("mapping"), mapping), pc.greater(once.column("occurred_at"), began_at))
        yield {"mapping": mapping, **_quantiles(once.filter(counts))}


def _quantiles(events: pa.Table) -> dict[str, object]:
    late: Places = np.maximum(micros(events, "arrived_at_min_min") - micros(events, "occurred_at"), 0)
    if not len(late):
        return {"event_count": 0}
    half, most, longest = (float(np.quantile(late, one, method="inverted_cdf")) / 1e6 for one in (0.5, 0.95, 1.0))
    return {"event_count": len(late), "delay_p50_s": half, "delay_p95_s": most, "delay_max_s": longest}
