"""A table's suite in plain words of the contract: what is checked, under which code. Needs no Great Expectations."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from expectations.tables.contract import Column, Rule, Severity, Table

COLUMNS_DIFFER = "columns_differ"
RULE_PREFIX = "_rule_"


@dataclass(frozen=True, slots=True)
class Check:
    """One expectation: its type and arguments as Great Expectations names them, and the fault code of a breach."""

    type: str
    arguments: Mapping[str, Any]
    code: str
    severity: Severity
    description: str

    @property
    def column(self) -> str | None:
        """Column that is checked; None where the whole table or a rule over several columns is."""
        name = self.arguments.get("column")
        return None if name is None or name.startswith(RULE_PREFIX) else name


def describe(table: Table) -> tuple[Check, ...]:
    """Every check of the table, in order: its columns, what each implies, the rules declared by hand.

    Codes are those of `row_rules`. A rule by hand is checked on a boolean column `_rule_<code>` that says whether it
    holds (see `rule_columns`), so that no rule costs a pass of its own.
    """
    implied = [check for column in table.columns for check in _column_checks(column)]
    return (_columns_check(table), *implied, *(_rule_check(rule) for rule in table.rules))


def rule_columns(table: Table) -> dict[str, str]:
    """SQL of each boolean column that a batch needs beside its own: name to condition. Unknown counts as broken."""
    return {RULE_PREFIX + rule.code: f"coalesce({rule.condition}, false)" for rule in table.rules}


def suite_hash(table: Table) -> str:
    """First 16 hex of the SHA-256 over what is checked; wording does not count, conditions do."""
    checks = [[c.type, c.arguments, c.code, c.severity] for c in describe(table)]
    text = json.dumps([checks, rule_columns(table)], sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _columns_check(table: Table) -> Check:
    names = [*table.column_names, *rule_columns(table)]
    return _fail(
        "expect_table_columns_to_match_ordered_list", {"column_list": names}, COLUMNS_DIFFER,
        "Exactly these columns in this order; those that begin with _rule_ say whether a rule holds",
    )  # fmt: skip


def _column_checks(column: Column) -> list[Check]:
    name, checks = column.name, []
    if not column.nullable:
        checks.append(
            _fail("expect_column_values_to_not_be_null", {"column": name}, f"{name}_missing", column.description)
        )
    for argument, bound, word in (("min_value", column.minimum, "below"), ("max_value", column.maximum, "above")):
        if bound is not None:
            arguments = {"column": name, argument: bound}
            code = f"{name}_{word}_bound"
            checks.append(_fail("expect_column_values_to_be_between", arguments, code, column.description))
    if column.allowed:
        arguments = {"column": name, "value_set": list(column.allowed)}
        checks.append(_fail("expect_column_values_to_be_in_set", arguments, f"{name}_not_allowed", column.description))
    return checks


def _rule_check(rule: Rule) -> Check:
    arguments = {"column": RULE_PREFIX + rule.code, "value_set": [True]}
    words = f"{rule.description}: {rule.condition}"
    return Check("expect_column_values_to_be_in_set", arguments, rule.code, rule.severity, words)


def _fail(kind: str, arguments: Mapping[str, Any], code: str, description: str) -> Check:
    return Check(kind, arguments, code, Severity.FAIL, description)
