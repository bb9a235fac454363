"""`assay sql`: ask any table of the lake; without a query, what there is to ask."""

import argparse
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings
from jobs.sql.answer import answer
from lakehouse.errors import UsageError

if TYPE_CHECKING:
    from lakehouse.plant import Plant


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the query and the form of the answer."""
    parser.add_argument("query", nargs="?", help="one SELECT; without it: the tables and their columns")
    parser.add_argument("--csv", action="store_true", help="every row (or column, without a query) as CSV, in full")


def run(args: argparse.Namespace, settings: Settings) -> RunReport:
    """The answer of the query, or the list of tables. Why a table that was asked is empty, the log says.

    Raises:
        UsageError: Bad SQL, a statement that does not read, a table that is unknown or not made yet.
    """
    if args.csv and args.json:
        raise UsageError("got --csv and --json; legal: one of them")
    from jobs.sql.listing import asked_layer, catalogue, names_of
    from lakehouse.sql import built_tables

    plant = _plant(settings)
    if args.query is None:
        return catalogue(plant.tables, plant.lake, as_csv=args.csv)
    layer = asked_layer(args.query)
    if layer is not None:
        built = built_tables(settings.lake)
        if not built:
            _say_why_empty(settings, plant)
        return names_of(plant.tables, plant.lake, built, layer, as_csv=args.csv, as_json=args.json)
    return _asked(args, settings, plant)


def _plant(settings: Settings) -> "Plant":
    """The plant and its lake, whoever the lake belongs to: whose tables they are is no matter for a reader."""
    from expectations.mapping.folder import Mappings
    from expectations.plant.file import load_profile
    from lakehouse.lake import Lake
    from lakehouse.plant import Plant

    return Plant(load_profile(settings.plant), Mappings(), Lake(settings.lake))


def _say_why_empty(settings: Settings, plant: "Plant") -> None:
    from jobs.diagnosis.emptiness import why_empty
    from lakehouse.log import log

    log().warning("sql: no table is in %s: %s", settings.lake, why_empty(settings, plant, "silver.readings"))


def _asked(args: argparse.Namespace, settings: Settings, plant: "Plant") -> RunReport:
    from jobs.sql.hints import explained, on_empty
    from lakehouse.log import log
    from lakehouse.sql import ask, built_tables, named_tables

    try:
        with ask(settings.lake, args.query, cores=settings.cores) as found:
            names = list(found.schema.names)
            rows = (row for batch in found for row in _rows(batch))
            report = answer(names, rows, as_csv=args.csv, as_json=args.json)
    except UsageError as exc:
        raise UsageError(explained(str(exc), settings, plant, built_tables(settings.lake))) from exc
    for sentence in on_empty(settings, plant, named_tables(args.query), plant.tables):
        log().warning("sql: %s", sentence)
    return report


def _rows(batch: Any) -> Iterable[tuple[Any, ...]]:
    return zip(*(column.to_pylist() for column in batch.columns), strict=True)
