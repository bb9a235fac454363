"""A small lake in which nothing is wrong, without an engine; tests break one thing of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bronze.files import Admission, Content, Landed, Outcome
from expectations.tables.bronze import FILES
from jobs.ingest.plan import new_batch
from jobs.runtime.prepared import open_plant
from jobs.runtime.settings import Settings
from lakehouse.plant import ownership
from lakehouse.publish.rows import arrow_rows
from tests.support.past_the_gate import put_rows
from tests.support.small_plant import line, write_small_plant

NOW = datetime.now(UTC).replace(microsecond=0)


def settings_below(root: Path, **changes: Any) -> Settings:
    """Settings of a small plant below a folder, with an empty landing folder; a disk may be as full as it likes."""
    (root / "landing").mkdir(exist_ok=True)
    given: dict[str, Any] = {
        "lake": root / "lake", "landing": root / "landing", "plant": str(write_small_plant(root)),
        "state": root / "state", "least_free": "1%",
    }  # fmt: skip
    return Settings(**(given | changes))


def put(settings: Settings, name: str, *rows: dict[str, Any]) -> None:
    """Rows of a table; what they leave out is null."""
    plant = open_plant(settings)
    table = plant.tables[name]
    empty = dict.fromkeys(table.column_names)
    put_rows(plant.lake, table, arrow_rows([empty | row for row in rows], table))


def batch(settings: Settings, number: int = 1, path: str = "lines/one", *, at: datetime = NOW, **counts: int) -> None:
    """A batch of one landed file that was read; counts: records, rows, blank, rejected."""
    plant = open_plant(settings)
    file = settings.landing / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(line("2026-11-21T06:00:00Z"))
    state = file.stat()
    mapping = next(mapping for mapping in plant.mappings if mapping.name == "lines")
    content = Content(Landed(path, state.st_size, state.st_mtime_ns // 1000), f"{number:064x}", {})
    made = new_batch(number, at, at, [Admission(content, mapping, Outcome.READ, content.sha256[:16])])
    given = {"records": 1, "rows": 1, "blank": 0, "rejected": 0} | counts
    rows = arrow_rows(made.final_rows({content.sha256[:16]: given}, ()), FILES)
    put_rows(plant.lake, FILES, rows, replace(ownership(plant.lake, plant.profile), batch=number))


def healthy(settings: Settings) -> None:
    """One batch, and a row of this minute in each table whose age is checked."""
    batch(settings)
    day = NOW.date()
    put(
        settings,
        "silver.readings",
        {"measured_at": NOW, "measured_date": day, "factory_id": "F1", "metric": "pressure"},
    )
    put(settings, "silver.buckets", {"bucket_at": NOW, "bucket_date": day, "metric": "pressure", "factory_id": "F1"})
    put(settings, "gold.machine_features", {"scored_at": NOW, "scored_date": day, "machine_id": "M1"})


def quarantined(*faults: str, number: int = 1, metric: str = "temperature", unit: str = "C") -> dict[str, Any]:
    """A row of the readings' quarantine."""
    return {"_batch_id": number, "_faults": list(faults), "metric": metric, "unit": unit}


EARLIER = NOW - timedelta(days=3)
