"""Why a table has no rows: what happened, what is missing, and the next step, in one sentence."""

from collections import Counter

from expectations.feeds import FEEDS
from expectations.plant.plant_profile import EVENT_FEEDS
from expectations.tables.bronze import FILES
from expectations.tables.gold import PREDICTIONS
from expectations.tables.gold_costs import STORAGE_COSTS
from expectations.tables.gold_delays import FEED_DELAYS
from expectations.tables.gold_downtime import DOWNTIME
from expectations.tables.gold_gateways import CLOCK_SUSPECTS
from expectations.tables.gold_health import MACHINES_NOW
from expectations.tables.gold_interventions import INTERVENTIONS
from expectations.tables.gold_missed import MISSED_FAILURE_FEATURES, MISSED_FAILURES
from expectations.tables.gold_performance import MODEL_PERFORMANCE
from expectations.tables.gold_rules import RULE_CHECKS
from expectations.tables.gold_safety import SAFETY_TESTS
from expectations.tables.gold_savings import MAINTENANCE_SAVINGS
from expectations.tables.gold_shadow import SHADOW_PREDICTIONS
from expectations.tables.gold_stages import ALARM_STAGES
from expectations.tables.gold_work_list import WORK_LIST
from expectations.tables.silver_corrections import CORRECTIONS
from jobs.ingest.landing import is_there
from jobs.runs.journal import Outcome, read
from jobs.runtime.makers import maker
from jobs.runtime.settings import Settings
from lakehouse.plant import Plant
from lakehouse.storage.errors import StorageError
from lakehouse.storage.places import storage_at
from lakehouse.storage.protocol import Storage

_MAY_BE_EMPTY = {
    "bronze.rejected": "no record was rejected",
    "bronze.bad_quality": "no source called a value bad, or no mapping has `[quality]`",
    "bronze.unread_numbers": "no numbered record was blank or rejected",
    "silver.readings_quarantine": "no reading was set aside",
    "silver.events_quarantine": "no event was set aside",
    INTERVENTIONS.name: "no maintenance was an intervention",
    DOWNTIME.name: "no failure is on record",
    "silver.anomaly_runs": "no reading is unusual",
    "silver.anomalies": "no reading is unusual",
    CORRECTIONS.name: "no mapping in use has [[corrections]]",
    MISSED_FAILURES.name: "no alarm missed a failure",
    MISSED_FAILURE_FEATURES.name: "no alarm missed a failure",
    FEED_DELAYS.name: "no file of events has come",
    CLOCK_SUSPECTS.name: "no gateway stated a time that cannot be true",
    WORK_LIST.name: "no machine has a reason to act",
    SHADOW_PREDICTIONS.name: "no version waits beside the champion, or gold has no time that it had not seen",
}
_UNSEEN = "no score counts yet: its model must not have seen that time"
_OF_UNSEEN_SCORES = {
    MAINTENANCE_SAVINGS.name: f"{_UNSEEN}, and its horizon must be over",
    MODEL_PERFORMANCE.name: _UNSEEN,
    ALARM_STAGES.name: f"{_UNSEEN}, and its horizon must be over",
}
_OF_COUNTERS = ("silver.counter_days", "silver.counter_changes", "gold.counter_increments", "gold.counter_daily")
_STEPS = {"gold.model_aliases": "promote", "gold.predictions": "score", RULE_CHECKS.name: "silver"}


def why_empty(settings: Settings, plant: Plant, name: str) -> str:
    """What happened and what to do about a table without rows, or one that is not there yet; to follow a colon.

    Args:
        settings: The settings in force.
        plant: The plant and its lake.
        name: The table, `layer.subject`.
    """
    files = Counter(plant.lake.arrow(FILES, ["outcome"]).column(0).to_pylist())
    if not files:
        return f"nothing has been ingested; {_landing_step(settings)}{_last_end(settings, 'ingest')}"
    if set(files) <= {"unmatched", "unpacked", "vanished"}:
        unmatched = f"none of the {sum(files.values()):,} files in {settings.landing} matches a mapping's `files`"
        return f"{unmatched}; add a glob to a mapping of the plant, then run `assay ingest`"
    return _why(settings, plant, name)


