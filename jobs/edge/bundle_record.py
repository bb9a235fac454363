"""Which model version a bundle is of: recorded once when it is sealed, for its file may leave the shelf."""

from datetime import UTC, datetime, timedelta

from edge_bundle.format.manifest import Manifest
from expectations.tables.gold_savings import BUNDLES
from jobs.edge.sealing import Trained
from lakehouse.bundle_shelf import bundle_name
from lakehouse.plant import Plant
from lakehouse.publish.rows import append_rows
from lakehouse.transaction import Transaction
from lakehouse.writing.tables import make_table

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def record(plant: Plant, manifest: Manifest, trained: Trained) -> bool:
    """Append the row of a bundle; False where it has one.

    Args:
        plant: The plant and its lake.
        manifest: The bundle's.
        trained: The version of its first models.
    """
    name = bundle_name(manifest)
    make_table(plant.lake, BUNDLES)
    if name in plant.lake.arrow(BUNDLES, ["bundle"]).column(0).to_pylist():
        return False
    until_us = trained.folder.training.rows_until_us
    row = {
        "bundle": name,
        "build": manifest.build,
        "model_version": trained.row.version,
        "horizon": trained.row.horizon,
        "seen_until_at": None if until_us is None else _EPOCH + timedelta(microseconds=until_us),
    }
    append_rows(plant.lake, BUNDLES, [row], name, Transaction(f"{BUNDLES.name}/{name}"))
    return True
