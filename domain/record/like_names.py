"""A field that is absent beside one that is unknown and named much like it: the source may have renamed it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping


def renamed_to(column: str, fields: Mapping[str, object], known: Collection[str]) -> str | None:
    """The unknown field that may be a renamed `column`, which a record lacks: of like name, or an object that holds it.

    Args:
        column: The absent field.
        fields: The record.
        known: Fields that are read or ignored.
    """
    for name, value in fields.items():
        if name in known or value is None:
            continue
        if _plain(name) == _plain(column):
            return name
        if isinstance(value, dict) and (inner := like_name(column, value)) is not None:
            return f"{name}.{inner}"
    return None


def like_name(column: str, names: Iterable[str]) -> str | None:
    """The first of the names that differs from `column` in case and signs only; None where none does."""
    return next((name for name in names if _plain(name) == _plain(column)), None)


def _plain(name: str) -> str:
    return "".join(sign for sign in name.casefold() if sign.isalnum()) or name
