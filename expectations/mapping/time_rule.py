"""`[time]` of a mapping: where the time is and what it means."""

import re
from collections.abc import Mapping as Table
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import available_timezones

from expectations.durations import seconds
from expectations.errors import MappingError, unknown_name
from expectations.feeds import Feed
from expectations.mapping.equal_stamps import EqualStamps, equal_stamps
from expectations.mapping.row_step import RowStep, row_step
from expectations.plant.toml_reader import Section

TIME_KINDS = ("zoned", "local", "epoch", "excel")
EPOCH_UNITS = ("d", "h", "min", "s", "ms", "us", "100ns", "ns")
REPEATED = ("refuse", "by_order", "first", "second")
TOKENS = frozenset("YymdHIMSLjGVufbBaApzZFTRD%")
"""Letters behind a percent sign; `domain.record.time_pattern` reads them."""
_OFFSET = re.compile(r"[+-](0\d|1\d|2[0-3]):?[0-5]\d")
_BEHIND_MARK = re.compile("[.,]%-?L")
_OF_DATE, _OF_HOUR = frozenset("Yymdbj"), frozenset("HI")
_ZONE_BEHIND = re.compile(r"%-?[SMLfpTR] ?(Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)\Z")
_AT_UTC = ("UTC", "GMT", "Etc/UTC", "Etc/GMT", "Zulu", "Etc/Zulu", "Universal", "Etc/Universal")
_FIXED = "Etc/GMT"
"""Zones of one offset all year begin with it."""
_TOKEN = re.compile(r"%-?(.?)", re.DOTALL)
_WHOLE = {"F": "Ymd", "T": "HMS", "R": "HM", "D": "mdy", "B": "b", "A": "a", "%": ""}
_MARKS = ("start", "end")
_WEEK = frozenset("GVu")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class TimeRule:
    """Where the time is and what it means; what each field means: `domain.record.times.TimeRule`.

    `column` is the source's column; a rule of today's lakes and bundles has the first five fields only.
    """

    column: str
    kind: str
    zone: str = "UTC"
    unit: str = "us"
    format: str = ""
    joined: tuple[str, ...] = ()
    offsets: dict[str, str] = field(default_factory=dict)
    repeated: str = "first"
    plus_column: str = ""
    plus_unit: str = "us"
    plus_optional: bool = False
    earlier_us: int = 0
    needs_clock: bool = False
    since_us: int = 0
    given: dict[str, str] = field(default_factory=dict)
    equal_stamps: EqualStamps | None = None
    every: RowStep | None = None

    @property
    def named(self) -> tuple[str, ...]:
        """Everything that the time is made of: source columns, and names of `given`."""
        return (self.column, *self.joined, *([self.plus_column] if self.plus_column else []))

    @property
    def columns(self) -> tuple[str, ...]:
        """Every source column that the time is made of."""
        return tuple(name for name in self.named if name not in self.given)

    def with_given(self, texts: Table[str, str]) -> "TimeRule":
        """The rule with those of the texts that the time is made of: a constant, or what a path says."""
        return replace(self, given={**self.given, **{name: texts[name] for name in self.named if name in texts}})


def time_rule(section: Section, feed: Feed) -> TimeRule:
    """The rule in a table `[time]`.

    Raises:
        MappingError: An unknown key or value, or keys that contradict each other.
    """
    kind, zone = _one_of(section, "kind", TIME_KINDS, "zoned"), section.take("zone", str, "")
    columns, plus = _columns(section), section.table("plus")
    has_plus = section.take("plus", dict, None) is not None
    rule = TimeRule(
        column=columns[0],
        kind=kind,
        zone=zone or "UTC",
        unit=_one_of(section, "unit", EPOCH_UNITS, "us"),
        format=section.take("format", str, ""),
        joined=columns[1:],
        offsets=section.strings("offsets"),
        repeated=_one_of(section, "repeated", REPEATED, "refuse" if _has_zone(kind, zone) else "first"),
        plus_column=plus.take("column", str) if has_plus else "",
        plus_unit=_one_of(plus, "unit", EPOCH_UNITS, "us") if has_plus else "us",
        plus_optional=plus.take("optional", bool, default=False) if has_plus else False,
        earlier_us=_earlier_us(section),
        needs_clock=not section.take("date_only", bool, default=feed.name != "readings") and kind == "local",
        since_us=_since_us(section, kind),
        equal_stamps=equal_stamps(section),
        every=row_step(section),
    )
    if rule.every is not None and rule.equal_stamps is not None:
        raise MappingError(f"{section.where}: `every` gives each row a time of its own; leave same_stamp out")
    _check_zone(rule, zone, section.where)
    _check_format(rule, section.where)
    plus.finish()
    section.finish()
    return rule


