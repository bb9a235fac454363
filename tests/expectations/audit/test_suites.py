import subprocess
import sys

import pytest

from expectations.audit.suite_description import describe, suite_hash
from expectations.audit.suites import suite_of
from expectations.plant.file import load_profile
from expectations.tables.contract import Column, Rule, Severity, Table
from expectations.tables.registry import tables

PLANTS = ("azure_pdm", "simulated")
TABLES = [table for plant in PLANTS for table in tables(load_profile(plant)).values()]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_suite_says_what_its_description_says(table: Table) -> None:
    suite = suite_of(table)

    got = [(e["type"], e["kwargs"], e["meta"]["code"], e["severity"]) for e in suite.to_json_dict()["expectations"]]
    severities = {Severity.WARN: "warning", Severity.FAIL: "critical", Severity.QUARANTINE: "critical"}
    assert got == [(c.type, dict(c.arguments), c.code, severities[c.severity]) for c in describe(table)]
    assert suite.meta["suite_hash"] == suite_hash(table)


def test_same_contract_gives_the_same_suite() -> None:
    first, second = suite_of(TABLES[0]), suite_of(TABLES[0])

    assert first.to_json_dict() == second.to_json_dict()


def test_warning_rule_is_a_warning_in_the_suite() -> None:
    rule = Rule("odd", "value % 2 = 1", Severity.WARN, "Odd")
    suite = suite_of(Table("silver", "odds", "Odds", (Column("value", "int", "Value"),), rules=(rule,)))

    assert suite.to_json_dict()["expectations"][-1]["severity"] == "warning"


@pytest.mark.parametrize("module", ["suite_description", "suites", "runner"])
def test_nothing_heavy_is_imported_before_an_audit(module: str) -> None:
    code = (
        f"import sys, expectations.audit.{module}; heavy = {{'great_expectations', 'pyspark', 'pandas'}}; "
        "sys.exit(', '.join(heavy & set(sys.modules)) or 0)"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
