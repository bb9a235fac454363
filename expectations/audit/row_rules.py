"""The rules of a table's rows, generated from its contract: SQL conditions that hold for good rows."""

from expectations.tables.contract import Column, Rule, Severity, Table


def row_rules(table: Table) -> tuple[Rule, ...]:
    """Every rule of the table: what its columns imply, then those it declares by hand."""
    implied = [rule for column in table.columns for rule in _column_rules(column)]
    return (*implied, *table.rules)


def _column_rules(column: Column) -> list[Rule]:
    name, rules = column.name, []
    if not column.nullable:
        rules.append(_rule(f"{name}_missing", f"`{name}` IS NOT NULL", f"{name} is never null"))
    for sign, bound, word in ((">=", column.minimum, "below"), ("<=", column.maximum, "above")):
        if bound is not None:
            condition = f"`{name}` IS NULL OR `{name}` {sign} {bound!r}"
            rules.append(_rule(f"{name}_{word}_bound", condition, f"{name} {sign} {bound}"))
    if column.allowed:
        legal = ", ".join(f"'{value}'" for value in column.allowed)
        rules.append(_rule(f"{name}_not_allowed", f"`{name}` IS NULL OR `{name}` IN ({legal})", f"{name}: {legal}"))
    return rules


def _rule(code: str, condition: str, description: str) -> Rule:
    return Rule(code, condition, Severity.FAIL, description)
