"""Part of section 3: what happened to each number of each gateway, and what never came."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from report.charts.stack import Part, stacked
from report.formats import count, day, of, plural, share
from report.queries.gateway_numbers import CLASSES, Numbers

ALLOWED = 0.001
"""More than this is an alert: decision 0215."""


@dataclass(frozen=True, slots=True)
class GatewayNumbers:
    """One gateway: its bar, the sum in words, and what never came."""

    name: str
    produced: str
    sentence: str
    loss: str
    is_above: bool
    beside: str
    bar: Markup


def gateway_numbers(found: Sequence[Numbers]) -> tuple[GatewayNumbers, ...]:
    """A line for each gateway; `is_above` where more than 0.1 % never came."""
    return tuple(map(_line, found))


def _line(one: Numbers) -> GatewayNumbers:
    name, produced = one.gateway or "without a gateway", sum(one.counts)
    beside = f"{plural(one.unnumbered, 'record')} without a number" if one.unnumbered else ""
    if not one.days:
        unknown = "Its records have no numbers: what is missing cannot be known."
        return GatewayNumbers(name, "", unknown, "", is_above=False, beside=beside, bar=Markup())
    parts = [Part(each, size, each) for each, size in zip(CLASSES, one.counts, strict=True)]
    words = " + ".join(f"{count(part.records)} {part.name}" for part in parts if part.records or part.name == "missing")
    missing = one.counts[-1]
    return GatewayNumbers(
        name, count(produced), f"{words} = {count(produced)}", _loss(one, missing, produced),
        missing > ALLOWED * produced, beside, stacked(f"Numbers of gateway {name}", parts),
    )  # fmt: skip


def _loss(one: Numbers, missing: int, produced: int) -> str:
    if one.worst is None:
        return f"Every number of {plural(one.days, 'day')} came."
    return (
        f"{of(missing, produced)} ({share(missing, produced)}) never came, "
        f"{count(one.worst_missing)} of them on {day(one.worst)}."
    )
