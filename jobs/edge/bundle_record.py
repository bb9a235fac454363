"""Which model versions a bundle is of: recorded when it is sealed, for its file may leave the shelf."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from edge_bundle.format.bundle import TrustedBundle
from edge_bundle.format.manifest import Manifest
from expectations.durations import seconds
from expectations.tables.gold_savings import BUNDLES
from jobs.edge.sealing import Trained
from lakehouse.bundle_shelf import bundle_name
from lakehouse.plant import Plant
from lakehouse.publish.rows import append_rows, replace_changed_rows
from lakehouse.transaction import Transaction
from lakehouse.writing.tables import make_table

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def record(plant: Plant, bundle: TrustedBundle, versions: Sequence[Trained]) -> bool:
    """Write the row of a bundle; False where it has one. A row that older code wrote gets what it lacks.

    Args:
        plant: The plant and its lake.
        bundle: The sealed bundle.
        versions: Those of its models, the one that leads first.
    """
    make_table(plant.lake, BUNDLES)
    row = bundle_row(bundle.manifest, bundle.content_sha256, versions)
    stored = {one["bundle"]: one for one in plant.lake.arrow(BUNDLES).to_pylist()}
    name = row["bundle"]
    if name not in stored:
        append_rows(plant.lake, BUNDLES, [row], name, Transaction(f"{BUNDLES.name}/{name}"))
        return True
    if stored[name].get("sha256") is not None:
        return False
    return replace_changed_rows(plant.lake, BUNDLES, list((stored | {name: row}).values()))


def bundle_row(manifest: Manifest, sha256: str, versions: Sequence[Trained]) -> dict[str, Any]:
    """A row of `gold.bundles`.

    Args:
        manifest: The bundle's.
        sha256: Digest of its signed bytes.
        versions: Those of its models, the one that leads first.
    """
    leading = versions[0]
    return {
        "bundle": bundle_name(manifest),
        "build": manifest.build,
        "model_version": leading.row.version,
        "horizon": leading.row.horizon,
        "seen_until_at": _seen_until(leading),
        "sha256": sha256,
        "learnt_until_at": learnt_until(versions),
    }


def learnt_until(versions: Sequence[Trained]) -> datetime | None:
    """Last time whose outcome a training of any version may have seen; None where one does not say.

    The label of a training's last row looks ahead by the leading horizon; that of the last row with a label of a
    longer one by that one, which is no later than failures were known.
    """
    known = [_learnt_until(one) for one in versions]
    times = [time for time in known if time is not None]
    return max(times) if len(times) == len(known) else None


def _learnt_until(one: Trained) -> datetime | None:
    until, horizon = _seen_until(one), one.row.horizon or one.folder.training.policy.get("horizon")
    if until is None or horizon is None:
        return None
    return max([until + timedelta(seconds=seconds(horizon)), *_others_until(one, horizon)])


def _others_until(one: Trained, leading: str) -> Iterator[datetime]:
    """For each model of another horizon the last time that a label which trained it reaches."""
    until_us = one.folder.training.models_until_us
    for model in one.folder.models:
        if model.horizon is not None and model.horizon != leading and model.name in until_us:
            yield _EPOCH + timedelta(microseconds=until_us[model.name], seconds=seconds(model.horizon))


def _seen_until(one: Trained) -> datetime | None:
    until_us = one.folder.training.rows_until_us
    return None if until_us is None else _EPOCH + timedelta(microseconds=until_us)
