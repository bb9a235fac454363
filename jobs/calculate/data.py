"""A calculation for programs: money as texts in whole cents, shares and other numbers as numbers."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from calculators.arithmetic import rounded
from calculators.bands import around, band_of, tornado
from calculators.building import changed, paths, value_at
from calculators.case_file import CaseFile
from calculators.fields import Declared, Spec, specs
from calculators.shown import exact_text, main_of


def data_of(file: CaseFile) -> dict[str, Any]:
    """Inputs, result, what-ifs and sensitivity."""
    calculate, case, main = file.calculation.calculate, file.case, main_of(file)
    bars = tornado(file.calculation, case, file.bands or around(case))
    return {
        "calculation": file.calculation.name,
        "title": file.title,
        "published": file.published,
        "inputs": {path: exact_text(value_at(case, path)) for path, _ in paths(case)},
        "result": _plain(calculate(case)),
        "what_ifs": [
            {"name": each.name, "set": _exact(each.changes), "result": _plain(calculate(changed(case, each.changes)))}
            for each in file.what_ifs
        ],
        "sensitivity": [
            {
                "input": bar.band.path,
                "from": exact_text(bar.band.low),
                "to": exact_text(bar.band.high),
                "at_from": _value(bar.at_low, main),
                "at_to": _value(bar.at_high, main),
            }
            for bar in bars
        ],
        "band": [_value(end, main) for end in band_of(file.calculation, case, file.bands)] if file.bands else None,
        "notes": [{"published": each.published, "ours": each.ours, "why": each.why} for each in file.notes],
    }


def _exact(changes: Mapping[str, Fraction]) -> dict[str, str | None]:
    return {path: exact_text(value) for path, value in changes.items()}


def _plain(result: Declared) -> dict[str, Any]:
    return {spec.name: _value(getattr(result, spec.name), spec) for spec in specs(type(result))}


def _value(value: Any, spec: Spec) -> Any:
    if spec.row is not None:
        return [_plain(row) for row in value]
    if not isinstance(value, Fraction):
        return value
    return str(rounded(value, 2)) if spec.unit == "USD" else float(value)
