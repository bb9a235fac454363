"""A page of the facts of a test module."""

from pathlib import Path

import pytest

from report.facts import Facts
from report.page import render_page


@pytest.fixture(scope="module")
def page_of_facts(facts: Facts, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a page of the module's own `facts`."""
    page = tmp_path_factory.mktemp("page") / "page.html"
    page.write_text(render_page(facts), encoding="utf-8")
    return page
