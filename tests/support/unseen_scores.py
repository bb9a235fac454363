"""Scores of times that a sealed champion had not seen, and what happened to the machines meanwhile."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from expectations.plant.file import PLANTS
from expectations.tables.gold import PREDICTIONS
from expectations.tables.gold_savings import BUNDLES
from expectations.tables.silver import MACHINE_EVENTS
from jobs.runtime.load_plant import load_plant
from jobs.runtime.settings import Settings
from lakehouse.publish.rows import arrow_rows
from tests.support.model_lake import FACTORY, clone
from tests.support.past_the_gate import put_rows

HOURS = 240
ALARMS = {"one": (*range(10, 13), *range(60, 72)), "two": range(150, 153)}
"""Hours after what the model had seen at which each machine has an alarm; it is scored every hour."""


def bundles(settings: Settings) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = load_plant(settings).lake.arrow(BUNDLES).to_pylist()
    return found


def with_prices(sealed_lake: Settings, tmp_path: Path) -> Settings:
    """A copy of a lake with a sealed champion, of a plant with prices."""
    folder = tmp_path / "plant"
    folder.mkdir()
    (folder / "mappings").symlink_to(PLANTS / "azure_pdm" / "mappings")
    text = (PLANTS / "azure_pdm" / "profile.toml").read_text()
    (folder / "profile.toml").write_text(text + "\n[costs]\nmissed_failure = 15_000\n")
    return replace(clone(sealed_lake, tmp_path / "copy"), plant=str(folder))


def seen_until(settings: Settings) -> datetime:
    (bundle,) = bundles(settings)
    at: datetime = bundle["seen_until_at"]
    return at


def put_scores(settings: Settings, hours: Iterable[int] = range(1, HOURS + 1), source: str = "batch") -> None:
    plant, (bundle,) = load_plant(settings), bundles(settings)
    since, empty = bundle["seen_until_at"], dict.fromkeys(PREDICTIONS.column_names)
    rows = [
        empty
        | {
            "machine_id": machine, "factory_id": FACTORY, "scored_at": since + timedelta(hours=hour),
            "scored_date": (since + timedelta(hours=hour)).date(), "bundle": bundle["bundle"],
            "source": source, "feature_digest": "x", "decision": "watch" if hour in alarms else "none",
            "is_warming_up": False, "probability": 0.9 if hour in alarms else 0.1,
        }
        for machine, alarms in ALARMS.items()
        for hour in hours
    ]  # fmt: skip
    put_rows(plant.lake, PREDICTIONS, arrow_rows(rows, PREDICTIONS))


def put_failures(settings: Settings, **hours: int) -> None:
    plant, since = load_plant(settings), seen_until(settings)
    empty = dict.fromkeys(MACHINE_EVENTS.column_names)
    rows = [
        empty
        | {"machine_id": machine, "factory_id": FACTORY, "kind": "failure", "code": "seal",
           "occurred_at": since + timedelta(hours=hour)}
        for machine, hour in hours.items()
    ]  # fmt: skip
    put_rows(plant.lake, MACHINE_EVENTS, arrow_rows(rows, MACHINE_EVENTS))
