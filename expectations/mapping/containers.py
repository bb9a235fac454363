"""Files that hold others: the members of a zip archive have paths of their own, ``export.zip/a.csv``. Pure."""

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from functools import lru_cache

from domain.path_pattern import normal

_WITHIN = re.compile(r"(?P<container>.*?\.zip)/(?P<member>.+)", re.IGNORECASE | re.DOTALL)
_KIND = re.compile(r"\.zip\Z", re.IGNORECASE)


def split_member(path: str) -> tuple[str, str] | None:
    """The container and the member that a path or a glob names, such as ``lab/a.zip`` and ``b.csv``; else None."""
    found = _WITHIN.fullmatch(path)
    return None if found is None else (found["container"], found["member"])


def fits(path: str, globs: Iterable[str]) -> bool:
    """Whether a glob matches the path; an accent counts as part of its letter on both sides.

    What is in a container is matched only by a glob that names the container too: ``*.csv`` asks for no archive.
    """
    is_member = split_member(path) is not None
    return any(
        fnmatchcase(normal(path), normal(glob)) for glob in globs if (split_member(glob) is not None) == is_member
    )


def asks(path: str, globs: tuple[str, ...]) -> bool:
    """Whether a glob names members of the file at that path, so that it is to be unpacked."""
    return _KIND.search(path) is not None and any(
        fnmatchcase(normal(path), container) for container in _containers(globs)
    )


@lru_cache(maxsize=1024)
def _containers(globs: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(normal(named[0]) for glob in globs if (named := split_member(glob)) is not None)
