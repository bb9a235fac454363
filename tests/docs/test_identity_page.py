"""Every mapping of `docs/identity.md` is that of a field case, whose test runs it."""

import re
from pathlib import Path

from tests.architecture.sources import REPO, text

PAGE = Path("docs/identity.md")
SHOWN = re.compile(r"^`(tests/field_cases/[\w./-]+)`:\n\n```toml\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_the_page_shows_the_mappings_of_field_cases_as_they_are() -> None:
    shown = SHOWN.findall(text(PAGE))

    assert len(shown) == text(PAGE).count("```toml") > 0
    assert [name for name, content in shown if (REPO / name).read_text("utf-8") != content] == []
