"""The status page on screens of any width, in a real browser."""

import argparse
from pathlib import Path

import pytest

from jobs.commands import status as status_command
from jobs.runs.journal import Outcome, record
from tests.jobs.status.lakes import NOW, batch, healthy, put, quarantined, settings_below
from tests.support.browser import CHROMIUM, MISSING, screens

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason=MISSING)
WIDTHS = (320, 390, 768, 1280)
LONG = "a-name-of-more-than-sixty-letters-that-a-plant-gives-to-a-thing-without-any-blank-in-it"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page with everything on it that may be long."""
    root = tmp_path_factory.mktemp("status")
    settings = settings_below(root)
    healthy(settings)
    batch(settings, 2, f"lines/{LONG}", records=10, rows=5, rejected=5)
    put(settings, "silver.readings_quarantine", quarantined("unknown_metric", number=2, metric=LONG))
    (settings.landing / LONG).write_text("?")
    record(settings.state, LONG, Outcome.FAILED, NOW, LONG * 3)
    status_command.run(argparse.Namespace(as_of=NOW, html=root / "status.html"), settings)
    return root / "status.html"


@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_fits_the_screen(page: Path, width: int) -> None:
    found = screens(page, WIDTHS)[width]

    assert (found.width, found.scrolling, found.beyond) == (width, (), ())
    assert found.scroll_width <= width
