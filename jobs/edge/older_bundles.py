"""Bundles that older code sealed get their rows in `gold.bundles`: a score of a bundle without one is not taken."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow.compute as pc
import pyarrow.dataset as ds

from edge_bundle.format.bundle import leaders
from edge_bundle.format.digest import sha256_hex
from edge_bundle.format.errors import BundleError
from edge_bundle.format.manifest import Manifest
from edge_bundle.format.manifest_json import parse_manifest
from expectations.tables.gold import PREDICTIONS
from expectations.tables.gold_savings import BUNDLES
from jobs.edge.bundle_record import bundle_row
from jobs.edge.sealing import Trained
from jobs.models import registry
from jobs.models.folders import read_version
from lakehouse.bundle_shelf import SHELF, SUFFIX, bundle_name
from lakehouse.errors import UsageError
from lakehouse.plant import Plant
from lakehouse.publish.rows import replace_changed_rows
from lakehouse.writing.tables import make_table

Row = dict[str, Any]
UNKNOWN = "unknown"
_BUILD = re.compile(r".+@\d+\.\d+\.\d+\+(\d+)", re.DOTALL)


def record_older(plant: Plant) -> bool:
    """Record what lies on the shelf or in a folder of it, and what older scores name; False where all is recorded.

    Files are read, not verified: they only say which names this lake has given. Names of scores are looked for once,
    while the table is as older code made it.
    """
    stored = {row["bundle"]: row for row in plant.lake.arrow(BUNDLES).to_pylist()}
    done = {name for name, row in stored.items() if row.get("sha256") is not None}
    found = {row["bundle"]: row for row in _on_shelf(plant, done)}
    if not done:
        scored = (name for name in _scored(plant) if name not in stored and name not in found)
        found |= {name: _nameless(name) for name in scored}
    if not found:
        return False
    make_table(plant.lake, BUNDLES)
    found = {name: row | _known(stored.get(name, {})) for name, row in found.items()}
    return replace_changed_rows(plant.lake, BUNDLES, list((stored | found).values()))


def _known(row: Row) -> Row:
    """What a row says."""
    return {name: value for name, value in row.items() if value is not None}


def _on_shelf(plant: Plant, done: Iterable[str]) -> Iterator[Row]:
    files = {f"{name.replace('@', '-')}{SUFFIX}" for name in done}
    for entry in plant.lake.storage.entries(SHELF):
        if entry.key.name.endswith(SUFFIX) and entry.key.name not in files:
            try:
                data = leaders(plant.lake.storage.read(entry.key))[0]
                manifest = parse_manifest(data)
            except BundleError:
                continue  # no bundle of any lake
            yield _row(plant, manifest, sha256_hex(data))


def _row(plant: Plant, manifest: Manifest, sha256: str) -> Row:
    versions = _trained(plant, manifest)
    if versions:
        return bundle_row(manifest, sha256, versions)
    hours = manifest.models[0].horizon_h
    return _nameless(bundle_name(manifest)) | {
        "model_version": manifest.models[0].version, "horizon": None if hours is None else f"{hours}h",
        "sha256": sha256,
    }  # fmt: skip


def _trained(plant: Plant, manifest: Manifest) -> list[Trained]:
    """The versions of its models with their folders; none where one is gone or damaged."""
    names = dict.fromkeys(entry.version for entry in manifest.models)
    rows = [registry.version(plant, name) for name in names]
    try:
        found = [Trained(row, read_version(plant.lake, row)) for row in rows if row is not None]
    except UsageError:
        return []
    return found if len(found) == len(rows) else []


def _scored(plant: Plant) -> list[str]:
    """Names of the bundles that scored here in batch."""
    scores = plant.lake.arrow(PREDICTIONS, ["bundle"], ds.field("source") == "batch")
    names: list[str] = pc.unique(scores.column("bundle")).to_pylist()
    return sorted(names)


def _nameless(name: str) -> Row:
    build = _BUILD.fullmatch(name)
    nothing = dict.fromkeys(BUNDLES.column_names)
    return nothing | {"bundle": name, "build": int(build[1]) if build else 0, "model_version": UNKNOWN}
