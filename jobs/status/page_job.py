"""The state of the whole as a page beside the screen."""

from datetime import datetime
from pathlib import Path

from jobs.runtime.page_file import check_page, write_page
from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings
from jobs.status.collect import collect
from jobs.status.job import report_of
from jobs.status.messages.everything import items
from jobs.status.page import render


def state_with_page(settings: Settings, as_of: datetime, page: Path) -> RunReport:
    """Look at everything, and write it as a page too.

    Raises:
        UsageError: The page cannot be written.
    """
    facts = collect(settings, as_of)
    found = items(facts)
    check_page("--html", page, "status.html", settings)
    write_page("--html", page, render(facts, found))
    return report_of(facts, found, page)
