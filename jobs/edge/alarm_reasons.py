"""How `gold.alarm_reasons` follows from scores, from the features that they were made of, and from the registry."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from edge_bundle.format.digest import vector_digest
from expectations.features import features_of
from expectations.model_folder.models import FAILURE_KINDS
from expectations.tables.gold import PREDICTIONS
from expectations.tables.gold_reasons import ALARM_REASONS
from expectations.tables.gold_savings import BUNDLES
from gold.alarm_reasons import SCORE, Named, Vector, raised, reasons
from jobs.gold.intervention_recipe import alarm_rule
from jobs.models import registry
from jobs.models.folders import read_version
from lakehouse.errors import UsageError
from lakehouse.log import log
from lakehouse.plant import Plant
from lakehouse.publish.appended import append_missing
from lakehouse.publish.reaches import Dated, days_of
from lakehouse.publish.recipe import AppendRecipe, Inputs
from lakehouse.publish.rows import arrow_rows
from lakehouse.publish.stale import work_of
from lakehouse.publish.values import NoValues


@dataclass(frozen=True, slots=True)
class _Explained:
    """The features of a bundle, and its failure model as XGBoost's JSON; None where it is not to be had."""

    features: Sequence[Named]
    booster: bytes | None


def record_reasons(plant: Plant) -> None:
    """Append the reasons of alarms that have none yet. Killed, the next run of `assay score` does it."""
    recipe = reason_recipe(plant)
    if (work := work_of(plant.lake, recipe)) is not None:
        append_missing(plant.lake, recipe, work)


def reason_recipe(plant: Plant) -> AppendRecipe:
    """Alarms of the dates whose scores changed; one whose features have changed since it was scored is left out."""
    clear_us = alarm_rule(plant).clear_after_us
    source = Dated(PREDICTIONS, later=days_of(clear_us // 1_000_000), rows_later=0)

    def build(given: Inputs) -> pa.Table:
        alarms = raised(given.rows, given.dates, clear_us) if given.rows.num_rows else pa.table({})
        rows = _rows(plant, alarms, given.dates) if alarms.num_rows else []
        return arrow_rows(rows, ALARM_REASONS)

    return AppendRecipe(ALARM_REASONS, build, source, (), NoValues(), origins=(PREDICTIONS,))


def _rows(plant: Plant, alarms: pa.Table, dates: Sequence[date]) -> list[dict[str, Any]]:
    table = plant.tables["gold.machine_features"]
    features = plant.lake.arrow(table, where=ds.field("scored_date").isin(list(dates)))
    found: list[dict[str, Any]] = []
    for bundle in sorted(set(alarms.column("bundle").to_pylist())):
        own = alarms.filter(pc.equal(alarms.column("bundle"), bundle))
        explained = _explained(plant, bundle)
        names = [feature.name for feature in explained.features]
        if all(name in features.column_names for name in names):
            found += _of_bundle(own, features, explained)
    return found


def _of_bundle(alarms: pa.Table, features: pa.Table, explained: _Explained) -> list[dict[str, Any]]:
    names = [feature.name for feature in explained.features]
    keys = ["machine_id", "factory_id", "scored_at"]
    joined = alarms.join(features.select([*keys, *names]), keys, join_type="inner", use_threads=False)
    vectors = np.stack([joined.column(name).to_numpy().astype(np.float64) for name in names], axis=1)
    is_same = [
        vector_digest(vector) == digest
        for vector, digest in zip(vectors.tolist(), joined.column("feature_digest").to_pylist(), strict=True)
    ]
    if not all(is_same):
        log().info("%d alarms without reasons: their features changed since they were scored", is_same.count(False))
    chosen = np.flatnonzero(is_same)
    named, values, added = _contributions(explained, vectors[chosen])
    scores = joined.select(list(SCORE)).take(chosen).to_pylist()
    return [
        row
        for at, score in enumerate(scores)
        for row in reasons(score, named, values[at], None if added is None else added[at])
    ]


def _contributions(explained: _Explained, vectors: Vector) -> tuple[Sequence[Named], Vector, Vector | None]:
    if explained.booster is None or not len(vectors):
        return explained.features, vectors, None
    from jobs.edge.contributions import explained_by

    return explained_by(explained.booster, explained.features, vectors)


def _explained(plant: Plant, bundle: str) -> _Explained:
    """What is known of a bundle's model; of one that the registry does not know, the profile's features."""
    declared = tuple(Named(feature.name, feature.unit) for feature in features_of(plant.profile))
    versions = {row["bundle"]: row["model_version"] for row in plant.lake.arrow(BUNDLES).to_pylist()}
    row = registry.version(plant, versions.get(bundle, ""))
    if row is None:
        return _Explained(declared, None)
    try:
        folder = read_version(plant.lake, row)
    except UsageError as exc:
        log().warning("no contributions of %s: %s", bundle, exc)
        return _Explained(declared, None)
    model = next((one for one in folder.models if one.kind in FAILURE_KINDS), None)
    named = tuple(Named(feature.name, feature.unit) for feature in folder.features)
    return _Explained(named, None if model is None else folder.source(model))
