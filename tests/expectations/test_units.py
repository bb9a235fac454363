"""Units against their definitions: the size of each in the units of the International System, by hand."""

from fractions import Fraction

import pytest
from scipy import constants

from domain.record.unit_key import unit_key as device_key
from edge_bundle.format.bounds import MAX_UNITS
from expectations.errors import ContractError
from expectations.unit_spellings import SPELLINGS
from expectations.units import UNITS, conversion, convertible, spelled_conversions, unit, unit_key

F = Fraction
PI = F(314159265358979323846, 10**20)
INCH, FOOT, POUND, GRAVITY = F("0.0254"), F("0.3048"), F("0.45359237"), F("9.80665")
GALLON, POUND_FORCE = 231 * INCH**3, POUND * GRAVITY
# Sources: UCUM 2.2, tables 3 to 9; NIST SP 811, appendix B.8. Each as a number of its SI unit, by quantity.
SI = {
    "velocity": {"mm/s": F(1, 1000), "in/s": INCH, "m/s": F(1), "m/min": F(1, 60), "mm/min": F(1, 60_000),
                 "km/h": F(1000, 3600), "ft/s": FOOT, "ft/min": FOOT / 60, "mph": 5280 * FOOT / 3600},
    "acceleration": {"mg": GRAVITY / 1000, "g": GRAVITY, "m/s2": F(1), "mm/s2": F(1, 1000)},
    "pressure": {"bar": F(100_000), "mbar": F(100), "Pa": F(1), "hPa": F(100), "kPa": F(1000), "MPa": F(10**6),
                 "psi": POUND_FORCE / INCH**2, "atm": F(101_325), "at": 10_000 * GRAVITY, "Torr": F(101_325, 760),
                 "mmHg": F("133.322387415"), "mmH2O": GRAVITY, "mH2O": 1000 * GRAVITY,
                 "inHg": INCH * 1000 * F("133.322387415"), "inH2O": INCH * 1000 * GRAVITY, "ubar": F(1, 10)},
    "rotation": {"rpm": F(1, 60), "Hz": F(1), "kHz": F(1000), "rad/s": 1 / (2 * PI), "deg/s": F(1, 360)},
    "current": {"A": F(1), "mA": F(1, 1000), "uA": F(1, 10**6), "kA": F(1000)},
    "voltage": {"V": F(1), "mV": F(1, 1000), "kV": F(1000)},
    "power": {"kW": F(1000), "W": F(1), "MW": F(10**6), "hp": 550 * FOOT * POUND_FORCE, "PS": 75 * GRAVITY,
              "Btu/h": F("1055.05585262") / 3600, "kcal/h": F(4184, 3600)},
    "apparent power": {"kVA": F(1000), "VA": F(1), "MVA": F(10**6)},
    "reactive power": {"kvar": F(1000), "var": F(1)},
    "energy": {"kWh": F(3_600_000), "Wh": F(3600), "MWh": F(3_600_000_000), "GWh": F(3_600_000_000_000), "J": F(1),
               "kJ": F(1000), "MJ": F(10**6), "GJ": F(10**9), "kcal": F(4184), "Btu": F("1055.05585262"),
               "MMBtu": F("1055.05585262") * 10**6},
    "apparent energy": {"kVAh": F(3_600_000), "VAh": F(3600)},
    "reactive energy": {"kvarh": F(3_600_000), "varh": F(3600)},
    "mass": {"kg": F(1), "gram": F(1, 1000), "milligram": F(1, 10**6), "t": F(1000), "lb": POUND, "oz": POUND / 16},
    "mass flow": {"kg/h": F(1, 3600), "kg/min": F(1, 60), "kg/s": F(1), "gram/s": F(1, 1000), "t/h": F(1000, 3600),
                  "lb/h": POUND / 3600, "klb/h": 1000 * POUND / 3600},
    "flow": {"m3/h": F(1, 3600), "m3/min": F(1, 60), "m3/s": F(1), "m3/d": F(1, 86_400), "l/h": F(1, 3_600_000),
             "l/min": F(1, 60_000), "l/s": F(1, 1000), "ml/min": F(1, 60_000_000), "gpm": GALLON / 60,
             "cfm": FOOT**3 / 60},
    "flow at normal conditions": {"Nm3/h": F(1, 3600), "Nl/min": F(1, 60_000)},
    "volume": {"m3": F(1), "l": F(1, 1000), "hl": F(1, 10), "ml": F(1, 10**6), "gal": GALLON, "ft3": FOOT**3},
    "force": {"N": F(1), "daN": F(10), "kN": F(1000), "kgf": GRAVITY, "lbf": POUND_FORCE},
    "torque": {"Nm": F(1), "kNm": F(1000), "Ncm": F(1, 100), "lbf.ft": POUND_FORCE * FOOT,
               "lbf.in": POUND_FORCE * INCH},
    "angle": {"deg": PI / 180, "rad": F(1), "rev": 2 * PI},
    "length": {"mm": F(1, 1000), "um": F(1, 10**6), "cm": F(1, 100), "m": F(1), "km": F(1000), "in": INCH, "ft": FOOT,
               "mil": INCH / 1000},
    "area": {"m2": F(1), "cm2": F(1, 10_000), "mm2": F(1, 10**6)},
    "time": {"s": F(1), "us": F(1, 10**6), "ms": F(1, 1000), "min": F(60), "h": F(3600), "d": F(86_400)},
    "share": {"%": F(1, 100), "frac": F(1), "permille": F(1, 1000), "ppm": F(1, 10**6), "ppb": F(1, 10**9)},
    "resistance": {"Ohm": F(1), "mOhm": F(1, 1000), "kOhm": F(1000), "MOhm": F(10**6)},
    "conductivity": {"uS/cm": F(1, 10_000), "mS/cm": F(1, 10), "S/m": F(1)},
    "charge": {"Ah": F(3600), "mAh": F(36, 10)},
    "concentration": {"mg/l": F(1, 1000), "ug/l": F(1, 10**6), "gram/l": F(1), "mg/m3": F(1, 10**6),
                      "ug/m3": F(1, 10**9), "kg/m3": F(1)},
    "viscosity": {"mPa.s": F(1, 1000), "Pa.s": F(1)},
    "magnetic flux density": {"T": F(1), "mT": F(1, 1000)},
}  # fmt: skip
ALONE = {
    "sound": "dB", "weighted sound": "dBA", "number": "1", "acidity": "pH", "turbidity": "NTU", "illuminance": "lx",
         "kinematic viscosity": "mm2/s", "irradiance": "W/m2"}  # fmt: skip


