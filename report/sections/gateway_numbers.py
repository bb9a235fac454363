"""Part of section 3: what happened to each number of each gateway, and what never came."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from report.charts.stack import Part, stacked
from report.formats import count, day, duration, moment, of, plural, share
from report.queries.deliveries import Delivered
from report.queries.gateway_numbers import CLASSES, Numbers

ALLOWED = 0.001
"""More than this is an alert: decision 0215."""


@dataclass(frozen=True, slots=True)
class GatewayNumbers:
    """One gateway: its bar, the sum in words, what never came, and how late the rest did."""

    name: str
    produced: str
    sentence: str
    loss: str
    is_above: bool
    beside: str
    bar: Markup
    delivered: str


def gateway_numbers(found: Sequence[Numbers], deliveries: Sequence[Delivered] = ()) -> tuple[GatewayNumbers, ...]:
    """A line for each gateway; `is_above` where more than 0.1 % never came."""
    came = {one.gateway: one for one in deliveries}
    return tuple(_line(one, came) for one in found)


def _line(one: Numbers, came: Mapping[str, Delivered]) -> GatewayNumbers:
    delivered = _delivered(came[one.gateway]) if one.gateway in came else ""
    name, produced = one.gateway or "without a gateway", sum(one.counts)
    beside = f"{plural(one.unnumbered, 'record')} without a number" if one.unnumbered else ""
    if not one.days:
        unknown = "Its records have no numbers: what is missing cannot be known."
        return GatewayNumbers(name, "", unknown, "", is_above=False, beside=beside, bar=Markup(), delivered=delivered)
    parts = [Part(each, size, each) for each, size in zip(CLASSES, one.counts, strict=True)]
    words = " + ".join(f"{count(part.records)} {part.name}" for part in parts if part.records or part.name == "missing")
    missing = one.counts[-1]
    return GatewayNumbers(
        name, count(produced), f"{words} = {count(produced)}", _loss(one, missing, produced),
        missing > ALLOWED * produced, beside, stacked(f"Numbers of gateway {name}", parts), delivered,
    )  # fmt: skip


def _delivered(one: Delivered) -> str:
    if not one.readings:
        return f"No reading in the newest week: nothing with a true time since {moment(one.last)}."
    bad = f"{of(one.bad, one.readings)} readings ({share(one.bad, one.readings)}) are set aside"
    if one.half is None or one.most is None:
        return f"In the newest week {bad}; no file says when they came."
    return (
        f"In the newest week {bad}; {share(one.late, one.readings)} came later than tables may be old. On the slowest "
        f"day half came within {duration(one.half)}, 95 of 100 within {duration(one.most)}."
    )


def _loss(one: Numbers, missing: int, produced: int) -> str:
    if one.worst is None:
        return f"Every number of {plural(one.days, 'day')} came."
    return (
        f"{of(missing, produced)} ({share(missing, produced)}) never came, "
        f"{count(one.worst_missing)} of them on {day(one.worst)}."
    )
