"""`[csv]` and `[numbers]` of a mapping: how a file of texts is laid out, and how numbers are written in it."""

from dataclasses import dataclass

from expectations.errors import MappingError, unknown_name
from expectations.plant.toml_reader import Section

DELIMITERS = (",", ";", "\t", "|", " ")
ENCODINGS = (
    "auto", "utf-8", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "latin-1", "iso-8859-2", "iso-8859-15", "cp1250",
    "cp1251", "cp1253", "cp1254", "cp1257", "cp437", "cp850", "cp852", "cp866", "shift_jis", "euc-jp", "gb18030",
    "big5", "euc-kr",
)  # fmt: skip
DECIMALS = (".", ",")
THOUSANDS = ("", ".", ",", " ", "'")
_MOST_SKIPPED = 1_000


@dataclass(frozen=True, slots=True)
class CsvRule:
    """How a CSV file is laid out; what each field means: `domain.record.csv_layout.LayoutRule`."""

    skip: int = 0
    find_header: bool = False
    names: tuple[str, ...] = ()
    skip_after_header: int = 0
    comments: tuple[str, ...] = ()
    trim: bool = False
    unguard: bool = False
    trailing_delimiters: bool = False
    widths: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class NumberRule:
    """How numbers are written in texts; what each field means: `domain.record.number_text.NumberRule`."""

    decimal: str = "."
    thousands: str = ""
    strip: tuple[str, ...] = ()


PLAIN_CSV, PLAIN_NUMBERS = CsvRule(), NumberRule()
"""A header first, and numbers as everywhere in computing."""


def csv_rule(section: Section) -> CsvRule:
    """The rule in a table `[csv]`.

    Raises:
        MappingError: An unknown key, a bad value, or keys that contradict each other.
    """
    rule = CsvRule(
        skip=_count(section, "skip"),
        find_header=section.take("find_header", bool, default=False),
        names=section.texts("names", ()),
        skip_after_header=_count(section, "skip_after_header"),
        comments=section.texts("comments", ()),
        trim=section.take("trim", bool, default=False),
        unguard=section.take("unguard", bool, default=False),
        trailing_delimiters=section.take("trailing_delimiters", bool, default=False),
        widths=_widths(section),
    )
    section.finish()
    if rule.names and (rule.find_header or rule.skip_after_header):
        raise MappingError(
            f"{section.where}: `names` are for files without a header; a header with other names is skipped: skip = 1"
        )
    if {"-", "+"} & set(rule.comments):
        raise MappingError(f"{section.where}: comments holds a sign with which numbers begin; legal: longer beginnings")
    if not all(rule.comments):
        raise MappingError(f"{section.where}: comments holds an empty text; legal: beginnings of lines, such as '#'")
    return rule


def number_rule(section: Section) -> NumberRule:
    """The rule in a table `[numbers]`.

    Raises:
        MappingError: An unknown key, a bad value, or keys that contradict each other.
    """
    rule = NumberRule(
        decimal=one_of(section, "decimal", DECIMALS, "."),
        thousands=one_of(section, "thousands", THOUSANDS, ""),
        strip=section.texts("strip", ()),
    )
    section.finish()
    if rule.decimal == rule.thousands:
        raise MappingError(f"{section.where}: decimal and thousands are both {rule.decimal!r}; legal: two of them")
    bad = [mark for mark in rule.strip if not mark.strip() or any(sign in "0123456789+-.," for sign in mark)]
    if bad:
        raise MappingError(
            f"{section.where}: strip holds {bad[0]!r}; legal: marks without digits, signs, points, commas"
        )
    return rule


def one_of(section: Section, key: str, legal: tuple[str, ...], default: str) -> str:
    """The text of a key, one of a few.

    Raises:
        MappingError: Another text.
    """
    value: str = section.take(key, str, default)
    section.keys.legal(key, legal)
    if value not in legal:
        raise MappingError(f"{section.where}: {unknown_name(key, value, legal)}")
    return value


def _count(section: Section, key: str) -> int:
    value: int = section.take(key, int, 0)
    if not 0 <= value <= _MOST_SKIPPED:
        raise MappingError(f"{section.where}: {key} = {value}; legal: 0 to {_MOST_SKIPPED} lines")
    return value


def _widths(section: Section) -> tuple[int, ...]:
    widths = section.take("widths", list, [])
    if not all(isinstance(width, int) and not isinstance(width, bool) and width > 0 for width in widths):
        raise MappingError(f"{section.where}: widths = {widths}; legal: whole numbers of characters, such as [19, 8]")
    return tuple(widths)
