"""The page in a real browser: it computes what Python computes, fits every screen, and prints on one sheet."""

import html
import json
import random
import re
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from calculators.building import changed, paths
from calculators.case_file import CaseFile, all_shipped
from calculators.errors import CalculationError
from calculators.page.page import render, script
from calculators.shown import tables
from tests.support.browser import CHROMIUM, MISSING, document, printed, screens

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason=MISSING)
SHIPPED = {"/".join(name): file for name, file in all_shipped().items()}
VARIATIONS = 60
WIDTHS = (320, 390, 1280)
A4_POINTS = (595, 842)
REFUSED = "refused"
_ALL = """<!doctype html><meta charset="utf-8"><pre id="found"></pre><script>
const found = {};
%s
document.getElementById("found").textContent = JSON.stringify(found);
</script>"""
_ONE = """found[%s] = (() => {
%s
return %s.map((changes) => {
  try { return tablesOf(PAGE, withTexts(PAGE.texts, changes)).map(({title, heads, rows}) => [title, heads, rows]); }
  catch (error) { if (error instanceof Refused) return "refused"; throw error; }
});
})();"""
_TYPING = """<!doctype html><meta charset="utf-8"><iframe src="%s" style="width:1000px;height:900px"></iframe><script>
addEventListener("load", () => {
  const frame = document.querySelector("iframe"), inside = frame.contentDocument;
  const box = inside.querySelector('[data-path="%s"]');
  const seen = [];
  for (const text of %s) {
    box.value = text;
    box.dispatchEvent(new Event("input", {bubbles: true}));
    seen.push({cell: inside.querySelector("#tables td:nth-child(2)")?.textContent ?? null,
               problem: inside.getElementById("problem").hidden ? null : inside.getElementById("problem").textContent,
               wrong: box.classList.contains("wrong"), hash: frame.contentWindow.location.hash});
  }
  document.body.innerHTML = "<pre id='found'></pre>";
  document.getElementById("found").textContent = JSON.stringify(seen);
});
</script>"""


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("browser")


@pytest.fixture(scope="module")
def pages(work: Path) -> dict[str, Path]:
    found = {name: work / f"{name.replace('/', '_')}.html" for name in SHIPPED}
    for name, path in found.items():
        path.write_text(render(SHIPPED[name]), encoding="utf-8")
    return found


def variations(name: str) -> list[dict[str, str]]:
    """Changes of a case, the same at every run: a few inputs each, legal and not, in any spelling of a number."""
    draw = random.Random(name)
    known = [path for path, _ in paths(SHIPPED[name].case)]
    spellings = (
        lambda: str(draw.randint(0, 9)), lambda: f"{draw.random():.3f}", lambda: f"{draw.uniform(0, 500):.2f}",
        lambda: f"{draw.randint(1, 9)}/{draw.randint(1, 9)}", lambda: f"{draw.randint(1, 999)}e-2",
        lambda: f".{draw.randint(1, 99)}", lambda: str(draw.randint(1, 60)),
    )  # fmt: skip
    some = [
        {path: draw.choice(spellings)() for path in draw.sample(known, k=min(len(known), draw.randint(1, 3)))}
        for _ in range(VARIATIONS)
    ]
    return [{}, {known[0]: "0"}, {known[0]: "-1"}, {known[0]: "many"}, {known[0]: "1e999"}, {known[0]: "1/0"}, *some]


def by_python(file: CaseFile, changes: dict[str, str]) -> Any:
    """The tables that Python makes, in the form of the page's."""
    try:
        made = tables(replace(file, case=changed(file.case, changes)))
    except CalculationError:
        return REFUSED
    return [[table.title, list(table.heads), [list(row) for row in table.rows]] for table in made]


def found_in(document_text: str) -> Any:
    """What a test page wrote down."""
    assert '<pre id="found">' in document_text, document_text[-2000:]
    return json.loads(html.unescape(document_text.partition('<pre id="found">')[2].partition("</pre>")[0]))


def cells(document_text: str) -> list[list[str]]:
    """The cells of each row of the tables on a page."""
    place = document_text.partition('<div id="tables">')[2].partition("</div>")[0]
    rows = re.findall(r"<tr>(.*?)</tr>", place, re.DOTALL)
    return [[html.unescape(cell) for cell in re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row)] for row in rows]


