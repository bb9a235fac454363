"""The page: what the terminal shows, with inputs that can be changed, and the formulas in JavaScript."""

import html
import json
from collections.abc import Iterator
from importlib.resources import files
from string import Template
from typing import Any

from calculators.building import row_name
from calculators.case_file import CaseFile
from calculators.fields import Spec, specs
from calculators.page.javascript import formulas
from calculators.shown import (
    MOST_BARS,
    SENSITIVITY_HEADS,
    Shown,
    exact_text,
    heading,
    main_of,
    notes,
    sensitivity_title,
    tables,
)


def render(file: CaseFile) -> str:
    """The page of a case. It loads nothing, sends nothing, and shows the same tables without JavaScript."""
    shown_notes = notes(file)
    return Template(_text("page.html")).substitute(
        title=html.escape(f"{file.calculation.title}: {file.title}"),
        eyebrow=html.escape(file.calculation.title),
        heading=html.escape(file.title),
        published=html.escape(f"Published case: {file.published}." if file.published else "A case of your own."),
        css=_text("page.css"),
        inputs="\n".join(_inputs(file)),
        tables="\n".join(map(_table, tables(file))),
        notes=_table(shown_notes) if shown_notes.rows else "",
        script=script(file) + _text("page.js"),
    )


def script(file: CaseFile) -> str:
    """What computes: `PAGE` with the case, and `tablesOf(PAGE, texts)` that gives the tables of any texts."""
    data = json.dumps(_data(file), ensure_ascii=False).replace("<", "\\u003c")
    made = f"const PAGE = {data};\nPAGE.formulas = {formulas(file.calculation)};\n"
    return _text("arithmetic.js") + _text("tables.js") + made


def texts_of(case: Any) -> dict[str, Any]:
    """The case as the script takes it: numbers as exact texts, rows as lists."""
    found: dict[str, Any] = {}
    for spec in specs(type(case)):
        value = getattr(case, spec.name)
        if spec.row is not None:
            found[spec.name] = [texts_of(row) for row in value]
        else:
            found[spec.name] = exact_text(value) if spec.limits is not None else value
    return found


def _data(file: CaseFile) -> dict[str, Any]:
    return {
        "texts": texts_of(file.case),
        "case_specs": [_spec(spec) for spec in specs(file.calculation.case)],
        "result_specs": [_spec(spec) for spec in specs(file.calculation.result)],
        "main": _spec(main_of(file)),
        "most_bars": MOST_BARS,
        "sensitivity_title": sensitivity_title(file),
        "sensitivity_heads": SENSITIVITY_HEADS,
        "what_ifs": [
            {"name": each.name, "set": {path: exact_text(value) for path, value in each.changes.items()}}
            for each in file.what_ifs
        ],
        "bands": [
            {"path": each.path, "low": exact_text(each.low), "high": exact_text(each.high)} for each in file.bands
        ],
    }


def _spec(spec: Spec) -> dict[str, Any]:
    limits = spec.limits
    return {
        "name": spec.name,
        "meaning": spec.meaning,
        "unit": spec.unit,
        "decimals": spec.decimals,
        "legal": limits.words() if limits else "",
        "limits": limits
        and {
            "above": exact_text(limits.above),
            "least": exact_text(limits.least),
            "most": exact_text(limits.most),
            "whole": limits.is_whole,
            "optional": limits.is_optional,
        },
        "rows": [_spec(each) for each in specs(spec.row)] if spec.row is not None else None,
    }


def _inputs(file: CaseFile) -> Iterator[str]:
    """Single numbers first, each with its meaning; then a table for each kind of rows."""
    known = [spec for spec in specs(file.calculation.case) if spec.limits is not None]
    yield '<div class="fields">'
    yield from (_field(spec, spec.name, getattr(file.case, spec.name)) for spec in known)
    yield "</div>"
    for spec in specs(file.calculation.case):
        if spec.row is not None and getattr(file.case, spec.name):
            yield _row_inputs(spec, getattr(file.case, spec.name))


def _field(spec: Spec, path: str, value: Any) -> str:
    unit = "0 to 1" if spec.unit == "frac" else "" if spec.unit == "number" else spec.unit
    return (
        f"<label><span>{html.escape(spec.meaning)}</span>{_box(path, spec.meaning, value)}"
        f"<small>{html.escape(unit)}</small></label>"
    )


def _row_inputs(spec: Spec, rows: tuple[Any, ...]) -> str:
    assert spec.row is not None  # only rows are asked for
    cells = tuple(specs(spec.row))
    heads = "".join(
        f"<th>{html.escape(heading(cell) + (' (0 to 1)' if cell.unit == 'frac' else ''))}</th>" for cell in cells
    )
    lines = []
    for place, row in enumerate(rows, start=1):
        name = row_name(row, place)
        lead = f"{spec.name}.{name}."
        made = (_cell(cell, f"{lead}{cell.name}", getattr(row, cell.name), name) for cell in cells)
        lines.append(f"<tr>{''.join(made)}</tr>")
    title = html.escape(spec.meaning[0].upper() + spec.meaning[1:])
    return f'<table class="rows"><caption>{title}</caption><tr>{heads}</tr>{"".join(lines)}</table>'


def _cell(spec: Spec, path: str, value: Any, row: str) -> str:
    if spec.limits is None:
        return f"<td>{html.escape(str(value).replace('_', ' '))}</td>"
    unit = f" ({spec.unit})" if spec.unit else ""
    label = html.escape(spec.meaning + unit)
    return f'<td data-head="{label}">{_box(path, f"{row}: {spec.meaning}", value)}</td>'


def _box(path: str, meaning: str, value: Any) -> str:
    text = exact_text(value) or ""
    return (
        f'<input inputmode="decimal" autocomplete="off" data-path="{html.escape(path)}" '
        f'aria-label="{html.escape(meaning)}" value="{html.escape(text)}">'
    )


def _table(table: Shown) -> str:
    heads = "".join(f"<th>{html.escape(head)}</th>" for head in table.heads)
    rows = "".join(_shown_row(table, row) for row in table.rows)
    return (
        f'<table class="shown"><caption>{html.escape(table.title)}</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
    )


def _shown_row(table: Shown, row: tuple[str, ...]) -> str:
    cells = "".join(
        f'<td data-head="{html.escape(head)}"{_mark(cell)}>{html.escape(cell)}</td>'
        for head, cell in zip(table.heads, row, strict=True)
    )
    return f"<tr>{cells}</tr>"


def _mark(cell: str) -> str:
    return ' class="refused"' if cell.startswith(("REFUSED", "DUE")) else ""


def _text(name: str) -> str:
    return (files("calculators.page") / name).read_text(encoding="utf-8")
