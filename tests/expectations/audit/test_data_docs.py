import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from expectations.audit.data_docs import MOST_BATCHES, publish_audit
from expectations.audit.measuring import CheckedBatch, Verdict
from expectations.audit.suite_description import COLUMNS_DIFFER, describe
from expectations.tables.contract import Column, Rule, Severity, Table
from lakehouse.publish.docs_site import DocsSite
from lakehouse.storage.places import storage_at
from tests.support.browser import CHROMIUM, MISSING, screens

WIDTHS = (390, 768, 1280)
TABLE = Table(
    "silver",
    "shifts",
    "Shifts of <machines>",
    (Column("hour", "int", "Hour of the day", minimum=0), Column("shift", "string", "Shift", allowed=("day", "night"))),
    rules=(Rule("late", "hour < 22", Severity.WARN, "Not late"),),
)
OTHER = replace(TABLE, layer="gold", subject="days")


def publish(folder: Path, table: Table, batch: str, of: CheckedBatch) -> Path:
    """Publish an audit on a site in a folder; its page."""
    return folder / publish_audit(DocsSite(storage_at(folder)), table, batch, of)


def checked(*broken: str, table: Table = TABLE) -> CheckedBatch:
    verdicts = (
        Verdict(c, c.code not in broken, None if c.code == COLUMNS_DIFFER else 1200 * (c.code in broken))
        for c in describe(table)
    )
    return CheckedBatch(tuple(verdicts), table.column_names, 3600)


def text(page: Path) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", page.read_text().partition("<main>")[2]))


class References(HTMLParser):
    """Whatever a browser would load for a page, and what it links to."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.links: list[str] = []
        self.feed(page.read_text())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in {"href", "src", "srcset", "data", "action", "poster"} and value:
                (self.links if tag == "a" else self.loads).append(value)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The page of an audit with long names, and the index of many audits."""
    folder = tmp_path_factory.mktemp("site")
    long = replace(TABLE, subject="x" * 60, rules=(Rule("late" * 15, "hour < 22", Severity.WARN, "Not late"),))
    audit = publish(folder, long, "batch-" + "7" * 70, checked("shift_not_allowed", table=long))
    for number in range(8):
        publish(folder, TABLE, f"b{number}", checked())
    return audit, folder / "index.html"


@pytest.mark.skipif(CHROMIUM is None, reason=MISSING)
@pytest.mark.parametrize("width", WIDTHS)
def test_pages_fit_the_screen(site: tuple[Path, Path], width: int) -> None:
    for page in site:
        found = screens(page, WIDTHS)[width]
        assert (found.width, found.scrolling, found.beyond) == (width, (), ()), page
        assert found.scroll_width <= width


def test_page_says_what_was_checked_and_what_broke(tmp_path: Path) -> None:
    page = publish(tmp_path, TABLE, "b1", checked("shift_not_allowed"))

    said = text(page)
    assert "silver.shifts failed" in said
    assert "shift values must belong to this set: day, night." in said
    assert "shift_not_allowed 1,200" in said
    assert "hour values must be greater than or equal to 0" in said
    assert "Not late: hour &lt; 22" in said


def test_what_broke_comes_first(tmp_path: Path) -> None:
    said = text(publish(tmp_path, TABLE, "b1", checked("late", "shift_not_allowed")))

    places = [said.index(code) for code in ("shift_not_allowed", " late", COLUMNS_DIFFER, "hour_below_bound")]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("broken", "outcome"), [((), "passed"), (("late",), "warning"), (("late", "hour_below_bound"), "failed")]
)
def test_index_shows_the_verdict_of_each_batch(tmp_path: Path, broken: tuple[str, ...], outcome: str) -> None:
    publish(tmp_path, TABLE, "b1", checked(*broken))

    assert f"{outcome} b1 3,600 {4 - len(broken)} of 4" in text(tmp_path / "index.html")


def test_page_of_other_columns_says_which(tmp_path: Path) -> None:
    audit = CheckedBatch((Verdict(describe(TABLE)[0], holds=False, breaking=None),), ("hour", "shft"), None)

    said = text(publish(tmp_path, TABLE, "b1", audit))

    assert "no row was looked at: missing columns: shift; unknown columns: shft" in said


def test_no_page_loads_anything(tmp_path: Path) -> None:
    publish(tmp_path, TABLE, "b1", checked("late"))
    publish(tmp_path, OTHER, "b1", checked(table=OTHER))

    pages = list(tmp_path.rglob("*.html"))
    assert len(pages) == 3
    for page in pages:
        assert References(page).loads == []
        assert not re.search(r"https?://|@import|url\(|<script", page.read_text())


def test_every_link_leads_to_a_page_of_the_site(tmp_path: Path) -> None:
    for batch in ("b1", "2026-01-01T00:00:00Z", "a/../b c", ".hidden"):
        publish(tmp_path, TABLE, batch, checked())

    for page in tmp_path.rglob("*.html"):
        links = [link.partition("#")[0] for link in References(page).links]
        assert all((page.parent / link).is_file() for link in links if link)
    assert len(list((tmp_path / TABLE.name).glob("*.html"))) == 4


def test_names_of_people_and_plants_are_escaped(tmp_path: Path) -> None:
    page = publish(tmp_path, TABLE, "<b>1</b>", checked())

    assert "Shifts of &lt;machines&gt;" in page.read_text()
    assert "&lt;b&gt;1&lt;/b&gt;" in (tmp_path / "index.html").read_text()


def test_same_audit_again_writes_nothing(tmp_path: Path) -> None:
    publish(tmp_path, TABLE, "b1", checked())
    publish(tmp_path, TABLE, "b2", checked())
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}

    publish(tmp_path, TABLE, "b1", checked())

    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()} == before


def test_same_audits_give_the_same_bytes(tmp_path: Path) -> None:
    sites = [tmp_path / "one", tmp_path / "two"]
    for site in sites:
        publish(site, TABLE, "b1", checked("late"))
        publish(site, OTHER, "b1", checked(table=OTHER))

    one, two = ({p.relative_to(s): p.read_bytes() for p in s.rglob("*") if p.is_file()} for s in sites)
    assert one == two


def test_batch_that_is_judged_again_replaces_its_entry(tmp_path: Path) -> None:
    for broken in (("hour_below_bound",), ()):
        publish(tmp_path, TABLE, "b1", checked(*broken))

    said = text(tmp_path / "index.html")
    assert "passed b1" in said
    assert "failed b1" not in said


def test_newest_batches_are_kept_and_older_ones_leave_no_page(tmp_path: Path) -> None:
    for number in range(MOST_BATCHES + 2):
        publish(tmp_path, TABLE, f"b{number}", checked())

    pages = {page.stem for page in (tmp_path / TABLE.name).glob("*.html")}
    assert pages == {f"b{number}" for number in range(2, MOST_BATCHES + 2)}
    said = text(tmp_path / "index.html")
    assert "b1 " not in said
    assert said.index(f"b{MOST_BATCHES + 1} ") < said.index("b2 ")
    assert f"{MOST_BATCHES - 5} older batches" in said
