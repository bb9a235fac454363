"""Seconds for a million readings by size, as figures and as a picture: `docs/measured/every_table.json` and `.svg`."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from markupsafe import Markup

from report.charts import plot, svg

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "measured"
_FIGURES, _PICTURE = "every_table.json", "every_table.svg"
_HEIGHT = 150.0
_STYLE = (
    "text{font:11px sans-serif;fill:#333}.strong{font-weight:bold}.grid{stroke:#ddd}.axis{stroke:#333}"
    ".line{fill:none;stroke:#06c;stroke-width:2}.limit{stroke:#999;stroke-width:2;stroke-dasharray:4 3;fill:none}"
    ".main{fill:#06c}.other{fill:#999}"
)


@dataclass(frozen=True, slots=True)
class Point:
    """Of one size: seconds and processor seconds, of both pipelines, and peak memory of ours in bytes."""

    lines: int
    seconds: float
    processor_s: float
    peak_bytes: int
    duckdb_s: float
    duckdb_processor_s: float


def save(point: Point, folder: Path = FOLDER) -> None:
    """Add a size to the figures, in place of an earlier one of that size, and draw all."""
    folder.mkdir(parents=True, exist_ok=True)
    found = {one.lines: one for one in read(folder)} | {point.lines: point}
    points = [found[lines] for lines in sorted(found)]
    (folder / _FIGURES).write_text(json.dumps([asdict(one) for one in points], indent=1) + "\n", encoding="utf-8")
    (folder / _PICTURE).write_text(drawn(points) + "\n", encoding="utf-8")


def read(folder: Path = FOLDER) -> list[Point]:
    """The stored figures by size; none where there are none."""
    file = folder / _FIGURES
    return [Point(**one) for one in json.loads(file.read_text(encoding="utf-8"))] if file.exists() else []


def drawn(points: Sequence[Point]) -> str:
    """Processor seconds for a million readings of both pipelines; at least one point."""
    ours = [(one.lines / 1e6, one.processor_s / one.lines * 1e6) for one in points]
    theirs = [(one.lines / 1e6, one.duckdb_processor_s / one.lines * 1e6) for one in points]
    top = max(value for _, value in (*ours, *theirs)) * 1.1
    area = plot.plot((0.0, points[-1].lines / 1e6), (0.0, top), _HEIGHT)
    names, taken = plot.key([("line", "Assay, every table"), ("limit", "DuckDB by hand, its largest tables")], 215.0)
    made = [
        *plot.axes(area, "million readings", "processor seconds for a million"), area.line(ours, "line"),
        area.line(theirs, "limit"), *_dots(area, ours, "main"), *_dots(area, theirs, "other"), *names,
    ]  # fmt: skip
    label = "Processor seconds for a million readings by size"
    picture = svg.picture(plot.WIDTH, 215.0 + taken, label, svg.element("style", {}, Markup(_STYLE)), *made)
    return str(picture).replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)


def _dots(area: plot.Plot, points: Sequence[tuple[float, float]], class_: str) -> list[Markup]:
    titles = [f"{size:g} million: {value:.2f} s" for size, value in points]
    return [plot.dot(x, y, class_, title) for (x, y), title in zip(area.at(points), titles, strict=True)]
