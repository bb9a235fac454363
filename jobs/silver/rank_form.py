"""Whether silver ranks contents by every version that holds them, as today's code does.

Older code took the last arrival of a content at each path alone, not the files that go on from it, and ranked `latest`
and `first` by the path that was read first. Where that may have stored another value, silver is built again.
"""

from collections.abc import Mapping, Sequence

import pyarrow.compute as pc

from domain.conflicts import FIRST, LATEST
from expectations.mapping.keep import Keep
from expectations.tables.silver import QUARANTINE, READINGS_TABLE
from jobs.silver.holdings import Held, holdings
from jobs.silver.path_versions import Arrival, by_newest, landed, replaced_readings
from lakehouse.plant import Plant
from silver.readings_quarantine import is_conflict

EVERY_VERSION = "every version"
"""What a commit of `silver.readings` says where its records rank by every version that holds them."""


def ranked_otherwise(plant: Plant, until: int) -> str | None:
    """Which contents older code may have ranked otherwise, of the batches up to one; None where there is none.

    Only where silver has had conflicts: else nothing was ranked.
    """
    lake = plant.lake
    if lake.last(READINGS_TABLE, lambda metadata: metadata.ranks) == EVERY_VERSION:
        return None
    if not pc.any(is_conflict(lake.arrow(QUARANTINE, ["_faults"]))).as_py():
        return None
    found = by_newest(landed(plant, until), replaced_readings(plant, until))
    keep = lake.last(READINGS_TABLE, lambda metadata: metadata.keep) or {}
    if not (paths := moved(found, keep)):
        return None
    return f"{len(paths):,} files were copied, or grew, or came again beside a correction, {paths[0]!r} first"


def moved(found: Sequence[Arrival], keep: Mapping[str, Keep]) -> list[str]:
    """The paths of contents that older code may have ranked otherwise, in order.

    Args:
        found: Every arrival, by the newest readings.
        keep: Mapping -> its rule.
    """
    held = holdings(found)
    read = [one for one in found if one.is_read and one.file_id in held]
    return sorted({one.path for one in read if _is_moved(held[one.file_id], keep.get(one.mapping, Keep()))})


def _is_moved(held: Held, keep: Keep) -> bool:
    last: dict[str, int] = {}
    for one in held.landings:
        last[one.path] = max(last.get(one.path, one.at_us), one.at_us)
    newest = {one.path: one.at_us for one in sorted(held.holders)}
    if {LATEST, FIRST} & {keep.rule, *keep.of_metric.values()}:
        return len(newest) > 1 or not held.is_plain or min(held.holders).at_us != max(last.values())
    return not held.is_plain and (newest != last or (len(last) > 1 and len(held.holders) != len(last)))
