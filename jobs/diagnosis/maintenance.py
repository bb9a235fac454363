"""Maintenance: whether the profile says which of it was condition-based."""

from collections import Counter
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from domain.intervention import WORK_COLUMNS
from expectations.errors import ContractError
from expectations.tables.silver import MACHINE_EVENTS
from jobs.diagnosis.finding import Finding, Level
from jobs.runtime.load_plant import load_plant
from jobs.runtime.settings import Settings
from lakehouse.errors import UsageError

_SHOWN = 3
"""Texts of a column that a finding names, the most frequent ones."""


def maintenance(settings: Settings) -> Iterator[Finding]:
    """A finding where maintenance is on record and the profile says nothing of its kinds."""
    try:
        plant = load_plant(settings)
        events = plant.lake.arrow(MACHINE_EVENTS, ["kind", *WORK_COLUMNS])
    except (ContractError, UsageError, OSError):
        return  # the findings on the plant and on the lake say it
    works = events.filter(pc.equal(events.column("kind"), "maintenance"))
    if works.num_rows and not (plant.profile.work.condition_based or plant.profile.work.scheduled):
        yield Finding(
            "repairs",
            Level.WARN,
            f"nothing says which of {works.num_rows:,} maintenance records the machine's condition asked for, "
            "so a machine that was repaired before it failed counts as healthy unless an alarm was standing",
            "name their texts in the profile, [feeds.maintenance] condition_based and scheduled; "
            f"on record: {_texts(works)}",
        )


def _texts(works: pa.Table) -> str:
    """The most frequent texts of each column that has any."""
    found = []
    for name in WORK_COLUMNS:
        counts = Counter(text for text in works.column(name).to_pylist() if text)
        if counts:
            found.append(f"{name} " + ", ".join(f"{text!r} ({count:,})" for text, count in counts.most_common(_SHOWN)))
    return "; ".join(found)
