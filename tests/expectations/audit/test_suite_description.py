from dataclasses import replace

import pytest

from expectations.audit.row_rules import row_rules
from expectations.audit.suite_description import COLUMNS_DIFFER, describe, rule_columns, suite_hash
from expectations.plant.file import load_profile
from expectations.tables.contract import Column, Rule, Severity, Table
from expectations.tables.registry import tables

TABLES = tuple(tables(load_profile("azure_pdm")).values())
ORDERED = Rule("order", "low <= high", Severity.FAIL, "Low is not above high")
TABLE = Table("silver", "pairs", "Pairs", (Column("low", "int", "Low", minimum=0), Column("high", "int", "High")))


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_row_rule_has_its_check(table: Table) -> None:
    codes = [check.code for check in describe(table)]

    assert codes == [COLUMNS_DIFFER, *(rule.code for rule in row_rules(table))]


def test_hash_is_the_same_on_every_machine_and_run() -> None:
    assert suite_hash(TABLE) == suite_hash(replace(TABLE)) == "28059e4c09f71af0"


@pytest.mark.parametrize(
    "other",
    [
        replace(TABLE, columns=TABLE.columns[::-1]),
        replace(TABLE, columns=(replace(TABLE.columns[0], minimum=1), TABLE.columns[1])),
        replace(TABLE, columns=(replace(TABLE.columns[0], nullable=False), TABLE.columns[1])),
        replace(TABLE, rules=(ORDERED,)),
    ],
    ids=["order", "bound", "null", "rule"],
)
def test_hash_changes_with_what_is_checked(other: Table) -> None:
    assert suite_hash(other) != suite_hash(TABLE)


def test_hash_changes_with_condition_and_severity_of_a_rule() -> None:
    hashes = {
        suite_hash(replace(TABLE, rules=(rule,)))
        for rule in (ORDERED, replace(ORDERED, condition="low < high"), replace(ORDERED, severity=Severity.WARN))
    }

    assert len(hashes) == 3


def test_hash_does_not_change_with_wording() -> None:
    worded = replace(
        TABLE, description="Two numbers", columns=(replace(TABLE.columns[0], description="The lower"), TABLE.columns[1])
    )

    assert suite_hash(worded) == suite_hash(TABLE)


def test_rule_of_unknown_truth_is_broken() -> None:
    assert rule_columns(replace(TABLE, rules=(ORDERED,))) == {"_rule_order": "coalesce(low <= high, false)"}
