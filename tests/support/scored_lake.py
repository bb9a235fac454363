"""A lake that is scored: what its scores are, and files of gateways that say the same."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from expectations.feeds import OUTLOOK, PROBABILITY
from expectations.tables.gold import PREDICTIONS
from jobs.runtime.load_plant import load_plant
from jobs.runtime.settings import Settings
from tests.support.commands import assay
from tests.support.model_lake import MACHINES, clone, put_table

PROSPECT = tuple(column.name for column in (PROBABILITY, *OUTLOOK))
MADE_AT = datetime(2026, 3, 2, tzinfo=UTC)
Row = dict[str, Any]


def predictions(settings: Settings) -> list[Row]:
    found: list[Row] = load_plant(settings).lake.arrow(PREDICTIONS).to_pylist()
    return found


def two_days(sealed_lake: Settings, folder: Path) -> Settings:
    """A copy of a lake with a sealed champion, over the last two days of every machine."""
    settings = clone(sealed_lake, folder)
    keep(settings, hours=48)
    settings.landing.mkdir(exist_ok=True)
    return settings


def keep(settings: Settings, hours: int) -> pa.Table:
    """Let gold hold the last hours only; what it holds then."""
    plant = load_plant(settings)
    whole = plant.lake.arrow(plant.tables["gold.machine_features"]).sort_by("scored_at")
    part = whole.slice(whole.num_rows - hours * MACHINES)
    put_table(plant, "gold.machine_features", part)
    return part


def land_scores(settings: Settings, gateway: str, rows: list[Row], name: str = "1") -> None:
    """An uplink file of a gateway that says what batch scores say."""
    folder = settings.landing / "uplink" / gateway
    folder.mkdir(parents=True, exist_ok=True)
    kept = (
        "machine_id",
        "factory_id",
        "bundle",
        "bundle_sha256",
        "margin",
        "path_length",
        "feature_digest",
        "decision",
        *PROSPECT,
    )
    with gzip.open(folder / f"edge_scores-{name}.jsonl.gz", "wt") as out:
        for number, row in enumerate(rows):
            said = {key: row[key] for key in kept} | {"scored_at": row["scored_at"].isoformat(), "is_warming_up": False}
            said |= {"made_us": int(MADE_AT.timestamp()) * 1_000_000}
            out.write(json.dumps({**said, "gateway_id": gateway, "sequence": number}) + "\n")


def score_and_land(settings: Settings, *gateways: str) -> list[Row]:
    """Score in batch, and let these gateways' files say the same and arrive; what the batch said."""
    assay(settings, "score")
    batch = predictions(settings)
    for gateway in gateways:
        land_scores(settings, gateway, batch)
    assay(settings, "ingest")
    return batch


def edge_scores(settings: Settings) -> list[Row]:
    """What gold holds of gateways."""
    return [row for row in predictions(settings) if row["source"] == "edge"]
