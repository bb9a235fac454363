"""The outcome of every record, the age of every table, and what a person should look at."""

from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from expectations.tables.bronze import FILES
from expectations.tables.gold import DATA_QUALITY, FRESHNESS, PREDICTIONS
from expectations.tables.gold_savings import BUNDLES
from expectations.tables.gold_shadow import SHADOW_PREDICTIONS
from expectations.tables.machine_keys import differing_in_case, machine_keys
from expectations.tables.silver import READINGS_TABLE
from jobs.diagnosis.emptiness import why_empty
from jobs.quality import accounting
from jobs.quality.behind import slices_behind
from jobs.quality.feed_delays import observed_delays
from jobs.quality.freshness import freshness_rows, late, news
from jobs.quality.recipes import data_quality, storage_costs
from jobs.quality.repaired import repaired_in
from jobs.quality.storage import savings_lines, storage_lines
from jobs.runtime.exits import ExitCode
from jobs.runtime.prepared import open_plant
from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings
from jobs.silver.missing_rows import open_findings, sentences
from jobs.silver.resent_sensors import resent_sensors
from jobs.silver.sensor_names import on_two_machines
from lakehouse.plant import Plant
from lakehouse.publish.rebuild import rebuild_here
from lakehouse.publish.rows import append_rows
from lakehouse.transaction import Transaction

Rows = list[dict[str, Any]]


def check_all(settings: Settings, as_of: datetime) -> RunReport:
    """Account, check the ages, and say what is above its limit; what is late is published and then refused.

    Raises:
        GateRefused: Records are not accounted for to the unit: a defect, not the plant's data.
    """
    plant = open_plant(settings)
    report = check(plant, as_of)
    return report if plant.lake.row_count(DATA_QUALITY) else _with_cause(report, settings, plant)


def _with_cause(report: RunReport, settings: Settings, plant: Plant) -> RunReport:
    """The report of a lake without any batch to account for, with the reason why."""
    line = f"quality: no batch to account for: {why_empty(settings, plant, 'silver.readings')}"
    return replace(report, lines=(line, *report.lines))


def check(plant: Plant, as_of: datetime) -> RunReport:
    """Account and check the ages of a plant that is loaded. Raises: as `check_all`."""
    changed, ages = _account(plant), _unchecked(plant, as_of)
    if ages:
        once = Transaction(f"{FRESHNESS.name}/{as_of.isoformat()}")
        append_rows(plant.lake, FRESHNESS, ages, f"check of {as_of:%Y-%m-%d %H:%M}", once)
    changed |= _observe_delays(plant)
    changed |= _price_storage(plant, as_of)
    changed |= _count_savings(plant)
    changed |= _count_performance(plant)
    changed |= _open_cases(plant)
    changed |= _count_stages(plant)
    return _report(plant, as_of, changed=changed or bool(ages))


def _account(plant: Plant) -> bool:
    """Whether the outcome of any batch's records is another than was known; in a lake without files none is."""
    if not plant.lake.row_count(FILES):
        return False
    replaced = rebuild_here(plant.lake, data_quality(plant))
    return replaced is not None and replaced.changed


def _observe_delays(plant: Plant) -> bool:
    """Whether events come later or sooner than at the check before; never without files."""
    if not plant.lake.row_count(FILES):
        return False
    replaced = rebuild_here(plant.lake, observed_delays(plant))
    return replaced is not None and replaced.changed


def _price_storage(plant: Plant, as_of: datetime) -> bool:
    """Whether the tables store anything else than at the check before; never without prices or files."""
    prices = plant.profile.storage
    if prices is None or not plant.lake.row_count(FILES):
        return False
    replaced = rebuild_here(plant.lake, storage_costs(plant, prices, as_of))
    return replaced is not None and replaced.changed


def _count_savings(plant: Plant) -> bool:
    """Whether alarms saved anything else than at the check before; never without prices or bundles."""
    if not plant.profile.has_costs or not plant.lake.row_count(BUNDLES):
        return False
    from jobs.quality.savings import savings

    replaced = rebuild_here(plant.lake, savings(plant))
    return replaced is not None and replaced.changed


