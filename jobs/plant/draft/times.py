"""Which column holds the time, and in what form. Pure."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise, product

from domain.record.time_pattern import TimePattern
from jobs.plant.draft.table import Table

_CLOCK = r"\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?"
_ISO = re.compile(rf"\d{{4}}-\d\d-\d\d[T ]{_CLOCK}")
_ZONE = re.compile(r"(Z|[+-]\d\d:?\d\d)$")
# Digits of an epoch between 2001 and 2286, by unit.
_EPOCHS = {10: ("s", 1), 13: ("ms", 1_000), 16: ("us", 1_000_000), 19: ("ns", 1_000_000_000)}
_MONTH = r"[^\W\d_]{3,10}\.?"
_NOON = r"\s(?:[AaPp]\.?\s?[Mm]\.?|vorm\.|nachm\.)"
_DATES = {
    r"\d{1,2}\.\d{1,2}\.\d{4}": "%d.%m.%Y",
    r"\d{1,2}/\d{1,2}/\d{4}": "%d/%m/%Y",
    r"\d{4}/\d{1,2}/\d{1,2}": "%Y/%m/%d",
    r"\d{4}-\d\d-\d\d": "%Y-%m-%d",
    r"\d{1,2}\.\d{1,2}\.\d{2}": "%d.%m.%y",
    r"\d{1,2}/\d{1,2}/\d{2}": "%d/%m/%y",
    rf"\d{{1,2}}-{_MONTH}-\d{{4}}": "%d-%b-%Y",
    rf"\d{{1,2}}-{_MONTH}-\d{{2}}": "%d-%b-%y",
    rf"\d{{1,2}} {_MONTH} \d{{4}}": "%d %b %Y",
    rf"\d{{1,2}}\. ?{_MONTH} \d{{4}}": "%d. %b %Y",
    r"\d{8}": "%Y%m%d",
}
_CLOCKS = {r"\d{1,2}:\d\d:\d\d": "%H:%M:%S", r"\d{1,2}:\d\d": "%H:%M", r"\d{6}": "%H%M%S"}
_FRACTIONS = {
    "": "", r"\.\d+": ".%f", r",\d+": ",%f", _NOON: " %p",
    r"(\.\d+)?": ".%f", r"(,\d+)?": ",%f", r":\d{1,3}": ":%L", rf"(\.\d+)?{_NOON}": ".%f %p",
}  # fmt: skip
_FRACTION = re.compile(r":\d\d:\d\d[.,:]\d")
_MILLIS = re.compile(r"ms|milli(s|tm|sec\w*|sek\w*)?", re.I)
_MOST = 200
ZONE_QUESTION = "which zone do the clocks of the source use (IANA name)?"


@dataclass(frozen=True, slots=True)
class TimeGuess:
    """Where the time is.

    Attributes:
        columns: One column, or a date's and a clock's.
        kind: zoned, local or epoch, as in a mapping.
        unit: epoch: s, ms, us or ns.
        format: local: the pattern, empty for ISO 8601.
        first: The earliest time seen, as UTC (a local time is taken as it is); None where no date was seen.
        step: The usual distance of two different times; None with fewer than two.
        question: What the texts cannot say.
        sample: One text, as evidence.
        plus: A column whose number is added, and its unit.
        lacks_date: Whether no column has the date.
    """

    columns: tuple[str, ...]
    kind: str
    unit: str
    format: str
    first: datetime | None
    step: timedelta | None
    question: str
    sample: str
    plus: tuple[str, str] | None = None
    lacks_date: bool = False

    @property
    def named(self) -> tuple[str, ...]:
        """Every column that is about the time."""
        return (*self.columns, *([self.plus[0]] if self.plus else []))


def time_of(table: Table) -> TimeGuess | None:
    """The first column, or pair of neighbouring columns, of which every text is a time; None where there is none."""
    texts = {name: [text for text in table.column(name) if text][:_MOST] for name in table.names}
    for name in table.names:
        if texts[name] and (found := _guess((name,), texts[name])):
            return _with_millis(found, table)
    for date, clock in zip(table.names, table.names[1:], strict=False):
        joined = [f"{day} {hour}" for day, hour in zip(texts[date], texts[clock], strict=False)]
        if joined and (found := _guess((date, clock), joined)):
            return _with_millis(found, table)
    return None


def _with_millis(found: TimeGuess, table: Table) -> TimeGuess:
    """The time with the column of milliseconds behind it, where there is one and the texts have no fraction."""
    behind = table.names.index(found.columns[-1]) + 1
    name = table.names[behind] if behind < len(table.names) else ""
    if found.kind == "epoch" or not _MILLIS.fullmatch(name.strip()):
        return found
    stamps = [" ".join(row) for row in zip(*(table.column(one) for one in found.columns), strict=True)]
    texts = table.column(name)
    if any(map(_FRACTION.search, stamps)) or not all(text.strip().isdecimal() and int(text) < 1_000 for text in texts):
        return found
    within = [int(b) > int(a) for (one, a), (two, b) in pairwise(zip(stamps, texts, strict=True)) if one == two]
    if within and all(within):
        return replace(found, plus=(name, "ms"))
    return replace(
        found, question=f"{found.question} Does {name} count the milliseconds of its seconds (plus)?".strip()
    )


def _guess(columns: tuple[str, ...], texts: Sequence[str]) -> TimeGuess | None:
    if all(map(_ISO.match, texts)):
        zoned = [_ZONE.search(text) is not None for text in texts]
        if all(zoned) or not any(zoned):
            kind = "zoned" if all(zoned) else "local"
            pattern = "" if len(columns) == 1 else _pattern(texts)
            return _of(columns, kind, "us", pattern, texts, datetime.fromisoformat)
    digits = {len(text.split(".")[0]) for text in texts if text.replace(".", "", 1).isdigit()}
    if len(columns) == 1 and len(digits) == 1 and all(text.replace(".", "", 1).isdigit() for text in texts):
        unit, scale = _EPOCHS.get(digits.pop(), ("", 1))
        if unit:
            return _of(columns, "epoch", unit, "", texts, lambda text: datetime.fromtimestamp(float(text) / scale, UTC))
    if pattern := _pattern(texts):
        form = TimePattern(pattern, {})
        return _of(columns, "local", "us", pattern, texts, lambda text: _read(form, text))
    return None


def _read(form: TimePattern, text: str) -> datetime:
    """A local time as UTC: its zone is asked for.

    Raises:
        ValueError: The text is no time of that form.
    """
    wall = form.read(text)
    if wall is None:
        raise ValueError(text)
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=wall.at_us)


def _pattern(texts: Sequence[str]) -> str:
    """The pattern of a date and a clock, one behind the other; empty where there is none."""
    for (date, date_format), (clock, clock_format), (mark, mark_format) in product(
        _DATES.items(), _CLOCKS.items(), _FRACTIONS.items()
    ):
        if all(re.fullmatch(rf"{date}[ T]?{clock}{mark}", text) for text in texts):
            between = next((sign for sign in "T " if re.search(rf"\d{sign}\d+:", texts[0])), "")
            hours = clock_format.replace("%H", "%I") if "%p" in mark_format else clock_format
            return f"{_day_or_month(date_format, texts)}{between}{hours}{mark_format}"
    return ""


def _day_or_month(pattern: str, texts: Sequence[str]) -> str:
    """Slashes mean day first or month first: the number above 12 says it."""
    if not pattern.startswith("%d/%m/"):
        return pattern
    second = [int(text.split("/")[1]) for text in texts]
    return pattern.replace("%d/%m", "%m/%d") if max(second) > 12 else pattern


def _of(
    columns: tuple[str, ...], kind: str, unit: str, pattern: str, texts: Sequence[str],
    read: Callable[[str], datetime],
) -> TimeGuess | None:  # fmt: skip
    try:
        times = sorted({_utc(read(text)) for text in texts})
    except (ValueError, OverflowError, OSError):
        return None
    steps = sorted(later - earlier for earlier, later in pairwise(times))
    question = ZONE_QUESTION if kind == "local" else ""
    if "/" in pattern and pattern.startswith("%d") and max(int(text.split("/")[0]) for text in texts) <= 12:
        question += " Is the day first, as written here, or the month?"
    if kind == "local" and any(_utc(read(later)) < _utc(read(earlier)) for earlier, later in pairwise(texts)):
        question += ' The times go back within the file: were clocks put back (repeated = "by_order")?'
    return TimeGuess(
        columns, kind, unit, pattern, times[0], steps[len(steps) // 2] if steps else None, question, texts[0]
    )


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
