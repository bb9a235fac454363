"""Time texts by a pattern of the tokens that people know from `strptime`: ``%d.%m.%Y %H:%M:%S,%f``.

A pattern becomes one regular expression in the syntax that Python and RE2 share, so that columns are read by the same
(`bronze.readers.pattern_column`). A number may have one digit less than its token says where something else than a
number is beside it: ``1/2/2026 3:04 PM`` is `%m/%d/%Y %I:%M %p`. A blank means one or more.

24:00 is the midnight at the end of the day (ISO 8601-1:2019). Digits past the microsecond are cut off. A fraction may
be absent with the point or comma before it: sources leave it out where it is zero. Years of two digits are 1969 to 2068
(POSIX strptime). Weeks are those of ISO 8601: week 1 has the year's first Thursday.
"""

from __future__ import annotations

import re
import unicodedata
from calendar import isleap
from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

SECOND_US = 1_000_000
DAY_US = 86_400 * SECOND_US
_DAYS_1970 = 719_163
_NUMBERS = {"Y": 4, "m": 2, "d": 2, "H": 2, "I": 2, "M": 2, "S": 2, "L": 3, "j": 3, "y": 2, "G": 4, "V": 2, "u": 1}
"""Token -> most digits of a number."""
FIXED = frozenset("YyjGu")
"""Tokens whose numbers always have all their digits."""
_WHOLE = {"F": "%Y-%m-%d", "T": "%H:%M:%S", "R": "%H:%M", "D": "%m/%d/%y"}
MONTHS = {
    "jan": 1, "january": 1, "januar": 1, "jän": 1, "jänner": 1, "janv": 1, "janvier": 1, "januari": 1,
    "ene": 1, "enero": 1, "gen": 1, "gennaio": 1, "janeiro": 1,
    "feb": 2, "february": 2, "februar": 2, "févr": 2, "fév": 2, "février": 2, "februari": 2,
    "febrero": 2, "febbraio": 2, "fev": 2, "fevereiro": 2,
    "mar": 3, "march": 3, "mär": 3, "märz": 3, "mrz": 3, "mars": 3, "marzo": 3, "março": 3, "mrt": 3, "maart": 3,
    "marts": 3,
    "apr": 4, "april": 4, "avr": 4, "avril": 4, "abr": 4, "abril": 4, "aprile": 4,
    "may": 5, "mai": 5, "maj": 5, "mayo": 5, "mag": 5, "maggio": 5, "maio": 5, "mei": 5,
    "jun": 6, "june": 6, "juni": 6, "juin": 6, "junio": 6, "giu": 6, "giugno": 6, "junho": 6,
    "jul": 7, "july": 7, "juli": 7, "juil": 7, "juillet": 7, "julio": 7, "lug": 7, "luglio": 7, "julho": 7,
    "aug": 8, "august": 8, "août": 8, "aout": 8, "augusti": 8, "ago": 8, "agosto": 8, "augustus": 8,
    "sep": 9, "sept": 9, "september": 9, "septembre": 9, "septiembre": 9, "setiembre": 9, "set": 9, "settembre": 9,
    "setembro": 9,
    "oct": 10, "october": 10, "okt": 10, "oktober": 10, "octobre": 10, "octubre": 10, "ott": 10, "ottobre": 10,
    "out": 10, "outubro": 10,
    "nov": 11, "november": 11, "novembre": 11, "noviembre": 11, "novembro": 11,
    "dec": 12, "december": 12, "dez": 12, "dezember": 12, "déc": 12, "décembre": 12, "dic": 12, "diciembre": 12,
    "dicembre": 12, "dezembro": 12, "des": 12, "desember": 12,
}  # fmt: skip
"""Month by its English, German, French, Spanish, Italian, Portuguese, Dutch, Swedish, Danish or Norwegian name.

The name is whole or short, in small letters. A Slavic language cannot join them: `lis` is October in Croatian and
November in Polish.

Source: Unicode CLDR 46, months of the Gregorian calendar in en, de, de_AT, fr, es, it, pt, nl, sv, da and nb, and the
trade's `mrz`.
"""
NOONS = {
    "am": 0, "vorm": 0, "fm": 0, "πμ": 0, "上午": 0, "午前": 0, "오전": 0,
    "pm": 1, "nachm": 1, "em": 1, "μμ": 1, "下午": 1, "午後": 1, "오후": 1,
}  # fmt: skip
"""Half of the day, 0 before noon and 1 after it, by its name in small letters, without points and blanks.

Source: Unicode CLDR 46, day periods of the Gregorian calendar in en, es (`a. m.`), de, sv, el, zh, ja and ko.
"""
BLANK = "[ \t\u00a0\u202f]+"
"""What a blank of a pattern stands for; Java and JavaScript write U+202F before AM and PM."""
_LETTERS = "A-Za-zÀ-ÖØ-öø-ÿ"
FRACTION_MARKS = (".", ",")
CLOCK = frozenset("HIMSLfp")
"""Tokens of the time of day."""
_WORDS = {
    "b": rf"[{_LETTERS}]{{3,10}}\.?",
    "a": rf"[{_LETTERS}-]{{2,13}}\.?",
    "p": rf"(?i:[ap]\.?{BLANK[:-1]}*m\.?|(?:vorm|nachm|fm|em)\.?|[πμ]\.?μ\.?|[上下]午|午[前後]|오[전후])",
    "z": "Z|z|[+-][0-9]{2}(?::?[0-9]{2})?",
    "f": "[0-9]{1,9}",
}
_ALIASES = {"B": "b", "A": "a"}
TOKENS = frozenset("YymdHIMSLjGVufbBaApzZFTRD%")
"""Letters that may follow a percent sign."""


