"""The plant that the settings name, loaded: profile, mappings, tables."""

from expectations.mapping.folder import read_mappings
from expectations.plant.file import load_profile
from expectations.policy.file import load_policy
from expectations.tables.plant_rules import gate_rules
from jobs.runtime.settings import Settings
from lakehouse.lake import Lake
from lakehouse.plant import Plant, check_owner
from lakehouse.rules.checking import check_sql


def load_plant(settings: Settings) -> Plant:
    """The plant in force. A mapping that is wrong is refused alone, and only work that needs it stops.

    Raises:
        ContractError: Its profile, a rule in it or its policy is wrong, or it has no mapping; the message says where.
        UsageError: The lake belongs to another plant, or to this one with other units, resolutions, zones or lengths.
    """
    profile = load_profile(settings.plant)
    lake = Lake(settings.lake, gate_rules(profile))
    plant = Plant(profile, read_mappings(settings.plant, profile), lake, load_policy(settings.plant))
    check_sql(plant.profile, plant.tables)
    check_owner(plant.lake, plant.profile)
    return plant
