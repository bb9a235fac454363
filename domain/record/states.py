"""Words for numbers: what a source sends as `RUN` or `true` where its metric has numbers, such as 1."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Protocol

States = Mapping[str, float]


class StateSource(Protocol):
    """What of a source says which words its values may be; a mapping and a bundle's source both are of this form."""

    @property
    def states(self) -> Mapping[str, States]:
        """Metric -> word -> number; the metric `` (none) is every other one."""

    @property
    def columns(self) -> Mapping[str, str]:
        """Our column -> the source's column."""

    @property
    def constants(self) -> Mapping[str, str]:
        """Our column -> a fixed text."""

    @property
    def names(self) -> Mapping[str, str]:
        """The source's name of a metric -> ours."""


class StateTables:
    """The words that values of a record may be: by the record's metric, unless its place says which that is."""

    def __init__(self, source: StateSource) -> None:
        self._states, self._names = source.states, source.names
        self._column, self._constant = source.columns.get("metric", ""), source.constants.get("metric", "")

    def of_metric(self, metric: str) -> States:
        """The words of a metric, by our name of it."""
        return self._states.get(metric) or self._states.get("", {})

    def of_record(self, fields: Mapping[str, object]) -> States:
        """The words of the metric that a record names."""
        raw = fields.get(self._column) if self._column else self._constant
        name = str(raw) if isinstance(raw, (str, int)) else ""
        return self.of_metric(self._names.get(name, name))


def word_of(raw: object) -> str:
    """The word that a field is: a text without blanks around it, `true`, `false`, or a number as JSON writes it."""
    if isinstance(raw, str):
        return raw.strip(" \t")
    if isinstance(raw, float) and raw.is_integer():
        return str(int(raw))
    return json.dumps(raw) if isinstance(raw, (bool, int, float)) else ""
