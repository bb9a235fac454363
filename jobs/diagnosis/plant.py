"""The plant: its profile and its mappings."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from expectations.errors import ContractError, ProfileError
from expectations.mapping_checks import strange_to
from expectations.mapping_file import load_mapping, mapping_paths
from expectations.plant_file import load_profile
from jobs.diagnosis.finding import Finding, Level
from jobs.runtime.delta import Lake
from jobs.runtime.errors import UsageError
from jobs.runtime.plant import check_owner
from jobs.runtime.settings import Settings


def plant(settings: Settings) -> Iterator[Finding]:
    """Whether the profile can be read, and the lake is this plant's."""
    try:
        profile = load_profile(settings.plant)
    except ContractError as error:
        yield Finding("plant", Level.FAIL, str(error), "mend the profile, or set plant (ASSAY_PLANT)")
        return
    yield Finding("plant", Level.OK, f"{profile.name}: {len(profile.metrics)} metrics")
    try:
        check_owner(Lake(settings.lake), profile)
    except UsageError as error:
        yield Finding("plant", Level.FAIL, str(error))


def mappings(settings: Settings) -> Iterator[Finding]:
    """One finding for each mapping that cannot be read, or that the profile contradicts; else one for all."""
    try:
        paths = mapping_paths(settings.plant)
    except ProfileError:
        return  # the finding on the plant says it
    except ContractError as error:
        yield Finding("mappings", Level.FAIL, str(error))
        return
    faults = [finding for path in paths for finding in _mapping(settings, path)]
    yield from faults or [Finding("mappings", Level.OK, f"{', '.join(path.stem for path in paths)} can be read")]


def _mapping(settings: Settings, path: Path) -> Iterator[Finding]:
    try:
        mapping = load_mapping(path)
    except ContractError as error:
        yield Finding("mappings", Level.FAIL, str(error), f"mend {path}")
        return
    with suppress(ContractError):  # of the profile: the finding on the plant says it
        for words in strange_to(mapping, load_profile(settings.plant)):
            remedy = f"such readings go to quarantine: mend {path} or the profile"
            yield Finding("mappings", Level.WARN, f"mapping {mapping.name}: {words}", remedy)
