import io
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from jobs.runtime.exits import ExitCode
from jobs.runtime.report import RunReport, plain, write_failure, write_report
from lakehouse.errors import GateRefused

AT = datetime(2026, 11, 21, tzinfo=UTC)


def test_programs_get_one_line_with_job_changed_and_clock() -> None:
    out = io.StringIO()

    write_report(RunReport("silver", changed=True, lines=("a", "b"), data={"rows": 3}), AT, out, as_json=True)

    assert out.getvalue().count("\n") == 1
    assert json.loads(out.getvalue()) == {
        "job": "silver",
        "changed": True,
        "as_of": "2026-11-21T00:00:00+00:00",
        "rows": 3,
    }


def test_people_get_the_lines() -> None:
    out = io.StringIO()

    write_report(RunReport("silver", changed=True, lines=("a", "b")), AT, out, as_json=False)

    assert out.getvalue() == "a\nb\n"


def test_failure_carries_the_numbers_of_the_gate() -> None:
    out = io.StringIO()

    write_failure("train", GateRefused("recall", {"recall": 0.4}), ExitCode.REFUSED, "recall", out)

    assert json.loads(out.getvalue()) == {
        "job": "train",
        "error": "recall",
        "kind": "GateRefused",
        "exit_code": 3,
        "recall": 0.4,
    }


def test_values_take_the_forms_that_json_has() -> None:
    values = [float("nan"), float("inf"), Decimal("1.50"), date(2026, 1, 2), Path("a/b"), b"\x01", {1: (2,)}]

    assert plain(values) == [None, None, "1.50", "2026-01-02", "a/b", "01", {"1": [2]}]


def test_value_without_a_form_is_refused() -> None:
    with pytest.raises(TypeError, match="object has no form in a report"):
        plain(object())
