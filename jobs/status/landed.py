"""Files of the landing folder that are not in bronze: no mapping matches them, a mapping is refused, or they wait."""

from datetime import UTC, datetime

from bronze.claims import Claims, claims, still_known
from bronze.files import mappings_of, unseen
from expectations.mapping.containers import split_member
from expectations.mapping.folder import Mappings, read_mappings
from expectations.plant.plant_profile import Profile
from expectations.tables.bronze import FILES
from jobs.ingest.landing import is_there, scan
from jobs.ingest.plan import known_files
from jobs.runtime.settings import Settings
from jobs.status.facts import Landed
from lakehouse.lake import Lake
from lakehouse.storage.places import storage_at

_LEDGER = ["path", "size_bytes", "modified_at", "sha256", "outcome", "mapping", "_file_id", "_batch_id"]


def landed(settings: Settings, profile: Profile, lake: Lake) -> Landed:
    """What lies in the landing folder and is not read. Files are looked at by name, size and time only."""
    landing = storage_at(settings.landing)
    if not is_there(landing):
        return Landed(is_there=False)
    mappings = read_mappings(settings.plant, profile)
    known = still_known(known_files(lake.arrow(FILES, _LEDGER).to_pylist()), mappings)
    there = scan(landing)
    found = claims(unseen(there, known, mappings.usable), mappings)
    waiting = [file for file in found.ready if mappings_of(file.path, mappings.usable)]
    names = {file.path for file in there}
    unmatched = {file.path for file in known if file.outcome == "unmatched" and _is_there(file.path, names)}
    unmatched |= {file.path for file in found.ready} - {file.path for file in waiting}
    oldest = min((file.modified_us for file in waiting), default=None)
    return Landed(
        tuple(sorted(unmatched)),
        tuple(file.path for file in waiting),
        None if oldest is None else datetime.fromtimestamp(oldest / 1e6, UTC),
        _refused(mappings, found),
    )


def _is_there(path: str, names: set[str]) -> bool:
    named = split_member(path)
    return path in names or (named is not None and named[0] in names)


def _refused(mappings: Mappings, found: Claims) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Why mappings cannot be used, and the paths that wait for each; several that match one file are one entry."""
    alone = {
        one.name: (
            "; ".join(fault.removeprefix(f"mapping {one.name}: ") for fault in one.faults),
            found.refused.get(one.name, ()),
        )
        for one in mappings.refused
    }
    why = "they match the same files, narrow their globs to one, or let each name the others in read_with"
    return alone | {", ".join(names): (why, paths) for names, paths in found.contested.items()}
