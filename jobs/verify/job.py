"""What a person asks to verify, table by table."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from expectations.tables.contract import Table
from jobs.runtime.load_plant import load_plant
from jobs.runtime.progress import each
from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings
from jobs.verify import appended, readings
from jobs.verify.choice import Choice
from jobs.verify.one_table import verify
from jobs.verify.outcome import Outcome, report_of
from jobs.verify.recipes import Maker, makers
from lakehouse.errors import UsageError
from lakehouse.lake import Lake
from lakehouse.lake_then import LakeThen
from lakehouse.plant import Plant

_NAME = re.compile(r"((?:bronze|silver|gold)\.\w+)(?:@(\d+))?")


def verified(settings: Settings, asked: Sequence[str], choice: Choice) -> RunReport:
    """Every version that is asked for, computed again; without one every table of a recipe at its newest.

    Raises:
        UsageError: A name is none, a table follows from no other, or has no such version.
    """
    plant = _as_it_is(load_plant(settings))
    known = makers(plant)
    by_default = [*known, *(table.name for table in appended.TABLES)]
    legal = [*(table.name for table in readings.TABLES), *by_default]
    versions = [_version(plant, legal, name) for name in asked] or _newest(plant, by_default)
    if not versions:
        raise UsageError(f"the lake {plant.lake.storage.place} has no derived table yet: run `assay pipeline`")
    outcomes = [_outcome(settings, plant, known, one, choice) for one in each(versions, _text)]
    return report_of(outcomes, "" if asked else "; readings are verified by name only")


def _as_it_is(plant: Plant) -> Plant:
    """The plant over the lake at its versions of now: what a job writes meanwhile does not count."""
    versions = {table.name: plant.lake.version(table) for table in plant.tables.values()}
    return replace(plant, lake=LakeThen(plant.lake, versions))


def _outcome(
    settings: Settings, plant: Plant, known: Mapping[str, Maker], asked: tuple[Table, int], choice: Choice
) -> Outcome:
    table, version = asked
    if table in readings.TABLES:
        return readings.verify_readings(settings, plant, table, version)
    if table in appended.TABLES:
        return appended.verify_appended(settings, plant, table, version, choice)
    return verify(plant, known[table.name], table, version, choice)


def _text(one: tuple[Table, int]) -> str:
    return f"{one[0].name}@{one[1]}"


def _newest(plant: Plant, known: Collection[str]) -> list[tuple[Table, int]]:
    """The newest version of every table that was ever built."""
    tables = [plant.tables[name] for name in known]
    versions = [(table, plant.lake.version(table)) for table in tables if _is_built(plant.lake, table)]
    return [(table, version) for table, version in versions if version is not None]


def _is_built(lake: Lake, table: Table) -> bool:
    """Whether a commit wrote rows, or says that there are none; what is made empty says nothing."""
    return lake.last(table, lambda metadata: metadata.audit or metadata.built_from or None) is not None


def _version(plant: Plant, known: Collection[str], asked: str) -> tuple[Table, int]:
    match = _NAME.fullmatch(asked)
    if match is None or match[1] not in known:
        raise UsageError(
            f"got {asked!r}; legal: TABLE or TABLE@VERSION of a table that follows from others: {_list(known)}"
        )
    table = plant.tables[match[1]]
    numbers = [commit.version for commit in plant.lake.commits(table)]
    if not numbers:
        raise UsageError(f"{table.name} is not in the lake {plant.lake.storage.place} yet: its job has not run")
    version = numbers[-1] if match[2] is None else int(match[2])
    if version not in numbers:
        legal = f"{table.name}@{numbers[0]} to {table.name}@{numbers[-1]}"
        raise UsageError(f"got {asked!r}; legal: {legal}, as its log goes back")
    return table, version


def _list(names: Collection[str]) -> str:
    return ", ".join(names)
