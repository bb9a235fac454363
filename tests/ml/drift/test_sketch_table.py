"""The table of sketches: every row is in one, in-sample scores in none, and the same rows give the same bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa

from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.gold import PREDICTIONS
from expectations.tables.gold_drift import DRIFT_SKETCHES
from ml.drift.sketch import STORED, bins_of
from ml.drift.sketch_table import build

DAY, NEXT = date(2026, 3, 1), date(2026, 3, 2)
NAMES = ("heat", "noise")


def features(*rows: tuple[str, date, float | None, float | None]) -> pa.Table:
    names = ("machine_id", "scored_date", *NAMES)
    columns = {name: pa.array([row[place] for row in rows]) for place, name in enumerate(names)}
    typed = {name: columns[name].cast(pa.float64()) for name in NAMES}
    return pa.table({**columns, **typed, "factory_id": pa.array(["F1"] * len(rows))})


def scores(*rows: Mapping[str, Any]) -> pa.Table:
    fixed = {"machine_id": "M1", "factory_id": "F1", "scored_date": DAY, "source": "batch", "bundle": "p@1+1"}
    return pa.Table.from_pylist([{**fixed, **row} for row in rows], arrow_schema(PREDICTIONS))


def built(given: pa.Table, scored: pa.Table | None = None, dates: Sequence[date] = (DAY,)) -> list[dict[str, Any]]:
    table = build(given, scores() if scored is None else scored, NAMES, dates)
    assert table.schema == arrow_schema(DRIFT_SKETCHES)
    rows: list[dict[str, Any]] = table.to_pylist()
    return rows


def counted(row: Mapping[str, Any]) -> dict[int, int]:
    entries = np.frombuffer(row["sketch"], STORED)
    return dict(zip(entries["bin"].tolist(), entries["count"].tolist(), strict=True))


def test_a_day_of_a_machine_is_one_sketch_of_each_feature() -> None:
    rows = built(
        features(("M1", DAY, 1.0, None), ("M1", DAY, 1.0, np.inf), ("M1", DAY, 2.0, -np.inf), ("M2", DAY, 5.0, 1.0))
    )

    assert [(row["machine_id"], row["feature"], row["row_count"]) for row in rows] == [
        ("M1", "heat", 3), ("M1", "noise", 0), ("M2", "heat", 1), ("M2", "noise", 1),
    ]  # fmt: skip
    one, two = bins_of(np.array([1.0, 2.0])).tolist()
    assert counted(rows[0]) == {one: 2, two: 1}
    assert (rows[1]["missing_count"], rows[1]["infinite_count"], rows[1]["sketch"]) == (1, 2, b"")
    assert {row["source"] for row in rows} == {"features"}
    assert {(row["bundle"], row["gateway_id"]) for row in rows} == {(None, None)}


def test_only_the_dates_wanted_are_built() -> None:
    given = features(("M1", DAY, 1.0, 1.0), ("M1", NEXT, 2.0, 2.0))

    assert {row["sketch_date"] for row in built(given, dates=[NEXT])} == {NEXT}
    assert built(given, dates=[DAY]) + built(given, dates=[NEXT]) == sorted(
        built(given, dates=[DAY, NEXT]), key=lambda row: row["sketch_date"]
    )


def test_rows_in_another_order_and_by_code_give_the_same_bytes() -> None:
    given = features(("M2", DAY, 3.0, 1.0), ("M1", DAY, 2.0, None), ("M1", DAY, 1.0, 7.0), ("M2", DAY, -3.0, 1.0))
    turned = given.take(pa.array([2, 0, 3, 1]))
    place = turned.schema.get_field_index("machine_id")

    coded = turned.set_column(place, "machine_id", turned.column("machine_id").dictionary_encode())

    assert built(coded) == built(given)


def test_scores_are_sketched_by_bundle_and_gateway_but_not_of_times_that_a_model_may_have_seen() -> None:
    scored = scores(
        {"margin": 1.0, "path_length": 9.0, "is_in_sample": False},
        {"margin": 2.0, "path_length": None, "is_in_sample": False},
        {"margin": 3.0, "path_length": 9.0, "is_in_sample": True},
        {"margin": 4.0, "path_length": 9.0, "is_in_sample": None},
        {"margin": 5.0, "path_length": 9.0, "is_in_sample": False, "source": "edge", "gateway_id": "g1"},
        {"margin": 6.0, "path_length": 9.0, "is_in_sample": False, "bundle": "p@1+2"},
    )

    rows = built(features(), scored)

    found = {(row["source"], row["bundle"], row["gateway_id"], row["feature"]): row for row in rows}
    assert {key: row["row_count"] for key, row in found.items()} == {
        ("batch", "p@1+1", None, "margin"): 2, ("batch", "p@1+1", None, "path_length"): 1,
        ("edge", "p@1+1", "g1", "margin"): 1, ("edge", "p@1+1", "g1", "path_length"): 1,
        ("batch", "p@1+2", None, "margin"): 1, ("batch", "p@1+2", None, "path_length"): 1,
    }  # fmt: skip
    assert found["batch", "p@1+1", None, "path_length"]["missing_count"] == 1


def test_nothing_gives_an_empty_table_of_the_contract() -> None:
    assert built(features()) == []
