"""Scores that gateways sent back, as rows of `gold.predictions`."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa

from expectations.feeds import OUTLOOK
from jobs.edge.known_bundles import KnownBundles

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def edge_rows(sent: pa.Table, known: KnownBundles) -> list[dict[str, Any]]:
    """One row per machine, grid time and bundle: of several gateways' scores the first by name is taken.

    Args:
        sent: Rows of `bronze.edge_scores`.
        known: The lake's bundles; scores that cannot be taken are left out.
    """
    chosen: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in sent.to_pylist():
        key = (row["machine_id"], row["factory_id"], row["scored_at"], row["bundle"])
        standing = chosen.get(key)
        if not known.faults(row) and (standing is None or str(row["gateway_id"]) < str(standing["gateway_id"])):
            chosen[key] = row
    return [_prediction(row, known) for row in chosen.values()]


def _prediction(row: dict[str, Any], known: KnownBundles) -> dict[str, Any]:
    columns = ("machine_id", "factory_id", "scored_at", "bundle", "bundle_sha256", "gateway_id", "margin",
               "probability", "path_length", "feature_digest", "decision", "model_scores", "not_scored_reason",
               *(column.name for column in OUTLOOK))  # fmt: skip
    return {
        # A table that was written before a column was declared has none of it until the next commit.
        **{name: row.get(name) for name in columns},
        "scored_date": row["scored_at"].date(),
        "source": "edge",
        "is_warming_up": bool(row["is_warming_up"]),
        "made_at": _made_at(row.get("made_us")),
        "is_matched_by_name": known.is_matched_by_name(row),
    }


def _made_at(made_us: int | None) -> datetime | None:
    """None where the gateway does not say, or its clock shows no time that a table can hold."""
    try:
        return None if made_us is None else _EPOCH + timedelta(microseconds=made_us)
    except OverflowError:
        return None
