"""When files came, which `gold.gateway_daily` follows from: a file that lands later may have come first by its time."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from bronze.files import Outcome
from expectations.tables.bronze import FILES
from expectations.tables.contract import Table
from gold.arrivals import OF_FILES, Came, arrivals
from jobs.ingest.file_times import microseconds
from jobs.silver.path_versions import replaced_readings
from jobs.silver.repaired import repairs
from lakehouse.arrow_reading import by_contract
from lakehouse.changes import commits_since
from lakehouse.plant import Plant
from lakehouse.publish.reaches import Built


@dataclass(frozen=True, slots=True)
class Arrivals:
    """The ledger: a change reaches the dates of contents that came at another time than was known, no others.

    Attributes:
        plant: The plant.
    """

    plant: Plant

    @property
    def table(self) -> Table:
        """The ledger."""
        return FILES

    def stale(self, built: Built) -> set[date] | None:
        """Those dates; None where every file of batches since says of its own records alone when they came."""
        commits = commits_since(built.lake, FILES, built.seen(FILES))
        if built.last is None or commits is None:
            return set(built.dates)
        batches = [commit.metadata.batch for commit in commits if commit.metadata.batch is not None]
        return _dates_of(self.plant, moved(self.plant, min(batches) - 1)) if batches else None


def arrivals_of(plant: Plant, files: pa.Table) -> dict[str, Came]:
    """When each content of readings came, by the ledger; `files` has its columns `OF_FILES`."""
    return arrivals(files, replaced_readings(plant), repairs(plant).origin, _began_us(plant))


def _began_us(plant: Plant) -> int:
    return microseconds(plant.profile.began_at)


def moved(plant: Plant, seen: int) -> list[str]:
    """`_file_id` of each content that batches after one show to have come at another time.

    Only a known content, or a file that goes on from one, says so: without any the ledger is not read whole.
    """
    new = plant.lake.arrow(FILES, ["outcome", "first_byte"], ds.field("_batch_id") > seen).to_pylist()
    if not any(row["outcome"] == Outcome.DUPLICATE_FILE or row["first_byte"] for row in new):
        return []
    columns = list(OF_FILES)
    files = by_contract(plant.lake.arrow(FILES, columns), FILES).select(columns)
    earlier = files.filter(pc.less_equal(files.column("_batch_id"), seen))
    before = arrivals(earlier, replaced_readings(plant, seen), repairs(plant, seen).origin, _began_us(plant))
    now = arrivals_of(plant, files)
    return [file for file, came in before.items() if file in now and now[file] != came]


def _dates_of(plant: Plant, files: list[str]) -> set[date] | None:
    """The dates of the records of some contents; None without any."""
    if not files:
        return None
    of_files: Any = ds.field("_file_id").isin(files)
    rows = plant.lake.arrow(plant.tables["bronze.readings"], ["measured_at"], of_files)
    return set(pc.unique(rows.column("measured_at").cast("date32")).to_pylist()) or None
