"""Parts that add up to a whole: one bar for all, and under it the small parts again, drawn larger."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from report.charts import svg
from report.formats import count, share

WIDTH, BAR, FUNNEL = 760.0, 20.0, 16.0
_SEEN = 2.0
_LARGE = 0.8


@dataclass(frozen=True, slots=True)
class Part:
    """One class of records; `class_` gives its colour."""

    name: str
    records: int
    class_: str


def stacked(label: str, parts: Sequence[Part]) -> Markup:
    """The bar of all parts; where the first is most of it, the others follow again at full width."""
    shown = [part for part in parts if part.records > 0]
    whole = sum(part.records for part in shown)
    if not whole:
        return svg.EMPTY
    bars = _row(shown, whole, 0.0)
    rest = shown[1:]
    if not rest or shown[0].records / whole < _LARGE:
        return svg.picture(WIDTH, BAR, label, *bars)
    begin = WIDTH - sum(_widths(shown, whole)[1:])
    funnel = svg.path(f"M{begin:.1f},{BAR}L{WIDTH},{BAR}L{WIDTH},{BAR + FUNNEL}L0,{BAR + FUNNEL}Z", "funnel")
    larger = _row(rest, sum(part.records for part in rest), BAR + FUNNEL)
    return svg.picture(WIDTH, 2 * BAR + FUNNEL, label, *bars, funnel, *larger)


def _row(parts: Sequence[Part], whole: int, y: float) -> list[Markup]:
    widths, x, made = _widths(parts, whole), 0.0, []
    for part, width in zip(parts, widths, strict=True):
        title = f"{part.name}: {count(part.records)} of {count(whole)} ({share(part.records, whole)})"
        made.append(svg.rect(x, y, width - (1.0 if len(parts) > 1 else 0.0), BAR, part.class_, title))
        x += width
    return made


def _widths(parts: Sequence[Part], whole: int) -> list[float]:
    """Widths in proportion, but none too thin to see; the largest gives what the others take."""
    widths = [max(part.records / whole * WIDTH, _SEEN) for part in parts]
    largest = widths.index(max(widths))
    widths[largest] += WIDTH - sum(widths)
    return widths
