"""Which mapping may read a landed file, and which files wait because a mapping has to be fixed first. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from bronze.files import Known, Landed, Outcome, half_read, lost_to_another_mapping
from expectations.mapping.containers import asks, fits, split_member
from expectations.mapping.folder import Mappings, RefusedMapping
from expectations.mapping.landed_path import readers, together


@dataclass(frozen=True, slots=True)
class Claims:
    """Landed files by what their mappings say.

    Attributes:
        ready: Files that one usable mapping matches, or several that read together, or that none does.
        refused: Name of a refused mapping -> paths that wait for it.
        contested: Names of several mappings that do not read together -> paths that all of them match.
    """

    ready: tuple[Landed, ...] = ()
    refused: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    contested: Mapping[tuple[str, ...], tuple[str, ...]] = field(default_factory=dict)


def claims(landed: Iterable[Landed], mappings: Mappings) -> Claims:
    """Sort files by the mappings that match them.

    A file that a refused mapping matches waits for it. Where a refused mapping does not say which files are its own,
    every file that no mapping matches may be, and waits too. An archive is ready once none of its members waits.
    """
    ready: list[Landed] = []
    refused: dict[str, tuple[str, ...]] = {}
    contested: dict[tuple[str, ...], tuple[str, ...]] = {}
    archives: list[Landed] = []
    for file in landed:
        if file.is_unpacked:
            archives.append(file)
            continue
        waits_for, several = _waits_for(file.path, mappings), _several(file.path, mappings)
        for name in waits_for:
            refused[name] = (*refused.get(name, ()), file.path)
        if not waits_for and several:
            contested[several] = (*contested.get(several, ()), file.path)
        if not waits_for and not several:
            ready.append(file)
    waiting = _archives_of(path for paths in (*refused.values(), *contested.values()) for path in paths)
    ready += [archive for archive in archives if archive.path not in waiting]
    return Claims(tuple(sorted(ready, key=lambda file: file.path)), refused, contested)


def still_known(ledger: Iterable[Known], mappings: Mappings) -> list[Known]:
    """The ledger without files that are decided again.

    They are those that vanished, unmatched ones that a mapping now claims, those that an older version took for
    duplicates of what another mapping had read, and archives: those of whose members one is decided again or lacks one
    of the mappings that read it together, and those that were read as they are before a mapping asked for members.
    """
    rows = list(ledger)
    again = {(known.path, known.sha256) for known in lost_to_another_mapping(rows)}
    left_out = [known for known in rows if (known.path, known.sha256) in again or _is_open(known, mappings)]
    out = set(left_out)
    rest = [known for known in rows if known not in out]
    decided = {(known.path, known.size, known.modified_us) for known in rest}
    undecided = [known for known in left_out if (known.path, known.size, known.modified_us) not in decided]
    archives = {(name, known.modified_us) for known in undecided for name in _archives_of([known.path])}
    archives |= {(name, at) for path, _, at in half_read(rest, mappings.usable) for name in _archives_of([path])}
    return [
        known for known in rest if known.outcome != Outcome.UNPACKED or (known.path, known.modified_us) not in archives
    ]


def _is_open(known: Known, mappings: Mappings) -> bool:
    """Whether what the ledger says of a file is no longer so."""
    if known.outcome == Outcome.UNMATCHED:
        return _is_claimed(known.path, mappings)
    return known.outcome == Outcome.VANISHED or _was_read_as_it_is(known, mappings)


def _was_read_as_it_is(known: Known, mappings: Mappings) -> bool:
    """Whether it is an archive that another mapping read, before one asked for its members."""
    if known.outcome != Outcome.READ or not any(asks(known.path, one.files) for one in mappings.usable):
        return False
    return any(one.name == known.mapping and not asks(known.path, one.files) for one in mappings.usable)


def _archives_of(paths: Iterable[str]) -> set[str]:
    return {named[0] for path in paths if (named := split_member(path)) is not None}


def _is_claimed(path: str, mappings: Mappings) -> bool:
    return bool(readers(path, mappings.usable)) or any(_wants(one, path) for one in mappings.refused)


def _wants(refused: RefusedMapping, path: str) -> bool:
    return refused.files is not None and (fits(path, refused.files) or asks(path, refused.files))


def _waits_for(path: str, mappings: Mappings) -> list[str]:
    named = [one.name for one in mappings.refused if _wants(one, path)]
    if named or _is_claimed(path, mappings):
        return named
    return [one.name for one in mappings.refused if one.files is None]


def _several(path: str, mappings: Mappings) -> tuple[str, ...]:
    found = readers(path, mappings.usable)
    return () if together(found) else tuple(mapping.name for mapping in found)
