"""The rules of a plant beside the tables that they belong to: which suites they join, and whether they fit there."""

from collections.abc import Mapping

from expectations.audit.suite_description import describe
from expectations.errors import ProfileError, unknown_name
from expectations.plant.plant_profile import Profile
from expectations.plant.rules import PlantRule
from expectations.tables.contract import Rule, Severity, Table
from expectations.tables.registry import tables
from expectations.tables.silver import FAULTS, READINGS_TABLE

SETS_ASIDE = READINGS_TABLE.name
"""The table whose rows a plant's rule may send to quarantine."""


def check_rules(profile: Profile, where: str) -> None:
    """Refuse rules that do not fit the plant's tables; `where` names the profile's file. Their SQL is not looked at.

    Raises:
        ProfileError: There is no such table, its suite has the name already, or it cannot honour the severity.
    """
    if not profile.rules:
        return
    known = tables(profile)
    for rule in profile.rules:
        if rule.table not in known:
            raise ProfileError(f"{where}.rules ({rule.name}): {unknown_name('table', rule.table, known)}")
        _check_fits(rule, known[rule.table], f"{where}.rules ({rule.name})")


def _check_fits(rule: PlantRule, table: Table, where: str) -> None:
    if rule.name in {check.code for check in describe(table)} | FAULTS.keys():
        raise ProfileError(f"{where}: {table.name} has a rule of that name already; legal: another name")
    if rule.condition and table.layer == "bronze" and rule.severity is not Severity.WARN:
        legal = "warn: a batch of bronze that is refused holds up all that lands after it"
        raise ProfileError(f"{where}: severity = {str(rule.severity)!r} of {table.name}; legal: {legal}")
    if rule.severity is Severity.QUARANTINE and table.name != SETS_ASIDE:
        legal = f"fail, warn: only rows of {SETS_ASIDE} are set aside by a plant's rule"
        raise ProfileError(f"{where}: severity = 'quarantine' of {table.name}; legal: {legal}")


def gate_rules(profile: Profile) -> Mapping[str, tuple[Rule, ...]]:
    """The conditions of rows, by their table, as rules of its suite. What is set aside never comes to the gate.

    Where a condition is null the rule does not apply, as a CHECK of SQL and Great Expectations have it.
    """
    found: dict[str, list[Rule]] = {}
    for rule in profile.rules:
        if rule.condition and rule.severity is not Severity.QUARANTINE:
            found.setdefault(rule.table, []).append(_rule(rule))
    return {table: tuple(rules) for table, rules in found.items()}


def aside_rules(profile: Profile) -> tuple[Rule, ...]:
    """The conditions of readings that send a reading to quarantine, in the order of the profile."""
    return tuple(_rule(rule) for rule in profile.rules if rule.severity is Severity.QUARANTINE)


def unknown_to_gateways(profile: Profile) -> tuple[PlantRule, ...]:
    """The rules that send readings to quarantine and that gateways do not ask: they score by such readings.

    A condition is SQL, and a gateway has the standard library alone.
    """
    return tuple(rule for rule in profile.rules if rule.severity is Severity.QUARANTINE)


def _rule(rule: PlantRule) -> Rule:
    return Rule(rule.name, holds(rule), rule.severity, rule.meaning)


def holds(rule: PlantRule) -> str:
    """SQL that is true of every row which the rule of rows does not object to, and never null."""
    return f"coalesce(({rule.condition}), true)"
