"""The plant's page, one file that opens offline, and its summary. It never writes to the lake.

The clock is what the page shows and ages are measured against; tables are read as they are. Without a clock the page
uses the newest time in the lake, and the same lake gives the same bytes on any day.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from jobs.diagnosis.emptiness import why_empty
from jobs.runtime.load_plant import load_plant
from jobs.runtime.page_file import check_page, write_page
from jobs.runtime.report import RunReport, plain
from jobs.runtime.settings import Settings
from lakehouse.errors import UsageError
from lakehouse.plant import Plant
from lakehouse.storage.places import folder_or_file_at
from report.facts import collect
from report.page import render_page
from report.summary import summary_lines, summary_of


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person wants of the report.

    Attributes:
        page: File for the page.
        summary: File for the summary, for programs; None: none.
        bundle: The bundle to show, or a folder to find the champion's in; None: bundles in the lake.
        as_of: The clock; None: the newest time in the lake.
    """

    page: Path
    summary: Path | None = None
    bundle: Path | None = None
    as_of: datetime | None = None


def write_report(settings: Settings, wanted: Wanted) -> RunReport:
    """Write the page; the lines and the data of the report are the summary.

    Raises:
        UsageError: The page would be inside the lake or cannot be written, or the named bundle is not there.
    """
    _check(settings, wanted)
    plant = load_plant(settings)
    bundles = folder_or_file_at(wanted.bundle) if wanted.bundle is not None else None
    facts = collect(plant, bundles, settings.cores, wanted.as_of)
    write_page("--out", wanted.page, render_page(facts))
    data = {**summary_of(facts), "report": wanted.page}
    if wanted.summary is not None:
        text = json.dumps(plain(data), indent=2, ensure_ascii=False) + "\n"
        write_page("--summary", wanted.summary, text)
    lines = (*summary_lines(facts), *_missing(settings, plant), f"report: {wanted.page}")
    return RunReport("report", changed=False, lines=lines, data=data)


def _check(settings: Settings, wanted: Wanted) -> None:
    check_page("--out", wanted.page, "report.html", settings)
    if wanted.summary is not None:
        check_page("--summary", wanted.summary, "summary.json", settings)
    if wanted.bundle is not None and not wanted.bundle.exists():
        raise UsageError(f"--bundle {wanted.bundle} is not there; legal: a bundle file or a folder of bundles")


def _missing(settings: Settings, plant: Plant) -> tuple[str, ...]:
    """What the page of a lake without readings lacks, and why."""
    if plant.lake.row_count(plant.tables["silver.readings"]):
        return ()
    where = f"the lake {settings.lake} {'holds no readings' if settings.lake.exists() else 'is not there'}"
    return (f"no readings to show: {where}: {why_empty(settings, plant, 'silver.readings')}",)
