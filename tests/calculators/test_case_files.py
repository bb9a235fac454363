"""Case files: those that ship load and name their errors; what is wrong in one is said."""

import pytest

from calculators.bands import MOST_BANDS, around, band_of, tornado
from calculators.building import changed, paths, value_at
from calculators.calculations import CALCULATIONS, calculation
from calculators.case_file import Band, all_shipped, load_shipped, parse
from calculators.errors import CalculationError
from calculators.fields import specs

SHIPPED = all_shipped()
TOML = """
calculation = "alarms"
[case]
machines_count = 1
checks_per_machine_year = 10
events_per_machine_year = 0
[[case.stages]]
name = "only"
sensitivity_frac = 1
specificity_frac = 0.5
"""


def test_each_calculation_ships_a_case_and_says_where_it_was_published() -> None:
    assert {name for name, _ in SHIPPED} == set(CALCULATIONS)
    assert all(file.published and file.title for file in SHIPPED.values())


@pytest.mark.parametrize("name", list(SHIPPED), ids="/".join)
def test_a_shipped_case_calculates_with_its_what_ifs_and_bars(name: tuple[str, str]) -> None:
    file = SHIPPED[name]
    base = file.calculation.calculate(file.case)

    for what_if in file.what_ifs:
        assert file.calculation.calculate(changed(file.case, what_if.changes)) != base
    assert tornado(file.calculation, file.case, file.bands or around(file.case))


@pytest.mark.parametrize("name", list(SHIPPED), ids="/".join)
def test_every_input_has_a_path_that_changes_it(name: tuple[str, str]) -> None:
    case = SHIPPED[name].case
    found = dict(paths(case))

    assert found
    for path in found:
        value = value_at(case, path)
        assert changed(case, {} if value is None else {path: value}) == case


def test_every_quantity_has_its_unit_in_its_name() -> None:
    units = {
        "s", "h", "d", "frac", "usd", "mb", "number", "count", "years", "per_s", "per_h", "per_d", "per_min",
        "per_month", "per_year", "per_machine_year", "per_device_month", "per_device_min", "tb", "per_mb", "per_tb",
    }  # fmt: skip
    classes = [kind for each in CALCULATIONS.values() for kind in (each.case, each.result)]
    classes += [spec.row for kind in tuple(classes) for spec in specs(kind) if spec.row is not None]
    names = {spec.name for kind in classes for spec in specs(kind) if spec.limits is not None or spec.unit}

    assert len(names) > 80
    assert not {name for name in names if not any(name.endswith(f"_{unit}") for unit in units)}


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"alarms"', '"alarm"', "got calculation 'alarm'; legal: safety, return, update, platform, alarms"),
        ('"alarms"', '"safety"', "got a case of 'safety'; legal: one of 'alarms'"),
        ("machines_count = 1", "machine_count = 1", "got key 'machine_count'; legal: machines_count, "),
        ("machines_count = 1\n", "", "got no machines_count; legal: a whole number above 0"),
        ("machines_count = 1", "machines_count = true", "got True; legal: a whole number above 0"),
        ("machines_count = 1", 'machines_count = "many"', "got 'many'; legal: a whole number above 0"),
        ("machines_count = 1", "machines_count = nan", "got 'NaN'"),
        ("machines_count = 1", "machines_count = inf", "got 'Infinity'"),
        ("machines_count = 1", 'machines_count = "1/0"', "got '1/0'"),
        ("specificity_frac = 0.5", "specificity_frac = 1.5", "case.stages[1]: specificity_frac: got 1.5; legal:"),
        ('name = "only"', "name = 3", "name: got 3; legal: a text"),
        ("[case]", "[case", "got no TOML"),
        ("[[case.stages]]", "[case.stages]", "legal: rows with name, sensitivity_frac, specificity_frac"),
        ("[case]", "[extra]\n[case]", "got key 'extra'; legal: calculation, title"),
        ("[case]", "[[bands]]\ninput = 'machine'\nlow = 1\nhigh = 2\n[case]", "band of 'machine': got input 'machine'"),
        ("[case]", "[[bands]]\ninput = 'machines_count'\nlow = 2\nhigh = 1\n[case]", "legal: low at most high"),
        ("[case]", "[[what_ifs]]\nname = 'x'\nset = {machines_count = 0}\n[case]", "what-if 'x'"),
        ("[case]", "[[notes]]\npublished = 'x'\n[case]", "legal: published, ours, why"),
    ],
)
def test_what_is_wrong_in_a_file_is_said(old: str, new: str, words: str) -> None:
    with pytest.raises(CalculationError) as refused:
        parse(TOML.replace(old, new, 1), "mine.toml", "alarms")

    assert words in str(refused.value)
    assert "mine.toml" in str(refused.value) or "calculation" in words


def test_the_file_itself_is_legal() -> None:
    assert parse(TOML, "mine.toml", "alarms").calculation is calculation("alarms")


def test_an_unknown_case_is_refused_with_the_legal_ones() -> None:
    with pytest.raises(CalculationError, match="legal: manufacturer, template_100k, template_10k, or a file"):
        load_shipped("platform", "nobody")


def test_too_many_bands_are_refused() -> None:
    file = SHIPPED["safety", "reactor"]
    bands = tuple(Band(path, value, value) for path, _ in paths(file.case) if (value := value_at(file.case, path)))

    with pytest.raises(CalculationError, match=f"legal: at most {MOST_BANDS}"):
        band_of(file.calculation, file.case, bands[: MOST_BANDS + 1])
