"""A case and its result as tables of texts: what the terminal, the page and its script all show."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from calculators.arithmetic import Number, rounded
from calculators.bands import around, band_of, tornado
from calculators.building import changed, paths, value_at
from calculators.case_file import CaseFile
from calculators.fields import Spec, specs

MOST_BARS = 6
AS_GIVEN = "as given"
SENSITIVITY_HEADS = ("input", "from", "to", "result at from", "result at to")
TOGETHER = "all of them together, least and most"
_MOST_DECIMALS, _MOST_EXACT = 12, 30


@dataclass(frozen=True, slots=True)
class Shown:
    """One table: its title, a heading for each column, the cells of each row."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def tables(file: CaseFile) -> tuple[Shown, ...]:
    """Result by what-if, the result's own tables, and what moves the main figure most."""
    cases = [(AS_GIVEN, file.case), *((each.name, changed(file.case, each.changes)) for each in file.what_ifs)]
    results = [file.calculation.calculate(case) for _, case in cases]
    return (_figures(file, [name for name, _ in cases], results), *_rows(file, results[0]), _sensitivity(file))


def inputs(file: CaseFile) -> Shown:
    """Every input by its path, as `--set` takes it."""
    listed = (
        (path, "" if value is None else plain(value), spec.unit, spec.meaning)
        for path, spec in paths(file.case)
        for value in (value_at(file.case, path),)
    )
    return Shown("Inputs", ("input", "value", "unit", "meaning"), tuple(listed))


def notes(file: CaseFile) -> Shown:
    """Where published figures differ."""
    rows = tuple((note.published, note.ours, note.why) for note in file.notes)
    return Shown("Published figures that differ", ("published", "used or computed here", "why"), rows)


def shown(value: object, spec: Spec) -> str:
    """A value of a result as people read it: shares in per cent, thousands apart, names without underscores."""
    if value is None:
        return "none"
    if isinstance(value, Fraction):
        if spec.unit == "frac":
            return f"{rounded(value * 100, spec.decimals):,f} %"
        return f"{rounded(value, spec.decimals):,f}"
    return str(value).replace("_", " ")


def plain(value: Number) -> str:
    """An input as people write it: all its digits, at most 12 behind the point."""
    for decimals in range(_MOST_DECIMALS):
        if (value * 10**decimals).denominator == 1:
            return f"{rounded(value, decimals):,f}"
    return f"{rounded(value, _MOST_DECIMALS):,f}"


def exact_text(value: Number | None) -> str | None:
    """An input as a text that is it exactly: its decimal digits, or else a fraction."""
    if value is None:
        return None
    for decimals in range(_MOST_EXACT):
        if (value * 10**decimals).denominator == 1:
            return f"{rounded(value, decimals):f}"
    return f"{value.numerator}/{value.denominator}"


def heading(spec: Spec) -> str:
    """What a column or row holds, with its unit."""
    if spec.unit in ("", "frac", "number") or (len(spec.unit) > 2 and spec.meaning.endswith(spec.unit)):
        return spec.meaning
    return f"{spec.meaning} ({spec.unit})"


def main_of(file: CaseFile) -> Spec:
    """The main figure of a calculation."""
    return next(spec for spec in specs(file.calculation.result) if spec.name == file.calculation.main)


def sensitivity_title(file: CaseFile) -> str:
    """What the table of bars is about."""
    how = "each input within its band" if file.bands else "each input a tenth less and more"
    return f"Sensitivity of the {heading(main_of(file))}: {how}"


def _figures(file: CaseFile, names: Sequence[str], results: Sequence[Any]) -> Shown:
    rows = tuple(
        (heading(spec), *(shown(getattr(result, spec.name), spec) for result in results))
        for spec in specs(file.calculation.result)
        if spec.row is None
    )
    return Shown("Result", ("", *names), rows)


def _rows(file: CaseFile, result: Any) -> Iterator[Shown]:
    for spec in specs(file.calculation.result):
        if spec.row is None or not getattr(result, spec.name):
            continue
        cells = tuple(specs(spec.row))
        rows = tuple(
            tuple(shown(getattr(row, cell.name), cell) for cell in cells) for row in getattr(result, spec.name)
        )
        yield Shown(spec.meaning[0].upper() + spec.meaning[1:], tuple(map(heading, cells)), rows)


def _sensitivity(file: CaseFile) -> Shown:
    spec, calculation = main_of(file), file.calculation
    rows = [
        (bar.band.path, plain(bar.band.low), plain(bar.band.high),
         shown(bar.at_low, spec), shown(bar.at_high, spec))
        for bar in tornado(calculation, file.case, file.bands or around(file.case))[:MOST_BARS]
    ]  # fmt: skip
    if file.bands:
        ends = band_of(calculation, file.case, file.bands)
        rows.append((TOGETHER, "", "", shown(ends[0], spec), shown(ends[1], spec)))
    return Shown(sensitivity_title(file), SENSITIVITY_HEADS, tuple(rows))
