"""Every table of a plant by name."""

from collections.abc import Mapping

from expectations.errors import ContractError, unknown_name
from expectations.plant.plant_profile import Profile
from expectations.tables import bronze, gold, silver
from expectations.tables.contract import Table


def tables(profile: Profile) -> Mapping[str, Table]:
    """Every table of the plant's lake by `layer.subject`, in the order data flow."""
    declared = (*bronze.TABLES, *silver.tables(profile), *gold.tables(profile))
    by_name = {table.name: table for table in declared}
    if len(by_name) != len(declared):
        raise ContractError("a table is declared twice")
    return by_name


def table(profile: Profile, name: str) -> Table:
    """The table of that name.

    Raises:
        ContractError: No such table; the message lists the legal ones.
    """
    known = tables(profile)
    if name not in known:
        raise ContractError(unknown_name("table", name, known))
    return known[name]