def _why(settings: Settings, plant: Plant, name: str) -> str:
    """The cause in a lake that has read files."""
    from jobs.diagnosis.origins import origins_of

    if name in _MAY_BE_EMPTY and not _waits_for(plant, name):
        return f"{_MAY_BE_EMPTY[name]}, so nothing is missing"
    if name.partition(".")[0] == "bronze":
        return _of_feed(plant, name.partition(".")[2])
    if reason := not_in_profile(plant, name):
        return reason
    origins = origins_of(plant).get(name, ())
    if origins and not any(map(plant.lake.row_count, origins)):
        return _of_origins(settings, plant, [origin.name for origin in origins])
    if name == "silver.readings" and (aside := plant.lake.row_count(plant.tables["silver.readings_quarantine"])):
        return (
            f"all {aside:,} readings that silver has seen were set aside; "
            '`assay sql "FROM silver.readings_quarantine LIMIT 5"` shows their faults'
        )
    command = _STEPS.get(name) or maker(name)
    return f"run `assay {command}`{_last_end(settings, command)}"


def not_in_profile(plant: Plant, name: str) -> str:
    """What a plant lacks before a table can have rows, such as prices in its profile; empty where it lacks nothing."""
    if name == STORAGE_COSTS.name and plant.profile.storage is None:
        return "the profile has no prices of storage; add [storage] to it"
    if name == SAFETY_TESTS.name and not plant.profile.safety:
        return "the profile has no safety function; add [[safety]] to it for each"
    if name == MAINTENANCE_SAVINGS.name and not plant.profile.has_costs:
        return "the profile has no prices of failures and repairs; add [costs] to it"
    if name in _OF_UNSEEN_SCORES and plant.lake.row_count(PREDICTIONS):
        return _OF_UNSEEN_SCORES[name]
    if name in _OF_COUNTERS and not plant.profile.counters:
        return 'the profile has no counter; add kind = "counter" to the metrics that are'
    return ""


def _of_origins(settings: Settings, plant: Plant, names: list[str]) -> str:
    """The cause where none of the tables that rows come from has any."""
    if len(names) > 1:
        return f"{', '.join(names[:-1])} and {names[-1]}, which it is made from, are empty: nothing of them has landed"
    return f"{names[0]}, which it is made from, is empty: {_why(settings, plant, names[0])}"


def _waits_for(plant: Plant, name: str) -> bool:
    """Whether silver, or the check of quality, has still to look at what may be in the table."""
    if name == CORRECTIONS.name:
        return any(mapping.corrections for mapping in plant.sources.usable)
    if name == FEED_DELAYS.name:
        feeds = plant.lake.arrow(FILES, ["feed"]).column(0).to_pylist()
        return not EVENT_FEEDS.keys().isdisjoint(feeds)
    if name == WORK_LIST.name:
        return not plant.lake.row_count(MACHINES_NOW)
    return name.startswith("silver.") and not plant.lake.row_count(plant.tables["silver.metrics"])


def _of_feed(plant: Plant, subject: str) -> str:
    if subject not in FEEDS:
        return "run `assay ingest`"
    rows = plant.lake.arrow(FILES, ["feed", "outcome", "rejected"]).to_pylist()
    files = [row for row in rows if row["feed"] == subject]
    if any(row["outcome"] == "admitted" for row in files):
        return "its files are admitted and not read yet; run `assay ingest`"
    if rejected := sum(row["rejected"] or 0 for row in files):
        return (
            f"all {rejected:,} records of its {len(files):,} files were rejected; "
            '`assay sql "FROM bronze.rejected LIMIT 5"` shows the reasons'
        )
    return f'no file of feed {subject} has records; a mapping with `feed = "{subject}"` names its files'


def _landing_step(settings: Settings) -> str:
    """What to do about a landing folder of which nothing has been read."""
    landing = settings.landing
    storage = storage_at(landing)
    if not is_there(storage):
        return f"the landing folder {landing} is not there: make it, put files into it, then run `assay ingest`"
    if not _has_files(storage):
        return f"no file is in the landing folder {landing}: put files into it, then run `assay ingest`"
    return f"files wait in {landing}: run `assay ingest`"


def _has_files(landing: Storage) -> bool:
    try:
        return bool(landing.entries(left_out=lambda _: None))
    except StorageError:
        return False


def _last_end(settings: Settings, command: str) -> str:
    """How the last run of a command ended, where it ended badly."""
    runs = read(settings.state).get(command)
    end = runs.last_end if runs else None
    if end is None or end.outcome is Outcome.DONE:
        return ""
    word = "was refused" if end.outcome is Outcome.REFUSED else "failed"
    return f" (its last run, {end.at:%Y-%m-%d %H:%M} UTC, {word}: {end.detail})"
