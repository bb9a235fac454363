"""Section 6: metrics with their units and limits, what the words mean, how to ask further."""

from dataclasses import dataclass

from expectations.plant.plant_profile import Metric
from report.facts import Facts
from report.formats import count, number, share, unit_label

GLOSSARY = (
    ("accepted", "is stored in silver, once"),
    ("duplicate", "repeats another record, or is in a file whose content was read before"),
    ("quarantined", "can be read, but cannot be true; stored in silver.readings_quarantine with its faults"),
    ("rejected", "cannot be read; stored in bronze.rejected with file, line, text and reason"),
    ("blank", "a cell or record without a value"),
    ("replaced", "was rejected, and its content was read again since"),
    ("batch", "the files that one ingest run admitted"),
    ("bucket", "a machine's readings of one metric in one short span, as whole numbers"),
    ("margin", "the failure model's score in log-odds; alarms compare it, never the probability"),
    ("path length", "the isolation forest's score; the shorter, the more unusual"),
    ("feature digest", "a hash of the feature vector; equal digests are equal numbers"),
    ("horizon", "how far ahead a failure is predicted"),
    ("champion", "the model in force; provisional while too few failures were tested"),
    ("bundle", "models, features, thresholds and proofs in one signed file that a gateway scores with, offline"),
)


@dataclass(frozen=True, slots=True)
class MetricLine:
    """One metric of the profile with what it counted."""

    name: str
    unit: str
    resolution: str
    legal: str
    limits: str
    readings: str
    beyond: str


@dataclass(frozen=True, slots=True)
class WordsSection:
    """What the template shows."""

    metrics: tuple[MetricLine, ...]
    glossary: tuple[tuple[str, str], ...]
    questions: tuple[tuple[str, str], ...]


def words_section(facts: Facts) -> WordsSection:
    """Metrics, words, and questions to go on with."""
    used = {each.metric: each for each in facts.overview.metrics}
    return WordsSection(
        metrics=tuple(
            _metric(metric, used[name].readings, used[name].warnings) for name, metric in facts.profile.metrics.items()
        ),
        glossary=GLOSSARY,
        questions=_questions(facts),
    )


def _metric(metric: Metric, readings: int, warnings: int) -> MetricLine:
    limits = metric.limits
    named = (
        ("warning above", limits.warning_above), ("critical above", limits.critical_above),
        ("warning below", limits.warning_below), ("critical below", limits.critical_below),
    )  # fmt: skip
    listed = [f"{words} {number(value)}" for words, value in named if value is not None]
    if metric.overrides:
        listed.append("others for some models or machines")
    return MetricLine(
        metric.name, unit_label(metric.unit), f"{metric.resolution:g}", _range(limits.minimum, limits.maximum),
        ", ".join(listed) or "none", count(readings),
        f"{count(warnings)} ({share(warnings, readings)})" if readings else "",
    )  # fmt: skip


def _range(minimum: float | None, maximum: float | None) -> str:
    if minimum is None and maximum is None:
        return "any"
    if maximum is None:
        return f"from {number(minimum)}"
    return f"up to {number(maximum)}" if minimum is None else f"{number(minimum)} to {number(maximum)}"


def _questions(facts: Facts) -> tuple[tuple[str, str], ...]:
    """What a person may ask next, each with a command that answers it."""
    machine = facts.story.pick.machine_id if facts.story else "M-1"
    quoted = machine.replace("'", "''")
    of_machine = f"FROM gold.machine_daily WHERE machine_id = '{quoted}' ORDER BY local_date"
    return (
        ("What tables are there, and what do their columns mean?", "assay sql"),
        (
            "Which files had the most rejected records?",
            _sql("path, records, rejected FROM bronze.files ORDER BY rejected DESC"),
        ),
        (f"How did {machine} do, day by day?", _sql(f"* {of_machine}")),
        (
            "Which machines need maintenance now?",
            _sql("machine_id, scored_at, probability, is_in_sample FROM gold.predictions WHERE decision <> 'none'"),
        ),
    )


def _sql(rest: str) -> str:
    return f'assay sql "SELECT {rest}"'  # shown to a person, not run
