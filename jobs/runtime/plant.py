"""The plant that the settings name, loaded: profile, mappings, tables."""

from dataclasses import dataclass
from functools import cached_property

from expectations.contract import Table
from expectations.mapping import Mapping, load_mappings
from expectations.plant import Profile, load_profile
from expectations.registry import tables
from expectations.tables.bronze import FILES
from jobs.runtime.delta import Lake
from jobs.runtime.errors import UsageError
from jobs.runtime.settings import Settings


@dataclass(frozen=True)
class Plant:
    """A plant and its lake."""

    profile: Profile
    mappings: tuple[Mapping, ...]
    lake: Lake

    @cached_property
    def tables(self) -> dict[str, Table]:
        """Every table by `layer.subject`."""
        return dict(tables(self.profile))


def load_plant(settings: Settings) -> Plant:
    """The plant in force.

    Raises:
        ContractError: Its profile or a mapping is wrong; the message says where.
        UsageError: The lake belongs to another plant.
    """
    plant = Plant(load_profile(settings.plant), load_mappings(settings.plant), Lake(settings.lake))
    check_owner(plant.lake, plant.profile)
    return plant


def check_owner(lake: Lake, profile: Profile) -> None:
    """Refuse a lake that was begun with another plant.

    Raises:
        UsageError: Names both plants.
    """
    owner = lake.last_metadata(FILES, "plant")
    if owner not in (None, profile.name):
        raise UsageError(
            f"the lake {lake.root} belongs to plant {owner!r}, the settings name {profile.name!r}; "
            "give each plant a lake of its own"
        )
