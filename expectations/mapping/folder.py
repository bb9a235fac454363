"""Every mapping of a plant: those that can be used, and those that are refused, each alone and with its reasons."""

import tomllib
from collections.abc import Iterator, Sequence
from collections.abc import Mapping as Table
from dataclasses import dataclass
from pathlib import Path

from expectations.errors import ContractError, unknown_name
from expectations.mapping.checks import strange_to
from expectations.mapping.file import load_mapping, mapping_paths
from expectations.mapping.mapping import Mapping
from expectations.plant.plant_profile import Profile


@dataclass(frozen=True, slots=True)
class RefusedMapping:
    """A mapping that cannot be used.

    Attributes:
        name: Name of the file, without ending.
        path: The file.
        faults: A sentence for each fault: where, what was got, what is legal.
        files: The globs of its files; None where the file does not say them.
    """

    name: str
    path: Path
    faults: tuple[str, ...]
    files: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Mappings:
    """The mappings of a plant."""

    usable: tuple[Mapping, ...] = ()
    refused: tuple[RefusedMapping, ...] = ()


def read_mappings(plant: str | Path, profile: Profile) -> Mappings:
    """Every mapping of a plant, by name, and those of what gateways send back, which every plant has.

    Raises:
        MappingError: The plant has no mapping.
    """
    alone = [read_mapping(path, profile) for path in mapping_paths(plant)]
    found = [_beside(one, path, alone) for one, path in zip(alone, mapping_paths(plant), strict=True)]
    return Mappings(
        tuple(one for one in found if isinstance(one, Mapping)),
        tuple(one for one in found if isinstance(one, RefusedMapping)),
    )


def read_mapping(path: Path, profile: Profile) -> Mapping | RefusedMapping:
    """The mapping in a file, or why it is refused: it cannot be read, or the profile does not know what it names."""
    try:
        mapping = load_mapping(path)
    except ContractError as exc:
        return RefusedMapping(path.stem, path, (str(exc),), _globs(path))
    except OSError as exc:
        return RefusedMapping(path.stem, path, (f"mapping {path.name}: {exc.strerror}",), None)
    faults = tuple(f"mapping {mapping.name}: {words}" for words in strange_to(mapping, profile))
    return RefusedMapping(mapping.name, path, faults, mapping.files) if faults else mapping


def _beside(
    one: Mapping | RefusedMapping, path: Path, found: Sequence[Mapping | RefusedMapping]
) -> Mapping | RefusedMapping:
    """The mapping, or why it is refused: what it says of the mappings that it reads with is not so."""
    if isinstance(one, RefusedMapping) or not one.read_with:
        return one
    faults = tuple(f"mapping {one.name}: read_with: {words}" for words in _strange_beside(one, found))
    return RefusedMapping(one.name, path, faults, one.files) if faults else one


def _strange_beside(one: Mapping, found: Sequence[Mapping | RefusedMapping]) -> Iterator[str]:
    others = {other.name: other for other in found if other.name != one.name}
    for name in one.read_with:
        if name == one.name:
            yield f"{name!r} is the mapping itself; name the others that read its files"
        elif name not in others:
            yield unknown_name("mapping", name, others)
        elif isinstance(other := others[name], Mapping) and _appends(other) != _appends(one):
            yield f"{name} has another appended or settled_after; both read the same bytes: give both the same"


def _appends(mapping: Mapping) -> tuple[bool, int]:
    return mapping.appended, mapping.settled_after_s


def _globs(path: Path) -> tuple[str, ...] | None:
    """What a faulty mapping says of its files, where as much of it can be read."""
    try:
        document: Table[str, object] = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):  # not UTF-8 and not TOML are both
        return None
    files = document.get("files")
    if not isinstance(files, list) or not files or not all(isinstance(glob, str) for glob in files):
        return None
    return tuple(files)
