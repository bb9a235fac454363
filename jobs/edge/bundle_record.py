"""Which model versions a bundle is of: recorded when it is sealed, for its file may leave the shelf."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from edge_bundle.format.bundle import TrustedBundle
from expectations.durations import seconds
from expectations.tables.gold_savings import BUNDLES
from jobs.edge.sealing import Trained
from jobs.models import registry
from jobs.models.folders import read_version
from lakehouse.bundle_shelf import bundle_name
from lakehouse.errors import UsageError
from lakehouse.plant import Plant
from lakehouse.publish.rows import append_rows, replace_changed_rows
from lakehouse.transaction import Transaction
from lakehouse.writing.tables import make_table

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def is_recorded(plant: Plant, bundle: TrustedBundle) -> bool:
    """Whether a bundle has its row, with its digest."""
    row = _stored(plant, bundle)
    return row is not None and row.get("sha256") is not None


def record(plant: Plant, bundle: TrustedBundle, versions: Sequence[Trained]) -> bool:
    """Write the row of a bundle; False where it has one. A row that older code wrote gets what it lacks.

    Args:
        plant: The plant and its lake.
        bundle: The sealed bundle.
        versions: Those of its models, the one that leads first.
    """
    make_table(plant.lake, BUNDLES)
    if is_recorded(plant, bundle):
        return False
    leading, name = versions[0], bundle_name(bundle.manifest)
    row = {
        "bundle": name,
        "build": bundle.manifest.build,
        "model_version": leading.row.version,
        "horizon": leading.row.horizon,
        "seen_until_at": _seen_until(leading),
        "sha256": bundle.content_sha256,
        "learnt_until_at": learnt_until(versions),
    }
    if _stored(plant, bundle) is not None:
        others = (one for one in plant.lake.arrow(BUNDLES).to_pylist() if one["bundle"] != name)
        return replace_changed_rows(plant.lake, BUNDLES, [*others, row])
    append_rows(plant.lake, BUNDLES, [row], name, Transaction(f"{BUNDLES.name}/{name}"))
    return True


def record_older(plant: Plant, bundle: TrustedBundle) -> bool:
    """Write the row of a bundle that older code sealed; False where it has one, or a model folder of it is gone."""
    if is_recorded(plant, bundle):
        return False
    names = dict.fromkeys(entry.version for entry in bundle.manifest.models)
    rows = [registry.version(plant, name) for name in names]
    try:
        versions = [Trained(row, read_version(plant.lake, row)) for row in rows if row is not None]
    except UsageError:
        return False
    return len(versions) == len(rows) and record(plant, bundle, versions)


def learnt_until(versions: Sequence[Trained]) -> datetime | None:
    """Last time whose outcome a training of any version may have seen; None where one does not say.

    The label of a training's last row looks ahead by the horizon.
    """
    known = [_learnt_until(one) for one in versions]
    times = [time for time in known if time is not None]
    return max(times) if len(times) == len(known) else None


def _learnt_until(one: Trained) -> datetime | None:
    until, horizon = _seen_until(one), one.row.horizon or one.folder.training.policy.get("horizon")
    return None if until is None or horizon is None else until + timedelta(seconds=seconds(horizon))


def _seen_until(one: Trained) -> datetime | None:
    until_us = one.folder.training.rows_until_us
    return None if until_us is None else _EPOCH + timedelta(microseconds=until_us)


def _stored(plant: Plant, bundle: TrustedBundle) -> dict[str, Any] | None:
    name = bundle_name(bundle.manifest)
    rows = plant.lake.arrow(BUNDLES).to_pylist()
    return next((row for row in rows if row["bundle"] == name), None)
