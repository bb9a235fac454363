"""Matplotlib figures as SVG text: the same bytes for the same data, colours left to the page.

Figures are drawn in placeholder colours that become CSS variables with a fall-back, so one picture reads well on a
light and on a dark page.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

INK, SOFT, MAIN, ACCENT, QUIET = "#010101", "#020202", "#030303", "#040404", "#050505"

COLOURS = {
    INK: "var(--ink, #1b1f24)",
    SOFT: "var(--line, #d5dae0)",
    MAIN: "var(--main, #2563a8)",
    ACCENT: "var(--accent, #c2410c)",
    QUIET: "var(--quiet, #7b8794)",
}

STYLE = {
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 10.0,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": SOFT,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "grid.color": SOFT,
    "grid.linewidth": 0.6,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "legend.frameon": False,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
}


def draw(name: str, paint: Callable[[Figure], None], *, width: float = 6.4, height: float = 3.6) -> str:
    """The SVG of a figure that ``paint`` fills.

    Args:
        name: Unique on the page: identifiers inside the SVG begin with it.
        paint: Adds axes and content.
        width: Inches.
        height: Inches.
    """
    with mpl.rc_context({**STYLE, "svg.hashsalt": name}):
        figure = Figure(figsize=(width, height), layout="constrained")
        paint(figure)
        written = io.StringIO()
        metadata = {"Date": None, "Creator": None, "Format": None, "Type": None}
        FigureCanvasSVG(figure).print_svg(written, metadata=metadata)
    return _page_ready(name, written.getvalue())


def legend(axes: Axes, **where: object) -> None:
    """A legend in the page's ink."""
    axes.legend(fontsize=9, labelcolor=INK, **where)


def _page_ready(name: str, svg: str) -> str:
    body = svg[svg.index("<svg") :]
    body = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", body, count=1)
    body = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", body, count=1)
    body = re.sub(r'\bid="', f'id="{name}-', body)
    body = body.replace("url(#", f"url(#{name}-").replace('href="#', f'href="#{name}-')
    for placeholder, colour in COLOURS.items():
        body = body.replace(placeholder, colour)
    return body
