"""Files that hold others: members of a zip archive, ``export.zip/a.csv``, and sheets of a workbook. Pure.

A sheet is ``lab.xlsx/Name``; a hidden one ``lab.xlsx/hidden:Name``, for no name of a sheet has a colon; and the second
one is ``lab.xlsx/#2`` where a glob asks for it by number.
"""

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from functools import lru_cache

from domain.path_pattern import normal

_WITHIN = re.compile(r"(?P<container>.*?\.(zip|xlsx|xlsm))/(?P<member>.+)", re.IGNORECASE | re.DOTALL)
_KIND = re.compile(r"\.(zip|xlsx|xlsm)\Z", re.IGNORECASE)


_BOOK = re.compile(r"\.xls[xm]\Z", re.IGNORECASE)
HIDDEN, NUMBER = "hidden:", "#"


def is_workbook(path: str) -> bool:
    """Whether a file of that path is a workbook, by its ending."""
    return _BOOK.search(path) is not None


def split_member(path: str) -> tuple[str, str] | None:
    """The container and the member that a path or a glob names, such as ``lab/a.zip`` and ``b.csv``; else None."""
    found = _WITHIN.fullmatch(path)
    return None if found is None else (found["container"], found["member"])


def fits(path: str, globs: Iterable[str]) -> bool:
    """Whether a glob matches the path; an accent counts as part of its letter on both sides.

    What is in a container is matched only by a glob that names the container too: ``*.csv`` asks for no archive.
    """
    kind = _kind(path)
    return any(fnmatchcase(normal(path), normal(glob)) for glob in globs if _kind(glob) == kind)


@lru_cache(maxsize=4096)
def _kind(path: str) -> str:
    """What a path or a glob names: a file, a member, a sheet by its name, by its number, or a hidden one."""
    named = split_member(path)
    if named is None:
        return "file"
    if not is_workbook(named[0]):
        return "member"
    return next((mark for mark in (HIDDEN, NUMBER) if named[1].startswith(mark)), "sheet")


def asks(path: str, globs: tuple[str, ...]) -> bool:
    """Whether a glob names members of the file at that path, so that it is to be unpacked."""
    return _KIND.search(path) is not None and any(
        fnmatchcase(normal(path), container) for container in _containers(globs)
    )


@lru_cache(maxsize=1024)
def _containers(globs: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(normal(named[0]) for glob in globs if (named := split_member(glob)) is not None)
