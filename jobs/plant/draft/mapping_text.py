"""The TOML of a drafted mapping; every guess has its evidence behind it. Pure."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace

from jobs.plant.draft.noted import Noted
from jobs.plant.draft.number_form import NumberForm
from jobs.plant.draft.source import Cell, Source
from jobs.plant.draft.times import TimeGuess


def mapping_text(source: Source) -> str:
    """The file of one mapping."""
    return "\n".join(_lines(source)) + "\n"


def quoted(text: str) -> str:
    """A text as TOML has it; JSON's form is one of TOML's."""
    return json.dumps(text, ensure_ascii=False)


def _lines(source: Source) -> Iterator[str]:
    table = source.table
    yield f"# Drafted from {source.example}, its first {len(table.rows)} records. A line with QUESTION needs an answer."
    yield f"feed = {quoted(source.feed.value)}{source.feed.comment}"
    yield f"files = [{quoted(source.glob)}]"
    yield f"format = {quoted(table.format)}"
    if source.shape.value != "long":
        yield f"shape = {quoted(source.shape.value)}{source.shape.comment}"
    yield from _root_of_csv(source)
    yield from _root_of_json(source)
    if source.path.names:
        yield f"path = {quoted(source.path.pattern.value)}{source.path.pattern.comment}"
    if source.missing:
        yield f"missing = [{', '.join(map(quoted, source.missing))}] # seen: {_counted(source.missing)}"
    if source.ignored:
        yield "ignored = ["
        yield from (f"    {quoted(name)}, # {why}" for name, why in source.ignored.items())
        yield "]"
    yield from _layout(source)
    yield from _time(source)
    yield from _section("columns", {ours: Noted(name) for ours, name in source.columns.items()})
    yield from _section("attributes", {ours: Noted(name) for ours, name in source.attributes.items()})
    yield from _section("constants", source.constants | _of_all_cells(source))
    yield from _section("templates", source.templates)
    yield from _cells(source)
    yield from _quality(source)


def _counted(seen: Mapping[str, int]) -> str:
    return ", ".join(f"{text} {count} times" for text, count in seen.items())


def _root_of_csv(source: Source) -> Iterator[str]:
    table = source.table
    if table.delimiter != "," and table.format == "csv":
        yield f"delimiter = {quoted(table.delimiter)} # most lines have {len(table.names)} fields by it"
    if table.encoding != "utf-8":
        yield f"encoding = {quoted(table.encoding)} # not UTF-8"


def _root_of_json(source: Source) -> Iterator[str]:
    table = source.table
    if table.base:
        yield f"base = {quoted(table.base)} # its names are those of RFC 8428"
    if table.records:
        yield f"records = {quoted(table.records)}"
    for path in table.other_records:
        yield f"# QUESTION: {path} may be records too; a mapping of their own, and `read_with` (docs/mapping.md)?"
    if _is_quoted(source):
        yield "quoted_numbers = true # seen"


def _is_quoted(source: Source) -> bool:
    """Whether a number that is read is in quotes."""
    read = {*(cell.column for cell in source.cells), source.columns.get("value", "")}
    if source.time is not None and source.time.kind == "epoch":
        read |= set(source.time.columns)
    return bool(read & source.table.quoted)


def _quality(source: Source) -> Iterator[str]:
    found = source.quality
    if found is None:
        return
    yield "\n[quality]"
    yield f"column = {quoted(found.column)} # seen: {_counted(found.seen)}"
    if found.preset:
        yield f"preset = {quoted(found.preset)} # QUESTION: are these codes of that standard?"
    else:
        yield f"good = [{', '.join(found.good)}] # QUESTION: which codes are good?"


def _layout(source: Source) -> Iterator[str]:
    table = source.table
    if table.format == "csv" and (table.skipped or table.below or table.is_made or not table.has_header):
        yield "\n[csv]"
    if table.skipped:
        above = "the first record" if table.is_made else f"the first that has {len(table.names)} fields"
        yield f"skip = {table.skipped} # lines above {above}"
    if table.below:
        yield f"skip_after_header = {table.below} # no number in it, such as units"
    if table.is_made:
        yield f"names = [{', '.join(map(quoted, table.names))}] # of two lines above"
    elif not table.has_header:
        first = ",".join(table.rows[0])[:120]
        yield f"# QUESTION: what are its columns? The first line: {first}"
        yield f"names = [{', '.join(map(quoted, table.names))}]"
    yield from _numbers(source.numbers)


def _numbers(form: NumberForm) -> Iterator[str]:
    if form == NumberForm() or not form.evidence:
        return
    yield "\n[numbers]"
    yield f"decimal = {quoted(form.decimal)}{Noted('', f'such as {form.evidence}', form.question).comment}"
    if form.thousands:
        yield f"thousands = {quoted(form.thousands)}"


def _time(source: Source) -> Iterator[str]:
    if source.feed.value == "machines":
        return
    yield "\n[time]"
    if source.time is None:
        yield 'column = "" # QUESTION: no column holds a time; does the path say it, or a constant (docs/mapping.md)?'
        return
    yield from _time_keys(source.time)


def _time_keys(time: TimeGuess) -> Iterator[str]:
    if len(time.columns) == 1:
        yield f"column = {quoted(time.columns[0])} # such as {time.sample}"
    else:
        yield f"columns = [{', '.join(map(quoted, time.columns))}] # such as {time.sample}"
    if time.kind != "zoned":
        yield f"kind = {quoted(time.kind)}"
    if time.kind == "epoch":
        yield f"unit = {quoted(time.unit)} # by the number of digits"
    if time.format:
        yield f"format = {quoted(time.format)}"
    if time.kind == "local":
        yield f'zone = "UTC" # QUESTION: {time.question}'
    if time.plus:
        column, unit = time.plus
        yield f"plus = {{ column = {quoted(column)}, unit = {quoted(unit)} }} # it counts up within each second"


def _of_all_cells(source: Source) -> dict[str, Noted]:
    if source.metric is None:
        return {}
    return {"metric": Noted(source.metric.metric, "the file's name"), "unit": source.metric.unit}


def _section(name: str, values: Mapping[str, Noted]) -> Iterator[str]:
    if values:
        yield f"\n[{name}]"
        yield from (f"{ours} = {quoted(noted.value)}{noted.comment}" for ours, noted in values.items())


def _cells(source: Source) -> Iterator[str]:
    if source.machines:
        yield "\n[machines]"
        yield from (f"{quoted(column)} = {quoted(column)}" for column in source.machines)
    if source.shape.value == "wide_by_metric":
        yield "\n[metrics]" + " # QUESTION: are these the machines?" * any(cell.machine for cell in source.cells)
        for cell in source.cells:
            unit, machine = quoted(cell.unit.value), f"machine = {quoted(cell.machine)}, " * bool(cell.machine)
            cell_text = f"{{ {machine}metric = {quoted(cell.metric)}, unit = {unit}{_states(cell)} }}"
            yield f"{quoted(cell.column)} = {cell_text}{cell.unit.comment}"
    if source.shape.value == "long" and source.cells:
        renamed = {cell.column: Noted(cell.metric) for cell in source.cells if cell.column != cell.metric}
        asked = Noted("", "", "are these the machines?")
        machines = {quoted(cell.column): replace(asked, value=cell.machine) for cell in source.cells if cell.machine}
        yield from _section("machine_of", machines)
        yield from _section("names", {quoted(name): noted for name, noted in renamed.items()})
        if "unit" not in source.columns:
            yield from _section("units", {cell.metric: cell.unit for cell in source.cells})


def _states(cell: Cell) -> str:
    words = ", ".join(f"{quoted(word)} = {number}" for word, number in cell.states.items())
    return f", states = {{ {words} }}" if words else ""
