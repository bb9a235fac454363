"""The answer of a query on any table of the lake; without a query, what there is to ask."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from expectations.mapping.folder import Mappings
from expectations.plant.file import load_profile
from jobs.diagnosis.emptiness import why_empty
from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings
from jobs.sql.answer import answer
from jobs.sql.hints import explained, on_empty
from jobs.sql.listing import asked_layer, catalogue, names_of
from lakehouse.errors import UsageError
from lakehouse.lake import Lake
from lakehouse.log import log
from lakehouse.partitions import VIEW, partitions
from lakehouse.plant import Plant
from lakehouse.sql import ask, built_tables, named_tables


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked.

    Attributes:
        query: One SELECT; None: the tables and their columns.
        as_csv: The answer is CSV, in full.
        as_json: The answer is for programs.
        values: The values of the query's parameters.
    """

    query: str | None = None
    as_csv: bool = False
    as_json: bool = False
    values: Mapping[str, str | int] = field(default_factory=dict)


def answered(settings: Settings, question: Question) -> RunReport:
    """The answer of the query, or the list of tables. Why a table that was asked is empty, the log says.

    Raises:
        UsageError: Bad SQL, a statement that does not read, a table that is unknown or not made yet.
    """
    plant = _plant(settings)
    if question.query is None:
        return catalogue(plant.tables, plant.lake, as_csv=question.as_csv)
    layer = asked_layer(question.query)
    if layer is None:
        return _asked(settings, plant, question, question.query)
    built = built_tables(settings.lake)
    if not built:
        _say_why_empty(settings, plant)
    return names_of(plant.tables, plant.lake, built, layer, as_csv=question.as_csv, as_json=question.as_json)


def _plant(settings: Settings) -> Plant:
    """The plant and its lake, whoever the lake belongs to: whose tables they are is no matter for a reader."""
    return Plant(load_profile(settings.plant), Mappings(), Lake(settings.lake))


def _say_why_empty(settings: Settings, plant: Plant) -> None:
    log().warning("sql: no table is in %s: %s", settings.lake, why_empty(settings, plant, "silver.readings"))


def _asked(settings: Settings, plant: Plant, question: Question, query: str) -> RunReport:
    made = {VIEW: lambda: partitions(plant.lake, plant.tables)}
    try:
        with ask(
            settings.lake, query, cores=settings.cores, values=question.values, tables=plant.tables, made=made
        ) as found:
            names = list(found.schema.names)
            rows = (row for batch in found for row in _rows(batch))
            report = answer(names, rows, as_csv=question.as_csv, as_json=question.as_json)
    except UsageError as exc:
        raise UsageError(explained(str(exc), settings, plant, built_tables(settings.lake))) from exc
    for sentence in on_empty(settings, plant, named_tables(query), plant.tables):
        log().warning("sql: %s", sentence)
    return report


def _rows(batch: Any) -> Iterable[tuple[Any, ...]]:
    return zip(*(column.to_pylist() for column in batch.columns), strict=True)
