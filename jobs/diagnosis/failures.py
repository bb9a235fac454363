"""Failures: whether it is known until when every one is on record."""

from collections.abc import Iterator
from datetime import timedelta

from expectations.errors import ContractError
from expectations.mapping.landed_path import path_fields
from expectations.mapping.mapping import Mapping
from gold.known_through import Arrival
from jobs.diagnosis.finding import Finding, Level
from jobs.gold.label_basis import failure_files, records_end
from jobs.runtime.load_plant import load_plant
from jobs.runtime.settings import Settings
from lakehouse.errors import UsageError

_LATE = timedelta(days=1)
"""Files this much younger than the newest record of the plant were copied after the fact; hourly and daily ones are
not. Starting value.
"""


def failures(settings: Settings) -> Iterator[Finding]:
    """A finding for each mapping whose files all came after the plant's records end and do not say how far they reach.

    The time of a copy says nothing of it.
    """
    try:
        plant = load_plant(settings)
        files, end = failure_files(plant.lake), records_end(plant.lake, plant.profile)
    except (ContractError, UsageError, OSError):
        return  # the findings on the plant and on the lake say it
    for mapping in plant.sources.usable:
        own = [file for file in files if file.mapping == mapping.name]
        if own and all(file.modified_at > end + _LATE for file in own) and not _is_stated(mapping, own):
            yield Finding(
                "failures",
                Level.WARN,
                f"mapping {mapping.name}: its files were written after the last record of the plant, "
                f"{end:%Y-%m-%d %H:%M}; failures count as known up to then",
                "if they reach less far, say in the mapping how far: complete_through = 2026-02-01T00:00:00Z",
            )


def _is_stated(mapping: Mapping, files: list[Arrival]) -> bool:
    stated = all("complete_through" in (path_fields(mapping, file.path) or {}) for file in files)
    return mapping.complete_through is not None or stated