def _has_zone(kind: str, zone: str) -> bool:
    return kind in ("local", "excel") and zone not in ("", "UTC")


def _columns(section: Section) -> tuple[str, ...]:
    columns = section.texts("columns", ())
    if not columns:
        return (section.take("column", str),)
    if section.take("column", str, None) is not None:
        raise MappingError(f"{section.where}: `column` and `columns` name the time; legal: one of them")
    return columns


def _earlier_us(section: Section) -> int:
    """How much before its stamp an interval begins: readings are stored at the begin of their interval."""
    marks, interval = _one_of(section, "marks", _MARKS, "start"), section.take("interval", str, "")
    if marks == "end" and not interval:
        raise MappingError(f"{section.where}: marks = 'end' without `interval`; add its length, such as \"10min\"")
    return seconds(interval) * 1_000_000 if marks == "end" else 0


def _since_us(section: Section, kind: str) -> int:
    """What numbers count from, microseconds since 1970; a date is its midnight."""
    at = section.take("since", object, None)
    if at is None:
        return 0
    if kind not in ("epoch", "excel"):
        raise MappingError(f"{section.where}: since belongs to kind = 'epoch' or 'excel'; kind is {kind!r}")
    if isinstance(at, date) and not isinstance(at, datetime):
        at = datetime(at.year, at.month, at.day, tzinfo=UTC)
    if not isinstance(at, datetime) or at.tzinfo is None:
        legal = "legal: a date such as 1904-01-01, or a time with a zone, such as 1601-01-01T00:00:00Z"
        raise MappingError(f"{section.where}: since = {at!r}; {legal}")
    return (at - _EPOCH) // timedelta(microseconds=1)


def _one_of(section: Section, key: str, legal: tuple[str, ...], default: str) -> str:
    value: str = section.take(key, str, default)
    section.keys.legal(key, legal)
    if value not in legal:
        raise MappingError(f"{section.where}: {unknown_name(key, value, legal)}")
    return value


def _check_zone(rule: TimeRule, zone: str, where: str) -> None:
    if rule.kind in ("local", "excel") and not zone:
        raise MappingError(
            f"{where}: kind = {rule.kind!r} without a zone; add `zone`, an IANA name such as Europe/Rome (UTC where "
            "the clocks of the source use it; Etc/GMT-1 is UTC+1 the whole year)"
        )
    if rule.zone != "UTC" and rule.zone not in _zones():
        raise MappingError(f"{where}: unknown zone {rule.zone!r}; legal: IANA names such as Europe/Rome")


@cache
def _zones() -> frozenset[str]:
    """Finding them walks through all files of the tz database: once a process."""
    return frozenset(available_timezones())