class Token(NamedTuple):
    """One part of a pattern: a token's letter, or a text that means itself (`letter` is empty)."""

    letter: str
    text: str = ""


class Wall(NamedTuple):
    """What a text says: the clock on the wall as microseconds since 1970, and its zone's offset (0: none named)."""

    at_us: int
    offset_us: int = 0


class TimePattern:
    """A pattern, ready to read texts.

    Args:
        pattern: The pattern; legal, as `expectations.mapping.time_format` and `edge_bundle.format` check.
        offsets: For `%Z`: name of a zone or flag -> its offset, such as ``CEST`` -> ``+02:00``; an empty name is a
            blank flag.
        date_only: Whether a date alone is midnight, where the clock follows the date in the pattern.

    Attributes:
        tokens: Its parts in order.
        regex: Regular expression of a text with all tokens, a group for each, named by its letter.
        has_zone: Whether it names a zone.
        offsets_us: `offsets` in microseconds.
    """

    def __init__(self, pattern: str, offsets: Mapping[str, str], *, date_only: bool = False) -> None:
        self.pattern = pattern
        self.offsets_us = {name: offset_us(text) or 0 for name, text in offsets.items()}
        self.tokens = tokens_of(pattern)
        letters = {token.letter for token in self.tokens}
        self.has_zone = bool(letters & {"z", "Z"})
        names = "|".join(re.escape(name) for name in sorted(offsets, key=len, reverse=True)) or "UTC"
        words = {**_WORDS, "Z": names.replace(r"\ ", " ")}
        parts = [_expression(self.tokens, place, words) for place in range(len(self.tokens))]
        self.regex = f"^{''.join(parts)}$"
        self._form = re.compile(_with_optional(parts, self.tokens, date_only=date_only))

    def read(self, text: str) -> Wall | None:
        """What a text says; None where it has another form, or names a time that does not exist."""
        found = self._form.fullmatch(text)
        if found is None:
            return None
        groups = found.groupdict()
        day, clock_us = _day(groups), _clock_us(groups)
        if day is None or clock_us is None:
            return None
        offset = offset_us(groups["z"]) if "z" in groups else self.offsets_us.get(groups.get("Z") or "", 0)
        return None if offset is None else Wall(day * DAY_US + clock_us, offset)


def tokens_of(pattern: str) -> tuple[Token, ...]:
    """The parts of a pattern in order."""
    for letter, whole in _WHOLE.items():
        pattern = pattern.replace(f"%{letter}", whole)
    found = []
    for token, literal in re.findall(r"%-?(.)|([^%]+)", pattern.replace("%%", "\0")):
        letter = _ALIASES.get(token, token)
        found.append(Token(letter) if letter else Token("", literal.replace("\0", "%")))
    return tuple(found)


def _expression(tokens: tuple[Token, ...], place: int, words: Mapping[str, str]) -> str:
    letter, text = tokens[place]
    if not letter:
        return re.sub(r"(?:\\?[ \t])+", lambda _: BLANK, _escaped(text))
    if letter in words:
        return f"(?P<{letter}>{words[letter]})"
    digits = _NUMBERS[letter]
    beside = [tokens[at].letter for at in (place - 1, place + 1) if 0 <= at < len(tokens)]
    is_fixed = letter in FIXED or any(other in _NUMBERS or other == "f" for other in beside)
    return f"(?P<{letter}>[0-9]{{{digits if is_fixed else f'1,{digits}'}}})"


