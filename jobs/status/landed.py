"""Files of the landing folder that are not in bronze: no mapping matches them, a mapping is refused, or they wait."""

from collections.abc import Sequence
from datetime import UTC, datetime

from bronze.files import Landed as LandedFile
from bronze.files import mapping_of, still_known, unseen
from expectations.errors import ContractError, MappingError
from expectations.mapping import Mapping
from expectations.mapping_checks import strange_to
from expectations.mapping_file import load_mapping, mapping_paths
from expectations.plant import Profile
from expectations.tables.bronze import FILES
from jobs.ingest.plan import known_files
from jobs.runtime.delta import Lake
from jobs.runtime.landing import scan
from jobs.runtime.settings import Settings
from jobs.status.facts import Landed

_LEDGER = ["path", "size_bytes", "modified_at", "sha256", "outcome", "_batch_id"]


def landed(settings: Settings, profile: Profile, lake: Lake) -> Landed:
    """What lies in the landing folder and is not read. Files are looked at by name, size and time only."""
    if not settings.landing.is_dir():
        return Landed(is_there=False)
    usable, refused = _mappings(settings, profile)
    known = still_known(known_files(lake.arrow(FILES, _LEDGER).to_pylist()), usable)
    there = scan(settings.landing)
    fresh = unseen(there, known)
    unmatched = {file.path for file in known if file.outcome == "unmatched"} & {file.path for file in there}
    waiting: list[LandedFile] = []
    held: dict[str, list[str]] = {name: [] for name in refused}
    for file in fresh:
        names = _wanted_by(file.path, usable)
        if names in refused:
            held[names].append(file.path)
        elif names:
            waiting.append(file)
        else:
            unmatched.add(file.path)
    oldest = min((file.modified_us for file in waiting), default=None)
    return Landed(
        tuple(sorted(unmatched)),
        tuple(file.path for file in waiting),
        None if oldest is None else datetime.fromtimestamp(oldest / 1e6, UTC),
        {name: (why, tuple(held[name])) for name, why in refused.items()},
    )


def _mappings(settings: Settings, profile: Profile) -> tuple[list[Mapping], dict[str, str]]:
    """The mappings that can be read, and why others cannot be used."""
    usable, refused = [], {}
    for path in mapping_paths(settings.plant):
        try:
            mapping = load_mapping(path)
        except ContractError as error:
            refused[path.stem] = str(error)
            continue
        usable.append(mapping)
        if strange := strange_to(mapping, profile):
            refused[mapping.name] = "; ".join(strange)
    return usable, refused


def _wanted_by(path: str, mappings: Sequence[Mapping]) -> str:
    """The mapping that matches a path; empty where none does, or several do."""
    try:
        found = mapping_of(path, mappings)
    except MappingError:
        return ""
    return found.name if found else ""
