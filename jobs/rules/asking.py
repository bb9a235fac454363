"""The questions of rules, asked again where a table that they name has other rows, and their answers stored."""

from collections.abc import Collection, Mapping
from typing import Any

from expectations.tables.gold_rules import RULE_CHECKS, questions_of
from jobs.rules.due import Due, due_of, identity
from lakehouse.commit_metadata import CommitMetadata
from lakehouse.plant import Plant
from lakehouse.publish.changed_partitions import replace_changed_table
from lakehouse.publish.rows import arrow_rows

Rows = Mapping[str, Mapping[str, Any]]


def ask_rules(plant: Plant, layers: Collection[str]) -> bool:
    """Ask what is due of the rules of some layers; whether any answer is another than before.

    Raises:
        KeyboardInterrupt: A signal came.
    """
    rules = questions_of(plant.profile)
    stored = {row["rule"]: row for row in plant.lake.arrow(RULE_CHECKS).to_pylist()}
    asked = plant.lake.last(RULE_CHECKS, lambda metadata: metadata.asked) or {}
    due = _due(plant, layers, stored, asked)
    if not due and stored.keys() <= rules.keys():
        return False
    rows = {**{name: row for name, row in stored.items() if name in rules}, **_answered(plant, due)}
    known = {identity(rule) for _, rule in rules.values()}
    asked_now = {**asked, **{identity(one.rule): one.versions for one in due}}
    metadata = CommitMetadata(asked={name: versions for name, versions in asked_now.items() if name in known})
    content = arrow_rows([rows[name] for name in sorted(rows)], RULE_CHECKS)
    return replace_changed_table(plant.lake, RULE_CHECKS, content, metadata).changed


def _due(plant: Plant, layers: Collection[str], stored: Rows, asked: Mapping[str, Mapping[str, int]]) -> list[Due]:
    chosen = [one for one in questions_of(plant.profile).values() if one[1].table.partition(".")[0] in layers]
    found = (due_of(plant, origin, rule, asked.get(identity(rule)), stored.get(rule.name)) for origin, rule in chosen)
    return [one for one in found if one is not None]


def _answered(plant: Plant, due: list[Due]) -> Rows:
    if not due:
        return {}
    from jobs.rules.answers import answered

    return {one.rule.name: answered(plant, one) for one in due}
