"""A plant and its lake: profile, mappings, tables, and whether the lake was begun with this plant."""

from dataclasses import dataclass
from functools import cached_property

from expectations.conventions import Conventions, broken_by, conventions_of, joined, left_out, moved
from expectations.errors import MappingError
from expectations.mapping.folder import Mappings
from expectations.mapping.mapping import Mapping
from expectations.plant.plant_profile import Profile
from expectations.policy.file import PolicyNumber
from expectations.tables.bronze import FILES
from expectations.tables.contract import Table
from expectations.tables.registry import tables
from expectations.tables.silver import BUCKETS
from lakehouse.commit_metadata import CommitMetadata
from lakehouse.errors import UsageError
from lakehouse.lake import Lake


@dataclass(frozen=True)
class Plant:
    """A plant and its lake; `policy` are the numbers that it asks of its models, the shipped ones where it is empty."""

    profile: Profile
    sources: Mappings
    lake: Lake
    policy: tuple[PolicyNumber, ...] = ()

    @property
    def mappings(self) -> tuple[Mapping, ...]:
        """Every mapping, for work that a missing one would make wrong.

        Raises:
            MappingError: One is refused.
        """
        for refused in self.sources.refused:
            raise MappingError(f"{'; '.join(refused.faults)}; fix {refused.path} or the profile")
        return self.sources.usable

    @cached_property
    def tables(self) -> dict[str, Table]:
        """Every table by `layer.subject`."""
        return dict(tables(self.profile))


def ownership(lake: Lake, profile: Profile) -> CommitMetadata:
    """What a commit of the ledger says of whose lake it is, and by which conventions."""
    return CommitMetadata(plant=profile.name, conventions=joined(_in_force(lake), conventions_of(profile)))


def check_owner(lake: Lake, profile: Profile) -> None:
    """Refuse a lake that was begun with another plant, or with conventions that its rows do not allow to change.

    A new metric passes, and one that left the profile while no bucket holds it; so does the zone of a factory without
    any. A lake without conventions takes those of the profile with its next batch.

    Raises:
        UsageError: Names both plants; or each convention that differs, of the lake and of the profile.
    """
    owner = lake.last(FILES, lambda metadata: metadata.plant)
    if owner not in (None, profile.name):
        raise UsageError(
            f"the lake {lake.storage.place} belongs to plant {owner!r}, the settings name {profile.name!r}; "
            "give each plant a lake of its own"
        )
    standing, asked = _in_force(lake), conventions_of(profile)
    if standing is None or standing == asked:
        return
    broken = [*broken_by(standing, asked), *_needed(lake, left_out(standing, asked)), *_moved(lake, standing, asked)]
    if broken:
        place = lake.storage.place
        raise UsageError(
            f"profile {profile.name} uses different units or grids than the lake {place}: {'; '.join(broken)}; "
            "restore the old values in the profile, or use a new lake (the files are still in landing)"
        )


def _in_force(lake: Lake) -> Conventions | None:
    return lake.last(FILES, lambda metadata: metadata.conventions)


def _needed(lake: Lake, metrics: list[str]) -> list[str]:
    """A sentence for each of the metrics that has rows."""
    held = set(lake.arrow(BUCKETS, ["metric"]).column(0).unique().to_pylist()) if metrics else set()
    return [f"metric {name} has rows there, the profile does not name it" for name in metrics if name in held]


def _moved(lake: Lake, standing: Conventions, asked: Conventions) -> list[str]:
    if (standing.default_zone, standing.zones) == (asked.default_zone, asked.zones):
        return []
    return moved(standing, asked, lake.arrow(BUCKETS, ["factory_id"]).column(0).unique().to_pylist())
