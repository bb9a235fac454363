"""Which mapping may read a landed file, and which files wait because a mapping has to be fixed first. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from bronze.files import Known, Landed, Outcome, lost_to_another_mapping
from expectations.mapping.folder import Mappings
from expectations.mapping.landed_path import fits, reads


@dataclass(frozen=True, slots=True)
class Claims:
    """Landed files by what their mappings say.

    Attributes:
        ready: Files that one usable mapping matches, or that none does.
        refused: Name of a refused mapping -> paths that wait for it.
        contested: Names of several mappings -> paths that all of them match.
    """

    ready: tuple[Landed, ...] = ()
    refused: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    contested: Mapping[tuple[str, ...], tuple[str, ...]] = field(default_factory=dict)


def claims(landed: Iterable[Landed], mappings: Mappings) -> Claims:
    """Sort files by the mappings that match them.

    A file that a refused mapping matches waits for it. Where a refused mapping does not say which files are its own,
    every file that no mapping matches may be, and waits too.
    """
    ready: list[Landed] = []
    refused: dict[str, tuple[str, ...]] = {}
    contested: dict[tuple[str, ...], tuple[str, ...]] = {}
    for file in landed:
        waits_for, several = _waits_for(file.path, mappings), _several(file.path, mappings)
        for name in waits_for:
            refused[name] = (*refused.get(name, ()), file.path)
        if not waits_for and several:
            contested[several] = (*contested.get(several, ()), file.path)
        if not waits_for and not several:
            ready.append(file)
    return Claims(tuple(ready), refused, contested)


def still_known(ledger: Iterable[Known], mappings: Mappings) -> list[Known]:
    """The ledger without files that are decided again.

    They are those that vanished, unmatched ones that a mapping now claims, and those that an older version took for
    duplicates of what another mapping had read.
    """
    rows = list(ledger)
    again = {(known.path, known.sha256) for known in lost_to_another_mapping(rows)}
    return [
        known
        for known in rows
        if known.outcome != Outcome.VANISHED
        and (known.path, known.sha256) not in again
        and not (known.outcome == Outcome.UNMATCHED and _is_claimed(known.path, mappings))
    ]


def _is_claimed(path: str, mappings: Mappings) -> bool:
    return any(reads(one, path) for one in mappings.usable) or any(
        fits(path, one.files) for one in mappings.refused if one.files
    )


def _waits_for(path: str, mappings: Mappings) -> list[str]:
    named = [one.name for one in mappings.refused if one.files is not None and fits(path, one.files)]
    if named or _is_claimed(path, mappings):
        return named
    return [one.name for one in mappings.refused if one.files is None]


def _several(path: str, mappings: Mappings) -> tuple[str, ...]:
    names = tuple(mapping.name for mapping in mappings.usable if reads(mapping, path))
    return names if len(names) > 1 else ()
