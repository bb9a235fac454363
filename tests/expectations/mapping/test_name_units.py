"""Units in names of columns and metrics: another one than the mapping says is refused."""

from typing import Any

import pytest

from expectations.errors import MappingError
from expectations.mapping.mapping import Mapping
from tests.support.reader_files import COLUMNS, long_mapping, wide_mapping

NAMED = {"Temp (F)": "temperature"}
WITHOUT_UNITS = {name: column for name, column in COLUMNS.items() if name != "unit"}


def _column(name: str, **cell: Any) -> Mapping:
    return wide_mapping(metrics={name: {"metric": "pressure", "unit": "bar", **cell}})


@pytest.mark.parametrize(
    "name", ["p (mbar)", "p [mbar]", "p(kPa) ", "p [psi]", "p, mbar", "p / kPa", "p {mbar}", "p_mbar", "p mbar"]
)
def test_a_column_that_says_another_unit_is_refused(name: str) -> None:
    with pytest.raises(MappingError, match=r"the name .* says .*, and the mapping says 'bar'"):
        _column(name)


@pytest.mark.parametrize(
    "name",
    ["p (bar)", "p [Bar]", "p (line 1)", "p (C)", "p (mbar) old", "p[0]", "p[1]", "p_A", "p at", "pmbar", "p, bar"],
)
def test_other_names_are_taken(name: str) -> None:
    assert _column(name).metrics[0].unit == "bar"


def test_a_scale_or_a_correction_says_what_the_name_does_not() -> None:
    assert _column("p (mbar)", divisor=1000).metrics[0].divisor == 1000
    corrected = wide_mapping(
        metrics={"p (mbar)": {"metric": "pressure", "unit": "bar"}}, corrections=[{"column": "p (mbar)", "unit": "bar"}]
    )
    assert corrected.corrections[0].unit == "bar"


def test_a_name_of_a_metric_counts_where_no_column_has_the_unit() -> None:
    with pytest.raises(MappingError, match=r"the name 'Temp \(F\)' says 'F', and the mapping says 'C'"):
        long_mapping(columns=WITHOUT_UNITS, names=NAMED, units={"temperature": "C"})
    assert long_mapping(columns=WITHOUT_UNITS, names=NAMED, units={"temperature": "F"}).names == NAMED
    assert long_mapping(names=NAMED, units={"temperature": "C"}).names == NAMED
