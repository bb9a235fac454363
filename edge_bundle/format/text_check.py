"""What must be true of a source's times and texts: known forms, patterns and lists that end."""

from __future__ import annotations

import re
from collections.abc import Callable

from edge_bundle.format import bounds
from edge_bundle.format.pipeline import CsvRule, NumberRule, Source, TimeRule
from edge_bundle.format.pipeline_kinds import EPOCH_UNITS

DELIMITERS = (",", ";", "\t", "|", " ")
"""These and the next as mappings have them: `expectations.mapping`."""
ENCODINGS = (
    "auto", "utf-8", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "latin-1", "iso-8859-2", "iso-8859-15", "cp1250",
    "cp1251", "cp1253", "cp1254", "cp1257", "cp437", "cp850", "cp852", "cp866", "shift_jis", "euc-jp", "gb18030",
    "big5", "euc-kr",
)  # fmt: skip
DECIMALS = (".", ",")
THOUSANDS = ("", ".", ",", " ", "'")
TIME_KINDS = ("zoned", "local", "epoch", "excel")
TIME_UNITS = ("d", "h", "min", *EPOCH_UNITS, "100ns", "ns")
REPEATED = ("refuse", "by_order", "first", "second")
TOKENS = frozenset("YymdHIMSLjGVufbBaApzZFTRD%")
MAX_FORMAT = 64
"""Characters of a pattern of times."""
MAX_LIST = 64
"""Entries of a list of columns, marks or beginnings of lines; columns of fixed width and names may be more."""
MAX_EARLIER_US = 366 * 86_400 * 1_000_000
MAX_SINCE_US = 253_402_300_800_000_000
"""The year 10000 in microseconds since 1970; the year 1 is nearer."""
MAX_SKIPPED = 1_000
# Names of the tz database; nothing that leads out of its folder.
_ZONE = re.compile(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+){0,3}\Z")
_OFFSET = re.compile(r"[+-](0\d|1\d|2[0-3]):?[0-5]\d\Z")
_TOKEN = re.compile(r"%-?(.?)", re.DOTALL)

Need = Callable[[bool, str], None]


def check_time(rule: TimeRule, where: str, need: Need) -> None:
    """Refuse a rule of times of an unknown form.

    Args:
        rule: The rule.
        where: What the message begins with.
        need: Called with whether something holds, and the message where it does not.
    """
    need(rule.kind in TIME_KINDS, f"{where}: time kind {rule.kind!r}; legal: {', '.join(TIME_KINDS)}")
    for unit in (rule.unit, rule.plus_unit):
        need(unit in TIME_UNITS, f"{where}: time unit {unit!r}; legal: {', '.join(TIME_UNITS)}")
    need(_ZONE.match(rule.zone) is not None, f"{where}: zone {rule.zone[:80]!r} is no name of the tz database")
    need(rule.repeated in REPEATED, f"{where}: repeated {rule.repeated[:80]!r}; legal: {', '.join(REPEATED)}")
    need(0 <= rule.earlier_us <= MAX_EARLIER_US, f"{where}: an interval of {rule.earlier_us} us; legal: up to a year")
    need(abs(rule.since_us) <= MAX_SINCE_US, f"{where}: times count from {rule.since_us} us; legal: years 1 to 9999")
    need(len(rule.joined) <= MAX_LIST, f"{where}: {len(rule.joined)} columns of a time; legal: {MAX_LIST}")
    need(len(rule.offsets) <= MAX_LIST, f"{where}: {len(rule.offsets)} offsets; legal: {MAX_LIST}")
    is_offset = all(_OFFSET.match(text) for text in rule.offsets.values())
    need(is_offset, f"{where}: an offset is none of the form +02:00")
    _check_lengths((*rule.columns, *rule.offsets), where, need)
    _check_format(rule.format, where, need)


def _check_format(text: str, where: str, need: Need) -> None:
    need(len(text) <= MAX_FORMAT, f"{where}: a pattern of {len(text)} characters; legal: {MAX_FORMAT}")
    tokens = _TOKEN.findall(text)
    unknown = [token for token in tokens if token not in TOKENS or not token]
    need(not unknown, f"{where}: unknown token '%{''.join(unknown[:1])}' in a pattern of times")
    plain = [whole for token in tokens for whole in _WHOLE.get(token, token)]
    need(len(set(plain)) == len(plain), f"{where}: a pattern of times has a token twice")
    letters = set(plain)
    is_day = "j" in letters or ("d" in letters and bool(letters & {"m", "b"}))
    is_date = letters >= {"G", "V", "u"} or (bool(letters & {"Y", "y"}) and is_day)
    need(not text or is_date, f"{where}: a pattern of times without a date")


_WHOLE = {"F": "Ymd", "T": "HMS", "R": "HM", "D": "mdy", "B": "b", "A": "a", "%": ""}


def check_text_rules(source: Source, where: str, need: Need) -> None:
    """Refuse rules of texts of an unknown form. Arguments: as for `check_time`."""
    need(source.encoding in ENCODINGS, f"{where}: encoding {source.encoding[:40]!r}; legal: {', '.join(ENCODINGS)}")
    _check_csv(source.csv, where, need)
    _check_numbers(source.numbers, where, need)


def _check_csv(rule: CsvRule, where: str, need: Need) -> None:
    for count in (rule.skip, rule.skip_after_header):
        need(0 <= count <= MAX_SKIPPED, f"{where}: {count} lines to skip; legal: 0 to {MAX_SKIPPED}")
    need(len(rule.names) <= bounds.MAX_ENTRIES, f"{where}: {len(rule.names)} names; legal: {bounds.MAX_ENTRIES}")
    need(len(rule.comments) <= MAX_LIST, f"{where}: {len(rule.comments)} comments; legal: {MAX_LIST}")
    need(all(rule.comments), f"{where}: a comment's beginning is empty")
    is_width = len(rule.widths) <= bounds.MAX_ENTRIES and all(0 < width <= bounds.MAX_TEXT for width in rule.widths)
    need(is_width, f"{where}: widths are not of 1 to {bounds.MAX_TEXT} characters, or too many")
    _check_lengths((*rule.names, *rule.comments), where, need)


def _check_numbers(rule: NumberRule, where: str, need: Need) -> None:
    need(rule.decimal in DECIMALS, f"{where}: decimal {rule.decimal[:20]!r}; legal: {DECIMALS}")
    need(rule.thousands in THOUSANDS, f"{where}: thousands {rule.thousands[:20]!r}; legal: {THOUSANDS}")
    need(rule.decimal != rule.thousands, f"{where}: decimal and thousands are both {rule.decimal[:20]!r}")
    need(len(rule.strip) <= MAX_LIST and all(rule.strip), f"{where}: marks are empty or more than {MAX_LIST}")
    _check_lengths(rule.strip, where, need)


def _check_lengths(texts: tuple[str, ...], where: str, need: Need) -> None:
    longest = max(map(len, texts), default=0)
    need(longest <= bounds.MAX_TEXT, f"{where}: a text has {longest} characters; legal are at most {bounds.MAX_TEXT}")
