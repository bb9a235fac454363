"""Why a table cannot answer: it is unknown, not made yet, or empty; each with what to do."""

import re
from collections.abc import Iterable, Mapping, Sequence

from expectations.errors import unknown_name
from expectations.tables.contract import Table
from jobs.diagnosis.emptiness import why_empty
from jobs.runtime.makers import maker
from jobs.runtime.settings import Settings
from lakehouse.plant import Plant

_NO_TABLE = re.compile(r'.*Table with name "?(\w+)"? does not exist!')
# Empty where nothing went wrong: that is worth no word.
_QUIET = frozenset(
    {
        "bronze.rejected",
        "bronze.unread_numbers",
        "bronze.bad_quality",
        "silver.readings_quarantine",
        "silver.events_quarantine",
    }
)


def explained(message: str, settings: Settings, plant: Plant, built: Sequence[str]) -> str:
    """DuckDB's sentence; for a table that was not found with what helps instead of DuckDB's own guess."""
    missing = _NO_TABLE.match(message)
    if missing is None:
        return message
    known = {*plant.tables, *built}
    alike = sorted(name for name in known if name.rsplit(".", 1)[-1] == missing[1].lower())
    absent = [name for name in alike if name not in built]
    if absent:
        return f"{missing[0]} {'; '.join(_not_built(settings, plant, name) for name in absent)}"
    if alike:
        return f"{missing[0]} Did you mean {' or '.join(alike)}?"
    return f"{missing[0]} {unknown_name('table', missing[1], known)}"


def on_empty(settings: Settings, plant: Plant, named: Iterable[str], tables: Mapping[str, Table]) -> list[str]:
    """A sentence for each of the named tables that has no rows although some are expected."""
    asked = [name for name in named if name in tables and name not in _QUIET]
    empty = [name for name in asked if plant.lake.exists(tables[name]) and not plant.lake.row_count(tables[name])]
    return [f"{name} is empty: {why_empty(settings, plant, name)}" for name in empty]


def _not_built(settings: Settings, plant: Plant, name: str) -> str:
    """Of a table that is not in the lake: why, and the command that makes it in the end."""
    step, why = f"run `assay {maker(name)}`", why_empty(settings, plant, name)
    return f"{name}: not built yet in {settings.lake}; {why}{'' if step in why else f'; {step} after that'}"