def _with_optional(parts: list[str], tokens: tuple[Token, ...], *, date_only: bool) -> str:
    """The expression in which a fraction may be absent, and with `date_only` the clock behind a date."""
    found, letters = list(parts), [token.letter for token in tokens]
    fraction = letters.index("f") if "f" in letters else 0
    if fraction and tokens[fraction - 1].text[-1:] in FRACTION_MARKS:
        mark = _escaped(tokens[fraction - 1].text[-1])
        found[fraction - 1] = found[fraction - 1].removesuffix(mark)
        found[fraction] = f"(?:{mark}{found[fraction]})?"
    clock = min((place for place, letter in enumerate(letters) if letter in CLOCK), default=0)
    if date_only and clock and not letters[clock - 1] and CLOCK.issuperset(filter(None, letters[clock:])):
        found[clock - 1], found[-1] = f"(?:{found[clock - 1]}", f"{found[-1]})?"
    return "".join(found)


def _escaped(text: str) -> str:
    return "".join(f"\\{sign}" if sign in r"\.^$*+?()[]{}|" else sign for sign in text)


def width_of(token: Token) -> int | None:
    """Characters of a token where it has all its digits; None where that says nothing (a fraction, a name)."""
    if not token.letter:
        return len(token.text)
    return 2 if token.letter == "p" else _NUMBERS.get(token.letter)


def _day(groups: Mapping[str, str | None]) -> int | None:
    """Days since 1970 of the date; None where it does not exist."""
    year = int(groups["Y"] or 0) if "Y" in groups else _full_year(int(groups.get("y") or 0))
    if "j" in groups:
        ordinal = int(groups["j"] or 0)
        is_there = 1 <= ordinal <= (366 if isleap(year) else 365) and year >= 1
        return date(year, 1, 1).toordinal() + ordinal - 1 - _DAYS_1970 if is_there else None
    if "V" in groups:
        return _day_of_week(int(groups["G"] or 0), int(groups["V"] or 0), int(groups["u"] or 0))
    month = int(groups["m"] or 0) if "m" in groups else MONTHS.get((groups["b"] or "").lower().rstrip("."), 0)
    try:
        return date(year, month, int(groups["d"] or 0)).toordinal() - _DAYS_1970
    except ValueError:
        return None


def _day_of_week(year: int, week: int, weekday: int) -> int | None:
    try:
        return date.fromisocalendar(year, week, weekday).toordinal() - _DAYS_1970
    except ValueError:
        return None


def _full_year(short: int) -> int:
    return short + (1900 if short >= 69 else 2000)


def _clock_us(groups: Mapping[str, str | None]) -> int | None:
    """Microseconds since midnight; None where there is no such time of day."""
    hour, minute, second = (int(groups.get(letter) or 0) for letter in "HMS")
    if groups.get("I"):
        hour = int(groups["I"] or 0)
        if not 1 <= hour <= 12:
            return None
        noon = noon_of(groups.get("p") or "am")
        if noon is None:
            return None
        hour = hour % 12 + 12 * noon
    micros = int((groups.get("f") or "0").ljust(6, "0")[:6]) + 1_000 * int(groups.get("L") or 0)
    clock_us = ((hour * 60 + minute) * 60 + second) * SECOND_US + micros
    is_there = minute < 60 and second < 60 and clock_us <= DAY_US
    return clock_us if is_there and hour <= 24 else None


def noon_of(text: str) -> int | None:
    """0 before noon, 1 after it; None of a word that no language has. The sign for micro is read as the letter mu."""
    return NOONS.get(unicodedata.normalize("NFKC", re.sub(f"{BLANK}|[.]", "", text)).lower())


def offset_us(text: str | None) -> int | None:
    """Microseconds east of UTC: of ``Z``, ``+01``, ``+0130`` or ``-05:00``; None where no such offset exists."""
    if text is None or text in {"Z", "z"}:
        return 0
    digits = text[1:].replace(":", "").ljust(4, "0")
    if text[0] not in "+-" or not digits.isdecimal() or len(digits) != 4:
        return None
    hours, minutes = int(digits[:2]), int(digits[2:])
    if hours > 23 or minutes > 59:
        return None
    value = (hours * 60 + minutes) * 60 * SECOND_US
    return -value if text[0] == "-" else value
