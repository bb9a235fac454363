"""The plant that the settings name, loaded: profile, mappings, tables."""

from dataclasses import dataclass
from functools import cached_property

from expectations.contract import Table
from expectations.mapping import Mapping, load_mappings
from expectations.plant import Profile, load_profile
from expectations.registry import tables
from jobs.runtime.delta import Lake
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
    """
    return Plant(load_profile(settings.plant), load_mappings(settings.plant), Lake(settings.lake))
