"""Registry: versions named by content, aliases that only grow, rollback in one row."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from datetime import UTC, datetime

import pytest

from expectations.tables.gold import GATE_DECISIONS, MODEL_ALIASES, MODEL_VERSIONS
from ml.errors import ModelError
from ml.gates.registry import (
    CHAMPION,
    PREVIOUS,
    GateDecision,
    ModelAlias,
    ModelVersion,
    decision,
    holder,
    promotion,
    rollback,
    version_id,
)
from tests.support.plant_frames import PARAMS, POLICY, plant_model

AT = datetime(2024, 1, 1, tzinfo=UTC)
DATA = "3f" * 32


@pytest.mark.parametrize(
    ("record", "table"),
    [
        (ModelVersion, MODEL_VERSIONS),
        (ModelAlias, MODEL_ALIASES),
        (GateDecision, GATE_DECISIONS),
    ],
    ids=lambda value: getattr(value, "__name__", value.name if hasattr(value, "name") else ""),
)
def test_record_has_the_columns_of_its_table(record: type, table: object) -> None:
    columns = [column.name for column in table.columns]  # type: ignore[attr-defined] # a Table

    assert [field.name for field in fields(record)] == columns


def test_same_inputs_give_the_same_version_whatever_their_order() -> None:
    given = {"policy": POLICY, "params": PARAMS}

    assert version_id(DATA, given, "r1") == version_id(DATA, dict(reversed(given.items())), "r1")


def test_any_changed_input_gives_another_version() -> None:
    other = replace(PARAMS, failure=replace(PARAMS.failure, seed=1))

    versions = {
        version_id(DATA, (PARAMS, POLICY), "r1"),
        version_id("4e" * 32, (PARAMS, POLICY), "r1"),
        version_id(DATA, (other, POLICY), "r1"),
        version_id(DATA, (PARAMS, replace(POLICY, recall_slack=0.04)), "r1"),
        version_id(DATA, (PARAMS, POLICY), "r2"),
    }

    assert len(versions) == 5


def history(*versions: str) -> tuple[ModelAlias, ...]:
    rows: tuple[ModelAlias, ...] = ()
    for version in versions:
        rows += promotion(rows, version, AT, "retrain", "gate passed")
    return rows


def test_promotion_keeps_the_old_champion_as_previous() -> None:
    rows = history("v1", "v2")

    assert (holder(rows, CHAMPION), holder(rows, PREVIOUS)) == ("v2", "v1")


def test_first_promotion_has_no_previous() -> None:
    assert [row.alias for row in history("v1")] == [CHAMPION]


def test_promoting_the_champion_again_appends_nothing() -> None:
    assert promotion(history("v1"), "v1", AT, "retrain", "again") == ()


def test_rollback_is_one_row_and_the_rest_stays() -> None:
    rows = history("v1", "v2")

    row = rollback(rows, AT, "operator", "false alarms")

    assert holder((*rows, row), CHAMPION) == "v1"
    assert row.sequence == max(each.sequence for each in rows) + 1


def test_order_of_the_rows_does_not_matter() -> None:
    rows = history("v1", "v2", "v3")

    assert holder(rows[::-1], CHAMPION) == "v3"


@pytest.mark.parametrize("versions", [(), ("v1",)], ids=["no model", "only one"])
def test_nothing_to_go_back_to_is_said(versions: tuple[str, ...]) -> None:
    with pytest.raises(ModelError, match=r"champion is .*, previous is none: there is nothing to go back to"):
        rollback(history(*versions), AT, "operator", "test")


def test_second_rollback_in_a_row_is_refused() -> None:
    rows = history("v1", "v2")
    rows += (rollback(rows, AT, "operator", "first"),)

    with pytest.raises(ModelError, match="there is nothing to go back to"):
        rollback(rows, AT, "operator", "second")


def test_decision_holds_every_check() -> None:
    gate = plant_model().gate
    assert gate is not None

    row = decision("v1", None, gate, AT)

    written = json.loads(row.report)
    assert [check["name"] for check in written["checks"]] == [c.name for c in gate.checks]
    assert (row.verdict, row.is_promoted) == (gate.verdict.value, gate.is_promoted)
