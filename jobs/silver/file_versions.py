"""The contents that records of readings came in, as the ledger has them: paths, times, digests, and their rules."""

from collections.abc import Mapping
from datetime import datetime

from bronze.files import Outcome
from expectations.feeds import READINGS
from expectations.mapping.keep import Keep
from expectations.tables.bronze import FILES
from jobs.ingest.file_times import microseconds
from jobs.silver.path_versions import arrivals, read_together, replaced_readings, source_name
from jobs.silver.withdrawals import places_of
from lakehouse.plant import Plant
from silver.versions import Version, Versions

_COLUMNS = ("path", "sha256", "modified_at", "mapping", "feed", "outcome", "_batch_id", "_file_id")
_READ = (Outcome.READ, Outcome.FILE_CHANGED)
_NEVER_THERE = (Outcome.ADMITTED, Outcome.UNMATCHED, Outcome.VANISHED)


def file_versions(plant: Plant, keep: Mapping[str, Keep], batches: range, until: int | None = None) -> Versions:
    """The contents from which some batches have records.

    A content that comes again to its path counts as modified when it came last: of A, B and A again, A is the latest.
    It is a version of each path where it landed, also of those where it was known already.

    Args:
        plant: The plant.
        keep: Mapping -> its rule.
        batches: The batches of the records.
        until: The last batch whose arrivals count; None: all.
    """
    ledger = plant.lake.arrow(FILES, list(_COLUMNS)).to_pydict()
    rows = [row for row in zip(*(ledger[name] for name in _COLUMNS), strict=True) if row[4] == READINGS.name]
    replaced = replaced_readings(plant, until)
    arrived: dict[tuple[str, str], datetime] = {}
    copies: dict[tuple[str, str], set[str]] = {}
    for path, digest, modified, _, _, outcome, batch, file in rows:
        if outcome not in _NEVER_THERE and (until is None or batch <= until):
            arrived[path, digest] = max(arrived.get((path, digest), modified), modified)
            copies.setdefault((replaced.get(file, file), digest), set()).add(path)
    is_withdrawing = any(rule.withdraw for rule in keep.values())
    places = places_of(arrivals(plant, until), keep) if is_withdrawing else {}
    together = read_together(
        ((path, digest, microseconds(modified)), replaced.get(file, file))
        for path, digest, modified, _, _, outcome, batch, file in rows
        if outcome not in _NEVER_THERE and (until is None or batch <= until)
    )
    return {
        (batch, file): Version(
            source_name(path, mapping, together),
            microseconds(arrived[path, digest]),
            digest,
            keep.get(mapping, Keep()),
            places.get(file, ()),
            replaced.get(file, ""),
            tuple(
                (source_name(other, mapping, together), microseconds(arrived[other, digest]))
                for other in sorted(copies.get((file, digest), set()) - {path})
            ),
        )
        for path, digest, _, mapping, _, outcome, batch, file in rows
        if outcome in _READ and batch in batches and (path, digest) in arrived
    }


def mappings_read(plant: Plant) -> set[str]:
    """The mappings by which readings were read."""
    rows = plant.lake.arrow(FILES, ["mapping", "feed"]).to_pylist()
    return {row["mapping"] for row in rows if row["feed"] == READINGS.name}