@pytest.mark.parametrize("quantity", SI)
def test_a_unit_has_the_size_of_its_definition(quantity: str) -> None:
    sizes = SI[quantity]
    target = next(iter(sizes))

    assert set(convertible(target)) == set(sizes)
    for symbol, size in sizes.items():
        factor, offset = conversion(symbol, target)
        assert offset == 0.0
        assert abs(F(factor) * sizes[target] / size - 1) < F(1, 10**13), symbol


def test_every_quantity_is_defined_in_this_test() -> None:
    quantities = {one.quantity for one in UNITS.values()}

    assert quantities == {*SI, *ALONE, "temperature"}
    assert all(convertible(symbol) == (symbol,) for symbol in ALONE.values())


# Names of the constants of SciPy: what one of a unit is in the International System.
OF_SCIPY = {
    "inch": "in", "foot": "ft", "mil": "mil", "micron": "um", "lb": "lb", "oz": "oz", "metric_ton": "t", "atm": "atm",
    "bar": "bar", "torr": "Torr", "psi": "psi", "gallon": "gal", "liter": "l", "kmh": "km/h", "mph": "mph",
    "calorie_th": "kcal", "Btu": "Btu", "hp": "hp", "lbf": "lbf", "kgf": "kgf", "minute": "min", "hour": "h",
    "day": "d", "degree": "deg", "g": "g",
}  # fmt: skip


