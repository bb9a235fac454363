"""Words on rules that do not hold."""

from collections.abc import Iterator

from jobs.alerts.condition import Severity
from jobs.status.item import Item
from jobs.status.machine_facts import RuleState

STEP = "`assay ask rules` has every rule with its rows; correct the source, or the rule in the profile"


def rule_items(rules: RuleState) -> Iterator[Item]:
    """One condition for each rule that does not hold; one line where all do."""
    for one in rules.broken:
        severity = Severity.CRITICAL if one.refuses else Severity.WARNING
        yield Item("rules", one.words, severity, STEP, f"rule_broken/{one.name}")
    if not rules.broken:
        yield Item("rules", f"each of {rules.count:,} rules holds")
