"""The table of drift: fleet and gateways every day, machines every week, and one date at a time or all at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.gold import PREDICTIONS
from expectations.tables.gold_drift import DRIFT, DRIFT_REASONS, DRIFT_VERDICTS
from ml.drift import sketch_table
from ml.drift.drift_table import build
from ml.drift.rules import DriftRules

RULES = DriftRules(reference_windows=4)
BEGAN, DAYS, MACHINES = date(2026, 1, 5), 49, ("M1", "M2")  # a Monday; seven weeks
DATES = [BEGAN + timedelta(days=day) for day in range(DAYS)]
LAST = DATES[-1]
NAMES = ("heat", "flat", "gone")


def sketches(*, shift: float = 0.0, edge: bool = False) -> pa.Table:
    """Hourly rows; in the last week the heat of M2 is shifted, and `gone` has no value."""
    rng, hours = np.random.default_rng(4), DAYS * 24
    day = [one for one in DATES for _ in range(24)]
    is_last = np.arange(hours) >= hours - 168
    tables = []
    for machine in MACHINES:
        heat = rng.normal(50.0, 1.0, hours) + np.where(is_last & (machine == "M2"), shift, 0.0)
        tables.append(pa.table({
            "machine_id": pa.array([machine] * hours), "factory_id": pa.array(["F1"] * hours),
            "scored_date": pa.array(day, pa.date32()), "heat": pa.array(heat), "flat": pa.array(np.full(hours, 3.0)),
            "gone": pa.array(np.where(is_last, np.nan, heat)),
        }))  # fmt: skip
    scores = [
        {"machine_id": "M2", "factory_id": "F1", "scored_date": one, "source": "edge", "bundle": "p@1+1",
         "gateway_id": "g1", "is_in_sample": False, "margin": float(value), "path_length": float(value)}
        for one in DATES for value in rng.normal(-4.0, 1.0, 24)
    ]  # fmt: skip
    scored = pa.Table.from_pylist(scores if edge else [], arrow_schema(PREDICTIONS))
    return sketch_table.build(pa.concat_tables(tables), scored, NAMES, DATES)


def rows_of(given: pa.Table, dates: Sequence[date] = (LAST,)) -> dict[tuple[str, str, str], dict[str, Any]]:
    table = build(given, RULES, dates)
    assert table.schema == arrow_schema(DRIFT)
    assert not any(pc.any(pc.is_nan(table.column(name))).as_py() for name in ("ks", "psi", "kl", "ks_limit"))
    rows = table.to_pylist()
    assert {reason for row in rows for reason in row["reasons"]} <= set(DRIFT_REASONS)
    assert {row["verdict"] for row in rows} <= set(DRIFT_VERDICTS)
    return {(row["scope"], row["name"], row["feature"]): row for row in rows}


def test_fleet_and_machine_are_compared_and_only_the_shifted_machine_drifts() -> None:
    found = rows_of(sketches(shift=2.0))

    assert {key: row["verdict"] for key, row in found.items() if key[2] == "heat"} == {
        ("fleet", "fleet", "heat"): "DRIFT", ("machine", "M1", "heat"): "NO_DRIFT", ("machine", "M2", "heat"): "DRIFT",
    }  # fmt: skip
    fleet = found["fleet", "fleet", "heat"]
    assert (fleet["row_count"], fleet["reference_row_count"]) == (2 * 168, 2 * 4 * 168)
    assert fleet["ks"] > fleet["ks_limit"]


def test_constant_and_vanished_features_are_insufficient_and_their_rows_are_counted() -> None:
    found = rows_of(sketches())

    flat, gone = found["fleet", "fleet", "flat"], found["fleet", "fleet", "gone"]
    assert (flat["verdict"], flat["reasons"], flat["ks"]) == ("INSUFFICIENT_DATA", ["constant_reference"], None)
    assert (gone["verdict"], gone["reasons"], gone["missing_count"]) == ("INSUFFICIENT_DATA", ["no_values"], 336)
    assert (gone["reference_missing_count"], gone["reference_row_count"]) == (0, 2 * 4 * 168)


def test_machines_have_rows_of_sundays_alone() -> None:
    scopes = {day: {key[0] for key in rows_of(sketches(), [day])} for day in DATES[-3:]}

    assert scopes == {DATES[-3]: {"fleet"}, DATES[-2]: {"fleet"}, LAST: {"fleet", "machine"}}


def test_a_gateway_is_the_machines_that_it_scored_and_its_own_scores() -> None:
    found = rows_of(sketches(shift=2.0, edge=True), [DATES[-2]])

    assert found["gateway", "g1", "heat"]["verdict"] == "DRIFT"
    assert found["gateway", "g1", "heat"]["row_count"] == 168  # of M2 alone
    assert found["gateway", "g1", "margin"]["verdict"] == "NO_DRIFT"
    assert (found["gateway", "g1", "margin"]["source"], found["gateway", "g1", "margin"]["bundle"]) == ("edge", "p@1+1")
    assert ("fleet", "fleet", "margin") not in found


def test_a_date_alone_and_all_dates_at_once_are_the_same_rows() -> None:
    given = sketches(shift=0.5, edge=True)
    wanted = DATES[-9:]

    alone = pa.concat_tables([build(_near(given, day), RULES, [day]) for day in wanted])

    order = [(name, "ascending") for name in DRIFT.key]
    assert alone.sort_by(order).equals(build(given, RULES, wanted).sort_by(order))


def test_sketches_in_another_order_and_by_code_give_the_same_rows() -> None:
    given = sketches(shift=0.5, edge=True)
    turned = given.take(pa.array(np.random.default_rng(1).permutation(given.num_rows)))
    place = turned.schema.get_field_index("machine_id")

    coded = turned.set_column(place, "machine_id", turned.column("machine_id").dictionary_encode())

    assert build(coded, RULES, [LAST]).equals(build(given, RULES, [LAST]))


def test_a_young_plant_is_insufficient() -> None:
    found = rows_of(sketches(), [DATES[9]])

    assert {row["verdict"] for row in found.values()} == {"INSUFFICIENT_DATA"}


def test_no_sketch_gives_an_empty_table_of_the_contract() -> None:
    assert rows_of(sketches().slice(0, 0)) == {}


def _near(given: pa.Table, day: date) -> pa.Table:
    """Only what a build of one date is given."""
    days = [day - timedelta(days=back) for back in range(RULES.days)]
    return given.filter(pc.is_in(given.column("sketch_date"), pa.array(days, pa.date32())))
