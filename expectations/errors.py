"""Errors of declarations: contracts, profiles, mappings, features."""

from collections.abc import Iterable


class ContractError(Exception):
    """A declaration contradicts itself or names something that does not exist."""


class ProfileError(ContractError):
    """A plant profile (TOML) has an unknown key, a bad value or a missing one."""


class MappingError(ContractError):
    """A mapping (TOML) has an unknown key, a bad value or a missing one."""


class PolicyError(ContractError):
    """A plant's policy (TOML) has an unknown number, a bad value, another unit or no source."""


def unknown_name(kind: str, got: str, legal: Iterable[str]) -> str:
    """The sentence for a name that is not among the legal ones: what was got, what is legal."""
    return f"unknown {kind} {got!r}; legal: {', '.join(sorted(legal))}"