def _count_performance(plant: Plant) -> bool:
    """Whether the models did anything else than at the check before; never without bundles or scores."""
    has_scores = plant.lake.row_count(BUNDLES) and plant.lake.row_count(PREDICTIONS)
    if not has_scores and not plant.lake.row_count(SHADOW_PREDICTIONS):
        return False
    from jobs.quality.performance import performance

    replaced = rebuild_here(plant.lake, performance(plant))
    return replaced is not None and replaced.changed


def _open_cases(plant: Plant) -> bool:
    """Whether there is another case of a missed failure than at the check before; never without bundles or scores."""
    if not plant.lake.row_count(BUNDLES) or not plant.lake.row_count(PREDICTIONS):
        return False
    from jobs.quality.missed_cases import missed_failures
    from jobs.quality.missed_features import missed_features

    replaced = [rebuild_here(plant.lake, recipe(plant)) for recipe in (missed_failures, missed_features)]
    return any(one is not None and one.changed for one in replaced)


def _count_stages(plant: Plant) -> bool:
    """Whether any stage did anything else than at the check before; never without bundles or scores."""
    if not plant.lake.row_count(BUNDLES) or not plant.lake.row_count(PREDICTIONS):
        return False
    from jobs.quality.stages import alarm_stages

    replaced = rebuild_here(plant.lake, alarm_stages(plant))
    return replaced is not None and replaced.changed


def _unchecked(plant: Plant, as_of: datetime) -> Rows:
    """Ages at this clock of the tables of which the check before it says otherwise; none where this clock's exist."""
    standing = plant.lake.arrow(FRESHNESS).to_pylist()
    is_known = any(row["checked_at"] == as_of for row in standing)
    return [] if is_known else news(freshness_rows(plant, as_of), standing)


def _report(plant: Plant, as_of: datetime, *, changed: bool) -> RunReport:
    quality = plant.lake.arrow(DATA_QUALITY).sort_by([("batch_id", "ascending"), ("feed", "ascending")]).to_pylist()
    totals = accounting.totals(quality)
    lines = [f"quality: {feed}: {_sum(counts)}" for feed, counts in totals.items()]
    alerts = accounting.alerts(quality, repaired_in(plant, quality), plant.profile.alert_share)
    behind = late(freshness_rows(plant, as_of))
    lines += [f"quality: ALERT {alert}" for alert in alerts]
    lines += [f"quality: LATE {words}" for words in behind.values()]
    lines += [*storage_lines(plant), *savings_lines(plant)]
    alike = _names_alike(plant)
    sensors, twice = on_two_machines(plant), resent_sensors(plant, plant.lake.dates(READINGS_TABLE))
    behind_fleet = slices_behind(plant)
    missing = open_findings(plant.lake.commits(READINGS_TABLE))
    lines += [
        f"quality: WARNING {sentence}" for sentence in (*alike, *sensors, *twice, *sentences(missing), *behind_fleet)
    ]
    data = {
        "accounting": totals,
        "alerts": alerts,
        "late": list(behind),
        "names_alike": alike,
        "models_behind": behind_fleet,
        "sensors_on_two_machines": sensors,
        "sensors_sent_twice": twice,
        "missing": {path: asdict(one) for path, one in missing.items()},
        "reasons": list(behind.values()),
    }
    code = ExitCode.REFUSED if behind else ExitCode.DONE
    return RunReport("quality", changed=changed, lines=tuple(lines), data=data, exit_code=code)


def _names_alike(plant: Plant) -> list[str]:
    """Sentences for machines and factories whose names differ in case only."""
    days = plant.lake.arrow(plant.tables["gold.machine_daily"], ["machine_id", "factory_id"])
    return differing_in_case(machine_keys(days).texts)


def _sum(counts: dict[str, int]) -> str:
    parts = " + ".join(f"{value:,} {name}" for name, value in counts.items() if name != "records")
    return f"{counts['records']:,} records = {parts}"
