"""One calculation: its case found, changed, calculated, and shown."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from calculators.building import changed, value_at
from calculators.calculations import CALCULATIONS
from calculators.case_file import CaseFile, WhatIf, load_shipped, parse, shipped
from calculators.errors import CalculationError
from calculators.page.page import render
from calculators.shown import inputs, notes, tables
from jobs.calculate.data import data_of
from jobs.calculate.lines import lines_of
from jobs.runtime.page_file import check_page, write_page
from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings
from lakehouse.errors import UsageError

AS_SET = "as set"


def cases_listed() -> RunReport:
    """Every calculation with the cases that ship for it."""
    lines, data = [], {}
    for calculation in CALCULATIONS.values():
        files = {name: load_shipped(calculation.name, name) for name in shipped(calculation.name)}
        lines.append(f"{calculation.name}: {calculation.title}")
        lines += [f"  --case {name}: {file.title}" for name, file in files.items()]
        data[calculation.name] = {name: file.title for name, file in files.items()}
    lines.append(
        "your own: --case FILE.toml, in the form of those in calculators/cases; --inputs lists what --set changes"
    )
    return RunReport("calculate", changed=False, lines=tuple(lines), data={"cases": data})


def calculated(name: str, case: str | None, given: Sequence[str], *, with_inputs: bool) -> tuple[CaseFile, RunReport]:
    """One case as tables.

    Args:
        name: The calculation.
        case: A case that ships, or a file; None for the first that ships.
        given: Inputs to change, as `path=value`: a column beside the case, instead of the file's what-ifs.
        with_inputs: Whether inputs are listed too.

    Raises:
        UsageError: No such case, or an input that cannot be.
    """
    try:
        file = _with_set(_found(name, case), given)
        shown = (*((inputs(file),) if with_inputs else ()), *tables(file), *((notes(file),) if file.notes else ()))
        data = data_of(file)
    except CalculationError as exc:
        raise UsageError(str(exc)) from exc
    head = (f"{file.calculation.title}: {file.title}", *((f"published: {file.published}",) if file.published else ()))
    lines = (*head, *(line for table in shown for line in lines_of(table)))
    return file, RunReport("calculate", changed=False, lines=lines, data=data)


def calculated_with_page(file: CaseFile, report: RunReport, page: Path, settings: Settings) -> RunReport:
    """The same, and the page beside it.

    Raises:
        UsageError: The page cannot be written.
    """
    check_page("--html", page, "case.html", settings)
    write_page("--html", page, render(file))
    return replace(report, changed=True, lines=(*report.lines, "", f"page: {page}"), data={**report.data, "page": page})


def _found(name: str, case: str | None) -> CaseFile:
    known = shipped(name)
    if case is None or case in known:
        return load_shipped(name, case or next(iter(known)))
    path = Path(case)
    if not path.is_file():
        raise CalculationError(f"--case {case}: no such file or case; legal: {', '.join(known)}, or a TOML file")
    try:
        return parse(path.read_text(encoding="utf-8"), case, name)
    except (OSError, UnicodeDecodeError) as exc:
        raise CalculationError(f"--case {case}: {exc}; legal: a TOML file in UTF-8; correct the file") from exc


def _with_set(file: CaseFile, given: Sequence[str]) -> CaseFile:
    if not given:
        return file
    pairs = [each.partition("=") for each in given]
    if bad := next((each for each, (path, sign, _) in zip(given, pairs, strict=True) if not (path and sign)), None):
        raise CalculationError(f"--set {bad}: got no value; legal: input=value; `--inputs` lists the inputs")
    texts = {path.strip(): value.strip() for path, _, value in pairs}
    case = changed(file.case, texts)
    numbers = {path: value for path in texts if (value := value_at(case, path)) is not None}
    return replace(file, what_ifs=(WhatIf(AS_SET, numbers),))
