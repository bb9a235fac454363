"""The status as a page: one HTML file that needs nothing else and runs nothing."""

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from jobs.status.facts import Facts
from jobs.status.item import Item
from jobs.status.lines import headline

_TEMPLATES = Path(__file__).parent / "templates"


def render(facts: Facts, items: Sequence[Item]) -> str:
    """The page. What files said is shown as text, never as markup."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    sections = [(section, list(found)) for section, found in groupby(items, key=lambda item: item.section)]
    page = environment.get_template("status.html")
    return page.render(plant=facts.plant, headline=headline(facts, items), sections=sections)
