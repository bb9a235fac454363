"""Units: which quantity each belongs to, how to convert between them, which suffix a column carries.

Sources: exact factors of the International System and of the inch, pound, foot and gallon (NIST SP 811, appendix B);
conventional millimetres of mercury and of water, calorie and Btu of the same table. Spellings: `unit_spellings`.
"""

import math
import unicodedata
from dataclasses import dataclass
from functools import cache

from expectations.errors import ContractError, unknown_name
from expectations.unit_spellings import SPELLINGS


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit: ``base = value * factor + offset`` in the base unit of its quantity; `suffix` ends column names."""

    symbol: str
    quantity: str
    suffix: str
    factor: float = 1.0
    offset: float = 0.0


_PSI_BAR = 0.0689475729316836
_INCH_MM, _FOOT_MM = 25.4, 304.8
_GRAVITY = 9.80665  # m/s2
_POUND_KG = 0.45359237
_GALLON_M3, _FOOT3_M3 = 0.003785411784, 0.028316846592
_POUND_FORCE_N = _POUND_KG * _GRAVITY

_ALL = (
    Unit("C", "temperature", "c"),
    Unit("F", "temperature", "f", 5 / 9, -160 / 9),
    Unit("K", "temperature", "k", 1.0, -273.15),
    Unit("mm/s", "velocity", "mm_s"),
    Unit("in/s", "velocity", "in_s", _INCH_MM),
    Unit("m/s", "velocity", "m_s", 1000.0),
    Unit("m/min", "velocity", "m_min", 1000 / 60),
    Unit("mm/min", "velocity", "mm_min", 1 / 60),
    Unit("km/h", "velocity", "km_h", 1000 / 3.6),
    Unit("ft/s", "velocity", "ft_s", _FOOT_MM),
    Unit("ft/min", "velocity", "ft_min", _FOOT_MM / 60),
    Unit("mph", "velocity", "mph", 447.04),
    Unit("mg", "acceleration", "mg"),
    Unit("g", "acceleration", "g", 1000.0),
    Unit("m/s2", "acceleration", "m_s2", 1000 / _GRAVITY),
    Unit("mm/s2", "acceleration", "mm_s2", 1 / _GRAVITY),
    Unit("bar", "pressure", "bar"),
    Unit("mbar", "pressure", "mbar", 0.001),
    Unit("Pa", "pressure", "pa", 1e-5),
    Unit("hPa", "pressure", "hpa", 0.001),
    Unit("kPa", "pressure", "kpa", 0.01),
    Unit("MPa", "pressure", "mpa", 10.0),
    Unit("psi", "pressure", "psi", _PSI_BAR),
    Unit("atm", "pressure", "atm", 1.01325),
    Unit("at", "pressure", "at", 0.980665),
    Unit("Torr", "pressure", "torr", 1.01325 / 760),
    Unit("mmHg", "pressure", "mmhg", 0.00133322387415),
    Unit("mmH2O", "pressure", "mmh2o", 9.80665e-5),
    Unit("mH2O", "pressure", "mh2o", 0.0980665),
    Unit("inHg", "pressure", "inhg", _INCH_MM * 0.00133322387415),
    Unit("inH2O", "pressure", "inh2o", _INCH_MM * 9.80665e-5),
    Unit("ubar", "pressure", "ubar", 1e-6),
    Unit("rpm", "rotation", "rpm"),
    Unit("Hz", "rotation", "hz", 60.0),
    Unit("kHz", "rotation", "khz", 60_000.0),
    Unit("rad/s", "rotation", "rad_s", 30 / math.pi),
    Unit("deg/s", "rotation", "deg_s", 1 / 6),
    Unit("A", "current", "a"),
    Unit("mA", "current", "ma", 0.001),
    Unit("uA", "current", "ua", 1e-6),
    Unit("kA", "current", "ka", 1000.0),
    Unit("V", "voltage", "v"),
    Unit("mV", "voltage", "mv", 0.001),
    Unit("kV", "voltage", "kv", 1000.0),
    Unit("kW", "power", "kw"),
    Unit("W", "power", "w", 0.001),
    Unit("MW", "power", "megawatt", 1000.0),
    Unit("hp", "power", "hp", 550 * 0.3048 * _POUND_FORCE_N / 1000),
    Unit("PS", "power", "ps", 75 * _GRAVITY / 1000),
    Unit("Btu/h", "power", "btu_h", 1055.05585262 / 3.6e6),
    Unit("kcal/h", "power", "kcal_h", 4184 / 3.6e6),
    Unit("kVA", "apparent power", "kva"),
    Unit("VA", "apparent power", "va", 0.001),
    Unit("MVA", "apparent power", "megavolt_ampere", 1000.0),
    Unit("kvar", "reactive power", "kvar"),
    Unit("var", "reactive power", "var", 0.001),
    Unit("kWh", "energy", "kwh"),
    Unit("Wh", "energy", "wh", 0.001),
    Unit("MWh", "energy", "mwh", 1000.0),
    Unit("GWh", "energy", "gwh", 1e6),
    Unit("J", "energy", "j", 1 / 3.6e6),
    Unit("kJ", "energy", "kj", 1 / 3600),
    Unit("MJ", "energy", "mj", 1 / 3.6),
    Unit("GJ", "energy", "gj", 1000 / 3.6),
    Unit("kcal", "energy", "kcal", 4184 / 3.6e6),
    Unit("Btu", "energy", "btu", 1055.05585262 / 3.6e6),
    Unit("MMBtu", "energy", "mmbtu", 1055.05585262 / 3.6),
    Unit("kVAh", "apparent energy", "kvah"),
    Unit("VAh", "apparent energy", "vah", 0.001),
    Unit("kvarh", "reactive energy", "kvarh"),
    Unit("varh", "reactive energy", "varh", 0.001),
    Unit("kg", "mass", "kg"),
    Unit("gram", "mass", "gram", 0.001),
    Unit("milligram", "mass", "milligram", 1e-6),
    Unit("t", "mass", "t", 1000.0),
    Unit("lb", "mass", "lb", _POUND_KG),
    Unit("oz", "mass", "oz", _POUND_KG / 16),
    Unit("kg/h", "mass flow", "kg_h"),
    Unit("kg/min", "mass flow", "kg_min", 60.0),
    Unit("kg/s", "mass flow", "kg_s", 3600.0),
    Unit("gram/s", "mass flow", "gram_s", 3.6),
    Unit("t/h", "mass flow", "t_h", 1000.0),
    Unit("lb/h", "mass flow", "lb_h", _POUND_KG),
    Unit("klb/h", "mass flow", "klb_h", 1000 * _POUND_KG),
    Unit("m3/h", "flow", "m3_h"),
    Unit("m3/min", "flow", "m3_min", 60.0),
    Unit("m3/s", "flow", "m3_s", 3600.0),
    Unit("m3/d", "flow", "m3_d", 1 / 24),
    Unit("l/h", "flow", "l_h", 0.001),
    Unit("l/min", "flow", "l_min", 0.06),
    Unit("l/s", "flow", "l_s", 3.6),
    Unit("ml/min", "flow", "ml_min", 6e-5),
    Unit("gpm", "flow", "gpm", 60 * _GALLON_M3),
    Unit("cfm", "flow", "cfm", 60 * _FOOT3_M3),
    Unit("Nm3/h", "flow at normal conditions", "nm3_h"),
    Unit("Nl/min", "flow at normal conditions", "nl_min", 0.06),
    Unit("m3", "volume", "m3"),
    Unit("l", "volume", "l", 0.001),
    Unit("hl", "volume", "hl", 0.1),
    Unit("ml", "volume", "ml", 1e-6),
    Unit("gal", "volume", "gal", _GALLON_M3),
    Unit("ft3", "volume", "ft3", _FOOT3_M3),
    Unit("N", "force", "n"),
    Unit("daN", "force", "dan", 10.0),
    Unit("kN", "force", "kn", 1000.0),
    Unit("kgf", "force", "kgf", _GRAVITY),
    Unit("lbf", "force", "lbf", _POUND_FORCE_N),
    Unit("Nm", "torque", "nm"),
    Unit("kNm", "torque", "knm", 1000.0),
    Unit("Ncm", "torque", "ncm", 0.01),
    Unit("lbf.ft", "torque", "lbf_ft", 0.3048 * _POUND_FORCE_N),
    Unit("lbf.in", "torque", "lbf_in", 0.0254 * _POUND_FORCE_N),
    Unit("deg", "angle", "deg"),
    Unit("rad", "angle", "rad", 180 / math.pi),
    Unit("rev", "angle", "rev", 360.0),
    Unit("mm", "length", "mm"),
    Unit("um", "length", "um", 0.001),
    Unit("cm", "length", "cm", 10.0),
    Unit("m", "length", "m", 1000.0),
    Unit("km", "length", "km", 1e6),
    Unit("in", "length", "in", _INCH_MM),
    Unit("ft", "length", "ft", _FOOT_MM),
    Unit("mil", "length", "mil", _INCH_MM / 1000),
    Unit("m2", "area", "m2"),
    Unit("cm2", "area", "cm2", 1e-4),
    Unit("mm2", "area", "mm2", 1e-6),
    Unit("s", "time", "s"),
    Unit("us", "time", "us", 1e-6),
    Unit("ms", "time", "ms", 0.001),
    Unit("min", "time", "min", 60.0),
    Unit("h", "time", "h", 3600.0),
    Unit("d", "time", "d", 86_400.0),
    Unit("dB", "sound", "db"),
    Unit("dBA", "weighted sound", "dba"),
    Unit("%", "share", "pct"),
    Unit("frac", "share", "frac", 100.0),
    Unit("permille", "share", "permille", 0.1),
    Unit("ppm", "share", "ppm", 1e-4),
    Unit("ppb", "share", "ppb", 1e-7),
    Unit("1", "number", "number"),
    Unit("pH", "acidity", "ph"),
    Unit("Ohm", "resistance", "ohm"),
    Unit("mOhm", "resistance", "milliohm", 0.001),
    Unit("kOhm", "resistance", "kohm", 1000.0),
    Unit("MOhm", "resistance", "megohm", 1e6),
    Unit("uS/cm", "conductivity", "us_cm"),
    Unit("mS/cm", "conductivity", "ms_cm", 1000.0),
    Unit("S/m", "conductivity", "s_m", 10_000.0),
    Unit("Ah", "charge", "ah"),
    Unit("mAh", "charge", "mah", 0.001),
    Unit("mg/l", "concentration", "mg_l"),
    Unit("ug/l", "concentration", "ug_l", 0.001),
    Unit("gram/l", "concentration", "gram_l", 1000.0),
    Unit("mg/m3", "concentration", "mg_m3", 0.001),
    Unit("ug/m3", "concentration", "ug_m3", 1e-6),
    Unit("kg/m3", "concentration", "kg_m3", 1000.0),
    Unit("NTU", "turbidity", "ntu"),
    Unit("mPa.s", "viscosity", "mpa_s"),
    Unit("Pa.s", "viscosity", "pa_s", 1000.0),
    Unit("mm2/s", "kinematic viscosity", "mm2_s"),
    Unit("W/m2", "irradiance", "w_m2"),
    Unit("lx", "illuminance", "lx"),
    Unit("T", "magnetic flux density", "tesla"),
    Unit("mT", "magnetic flux density", "millitesla", 0.001),
)
UNITS: dict[str, Unit] = {unit.symbol: unit for unit in _ALL}
"""Every unit by its symbol; no two have one."""


def unit(text: str) -> Unit:
    """The unit of that symbol, or of another spelling that means one unit alone.

    Raises:
        ContractError: No such unit, or several of different quantities; the message lists the legal ones.
    """
    if text in UNITS:
        return UNITS[text]
    found = {symbol for spelled in _by_quantity().values() if (symbol := spelled.get(unit_key(text))) is not None}
    if len(found) != 1:
        raise ContractError(unknown_name("unit", text, sorted(found) or UNITS))
    return UNITS[found.pop()]


def unit_text(text: str) -> str:
    """The text, where it names a unit of some quantity; which one its metric says.

    Raises:
        ContractError: No such unit; the message lists the legal ones.
    """
    if not is_unit(text):
        raise ContractError(unknown_name("unit", text, UNITS))
    return text


def is_unit(text: str) -> bool:
    """Whether a text is a unit of any quantity, by its symbol or another spelling."""
    return text in UNITS or any(unit_key(text) in spelled for spelled in _by_quantity().values())


def unit_key(text: str) -> str:
    """The text by which a spelling is looked up: compatible characters as one (`m³` is `m3`), without blanks."""
    return unicodedata.normalize("NFKC", text).replace(" ", "")


def conversion(source: str, target: str) -> tuple[float, float]:
    """Factor and offset with ``target_value = source_value * factor + offset``; (1.0, 0.0) for equal units.

    Raises:
        ContractError: The two units measure different quantities, or one is unknown.
    """
    one, other = unit(source), unit(target)
    if one.quantity != other.quantity:
        raise ContractError(f"{source!r} measures {one.quantity}, {target!r} measures {other.quantity}: no conversion")
    if one == other:
        return 1.0, 0.0
    return one.factor / other.factor, (one.offset - other.offset) / other.factor


def convertible(target: str) -> tuple[str, ...]:
    """Symbols of every unit that measures the same quantity as `target`, itself included, sorted."""
    quantity = unit(target).quantity
    return tuple(sorted(u.symbol for u in UNITS.values() if u.quantity == quantity))


@cache
def spelled_conversions(target: str) -> dict[str, tuple[float, float]]:
    """Factor and offset of every spelling, as `unit_key` gives it, of the units that `convertible` names."""
    spelled = _by_quantity()[unit(target).quantity]
    return {text: conversion(symbol, target) for text, symbol in spelled.items()}


@cache
def _by_quantity() -> dict[str, dict[str, str]]:
    """Quantity -> spelling -> symbol. A spelling may mean units of several quantities, as `mg` does."""
    found: dict[str, dict[str, str]] = {one.quantity: {} for one in _ALL}
    for one in _ALL:
        texts = (one.symbol, *SPELLINGS.get(one.symbol, "").split())
        found[one.quantity] |= dict.fromkeys(map(unit_key, texts), one.symbol)
    return found
