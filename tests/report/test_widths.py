"""The page on screens of any width, in a real browser: nothing scrolls sideways, nothing reaches beyond the edge."""

from pathlib import Path

import pytest

from report.facts import collect
from report.page import render_page
from tests.report import lakes
from tests.report.numbered_lake import put_numbers
from tests.support.browser import CHROMIUM, MISSING, Measured, screens

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason=MISSING)
# A telephone, one that is turned or a tablet, a small and a large screen of a desk.
WIDTHS = (320, 390, 740, 768, 1280, 1920)
LONG = "a-machine-whose-plant-gives-it-a-name-of-sixty-letters-and-more-without-a-blank"


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("browser")


@pytest.fixture(scope="module")
def pages(work: Path) -> dict[str, Path]:
    plant = lakes.full_lake(work / "full")
    put_numbers(plant)
    full = render_page(collect(plant))
    empty = render_page(collect(lakes.plant_at(work / "empty")))
    found = {"full": full, "long": full.replace("B-1", LONG).replace("bearing", LONG), "empty": empty}
    for name, page in found.items():
        (work / f"{name}.html").write_text(page, encoding="utf-8")
    return {name: work / f"{name}.html" for name in found}


@pytest.mark.parametrize("name", ["full", "long", "empty"])
@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_fits_the_screen(pages: dict[str, Path], name: str, width: int) -> None:
    found = screens(pages[name], WIDTHS)[width]

    assert (found.width, found.scrolling, found.beyond) == (width, (), ())
    assert found.scroll_width <= width


def test_what_does_not_fit_is_found(work: Path) -> None:
    page = work / "wide.html"
    page.write_text('<body style="margin:0"><p style="width:500px">wide</p>', encoding="utf-8")

    found = screens(page, (320, 390, 640))

    assert found[320] == Measured(320, 500, (), ("p wide",))
    assert found[390] == Measured(390, 500, (), ("p wide",))
    assert found[640] == Measured(640, 640, (), ())


def test_a_box_that_scrolls_is_found(work: Path) -> None:
    page = work / "box.html"
    page.write_text('<div style="overflow-x:auto"><p style="width:500px">wide</p></div>', encoding="utf-8")

    found = screens(page, (390, 640))

    assert (found[390].scrolling, found[640].scrolling) == (("div wide",), ())
