"""A CSV file by its source's layout: its headers, and its records as dicts by column."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any, BinaryIO, Union

from domain.record import reasons
from domain.record.csv_layout import UNKNOWN_NAMES, CsvLayout, Needs, nameless, nameless_fault
from domain.record.like_names import like_name
from domain.record.only_where import OnlyWhere
from domain.record.quality import quality_columns
from domain.record.units_row import other_unit

from edge_bundle.format.pipeline import Source
from edge_bundle.gateway.errors import SourceError
from edge_bundle.gateway.input.csv_records import Row, csv_rows
from edge_bundle.gateway.input.records import Fault

FileRecord = Union[dict[str, Any], Fault]
_MOST_ABOVE = 1_000
"""Records above a header that is looked for; as `bronze.readers.csv_rows.header`."""


def csv_records(
    file: BinaryIO, source: Source, name: str, max_line_bytes: int, others: Mapping[str, frozenset[str]]
) -> Iterator[FileRecord]:
    """Every record of a file, or what is wrong with it. A record with every column of the source is a header again.

    Where it lacks an optional one and has one of like name, nobody knows what the rows below it mean: each is a fault.
    So are a header that lacks a column which must be there, and the rows below it; and the rows below a row of units
    that has one of `others`, `source_columns.other_units`.

    Raises:
        SourceError: The file has no header that the source can be read by.
    """
    needs = _needs(source)
    only = None if source.only_where is None else OnlyWhere(source.only_where, source.missing)
    layout = CsvLayout(source.csv, source.delimiter, (*needs.columns, *source.ignored))
    rows = csv_rows(file, layout, max_line_bytes, skip=source.csv.skip)
    header = _first(rows, source, layout, needs, name)
    if header is None:
        return
    below, fault = 0 if source.csv.names else source.csv.skip_after_header, None
    for row in rows:
        if not isinstance(row, Fault) and needs.has_all(names := layout.names(row)):
            header, below, fault = names, source.csv.skip_after_header, _header_fault(names, source, needs)
        elif below:
            below -= 1
            fault = fault or (None if isinstance(row, Fault) else other_unit(header, row, others))
        elif not isinstance(row, Fault) and needs.is_lacking(
            names := layout.names(row), header, is_after_gap=rows.is_after_gap
        ):
            header, fault = names, _header_fault(names, source, needs)
            yield Fault(reasons.MISSING_COLUMN, fault or "")
        elif fault is not None:
            yield Fault(reasons.MISSING_COLUMN, fault)
        else:
            yield row if isinstance(row, Fault) else _known(_record(header, row, layout), only, needs)


def _first(rows: Iterator[Row], source: Source, layout: CsvLayout, needs: Needs, name: str) -> list[str] | None:
    """The names of the columns; None where the file has no record."""
    if source.csv.names:
        return list(source.csv.names)
    row = next(rows, None)
    if source.csv.find_header and row is not None:
        above = chain([row], (found for found, _ in zip(rows, range(_MOST_ABOVE))))
        row = next((r for r in above if not isinstance(r, Fault) and _is_header(layout.names(r), source, needs)), row)
    if row is None:
        return None
    if isinstance(row, Fault):
        raise SourceError(f"{name}: its header cannot be read: {row.detail}")
    fault = _header_fault(layout.names(row), source, needs)
    if fault is not None:
        raise SourceError(f"{name}: {fault}")
    return layout.names(row)


def _record(header: list[str], row: list[str], layout: CsvLayout) -> FileRecord:
    fields = layout.fitted(row, len(header))
    if len(fields) != len(header):
        return Fault(reasons.WRONG_FIELD_COUNT, f"{len(fields)} cells; the header has {len(header)}")
    for place in nameless(header):
        if fields[place]:
            fault = nameless_fault(place, fields[place])
            return Fault(fault.reason, fault.detail)
    return dict(zip(header, fields))


def _known(record: FileRecord, only: OnlyWhere | None, needs: Needs) -> FileRecord:
    """The record, but for one that is none of the source's and may be a header of names that nobody knows."""
    if isinstance(record, Fault) or only is None or only.takes(record):
        return record
    is_header = needs.are_unknown_names(list(record.values()), list(record))
    return Fault(reasons.MISSING_COLUMN, UNKNOWN_NAMES) if is_header else record


def _needs(source: Source) -> Needs:
    """The columns that a header of the source must have."""
    time = source.time.columns if source.time else ()
    cells = tuple(column.column for column in source.metrics) + tuple(source.machines)
    cells = cells or ((source.columns["value"],) if "value" in source.columns else ())
    codes = quality_columns(source.quality, cells)
    optional = {column.column for column in source.metrics if column.optional}
    optional |= {name for cell in optional for name in quality_columns(source.quality, (cell,)) if name != cell}
    if source.quality is not None and source.quality.absent == "good":
        optional |= set(codes)
    only = () if source.only_where is None else (source.only_where.column,)
    columns = dict.fromkeys((*time, *source.columns.values(), *source.attributes.values(), *cells, *codes, *only))
    return Needs(tuple(columns), optional, cells, time)


def _is_header(names: list[str], source: Source, needs: Needs) -> bool:
    return needs.has_all(names) and _header_fault(names, source, needs) is None


def _header_fault(header: list[str], source: Source, needs: Needs) -> str | None:
    """Why the source cannot be read by these names; None where it can."""
    where = f"of source {source.name}"
    for column in needs.columns:
        count = header.count(column)
        if count > 1:
            return f"column {column!r} {where} is there twice"
        if not count and column not in needs.optional:
            return f"column {column!r} {where} is missing; it has {', '.join(header)}"
    known = {*needs.columns, *source.ignored}
    for column in sorted(set(needs.optional).difference(header)):
        found = like_name(column, (name for name in header if name not in known))
        if found is not None:
            return f"column {column!r} {where} is missing, and {found!r} is there"
    if not needs.has_all(header):
        return f"no column with readings {where} is there; it has {', '.join(header)}"
    return None
