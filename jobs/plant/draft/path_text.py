"""What the path of a file says that its rows do not: the machine by the folder, the date by a name. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from jobs.plant.draft.noted import Noted

_DATES = (
    (re.compile(r"(?<!\d)(?:19|20)\d{2}-\d\d-\d\d(?!\d)"), "%Y-%m-%d"),
    (re.compile(r"(?<!\d)(?:19|20)\d{6}(?!\d)"), "%Y%m%d"),
)
_DIGITS = re.compile(r"\d+")
_STARS = re.compile(r"\*([-_.]?\*)+")
# A machine's number is short; a longer one is a date or a running number.
_MOST_DIGITS = 4


@dataclass(frozen=True, slots=True)
class PathText:
    """What a mapping's `path` says.

    Attributes:
        pattern: Its text; empty: nothing.
        names: What it fills: machine_id, date.
    """

    pattern: Noted = field(default_factory=lambda: Noted(""))
    names: tuple[str, ...] = ()


def path_text(path: str, *, needs_machine: bool, needs_date: bool) -> PathText:
    """The pattern of a path for what the rows lack.

    Args:
        path: One file's, below the landing folder.
        needs_machine: Whether no column names a machine.
        needs_date: Whether no column has a date.
    """
    folders, name = path.split("/")[:-1], path.rsplit("/", 1)[-1]
    machine = needs_machine and bool(folders) and _may_be_machine(folders[-1])
    named = [_with_date(part) if needs_date else None for part in (*folders, name)]
    first = next((place for place, part in enumerate(named) if part), len(folders))
    if not machine and not any(named):
        return PathText()
    parts = [part or _starred(text) for part, text in zip(named, (*folders, name), strict=True)]
    if machine:
        parts[len(folders) - 1], first = "{machine_id}", min(first, len(folders) - 1)
    names = ("machine_id",) * machine + ("date",) * any(named)
    return PathText(Noted("/".join(parts[first:]), *_why(machine, any(named))), names)


def glob_of(path: str) -> str:
    """The path with a star for every number, and one for stars in a row."""
    folder, _, name = path.rpartition("/")
    return "/".join(_starred(part) for part in (folder, name) if part)


def _why(machine: bool, date: bool) -> tuple[str, str]:
    both = " and ".join(_named(machine, date))
    return f"the path has {both}", "is the folder the machine?" if machine else ""


def _named(machine: bool, date: bool) -> Iterator[str]:
    if machine:
        yield "the machine"
    if date:
        yield "the date, which no column has"


def _starred(text: str) -> str:
    return _STARS.sub("*", _DIGITS.sub("*", text))


def _may_be_machine(folder: str) -> bool:
    """A word with a short number in it, such as Bearing3_1."""
    numbers = _DIGITS.findall(folder)
    is_short = all(len(number) < _MOST_DIGITS for number in numbers)
    return bool(numbers) and is_short and any(sign.isalpha() for sign in folder)


def _with_date(text: str) -> str | None:
    """The text with its first date as a name, and a star for other numbers."""
    for pattern, form in _DATES:
        found = pattern.search(text)
        if found and _is_date(found[0], form):
            before, after = _starred(text[: found.start()]), _starred(text[found.end() :])
            return f"{before}{{date:{form}}}{after}"
    return None


def _is_date(text: str, form: str) -> bool:
    try:
        datetime.strptime(text, form)  # noqa: DTZ007  # only whether it is one
    except ValueError:
        return False
    return True
