"""Of which machines a series is compared: the fleet's and each gateway's every day, each machine's own every week."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from expectations.tables.arrow_columns import coded
from expectations.tables.machine_keys import factory_of, machine_keys, machine_of
from ml.drift.series import Places, Series

FLEET = "fleet"


@dataclass(frozen=True, slots=True)
class Scope:
    """Of what a row is.

    Attributes:
        scope: ``fleet``, ``gateway`` or ``machine``.
        name: Which one.
        factory_id: Factory of a machine, None for others.
    """

    scope: str
    name: str
    factory_id: str | None = None


@dataclass(frozen=True, slots=True)
class Scored:
    """Which machine each gateway scored on which day.

    Attributes:
        days: Days since 1970, ascending, shape (n,).
        pairs: Gateway and key of the machine, of each.
    """

    days: Places
    pairs: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, sketches: pa.Table) -> Scored:
        """From `gold.drift_sketches`, in the order of `sketch_date`."""
        edge = sketches.filter(pc.equal(sketches.column("source"), "edge"))
        edge = edge.filter(edge.column("gateway_id").is_valid())
        machines, gateways = machine_keys(edge), coded(edge, "gateway_id")
        both = zip(gateways.codes.tolist(), machines.codes.tolist(), strict=True)
        pairs = tuple((gateways.texts[one], machines.texts[other]) for one, other in both)
        return cls(days_of(edge), pairs)

    def within(self, first: int, last: int) -> dict[str, frozenset[str]]:
        """Gateway -> machines that it scored on these days, both included."""
        low, high = np.searchsorted(self.days, [first, last + 1]).tolist()
        pairs = set(self.pairs[low:high])
        return {gateway: frozenset(one for name, one in pairs if name == gateway) for gateway, _ in sorted(pairs)}

    def until(self, days: Sequence[int], length: int) -> dict[tuple[str, frozenset[str]], list[int]]:
        """Gateway and the machines that it scored in a window of so many days -> those of the days that end such."""
        found: dict[tuple[str, frozenset[str]], list[int]] = {}
        for day in days:
            for one in self.within(day - length + 1, day).items():
                found.setdefault(one, []).append(day)
        return found


@dataclass(frozen=True, slots=True)
class Scopes:
    """The scopes of one series.

    Attributes:
        always: Those of every day.
        weekly: Those of days that end a week.
        series: Of all machines.
        machines: Key of a machine -> places of its sketches in the series.
        scored: Which machines a gateway scored; None where gateways are among `always`.
    """

    always: Sequence[tuple[Scope, Series]]
    weekly: Sequence[tuple[Scope, Series]]
    series: Series
    machines: Mapping[str, Places]
    scored: Scored | None = None

    def compared(self, days: Sequence[int], length: int) -> Iterator[tuple[Scope, Series, Sequence[int]]]:
        """Each scope with its series and with those of the days, ends of windows of that length, that it is due."""
        yield from ((scope, series, days) for scope, series in self.always)
        sundays = [day for day in days if ends_week(day)]
        yield from ((scope, series, sundays) for scope, series in self.weekly)
        if self.scored is not None:
            for (gateway, machines), due in self.scored.until(days, length).items():
                yield Scope("gateway", gateway), self._of(machines), due

    def _of(self, machines: frozenset[str]) -> Series:
        places = [self.machines[one] for one in machines if one in self.machines]
        return self.series.only(np.sort(np.concatenate([np.zeros(0, np.int64), *places])))


def scopes_of(sketches: pa.Table, scored: Scored) -> Scopes:
    """The scopes of one series: scores of gateways have gateways alone.

    Args:
        sketches: Of one source, feature and bundle, in the order of `sketch_date`.
        scored: Which machine each gateway scored.
    """
    series = Series.of(sketches)
    if sketches.column("source")[0].as_py() == "edge":
        return Scopes(_by_gateway(series, sketches), (), series, {})
    keys = machine_keys(sketches)
    machines = {text: np.flatnonzero(keys.codes == code) for code, text in enumerate(keys.texts)}
    own = [(Scope("machine", machine_of(one), factory_of(one)), series.only(at)) for one, at in machines.items()]
    return Scopes([(Scope(FLEET, FLEET), series)], own, series, machines, scored)


def _by_gateway(series: Series, sketches: pa.Table) -> list[tuple[Scope, Series]]:
    """Scores by their gateway; one without is in none."""
    column = sketches.column("gateway_id")
    gateways = np.array(column.fill_null("").to_pylist(), dtype=object)
    names = sorted(set(gateways.tolist()) - {""})
    return [(Scope("gateway", name), series.only(np.flatnonzero(gateways == name))) for name in names]


def ends_week(day: int) -> bool:
    """Whether a day since 1970 is a Sunday, the last of an ISO week.

    >>> ends_week(3), ends_week(4)  # 1970-01-04 was one
    (True, False)
    """
    return day % 7 == 3  # 1970-01-01 was a Thursday


def days_of(sketches: pa.Table) -> Places:
    """The day of each sketch, since 1970."""
    days: Places = sketches.column("sketch_date").cast(pa.int32()).to_numpy().astype(np.int64)
    return days
