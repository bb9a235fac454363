"""What the name of a column says: the metric's name, its unit, and whether it names a machine or a sensor. Pure."""

import re
import unicodedata

from expectations.errors import ContractError
from expectations.units import is_unit, unit
from jobs.plant.draft.noted import Noted

_BRACKETS = re.compile(r"^(.*?)[\s_]*[\[(]([^\])]+)[\])]\s*$")
_SUFFIX = re.compile(r"^(.+?)[\s_]+([^\s_]+)$")
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_SHORT = {"c": "C", "f": "F", "a": "A", "v": "V", "hz": "Hz", "kw": "kW", "pa": "Pa", "kpa": "kPa", "mpa": "MPa"}
# `received_at` is a time, and no pressure in technical atmospheres.
_NO_UNITS = frozenset(("at",))
# A part of a name -> the unit that such a quantity usually has.
_USUAL = (
    ("temp", "C"), ("press", "bar"), ("druck", "bar"), ("volt", "V"), ("spannung", "V"), ("curr", "A"), ("strom", "A"),
    ("amp", "A"), ("rotat", "rpm"), ("rpm", "rpm"), ("speed", "rpm"), ("drehzahl", "rpm"), ("vibr", "mm/s"),
    ("velocity", "mm/s"), ("power", "kW"), ("leistung", "kW"), ("humi", "%"), ("feucht", "%"), ("freq", "Hz"),
    ("flow", "m3/h"), ("level", "%"), ("torque", "Nm"), ("energy", "kWh"), ("beschl", "g"),
    ("acc", "g"),
)  # fmt: skip
_THINGS = (
    "machine|asset|device|equipment|host|station|pump|motor|turbine|compressor|line|unit|"
    "maschine|anlage|pumpe|verdichter|aggregat"
)
MACHINE = re.compile(rf"(\w*[_ ])?({_THINGS})([_ ]?(id|no|nr|num|number|name|code|key|tag))?", re.I)
SENSOR = re.compile(r"sensor|point|channel|probe|node", re.I)
METRIC = re.compile(r"^(metric|tag|signal|variable|measurement|parameter|name|item)$|_?tag_?name", re.I)
# A name of a point, where a value is beside it.
TAG_ID = re.compile(r"^(id|n|node_?id|path|tag_?path|address|series|curve|point|key)$", re.I)
VALUE = re.compile(r"^(value|val|v|reading|wert|messwert)$", re.I)
UNIT = re.compile(r"^(u|eu|(eng_?)?(unit|uom|einheit)s?)$", re.I)
# What a device says of itself is no measurement.
HOUSEKEEPING = re.compile(
    r"sequence|seq_?n|index|length|address|status|event|counter$|range|version|serial|time$", re.I
)


def metric_in(text: str) -> str:
    """The first quantity that a text names, such as temperature in a file's name; empty where it names none."""
    words = re.findall(r"[a-z]+", text.lower())
    return next((word for word in words for part, _ in _USUAL if word.startswith(part)), "")


def metric_name(column: str) -> str:
    """A name for the metric of a column: lower case, ASCII, words with underscores, without the unit."""
    plain = unicodedata.normalize("NFKD", _parted(column)[0]).encode("ascii", "ignore").decode()
    words = [word.lower() for word in _WORDS.findall(plain)]
    name = "_".join(words) or "value"
    return name if name[0].isalpha() else f"m_{name}"


def unit_of(column: str) -> Noted:
    """The unit of a column's values, as far as its name says it."""
    _, symbol = _parted(column)
    if symbol:
        return Noted(symbol, "from the column's name")
    usual = next((symbol for part, symbol in _USUAL if part in column.lower()), "")
    if usual and is_unit(usual):
        return Noted(usual, "usual for such a name", f"is the unit of {column} {usual}?")
    return Noted("1", "", f"which unit does {column} have?")


def is_quantity(column: str) -> bool:
    """Whether a name says that something is measured: by its unit, or by a quantity."""
    return has_unit(column) or any(part in column.lower() for part, _ in _USUAL)


def has_unit(column: str) -> bool:
    """Whether the name of a column has a unit in it: what it holds is measured."""
    return bool(_parted(column)[1])


def _parted(column: str) -> tuple[str, str]:
    """The name without its unit, and the unit's symbol; empty where there is none."""
    for pattern in (_BRACKETS, _SUFFIX):
        found = pattern.match(column)
        if found is None:
            continue
        spelled = _SHORT.get(found[2].lower(), found[2])
        if is_unit(spelled) and not spelled.isdigit() and spelled not in _NO_UNITS:
            return found[1], symbol_of(spelled)
    return column, ""


def symbol_of(spelled: str) -> str:
    """The symbol of a unit; the spelling itself where it is none, or could be several."""
    try:
        return unit(spelled).symbol
    except ContractError:  # several quantities have that spelling: its metric says which
        return spelled