@pytest.mark.parametrize(("name", "symbol"), OF_SCIPY.items())
def test_a_unit_is_what_scipy_has(name: str, symbol: str) -> None:
    quantity = SI[unit(symbol).quantity]
    theirs = getattr(constants, name) * (1000 if symbol == "kcal" else 1)

    factor, _ = conversion(symbol, next(iter(quantity)))

    assert factor * float(quantity[next(iter(quantity))]) == pytest.approx(theirs, rel=1e-12)


@pytest.mark.parametrize(
    ("value", "source", "expected"), [(32, "F", 0), (212, "F", 100), (273.15, "K", 0), (-40, "F", -40)]
)
def test_temperatures_have_their_fixed_points(value: float, source: str, expected: float) -> None:
    factor, offset = conversion(source, "C")

    assert value * factor + offset == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("text", "target", "symbol"),
    [("Cel", "C", "C"), ("℃", "C", "C"), ("[degF]", "C", "F"), ("µm", "mm", "um"), ("μm", "mm", "um"),
     ("m³/h", "m3/h", "m3/h"), ("mm/s²", "g", "mm/s2"), ("[in_i]", "mm", "in"), ("g", "kg", "gram"), ("g", "mg", "g"),
     ("mg", "kg", "milligram"), ("L/min", "m3/h", "l/min"), ("kW h", "kWh", "kWh"), ("kW.h", "MJ", "kWh"),
     ("deg C", "C", "C"), ("Deg C", "C", "C"), ("Deg F", "C", "F"), ("in. Hg", "bar", "inHg"),
     ("\"WC", "mbar", "inH2O"), ("mils", "um", "mil"),
     ("1/min", "rpm", "rpm"), ("% RH", "%", "%"), ("N·m", "Nm", "Nm"), ("Ω", "Ohm", "Ohm"),
     ("[Btu_IT]", "kWh", "Btu"), ("mA", "A", "mA"), ("MW", "kW", "MW"), ("mW", "kW", None), ("MA", "A", None),
     ("bara", "bar", None), ("psig", "bar", None)],
)  # fmt: skip
def test_a_spelling_means_a_unit_of_the_quantity(text: str, target: str, symbol: str | None) -> None:
    """What could mean two things means none: gauge and absolute pressure differ by an atmosphere."""
    expected = None if symbol is None else conversion(symbol, target)

    assert spelled_conversions(target).get(unit_key(text)) == expected


def test_no_spelling_means_two_units_of_one_quantity() -> None:
    found: dict[tuple[str, str], str] = {}
    for symbol, one in UNITS.items():
        for text in (symbol, *SPELLINGS.get(symbol, "").split()):
            assert found.setdefault((one.quantity, unit_key(text)), symbol) == symbol, text
    assert set(SPELLINGS) <= set(UNITS)


def test_symbols_and_suffixes_are_their_own() -> None:
    assert len({one.suffix for one in UNITS.values()}) == len(UNITS)
    assert all(unit(symbol).symbol == symbol == unit_key(symbol) for symbol in UNITS)
    assert all(len(spelled_conversions(symbol)) <= MAX_UNITS for symbol in UNITS)


def test_a_profile_may_name_a_unit_by_another_spelling_unless_it_means_two() -> None:
    assert unit("°C").symbol == "C"
    with pytest.raises(ContractError, match="unknown unit 'Mg'"):
        unit("Mg")


@pytest.mark.parametrize("text", ["C", "µm", "kW h", "℃", "m³", "% RH", " bar ", "Ω"])
def test_the_device_looks_units_up_by_the_same_key(text: str) -> None:
    assert device_key(text) == unit_key(text)
