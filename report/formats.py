"""Numbers and times as people read them: thousands apart, units and UTC named."""

from datetime import date, datetime, timedelta

MINUS = "\N{MINUS SIGN}"
MISSING = "unknown"
_WRITTEN = {"C": "°C", "F": "°F", "m/s2": "m/s²", "m3/h": "m³/h", "um": "µm", "1": "number"}
_BYTE_UNITS = ("B", "kB", "MB", "GB", "TB")


def count(value: float | None) -> str:
    """A whole number, thousands apart."""
    return MISSING if value is None else f"{value:,.0f}".replace("-", MINUS)


def number(value: float | None, digits: int = 4) -> str:
    """A number with so many significant digits, never in powers of ten between 0.0001 and a million."""
    if value is None:
        return MISSING
    text = f"{value:,.0f}" if abs(value) >= 10 ** (digits - 1) else f"{value:,.{digits}g}"
    return text.replace("-", MINUS)


def unit_label(symbol: str) -> str:
    """A unit as people write it; the lake's symbols are plain letters."""
    return _WRITTEN.get(symbol, symbol)


def share(part: float, whole: float) -> str:
    """A part of a whole in per cent; fractions near 0 and near 1 keep the digits that distinguish them."""
    if not whole:
        return MISSING
    percent = 100 * part / whole
    if 0 < percent < 0.01:
        return "< 0.01 %"
    if 99.99 < percent < 100:
        return "> 99.99 %"
    digits = 2 if percent < 10 or 99 < percent < 100 else 1
    return f"{percent:.{digits}f}".rstrip("0").rstrip(".") + " %"


def of(part: int, whole: int) -> str:
    """A part beside its denominator."""
    return f"{count(part)} of {count(whole)}"


def plural(value: int, singular: str, many: str = "") -> str:
    """A count with its noun."""
    return f"{count(value)} {singular if value == 1 else many or singular + 's'}"


def moment(at: datetime | None) -> str:
    """A time to the minute; the page says once that all are UTC."""
    return MISSING if at is None else f"{at:%Y-%m-%d %H:%M}"


def day(on: date | None) -> str:
    """A date as people write it."""
    return MISSING if on is None else f"{on.day} {on:%B %Y}"


def short_moment(at: datetime) -> str:
    """A time on an axis or in a story, without the year."""
    return f"{at.day} {at:%b %H:%M}"


def duration(span: timedelta) -> str:
    """A length of time in the largest unit that leaves a readable number."""
    hours = span.total_seconds() / 3600
    if hours < 1:
        return f"{round(hours * 60)} min"
    return f"{hours:.0f} h" if hours < 72 else f"{hours / 24:,.0f} days"


def size(value: int) -> str:
    """Bytes in decimal units."""
    scaled, place = float(value), 0
    while scaled >= 1000 and place < len(_BYTE_UNITS) - 1:
        scaled, place = scaled / 1000, place + 1
    return f"{value} B" if place == 0 else f"{number(scaled, 3)} {_BYTE_UNITS[place]}"
