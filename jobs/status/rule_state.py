"""Which rules do not hold: by the newest answers to their questions, and by the newest audit of their table."""

from collections.abc import Iterator
from typing import Any

from expectations.plant.rules import PlantRule
from expectations.tables.contract import Severity, Table
from expectations.tables.gold_rules import RULE_CHECKS, questions_of
from jobs.rules.job import words
from jobs.status.machine_facts import BrokenRule, RuleState
from lakehouse.plant import Plant


def rule_state(plant: Plant) -> RuleState | None:
    """The rules that were asked or audited by; None where none was.

    A condition that must hold has no state: the gate refuses a batch that breaks it.
    """
    known = questions_of(plant.profile)
    asked = [row for row in plant.lake.arrow(RULE_CHECKS).to_pylist() if row["rule"] in known]
    warning = [rule for rule in plant.profile.rules if rule.condition and rule.severity is Severity.WARN]
    audited = [rule for rule in warning if plant.lake.exists(plant.tables[rule.table])]
    if not asked and not audited:
        return None
    broken = (*_of_questions(asked), *_of_conditions(plant, audited))
    return RuleState(len(asked) + len(audited), tuple(sorted(broken, key=lambda one: one.name)))


def _of_questions(asked: list[dict[str, Any]]) -> Iterator[BrokenRule]:
    for row in asked:
        if row["row_count"] != 0:
            yield BrokenRule(row["rule"], words(row), row["severity"] == Severity.FAIL)


def _of_conditions(plant: Plant, audited: list[PlantRule]) -> Iterator[BrokenRule]:
    """Of each table the newest batch that was audited counts."""
    warned = {rule.table: _warned(plant, plant.tables[rule.table]) for rule in audited}
    for rule in audited:
        if rows := warned[rule.table].get(rule.name, 0):
            text = f"{rule.name} of {rule.table} (warn): {rows:,} rows of its newest batch break it; {rule.meaning}"
            yield BrokenRule(rule.name, text, refuses=False)


def _warned(plant: Plant, table: Table) -> dict[str, int]:
    audit = plant.lake.last(table, lambda metadata: metadata.audit)
    return dict(audit.warned or {}) if audit else {}
