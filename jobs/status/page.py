"""The status as a page: one HTML file that needs nothing else and runs nothing."""

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from jobs.status.facts import Facts
from jobs.status.item import Item
from jobs.status.lines import headline

_TEMPLATES = Path(__file__).parent / "templates"


def render(facts: Facts, items: Sequence[Item]) -> str:
    """The page. Text from files is shown as text, never as markup."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    environment.filters["code"] = _with_code
    sections = [(section, list(found)) for section, found in groupby(items, key=lambda item: item.section)]
    page = environment.get_template("status.html")
    return page.render(plant=facts.plant, headline=headline(facts, items), sections=sections)


def _with_code(text: str) -> Markup:
    """The text, escaped, with what is between backticks set as code."""
    parts = enumerate(text.split("`"))
    return Markup().join(Markup("<code>{}</code>").format(part) if place % 2 else escape(part) for place, part in parts)
