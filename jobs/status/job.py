"""One screen on the state of the whole, and what a person should do."""

from datetime import datetime
from pathlib import Path

from jobs.runtime.exits import ExitCode
from jobs.runtime.page_file import check_page, write_page
from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings
from jobs.status.collect import collect
from jobs.status.lines import as_data, lines
from jobs.status.messages.everything import items
from jobs.status.page import render


def state_of_all(settings: Settings, as_of: datetime, page: Path | None = None) -> RunReport:
    """Look at everything, without an engine and without the lake's lock.

    Args:
        settings: Of the run.
        as_of: The clock.
        page: File for the same as a page; None: no page.

    Raises:
        UsageError: The page cannot be written.
    """
    facts = collect(settings, as_of)
    found = items(facts)
    shown, data = lines(facts, found), as_data(facts, found)
    if page is not None:
        check_page("--html", page, "status.html", settings)
        write_page("--html", page, render(facts, found))
        shown, data = (*shown, f"page: {page}"), {**data, "page": page}
    code = ExitCode.REFUSED if data["needs_a_person"] else ExitCode.DONE
    return RunReport("status", changed=False, lines=shown, data=data, exit_code=code)
