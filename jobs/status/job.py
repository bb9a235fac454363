"""One screen on the state of the whole, and what a person should do."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from jobs.runtime.exits import ExitCode
from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings
from jobs.status.collect import collect
from jobs.status.facts import Facts
from jobs.status.item import Item
from jobs.status.lines import as_data, lines
from jobs.status.messages.everything import items


def state_of_all(settings: Settings, as_of: datetime) -> RunReport:
    """Look at everything, without an engine and without the lake's lock."""
    facts = collect(settings, as_of)
    return report_of(facts, items(facts))


def report_of(facts: Facts, found: Sequence[Item], page: Path | None = None) -> RunReport:
    """The report of what was looked at, and the page that was written of it; None: none was."""
    shown, data = lines(facts, found), as_data(facts, found)
    if page is not None:
        shown, data = (*shown, f"page: {page}"), {**data, "page": page}
    code = ExitCode.REFUSED if data["needs_a_person"] else ExitCode.DONE
    return RunReport("status", changed=False, lines=shown, data=data, exit_code=code)