def test_the_browser_computes_what_python_computes(work: Path) -> None:
    """Every cell of every table, of every case that ships and many changed ones: equal, so equal to the cent."""
    asked = {name: variations(name) for name in SHIPPED}
    parts = (_ONE % (json.dumps(name), script(SHIPPED[name]), json.dumps(asked[name])) for name in SHIPPED)
    page = work / "all.html"
    page.write_text(_ALL % "\n".join(parts), encoding="utf-8")

    found = found_in(document(page.as_uri(), work))

    expected = {name: [by_python(SHIPPED[name], changes) for changes in asked[name]] for name in SHIPPED}
    for name, many in expected.items():
        assert 5 <= sum(each == REFUSED for each in many) < len(many) - 10, name
    assert found == expected


@pytest.mark.parametrize("name", list(SHIPPED))
def test_a_page_shows_the_same_before_and_after_its_script(pages: dict[str, Path], work: Path, name: str) -> None:
    before = cells(pages[name].read_text(encoding="utf-8"))
    text = document(pages[name].as_uri(), work)

    assert 'data-state="computed"' in text
    assert cells(text) == before
    assert [row for table in tables(SHIPPED[name]) for row in (list(table.heads), *map(list, table.rows))] == before


def test_the_address_changes_inputs(pages: dict[str, Path], work: Path) -> None:
    address = pages["safety/reactor"].as_uri() + "#" + quote("parts.valve_stroke.time_s") + "=3.5"

    text = document(address, work)

    assert cells(text)[1][:2] == ["safety response time (s)", "4.191"]
    assert cells(text)[3][1] == "REFUSED: not below its limit"
    assert '<td data-head="as given" class="refused">REFUSED' in text


def test_what_is_typed_is_computed_at_once_and_in_the_address(pages: dict[str, Path], work: Path) -> None:
    page = work / "typing.html"
    typed = ["2", "0", "", "5e1", "8"]
    page.write_text(
        _TYPING % (pages["safety/reactor"].as_uri(), "process_safety_time_s", json.dumps(typed)), encoding="utf-8"
    )

    two, zero, nothing, fifty, given = found_in(document(page.as_uri(), work))

    assert (two["cell"], two["problem"], two["hash"]) == ("1.891", None, "#process_safety_time_s=2")
    assert (zero["cell"], zero["wrong"]) == (None, True)
    assert zero["problem"].startswith("process_safety_time_s: got 0; legal: a number above 0; correct the time")
    assert (nothing["cell"], nothing["wrong"]) == (None, True)
    assert (fifty["cell"], fifty["problem"], fifty["wrong"]) == ("1.891", None, False)
    assert (given["cell"], given["hash"]) == ("1.891", "")


@pytest.mark.parametrize("name", list(SHIPPED))
@pytest.mark.parametrize("width", WIDTHS)
def test_a_page_fits_the_screen(pages: dict[str, Path], name: str, width: int) -> None:
    found = screens(pages[name], WIDTHS)[width]

    assert (found.width, found.scrolling, found.beyond) == (width, (), ())
    assert found.scroll_width <= width


@pytest.mark.parametrize("name", list(SHIPPED))
def test_a_page_prints_on_one_sheet_of_a4(pages: dict[str, Path], work: Path, name: str) -> None:
    pdf = printed(pages[name], work)

    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 1
    (box,) = re.findall(rb"/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]", pdf)
    assert tuple(round(float(edge)) for edge in box) == A4_POINTS


def test_a_page_of_two_sheets_is_counted(work: Path) -> None:
    page = work / "long.html"
    page.write_text("<style>@page{size:A4}</style>" + "<p>line</p>" * 60, encoding="utf-8")

    assert len(re.findall(rb"/Type\s*/Page\b", printed(page, work))) == 2


@pytest.mark.parametrize("name", list(SHIPPED))
def test_a_page_needs_no_network(pages: dict[str, Path], name: str) -> None:
    text = pages[name].read_text(encoding="utf-8")

    assert not re.findall(r"https?:|\bsrc=|\bhref=|url\(|@import|\bfetch\(|XMLHttpRequest|WebSocket|sendBeacon", text)


def test_names_from_a_file_are_text_and_never_markup(work: Path) -> None:
    file = SHIPPED["alarms/rare_events"]
    evil = "</script><img src=x onerror=alert(1)>"
    stage = replace(file.case.stages[0], name=evil)
    made = replace(file, title=evil, case=replace(file.case, stages=(stage,)), what_ifs=())

    page = work / "evil.html"
    page.write_text(render(made), encoding="utf-8")

    assert "<img" not in page.read_text(encoding="utf-8")
    text = document(page.as_uri(), work)
    assert 'data-state="computed"' in text
    assert "<img" not in text
