"""Which number a bundle is sealed under: none is given twice, also where an older bundle has left the shelf."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import pyarrow.compute as pc

from edge_bundle.format.manifest import Manifest
from expectations.tables.contract import Table
from expectations.tables.gold import PREDICTIONS
from lakehouse.bundle_shelf import Shelved, names_ever
from lakehouse.lake import Lake
from lakehouse.plant import Plant

_NUMBERED = re.compile(r".+[@-](\d+)\.(\d+)\.(\d+)\+(\d+)", re.DOTALL)


@dataclass(frozen=True, slots=True, order=True)
class Number:
    """Build, and version as major, minor, patch. A later bundle's is greater."""

    build: int
    version: tuple[int, int, int]

    @classmethod
    def of(cls, manifest: Manifest) -> "Number":
        """The number of a sealed bundle."""
        major, minor, patch = map(int, manifest.version.split("."))
        return cls(manifest.build, (major, minor, patch))

    def on(self, manifest: Manifest) -> Manifest:
        """The manifest under this number."""
        return replace(manifest, version=".".join(map(str, self.version)), build=self.build)


def next_number(manifest: Manifest, standing: Sequence[Shelved], used: Number | None) -> Number:
    """The next build; its version grows by the rule that the manifest states: features, model, or the rest.

    Args:
        manifest: Of the bundle to be sealed.
        standing: The shelf, oldest build first.
        used: The greatest number that was ever used, as far as the lake knows.
    """
    if used is not None and is_off_the_shelf(used, standing):
        # Nobody can compare with that bundle any more, and a major number promises nothing.
        return Number(used.build + 1, (used.version[0] + 1, 0, 0))
    if not standing:
        return Number.of(manifest)
    newest = standing[-1].bundle.manifest
    last = Number.of(newest)
    major, minor, patch = last.version
    names = [[feature.name for feature in one.features] for one in (newest, manifest)]
    if names[0] != names[1] or newest.kernel_abi != manifest.kernel_abi:
        return Number(last.build + 1, (major + 1, 0, 0))
    if [one.version for one in newest.models] != [one.version for one in manifest.models]:
        return Number(last.build + 1, (major, minor + 1, 0))
    return Number(last.build + 1, (major, minor, patch + 1))


def is_off_the_shelf(used: Number, standing: Sequence[Shelved]) -> bool:
    """Whether the bundle of the greatest number is none of the shelf's."""
    return not standing or Number.of(standing[-1].bundle.manifest) < used


def greatest_used(plant: Plant) -> Number | None:
    """The greatest number that a file on the shelf or in a folder of it has, or that a score refers to."""
    names = names_ever(plant.lake)
    for table in (PREDICTIONS, plant.tables["bronze.edge_scores"]):
        names += _bundles(plant.lake, table)
    return max(_numbers(names), default=None)


def last_scored(lake: Lake) -> str | None:
    """SHA-256 of the bundle that scored last; None where none did, or the table's log no longer says."""
    scoring = lake.last(PREDICTIONS, lambda metadata: metadata.scoring)
    return scoring.bundle if scoring else None


def _bundles(lake: Lake, table: Table) -> list[str]:
    """Each name of a bundle that a table's rows refer to."""
    found: list[str | None] = pc.unique(lake.arrow(table, ["bundle"]).column("bundle")).to_pylist()
    return [name for name in found if name]


def _numbers(names: Sequence[str]) -> Iterator[Number]:
    for found in filter(None, map(_NUMBERED.fullmatch, names)):
        major, minor, patch, build = map(int, found.groups())
        yield Number(build, (major, minor, patch))
