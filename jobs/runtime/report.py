"""What a job says at its end: lines for people, one JSON line for programs."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any, TextIO

from jobs.runtime.exits import ExitCode


@dataclass(frozen=True, slots=True)
class RunReport:
    """The result of one run.

    Attributes:
        job: Name of the command.
        changed: Whether the run wrote anything.
        lines: What a person reads.
        data: The same for programs; joins `job`, `changed` and `as_of` in the JSON line.
        exit_code: DONE; REFUSED where a gate refused and the report says why; UNEXPECTED where `doctor` found faults.
    """

    job: str
    changed: bool
    lines: tuple[str, ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict)
    exit_code: ExitCode = ExitCode.DONE


def write_report(report: RunReport, as_of: datetime | None, out: TextIO, *, as_json: bool) -> None:
    """Write the report: with `as_json` exactly one JSON line, else the lines for people."""
    if as_json:
        head = {"job": report.job, "changed": report.changed, "as_of": as_of}
        out.write(json_line({**head, **report.data}) + "\n")
        return
    for line in report.lines:
        out.write(line + "\n")


def write_failure(job: str, error: BaseException, code: ExitCode, message: str, out: TextIO) -> None:
    """Write the JSON line of a run that failed or was refused: `error`, `exit_code`, and a gate's numbers."""
    data = getattr(error, "data", {})
    kind = type(error).__name__
    out.write(json_line({"job": job, "error": message, "kind": kind, "exit_code": int(code), **data}) + "\n")


def json_line(value: object) -> str:
    """One line of JSON: times as ISO 8601, NaN and infinities as null, decimals as text."""
    return json.dumps(plain(value), ensure_ascii=False, allow_nan=False)


def plain(value: Any) -> Any:  # noqa: PLR0911  # one return per kind of value
    """The value in what JSON has: numbers, texts, lists, tables, null.

    Raises:
        TypeError: A value of a kind that has no agreed form.
    """
    match value:
        case Enum():
            return plain(value.value)
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else None
        case datetime() | date():
            return value.isoformat()
        case Decimal() | Path():
            return str(value)
        case bytes():
            return value.hex()
        case Mapping():
            return {str(key): plain(item) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [plain(item) for item in value]
    raise TypeError(f"{type(value).__name__} has no form in a report; legal: numbers, texts, times, lists, tables")


def is_refused_by_rules_alone(report: RunReport) -> bool:
    """Whether rules over tables refused the run, and nothing else did."""
    rules = report.data.get("refusing_rules")
    return bool(rules) and rules == report.data.get("reasons")
