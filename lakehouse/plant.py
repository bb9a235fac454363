"""A plant and its lake: profile, mappings, tables, and whether the lake was begun with this plant."""

from dataclasses import dataclass
from functools import cached_property

from expectations.conventions import Terms, broken_by, from_json, joined, left_out, moved, terms_of
from expectations.errors import MappingError
from expectations.mapping.folder import Mappings
from expectations.mapping.mapping import Mapping
from expectations.plant.plant_profile import Profile
from expectations.tables.bronze import FILES
from expectations.tables.contract import Table
from expectations.tables.registry import tables
from expectations.tables.silver import BUCKETS
from lakehouse.errors import UsageError
from lakehouse.lake import Lake


@dataclass(frozen=True)
class Plant:
    """A plant and its lake."""

    profile: Profile
    sources: Mappings
    lake: Lake

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


def ownership(lake: Lake, profile: Profile) -> dict[str, object]:
    """What a commit of the ledger says of whose lake it is, and on which terms."""
    return {"plant": profile.name, "terms": joined(_standing(lake), terms_of(profile)).to_json()}


def check_owner(lake: Lake, profile: Profile) -> None:
    """Refuse a lake that was begun with another plant, or with terms that its rows could not outlive.

    A new metric passes, and one that left the profile while no bucket holds it; so does the zone of a factory without
    any. A lake that says no terms yet takes those of the profile with its next batch.

    Raises:
        UsageError: Names both plants; or each term that differs, as it stands and as it is asked for.
    """
    owner = lake.last_metadata(FILES, "plant")
    if owner not in (None, profile.name):
        raise UsageError(
            f"the lake {lake.root} belongs to plant {owner!r}, the settings name {profile.name!r}; "
            "give each plant a lake of its own"
        )
    standing, asked = _standing(lake), terms_of(profile)
    if standing is None or standing == asked:
        return
    broken = [*broken_by(standing, asked), *_needed(lake, left_out(standing, asked)), *_moved(lake, standing, asked)]
    if broken:
        raise UsageError(
            f"profile {profile.name} uses different units or grids than the lake {lake.root}: {'; '.join(broken)}; "
            "restore the old values in the profile, or use a new lake (the files are still in landing)"
        )


def _standing(lake: Lake) -> Terms | None:
    said = lake.last_metadata(FILES, "terms")
    return None if said is None else from_json(said)


def _needed(lake: Lake, metrics: list[str]) -> list[str]:
    """A sentence for each of the metrics that has rows."""
    held = set(lake.arrow(BUCKETS, ["metric"]).column(0).unique().to_pylist()) if metrics else set()
    return [f"metric {name} has rows there, the profile does not name it" for name in metrics if name in held]


def _moved(lake: Lake, standing: Terms, asked: Terms) -> list[str]:
    if (standing.default_zone, standing.zones) == (asked.default_zone, asked.zones):
        return []
    return moved(standing, asked, lake.arrow(BUCKETS, ["factory_id"]).column(0).unique().to_pylist())
