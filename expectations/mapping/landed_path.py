"""Which mapping reads a landed file by its path, what the path says of its records, and why none reads it."""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from domain.path_pattern import path_pattern
from expectations.feeds import READINGS
from expectations.mapping.containers import asks, fits
from expectations.mapping.mapping import Mapping

_NUMBER = re.compile(r"\d{1,18}", re.ASCII)


def reads(mapping: Mapping, path: str) -> bool:
    """Whether the mapping reads the file: a glob matches the path, and its pattern fits where it has one."""
    return fits(path, mapping.files) and path_fields(mapping, path) is not None


def readers(path: str, mappings: Sequence[Mapping]) -> list[Mapping]:
    """The mappings that read the file of that path; more than one is a mistake where they are not `together`.

    An archive that could not be unpacked is read by the first that asks for members of it: it becomes one rejected
    record.
    """
    return [one for one in mappings if reads(one, path)] or [one for one in mappings if asks(path, one.files)][:1]


def together(mappings: Sequence[Mapping]) -> bool:
    """Whether each of the mappings names all others in `read_with`: each then reads the file on its own."""
    return all(other.name in one.read_with for one in mappings for other in mappings if other is not one)


def path_fields(mapping: Mapping, path: str) -> dict[str, str] | None:
    """What the path says of the file's records; nothing without a pattern, None where the pattern does not fit."""
    fields = pattern_of(mapping.path).fields(path) if mapping.path else {}
    if fields and mapping.feed.name == READINGS.name and _NUMBER.fullmatch(fields.get("revision", "0")) is None:
        return None  # d_final.csv has no number of a version
    return fields


pattern_of = lru_cache(maxsize=256)(path_pattern)
"""The pattern that a text spells; few are asked for again and again."""


def at_path(mapping: Mapping, path: str) -> Mapping:
    """The mapping for the file of that path: what the path says is constant in it.

    Fields that are no columns of the feed are constants too: templates and the time may name them.
    """
    fields = path_fields(mapping, path) or {}
    time = mapping.time.with_given(fields) if mapping.time else None
    return replace(mapping, constants={**mapping.constants, **fields}, time=time)


def path_identity(mapping: Mapping, path: str) -> str:
    """What the path says, as one text: files of equal content that differ in it hold different records."""
    return json.dumps(path_fields(mapping, path) or {}, sort_keys=True) if mapping.path else ""


def near_miss(path: str, mappings: Sequence[Mapping]) -> str:
    """The mapping that nearly reads a file, and what keeps it from it; empty where none does."""
    for mapping in mappings:
        if fits(path, mapping.files):
            return f"mapping {mapping.name} has a glob for it, but the path does not fit path = {mapping.path!r}"
    for mapping in mappings:
        found = [glob for glob in mapping.files if fits(path.casefold(), [glob.casefold()])]
        if found:
            return f"it differs in case only from {found[0]!r} of mapping {mapping.name}"
    return ""
