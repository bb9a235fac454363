"""Assay's own jobs on a landing folder, with the seconds of each, and of Great Expectations on what they wrote."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.accounts import Accounts
from bench.measure import Stages
from bench.steps import Steps
from expectations.audit.runner import validate
from expectations.tables.bronze import FILES
from expectations.tables.gold import FACTORY_DAILY
from expectations.tables.silver import BUCKETS
from jobs.gold.recipes import recipes
from jobs.ingest.job import ingest
from jobs.ingest.new_files import Admission
from jobs.runtime.load_plant import load_plant
from jobs.runtime.progress import progress
from jobs.runtime.settings import Settings
from jobs.silver.job import refine
from lakehouse.plant import Plant
from lakehouse.publish.rebuild import in_order, rebuild

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

SILVER = "bronze to silver, buckets"
DAILY = ("gold.machine_daily", "gold.factory_daily")
_COMPARED = ("bronze.readings", "silver.readings", "silver.readings_quarantine", "silver.buckets", *DAILY)
PLANT = Path(__file__).parent / "plant"
AUDITS = "Great Expectations alone, on these tables once more"


def settings_of(work: Path, landing: Path) -> Settings:
    """Settings of a lake in a work folder of its own."""
    return Settings(lake=work / "lake", landing=landing, plant=str(PLANT), state=work / "state")


def run(spark: "SparkSession", settings: Settings, as_of: datetime) -> tuple[Stages, Accounts, float]:
    """Landing to daily tables: seconds by job, the outcomes of the records, and the seconds of tables of silver beside.

    Those that no other pipeline makes are in no stage: statistics of each reading, anomalies, days of sensors, numbers.
    """
    stages, plant = Stages(), load_plant(settings)
    with stages.stage("landing to bronze"):
        ingest(lambda: spark, plant, settings, Admission(as_of))
    with stages.stage(SILVER), progress("silver"), Steps() as steps:
        silver = refine(lambda: spark, plant)
    beside_s = sum(seconds for words, seconds in steps.seconds().items() if _is_beside(words.rpartition(" ")[2]))
    stages.seconds[SILVER] -= beside_s
    with stages.stage("daily tables"):
        for recipe in in_order([one for one in recipes(plant, as_of) if one.target.name in DAILY]):
            rebuild(lambda: spark, plant.lake, recipe)
    return stages, _accounts(plant, silver.data["batches"]), beside_s


def _is_beside(table: str) -> bool:
    """Whether a table of silver is one that only Assay makes."""
    return table.startswith("silver.") and table not in _COMPARED


def audits_alone(spark: "SparkSession", settings: Settings) -> float:
    """Seconds of Great Expectations on the compared tables; within the jobs most rows are audited as written."""
    plant = load_plant(settings)
    tables = [plant.tables[name] for name in _COMPARED]
    return sum(validate(plant.lake.read(spark, table), table, batch="alone").seconds for table in tables)


def _accounts(plant: Plant, batches: list[dict[str, Any]]) -> Accounts:
    files = plant.lake.arrow(FILES).to_pylist()
    quarantined: dict[str, int] = {}
    for batch in batches:
        for fault, count in batch["quarantined"].items():
            quarantined[fault] = quarantined.get(fault, 0) + count
    return Accounts(
        records=sum(file["records"] for file in files),
        rejected=sum(file["rejected"] for file in files),
        accepted=sum(batch["accepted"] for batch in batches),
        duplicate=sum(batch["duplicate"] for batch in batches),
        quarantined=dict(sorted(quarantined.items())),
        buckets=plant.lake.arrow(BUCKETS, ["bucket_at"]).num_rows,
        machine_days=plant.lake.arrow(plant.tables["gold.machine_daily"], ["local_date"]).num_rows,
        factory_days=plant.lake.arrow(FACTORY_DAILY, ["local_date"]).num_rows,
    )
