"""How `gold.missed_failure_features` follows from new cases and from what is stored of their machines' features."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.dataset as ds

from edge_bundle.format.digest import vector_digest
from expectations.features import Feature, features_of
from expectations.tables.gold_missed import (
    DAYS_BEFORE,
    MISSED_FAILURE_FEATURES,
    MISSED_FAILURES,
    REFERENCE_DAYS,
)
from expectations.tables.machine_keys import Moves, machine_key, machine_of, moves_of
from gold.missed_features import Vector, feature_rows
from lakehouse.plant import Plant
from lakehouse.publish.recipe import WholeInputs, WholeRecipe
from lakehouse.publish.rows import arrow_rows

Row = dict[str, Any]
_CASE = (*MISSED_FAILURES.key, "known_at")
_READ = (*_CASE, "feature_digest")


def missed_features(plant: Plant) -> WholeRecipe:
    """From the cases; one that has its features keeps them, whatever readings come later."""
    return WholeRecipe(
        MISSED_FAILURE_FEATURES, (MISSED_FAILURES,), lambda given: _rows(plant, given),
        columns={MISSED_FAILURES.name: _READ},
    )  # fmt: skip


def _rows(plant: Plant, given: WholeInputs) -> pa.Table:
    cases = [row for row in given.tables[MISSED_FAILURES.name].to_pylist() if row["known_at"] is not None]
    stored = defaultdict[tuple[Any, ...], list[Row]](list)
    for row in given.stored.to_pylist():
        stored[_key(row)].append(row)
    fresh = _of_cases(plant, [case for case in cases if _key(case) not in stored])
    known = [row for case in cases for row in stored.get(_key(case), ())]
    rows = sorted((*known, *fresh), key=lambda row: (*_key(row), row["rank"]))
    return arrow_rows(rows, MISSED_FAILURE_FEATURES)


def _key(row: Row) -> tuple[Any, ...]:
    return tuple(row[name] for name in _CASE)


def _of_cases(plant: Plant, cases: Iterable[Row]) -> Iterator[Row]:
    """Cases by the month of their failure: so much of the features is read at once."""
    by_month = defaultdict[tuple[int, int], list[Row]](list)
    for case in cases:
        by_month[case["failed_at"].year, case["failed_at"].month].append(case)
    moves = moves_of(plant.lake.arrow(plant.tables["silver.machines"]))
    features = features_of(plant.profile)
    for month in by_month.values():
        rows = _features(plant, features, month, moves)
        for case in month:
            mine = rows.get(machine_key(case["machine_id"], case["factory_id"]))
            if mine is not None:
                yield from _of_case(case, features, *mine)


def _of_case(case: Row, features: tuple[Feature, ...], times: list[datetime], vectors: Vector) -> list[Row]:
    """Rows of one case; none where the row that was scored is not stored any more."""
    if case["known_at"] not in times:
        return []
    vector = vectors[times.index(case["known_at"])]
    end = case["known_at"] - timedelta(days=DAYS_BEFORE)
    is_before = np.array([end - timedelta(days=REFERENCE_DAYS) <= at < end for at in times], dtype=np.bool_)
    is_same = vector_digest(vector.tolist()) == case["feature_digest"]
    own = {name: case[name] for name in _CASE}
    return feature_rows(own, features, vector, vectors[is_before], is_as_scored=is_same)


def _features(
    plant: Plant, features: tuple[Feature, ...], cases: list[Row], moves: Moves
) -> dict[str, tuple[list[datetime], Vector]]:
    """Key of a machine -> its times and vectors from the first day of the reference on."""
    table, names = plant.tables["gold.machine_features"], [feature.name for feature in features]
    keys = {machine_key(case["machine_id"], case["factory_id"]) for case in cases}
    known = {**{key: key for key in keys}, **{new: first for new, first in moves.items() if first in keys}}
    known_at = [case["known_at"] for case in cases]
    first = min(known_at) - timedelta(days=DAYS_BEFORE + REFERENCE_DAYS)
    where = (
        (ds.field("scored_date") >= first.date())
        & (ds.field("scored_date") <= max(known_at).date())
        & ds.field("machine_id").isin(sorted({machine_of(key) for key in known}))
    )
    rows = plant.lake.arrow(table, ["machine_id", "factory_id", "scored_at", *names], where).sort_by("scored_at")
    vectors = np.stack([_column(rows, name) for name in names], axis=1)
    times = rows.column("scored_at").to_pylist()
    owners = [
        known.get(machine_key(*pair)) for pair in zip(*(rows.column(n).to_pylist() for n in _MACHINE), strict=True)
    ]
    places = defaultdict[str, list[int]](list)
    for place, owner in enumerate(owners):
        if owner is not None:
            places[owner].append(place)
    return {owner: ([times[place] for place in mine], vectors[mine]) for owner, mine in places.items()}


_MACHINE = ("machine_id", "factory_id")


def _column(rows: pa.Table, name: str) -> Vector:
    """A feature's values, NaN where missing; all of a feature that older code did not make."""
    if name not in rows.column_names:
        return np.full(rows.num_rows, np.nan)
    return np.asarray(rows.column(name).to_numpy(), dtype=np.float64)
