"""The end of a job that built tables: their rules are asked, and a rule that must hold and does not refuses the run."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from expectations.tables.contract import LAYERS, Severity
from expectations.tables.gold_rules import RULE_CHECKS, questions_of
from jobs.rules.asking import ask_rules
from jobs.runtime.exits import ExitCode
from jobs.runtime.report import RunReport
from lakehouse.errors import RuleRefused
from lakehouse.plant import Plant


def with_rules(report: RunReport, plant: Plant, *layers: str) -> RunReport:
    """The report of a job with what the rules of the layers that it built say; exit code 3 where one refuses it.

    What was published stays: the rules are asked of published tables. The answer is the same in each run until the
    question returns nothing.

    Args:
        report: What the job says.
        plant: The plant.
        layers: Layers whose rules are asked; none: all.
    """
    chosen = layers or LAYERS
    if not any(rule.table.partition(".")[0] in chosen for _, rule in questions_of(plant.profile).values()):
        return report
    changed = ask_rules(plant, chosen)
    broken = [row for row in broken_rules(plant) if row["table_name"].partition(".")[0] in chosen]
    lines = tuple(f"{report.job}: RULE {words(row)}" for row in broken)
    refusing = [words(row) for row in broken if row["severity"] == Severity.FAIL]
    data = {**report.data, "rules": {row["rule"]: row["row_count"] for row in broken}}
    if refusing:
        data["refusing_rules"] = refusing
        data["reasons"] = [*report.data.get("reasons", ()), *refusing]
    code = ExitCode.REFUSED if refusing and report.exit_code is ExitCode.DONE else report.exit_code
    return replace(report, changed=report.changed or changed, lines=(*report.lines, *lines), data=data, exit_code=code)


def or_refused(report: RunReport) -> RunReport:
    """The report of a job that others follow, where no rule refused it.

    Raises:
        RuleRefused: One did; what was published remains.
    """
    if is_refused_by_rules(report):
        reasons = report.data["refusing_rules"]
        raise RuleRefused(f"{report.job}: {'; '.join(reasons)}; what follows is not built", {"reasons": reasons})
    return report


def is_refused_by_rules(report: RunReport) -> bool:
    """Whether a rule that must hold does not."""
    return bool(report.data.get("refusing_rules"))


def broken_rules(plant: Plant) -> list[dict[str, Any]]:
    """Rows of `gold.rule_checks` of rules that are broken and still the plant's, in order."""
    known = questions_of(plant.profile)
    rows = plant.lake.arrow(RULE_CHECKS).to_pylist()
    return sorted((row for row in rows if row["rule"] in known and row["row_count"] != 0), key=lambda row: row["rule"])


def words(row: Mapping[str, Any]) -> str:
    """A broken rule in one sentence."""
    head = f"{row['rule']} of {row['table_name']} ({row['severity']})"
    if row["row_count"] is None:
        return f"{head} has no answer: {row['reason']}"
    found = "1 row" if row["row_count"] == 1 else f"{row['row_count']:,} rows"
    return f"{head} found {found}; {row['meaning']}; such as {row['examples']}"
