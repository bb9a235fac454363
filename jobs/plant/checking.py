"""Every file of the landing folder beside the mappings that match it; nothing is read, no lake is touched."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bronze.claims import Claims, claims
from bronze.files import Landed
from expectations.mapping.folder import Mappings, read_mappings
from expectations.mapping.landed_path import near_miss, reads
from expectations.plant.file import load_profile
from expectations.plant.plant_profile import Profile
from expectations.tables.plant_rules import unknown_to_gateways
from expectations.tables.registry import tables
from jobs.ingest.landing import scan
from jobs.ingest.unpacking import with_members
from jobs.runtime.exits import ExitCode
from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings
from lakehouse.rules.checking import check_sql
from lakehouse.storage.places import storage_at

_SHOWN = 20
_ONE_EACH = "narrow `files` of all but one, or let each name the others in `read_with`"


@dataclass(frozen=True, slots=True)
class Matches:
    """The files of a landing folder by what the mappings say.

    Attributes:
        matched: Mapping -> how many files it reads; 0 for one that matches none.
        together: Path -> the mappings that read it together, as their `read_with` says.
        unmatched: Path that no mapping matches -> what it nearly fits, empty where nothing comes near.
        several: Path -> the mappings that match it and do not all name each other: such files wait.
        refused: Refused mapping -> the paths that wait for it.
    """

    matched: dict[str, int]
    unmatched: dict[str, str]
    several: dict[str, tuple[str, ...]]
    refused: dict[str, tuple[str, ...]]
    together: dict[str, tuple[str, ...]]

    @property
    def is_fine(self) -> bool:
        """Whether each file has one mapping or several that read it together, and each mapping can be used."""
        return not (self.unmatched or self.several or self.refused)


def check_landing(settings: Settings) -> RunReport:
    """All mappings of the plant against all that lies in landing, and the rules of its profile.

    Raises:
        ContractError: The profile or a rule in it cannot be read, or the plant has no mapping.
        UsageError: There is no landing folder.
    """
    profile = load_profile(settings.plant)
    check_sql(profile, tables(profile))
    sources = read_mappings(settings.plant, profile)
    landing = storage_at(settings.landing)
    listed = with_members(landing, scan(landing), sources)
    found = matches([file for file in listed if not file.is_unpacked], sources)
    faults = {refused.name: refused.faults for refused in sources.refused}
    data = {
        "matched": found.matched, "unmatched": found.unmatched, "several": found.several,
        "together": found.together,
        "refused": {name: {"faults": faults[name], "waiting": paths} for name, paths in found.refused.items()},
    }  # fmt: skip
    code = ExitCode.DONE if found.is_fine else ExitCode.REFUSED
    lines = (*_rule_lines(profile), *_lines(found, faults))
    return RunReport("plant", changed=False, lines=lines, data=data, exit_code=code)


def matches(landed: Sequence[Landed], sources: Mappings) -> Matches:
    """Sort the files by the mappings that match them."""
    sorted_out: Claims = claims(landed, sources)
    read_by = {file.path: _mappings_of(file, sources) for file in sorted_out.ready}
    counted = Counter(name for names in read_by.values() for name in names)
    return Matches(
        matched={mapping.name: counted[mapping.name] for mapping in sources.usable},
        unmatched={path: near_miss(path, sources.usable) for path, names in read_by.items() if not names},
        several={path: names for names, paths in sorted_out.contested.items() for path in paths},
        refused={one.name: tuple(sorted_out.refused.get(one.name, ())) for one in sources.refused},
        together={path: names for path, names in read_by.items() if len(names) > 1},
    )


def _mappings_of(file: Landed, sources: Mappings) -> tuple[str, ...]:
    return tuple(mapping.name for mapping in sources.usable if reads(mapping, file.path))


def _rule_lines(profile: Profile) -> Iterator[str]:
    """What the profile's rules do not do on gateways."""
    for rule in unknown_to_gateways(profile):
        step = (
            "no bundle is sealed; device = false in the rule lets them" if rule.device else "device = false lets them"
        )
        yield f"RULE {rule.name}: gateways cannot ask it and would score by readings that it sets aside; {step}"


def _lines(found: Matches, faults: dict[str, tuple[str, ...]]) -> Iterator[str]:
    for name, count in found.matched.items():
        yield f"{name}: {count} {'file' if count == 1 else 'files'}"
    for name, paths in found.refused.items():
        yield from (f"REFUSED {fault}" for fault in faults[name])
        yield f"  {len(paths)} files wait for mapping {name}; fix it or the profile"
    yield from _some(
        "SEVERAL",
        [f"{path}: {', '.join(names)}; {_ONE_EACH}" for path, names in found.several.items()],
    )
    yield from _some(
        "UNMATCHED", [f"{path}: {hint or 'no glob of `files` matches it'}" for path, hint in found.unmatched.items()]
    )
    several = sum(map(len, found.together.values()))
    alone = sum(found.matched.values()) - several
    joint = f"{len(found.together)} have several that read together, " if several else ""
    yield (
        f"{alone} files have one mapping, {joint}{len(found.unmatched)} have none, {len(found.several)} have several, "
        f"{sum(map(len, found.refused.values()))} wait for a refused one"
    )


def _some(mark: str, texts: Sequence[str]) -> Iterator[str]:
    yield from (f"{mark} {text}" for text in texts[:_SHOWN])
    if len(texts) > _SHOWN:
        yield f"{mark} and {len(texts) - _SHOWN} more; --json lists all"
