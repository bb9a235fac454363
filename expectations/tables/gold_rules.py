"""Gold: what the rules over several tables found, and those that ship with Assay."""

from expectations.plant.plant_profile import Profile
from expectations.plant.rules import PlantRule
from expectations.tables.contract import Column, Rule, Severity, Table

RULE_ORIGINS = {"plant": "A rule of the plant's own, in its profile", "shipped": "It ships with Assay"}
RULE_SEVERITIES = {
    "fail": "The run that finds it broken is refused (exit code 3), and what follows is not built",
    "warn": "It is an alert, and no run is refused",
}

RULE_CHECKS = Table(
    "gold", "rule_checks",
    "What each rule over several tables found when it was asked last: how many rows, none where it holds",
    (
        Column("rule", "string", "Name of the rule", nullable=False),
        Column("table_name", "string", "Table that it belongs to", nullable=False),
        Column("severity", "string", "What happens where it is broken", nullable=False, allowed=tuple(RULE_SEVERITIES)),
        Column("origin", "string", "Whose rule it is", nullable=False, allowed=tuple(RULE_ORIGINS)),
        Column("meaning", "string", "The rule in words", nullable=False),
        Column("row_count", "bigint", "Rows that its question returned; null: it has no answer", minimum=0),
        Column("examples", "string", "The first three of them as JSON, by the question's columns; null where none is"),
        Column("reason", "string", "Why it has no answer; else null"),
    ),
    key=("rule",),
    rules=(
        Rule("count_or_reason", "(row_count IS NULL) = (reason IS NOT NULL)", Severity.FAIL,
             "A question is answered, or the reason is there"),
    ),
    retention_days=30,
)  # fmt: skip

SHIPPED = (
    PlantRule(
        "machines_in_master_data", "silver.sensor_days", Severity.WARN,
        "Every machine with readings is in master data, where a plant has any",
        question="""
SELECT d.factory_id, d.machine_id, min(d.measured_date) AS first_date, sum(d.reading_count) AS reading_count
FROM silver.sensor_days d
WHERE EXISTS (SELECT 1 FROM silver.machines)
  AND NOT EXISTS (SELECT 1 FROM silver.machines m
                  WHERE m.machine_id = d.machine_id AND d.factory_id IN (m.factory_id, m.moved_from))
GROUP BY ALL""".strip(),
    ),
    PlantRule(
        "failures_of_known_machines", "silver.machine_events", Severity.WARN,
        "The machine of every failure has readings or is in master data",
        question="""
SELECT e.factory_id, e.machine_id, count(*) AS failure_count, min(e.occurred_at) AS first_at
FROM silver.machine_events e
WHERE e.kind = 'failure'
  AND NOT EXISTS (SELECT 1 FROM silver.sensor_days d
                  WHERE d.machine_id = e.machine_id AND d.factory_id = e.factory_id)
  AND NOT EXISTS (SELECT 1 FROM silver.machines m
                  WHERE m.machine_id = e.machine_id AND e.factory_id IN (m.factory_id, m.moved_from))
GROUP BY ALL""".strip(),
    ),
    PlantRule(
        "buckets_add_up", "silver.buckets", Severity.WARN,
        "The buckets of each machine and UTC date hold as many readings as were accepted",
        question="""
SELECT utc_date, factory_id, machine_id, reading_count, in_buckets
FROM (SELECT measured_date AS utc_date, factory_id, machine_id, count(*) AS reading_count
      FROM silver.readings GROUP BY ALL) r
FULL JOIN (SELECT bucket_date AS utc_date, factory_id, machine_id, sum(reading_count) AS in_buckets
           FROM silver.buckets GROUP BY ALL) b USING (utc_date, factory_id, machine_id)
WHERE reading_count IS DISTINCT FROM in_buckets""".strip(),
        by_date=True,
    ),
)  # fmt: skip
"""A rule of the plant with the name of one of these takes its place."""


def questions_of(profile: Profile) -> dict[str, tuple[str, PlantRule]]:
    """Rule by name -> whose it is, and the rule: every question that a plant's tables are asked."""
    own = {rule.name: rule for rule in profile.rules}
    shipped = {rule.name: ("shipped", rule) for rule in SHIPPED if rule.name not in own}
    return shipped | {name: ("plant", rule) for name, rule in own.items() if rule.question}
