"""Which mapping may read a landed file, and which files wait because a mapping has to be fixed first. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from bronze.files import Known, Landed, Outcome
from expectations.mapping.folder import Mappings


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
    """The ledger without files that are decided again: vanished ones, and unmatched ones that a mapping now claims."""
    return [
        known
        for known in ledger
        if known.outcome != Outcome.VANISHED
        and not (known.outcome == Outcome.UNMATCHED and _is_claimed(known.path, mappings))
    ]


def _is_claimed(path: str, mappings: Mappings) -> bool:
    named = [*(one.files for one in mappings.usable), *(one.files for one in mappings.refused if one.files)]
    return any(_fits(path, globs) for globs in named)


def _waits_for(path: str, mappings: Mappings) -> list[str]:
    named = [one.name for one in mappings.refused if one.files is not None and _fits(path, one.files)]
    if named or _is_claimed(path, mappings):
        return named
    return [one.name for one in mappings.refused if one.files is None]


def _several(path: str, mappings: Mappings) -> tuple[str, ...]:
    names = tuple(mapping.name for mapping in mappings.usable if _fits(path, mapping.files))
    return names if len(names) > 1 else ()


def _fits(path: str, globs: Sequence[str]) -> bool:
    return any(fnmatchcase(path, glob) for glob in globs)
