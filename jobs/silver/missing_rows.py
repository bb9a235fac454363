"""Rows that the latest version of a path no longer has: counted, with the first of them, for the report and quality."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from expectations.mapping.keep import BY_VERSION, Keep
from jobs.silver.path_versions import Arrival, PathVersion, joined_paths, versions_by_path
from jobs.silver.withdrawals import ContentKeys, batches_of, whole_versions
from lakehouse.commit_metadata import MissingRows
from lakehouse.commits import Commit
from lakehouse.plant import Plant
from silver.key_hash import Hashes, among, key_hashes

_NAMED = 3  # readings that a finding names
_COARSER = {"whole seconds": timedelta(seconds=1), "whole minutes": timedelta(minutes=1)}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_COMPARED = 100  # newest versions of a path: of one that is written anew each hour, four days


@dataclass(frozen=True, slots=True)
class _Lacking:
    """A path whose latest version does not hold every content of the others."""

    path: str
    versions: Sequence[PathVersion]
    why: str


def missing_rows(
    plant: Plant, found: Sequence[Arrival], keep: Mapping[str, Keep], touched: set[str]
) -> dict[str, MissingRows]:
    """By path what its latest version lacks and is in silver all the same; no row where it lacks nothing any more.

    Args:
        plant: The plant; files that its mappings call rolling are left out.
        found: Arrivals at the paths.
        keep: Mapping -> its rule.
        touched: Which paths.
    """
    rolling = {mapping.name for mapping in plant.sources.usable if mapping.rolling}
    lacking = [
        _Lacking(path, versions[-_COMPARED:], _why(versions, keep))
        for path, versions in versions_by_path(found, touched).items()
        if versions[-1].mapping not in rolling and _is_compared(versions)
    ]
    files = {file for one in lacking for version in one.versions for file, _ in version.contents}
    contents = ContentKeys(plant, batches_of(found, files))
    by_mapping = {path: MissingRows(0) for path in joined_paths(found) & touched}  # each mapping has a line of its own
    return by_mapping | {one.path: _missing(one, contents, keep) for one in lacking}


def _is_compared(versions: Sequence[PathVersion]) -> bool:
    """Whether the latest version is known and another has contents that it does not hold."""
    last = {file for file, _ in versions[-1].contents}
    return versions[-1].is_known and any(file not in last for one in versions for file, _ in one.contents)


def _why(versions: Sequence[PathVersion], keep: Mapping[str, Keep]) -> str:
    """Why the mapping's rule withdraws nothing here; empty where it has no such rule."""
    return versions[-1].flaw if keep.get(versions[-1].mapping, BY_VERSION).withdraw else ""


def _missing(one: _Lacking, contents: ContentKeys, keep: Mapping[str, Keep]) -> MissingRows:
    last = one.versions[-1]
    if keep.get(last.mapping, BY_VERSION).withdraw and last in whole_versions(one.versions):
        return MissingRows(0)
    there = contents.of(last)
    gone = np.setdiff1d(contents.of_files(one.versions, but=last), there)
    named = contents.first(gone, _NAMED) if len(gone) else []
    texts = tuple(
        f"{row['machine_id']} {row['sensor_id']} {row['metric']} {row['measured_at']:%Y-%m-%dT%H:%M:%SZ}"
        for row in named
    )
    return MissingRows(len(gone), texts, one.why, _coarser(named, there))


def _coarser(named: Sequence[Mapping[str, Any]], there: Hashes) -> str:
    """By which coarser stamps a version has readings that it lacks by their own; empty where it has not all of them."""
    for name, step in _COARSER.items():
        cut = [{**row, "measured_at": row["measured_at"] - (row["measured_at"] - _EPOCH) % step} for row in named]
        if cut and among(key_hashes(pa.Table.from_pylist(cut)), there).all():
            return name
    return ""


def sentences(missing: Mapping[str, MissingRows]) -> list[str]:
    """A sentence for each path whose latest version lacks readings that are stored."""
    return [_sentence(path, one) for path, one in sorted(missing.items()) if one.rows]


def _sentence(path: str, one: MissingRows) -> str:
    rows = f"{one.rows:,} {'reading' if one.rows == 1 else 'readings'} of earlier versions, such as {one.examples[0]}"
    if one.coarser:
        rows += f", and has the first {len(one.examples)} by stamps of {one.coarser}: these are stored by both stamps"
    rest = (
        f"they are not withdrawn: {one.why}"
        if one.why
        else "they stay; withdraw = true in its mapping takes them away, rolling = true says that it never has all"
    )
    return f"the latest version of {path} lacks {rows}; {rest}"


def open_findings(commits: Sequence[Commit]) -> dict[str, MissingRows]:
    """By path what its latest version lacks, of commits of readings in their order."""
    found: dict[str, MissingRows] = {}
    for commit in commits:
        found |= commit.metadata.missing or {}
    return {path: one for path, one in sorted(found.items()) if one.rows}
