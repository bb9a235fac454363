"""The plant: its profile and its mappings."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from deltalake.exceptions import DeltaError

from expectations.errors import ContractError, ProfileError
from expectations.mapping.file import mapping_paths
from expectations.mapping.folder import RefusedMapping, read_mapping
from expectations.plant.file import load_profile
from expectations.plant.plant_profile import Profile
from jobs.diagnosis.finding import Finding, Level
from jobs.runtime.load_plant import load_plant
from jobs.runtime.settings import Settings
from jobs.silver.key_form import rebuild_due
from lakehouse.errors import UsageError
from lakehouse.lake import Lake
from lakehouse.plant import check_owner


def plant(settings: Settings) -> Iterator[Finding]:
    """Whether the profile can be read, and the lake is this plant's."""
    try:
        profile = load_profile(settings.plant)
    except ContractError as error:
        yield Finding("plant", Level.FAIL, str(error), "fix the profile, or set plant (ASSAY_PLANT)")
        return
    yield Finding("plant", Level.OK, f"{profile.name}: {len(profile.metrics)} metrics")
    try:
        check_owner(Lake(settings.lake), profile)
    except UsageError as error:
        yield Finding("plant", Level.FAIL, str(error))


def keys(settings: Settings) -> Iterator[Finding]:
    """Whether silver and gold use today's keys; nothing where plant or lake cannot be opened, as others say."""
    with suppress(ContractError, UsageError, DeltaError, OSError):
        if (why := rebuild_due(load_plant(settings))) is not None:
            yield Finding("keys", Level.FAIL, why, "run `assay rebuild` once: it builds both again from bronze")


def mappings(settings: Settings) -> Iterator[Finding]:
    """One finding for each fault of a mapping that `assay ingest` refuses; else one for all."""
    try:
        paths, profile = mapping_paths(settings.plant), load_profile(settings.plant)
    except ProfileError:
        return  # the finding on the plant says it
    except ContractError as error:
        yield Finding("mappings", Level.FAIL, str(error))
        return
    faults = [finding for path in paths for finding in _mapping(path, profile)]
    yield from faults or [Finding("mappings", Level.OK, f"{', '.join(path.stem for path in paths)} can be read")]


def _mapping(path: Path, profile: Profile) -> Iterator[Finding]:
    found = read_mapping(path, profile)
    for fault in found.faults if isinstance(found, RefusedMapping) else ():
        remedy = f"fix {path} or the profile; until then its files wait"
        yield Finding("mappings", Level.FAIL, fault, remedy)