def _check_format(rule: TimeRule, where: str) -> None:
    if rule.kind in ("epoch", "excel") and (rule.format or rule.joined):
        raise MappingError(f"{where}: kind = {rule.kind!r} is one number; `format` and `columns` are for texts")
    for name, offset in rule.offsets.items():
        if _OFFSET.fullmatch(offset) is None:
            raise MappingError(f'{where}: offsets: {name} = {offset!r}; legal: CEST = "+02:00"')
    if not rule.format:
        return
    letters = format_letters(rule.format, where)
    if rule.kind == "local" and (named := _other_zone(rule)):
        raise MappingError(
            f"{where}: format = {rule.format!r} ends with {named!r}, which is a zone, and zone = {rule.zone!r}; legal: "
            "kind = 'zoned' with %z, or the zone that the texts name"
        )
    if rule.needs_clock and not letters & set("HI"):
        raise MappingError(f"{where}: format = {rule.format!r} has no clock; add it, or say date_only = true")
    has_zone = bool(letters & set("zZ"))
    if has_zone != (rule.kind == "zoned"):
        what = "names no zone: add %z or %Z, or say kind = 'local' and `zone`" if rule.kind == "zoned" else "names one"
        raise MappingError(f"{where}: kind = {rule.kind!r}, and format = {rule.format!r} {what}")
    if ("Z" in letters) != bool(rule.offsets):
        raise MappingError(
            f'{where}: %Z needs [time.offsets], and only %Z does, such as CET = "+01:00", CEST = "+02:00"'
        )


def _other_zone(rule: TimeRule) -> str:
    """A zone that the pattern has as a text, and that is not the rule's; else empty."""
    found = _ZONE_BEHIND.search(rule.format)
    if found is None or (found[1][0] in "+-" and rule.zone.startswith(_FIXED)):
        return ""
    is_utc = found[1] in ("Z", "UTC", "GMT") or not found[1].strip("+-0:")
    return "" if is_utc and rule.zone in _AT_UTC else found[1]


def format_letters(text: str, where: str) -> set[str]:
    """The letters of a pattern's tokens.

    Raises:
        MappingError: An unknown token, one that is there twice, or no whole date.
    """
    found = [letter for token in _TOKEN.findall(text) for letter in _letters(token, text, where)]
    letters = set(found)
    twice = sorted(letter for letter in letters if found.count(letter) > 1)
    if twice:
        raise MappingError(f"{where}: format = {text!r} has %{twice[0]} twice")
    if _is_minute_for_month(found):
        raise MappingError(f"{where}: format = {text!r} has minutes (%M) beside the date; legal: %m for the month")
    is_day = "j" in letters or ("d" in letters and bool(letters & {"m", "b"}))
    is_week = letters & _WEEK
    if is_week and (letters & _WEEK != _WEEK or letters & set("YymbdDj")):
        raise MappingError(f"{where}: format = {text!r}: %G, %V and %u go together, without another date")
    if not is_week and not (letters & {"Y", "y"} and is_day):
        legal = "%Y or %y with %m (or %b) and %d, or %j; or %G, %V and %u"
        raise MappingError(f"{where}: format = {text!r} names no date; legal: {legal}")
    if ("I" in letters) != ("p" in letters) or {"H", "I"} <= letters:
        raise MappingError(f"{where}: format = {text!r}: %I needs %p, and %H is alone")
    if _BEHIND_MARK.search(text):
        raise MappingError(f"{where}: format = {text!r}: digits behind a decimal mark are a fraction; legal: %f there")
    if {"f", "L"} <= letters:
        raise MappingError(f"{where}: format = {text!r}: %f is a fraction and %L milliseconds; legal: one of them")
    return letters


def _is_minute_for_month(letters: Sequence[str]) -> bool:
    """Whether %M is beside a part of the date, and not behind the hour: it reads minutes, and %m the month."""
    if "M" not in letters:
        return False
    place = letters.index("M")
    before, behind = letters[:place][-1:], letters[place + 1 :][:1]
    return not _OF_HOUR.intersection(before) and bool(_OF_DATE.intersection((*before, *behind)))


def _letters(token: str, text: str, where: str) -> Table[str, None]:
    if token not in TOKENS or not token:
        legal = " ".join(f"%{letter}" for letter in sorted(TOKENS))
        raise MappingError(f"{where}: format = {text!r}: unknown token '%{token}'; legal: {legal}")
    return dict.fromkeys(_WHOLE.get(token, token))
