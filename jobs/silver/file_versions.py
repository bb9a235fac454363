"""The contents that records of readings came in, as the ledger has them: paths, times, digests, and their rules."""

from collections.abc import Iterable, Mapping, Sequence

from expectations.feeds import READINGS
from expectations.mapping.keep import Keep
from expectations.tables.bronze import FILES
from jobs.silver.holdings import NOWHERE, holdings
from jobs.silver.path_versions import Arrival, by_newest, landed, read_together, replaced_readings, source_name
from jobs.silver.repaired import repairs, with_repairs
from jobs.silver.withdrawals import places_of
from lakehouse.plant import Plant
from silver.versions import Version, Versions


def file_versions(plant: Plant, keep: Mapping[str, Keep], batches: range, until: int | None = None) -> Versions:
    """The contents from which some batches have records.

    Args:
        plant: The plant.
        keep: Mapping -> its rule.
        batches: The batches of the records.
        until: The last batch whose arrivals count; None: all.
    """
    known = repairs(plant, until)
    of_repaired = {known.batch[file] for file in known.origin.values() if file in known.batch}
    rows, replaced = landed(plant, until, keep), replaced_readings(plant, until)
    found = dict(versions_of_arrivals(rows, replaced, keep, of_repaired.union(batches)))
    found |= with_repairs(plant, known, {file: version for (_, file), version in found.items()})
    return {(batch, file): version for (batch, file), version in found.items() if batch in batches}


def versions_of_arrivals(
    rows: Sequence[Arrival], replaced: Mapping[str, str], keep: Mapping[str, Keep], batches: Iterable[int]
) -> Versions:
    """The same of arrivals, as the ledger has them.

    A content is a version of each path where it landed, also of those where it was known already. A file that goes on
    from it is a later version that holds its records too.

    Args:
        rows: Every arrival.
        replaced: `_file_id` of a content that was read again -> that of its newest reading.
        keep: Mapping -> its rule.
        batches: The batches of the records.
    """
    found = by_newest(rows, replaced)
    held, wanted = holdings(found), set(batches)
    places = places_of(found, keep) if any(rule.withdraw for rule in keep.values()) else {}
    together = read_together((one.state, one.file_id) for one in found)
    last = dict[tuple[str, str], int]()
    for one in rows:
        last[one.path, one.digest] = max(last.get((one.path, one.digest), one.modified_us), one.modified_us)
    versions = dict[tuple[int, str], Version]()
    for one in rows:
        if one.is_read and one.batch in wanted:
            where = held.get(one.file_id, NOWHERE)
            versions[one.batch, one.file_id] = Version(
                source_name(one.path, one.mapping, together),
                last[one.path, one.digest],
                one.digest,
                keep.get(one.mapping, Keep()),
                places.get(one.file_id, ()),
                replaced.get(one.file_id, ""),
                where.landings if where.until_line else where.holders,
                where.until_line,
                where.holders,
            )
    return versions


def mappings_read(plant: Plant) -> set[str]:
    """The mappings by which readings were read."""
    rows = plant.lake.arrow(FILES, ["mapping", "feed"]).to_pylist()
    return {row["mapping"] for row in rows if row["feed"] == READINGS.name}
