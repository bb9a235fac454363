"""The TOML of a drafted profile: every metric of the sources, with what was seen of it. Pure."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from expectations.errors import ContractError
from expectations.units import conversion
from jobs.plant.draft.mapping_text import quoted
from jobs.plant.draft.source import Cell, Source

_BUCKETS = {
    "1min": timedelta(minutes=1),
    "5min": timedelta(minutes=5),
    "15min": timedelta(minutes=15),
    "1h": timedelta(hours=1),
}
# Digits behind the point that are believed; more are a double's own.
_MOST_DIGITS = 3


def profile_text(name: str, sources: Sequence[Source]) -> str:
    """The file of the profile."""
    return "\n".join(_lines(name, sources)) + "\n"


def _lines(name: str, sources: Sequence[Source]) -> Iterator[str]:
    yield "# Drafted from files. A line with QUESTION needs an answer; `assay plant try` shows what comes of it."
    yield f"[plant]\nname = {quoted(name)}"
    yield f'description = "Drafted from {len(sources)} kinds of files" # QUESTION: what plant is it?'
    yield _began(sources)
    yield from _grid(sources)
    yield '\n[zones]\ndefault = "UTC" # QUESTION: in which zone are the plant\'s days and shifts?'
    for metric, cells in _metrics(sources).items():
        yield from _metric(metric, cells)
    attributes = sorted({attribute for source in sources for attribute in source.attributes})
    for attribute in attributes:
        yield f"\n[attributes.{attribute}]"


def _began(sources: Sequence[Source]) -> str:
    """A day before the first local time, for its zone may be ahead of UTC."""
    times = [source.time for source in sources if source.time]
    first = min((time.first for time in times if time.first), default=None)
    if first is None:
        return "began_at = 2000-01-01T00:00:00Z # no reading can be older; QUESTION: when did it begin?"
    day = first - timedelta(days=1) if any(time.kind == "local" for time in times) else first
    return f"began_at = {day:%Y-%m-%d}T00:00:00Z # no reading can be older; first time seen: {first:%Y-%m-%d %H:%M}"


def _grid(sources: Sequence[Source]) -> Iterator[str]:
    steps = [
        source.time.step for source in sources if source.time and source.time.step and source.feed.value == "readings"
    ]
    usual = min(steps, default=timedelta(minutes=1))
    bucket = max(
        (name for name, length in _BUCKETS.items() if length <= usual), key=_BUCKETS.__getitem__, default="1min"
    )
    yield f"bucket = {quoted(bucket)} # readings are usually {usual} apart"
    yield 'score_every = "1h"'


def _metrics(sources: Sequence[Source]) -> dict[str, list[Cell]]:
    found: dict[str, list[Cell]] = {}
    for source in sources:
        cells = (*source.cells, *([source.metric] if source.metric else []))
        for cell in cells:
            found.setdefault(cell.metric, []).append(cell)
    return found


def _metric(name: str, cells: Sequence[Cell]) -> Iterator[str]:
    texts = [text for cell in cells for text in cell.texts]
    values = sorted(float(text) for text in texts)
    digits = min(max((len(text.partition(".")[2]) for text in texts), default=0), _MOST_DIGITS)
    unit = cells[0].unit
    yield f"\n[metrics.{name}]"
    yield f"unit = {quoted(unit.value)}{unit.comment}"
    yield f"resolution = {10.0**-digits:.{digits}f} # {digits} digits behind the point were seen"
    if values:
        yield f"# seen: {values[0]:g} to {values[-1]:g}; `minimum` and `maximum` send what is outside to quarantine"
    unlike = sorted({cell.unit.value for cell in cells if not _fits(cell.unit.value, unit.value)})
    if unlike:
        yield f"# QUESTION: other files have it in {', '.join(unlike)}; is it another metric there?"


def _fits(source: str, target: str) -> bool:
    try:
        conversion(source, target)
    except ContractError:
        return False
    return True
