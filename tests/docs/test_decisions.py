"""The records of docs/decisions have one form, their evidence exists, and their index lists all of them."""

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

from tests.architecture.sources import REPO, text, tracked
from tests.support.decision_records import HEADS, INDEX, index, parsed, records

RECORDS = records()
AREAS = {record.area for record in RECORDS}
MENTION = re.compile(r"docs/decisions[\w./-]*\.md")
WHOLE = "# A title\n\nArea: Gold\n\n" + "\n".join(f"## {head}\n\nText of `gold/exact.py`.\n" for head in HEADS)


def test_the_index_lists_every_record() -> None:
    assert INDEX.read_text(encoding="utf-8") == index(RECORDS), "run: python -m tests.support.decision_records"


def test_no_number_is_given_twice() -> None:
    assert not [number for number, count in Counter(record.number for record in RECORDS).items() if count > 1]


def test_a_title_is_one_line_of_the_index() -> None:
    assert len({record.title for record in RECORDS}) == len(RECORDS)
    assert not [record.title for record in RECORDS if len(record.title) > 100 or record.title.endswith(".")]


def test_areas_are_few() -> None:
    assert len(AREAS) <= 15, "an area groups records; take one that exists"


def test_all_evidence_exists() -> None:
    named = {(record.path.name, file) for record in RECORDS for file in record.files()}

    assert len({file for _, file in named}) > 150
    assert not [f"{record}: {file}" for record, file in sorted(named) if not (REPO / file).is_file()]


def test_a_record_that_a_file_names_exists() -> None:
    lost = [
        f"{path}: {name}"
        for path in tracked()
        if path.suffix in (".py", ".md", ".toml", ".sh", ".txt", ".html")
        for name in MENTION.findall(text(path))
        if not (REPO / name).is_file()
    ]

    assert MENTION.findall("see `docs/decisions/" + "0001-a.md`.") == ["docs/decisions/" + "0001-a.md"]
    assert not lost


def test_every_decision_rests_on_a_file() -> None:
    assert not [record.path.name for record in RECORDS if not list(record.files())]


def test_a_name_is_in_the_file_that_the_evidence_places_it_in() -> None:
    placed = [(record.path.name, name, file) for record in RECORDS for name, file in record.names()]

    assert len(placed) > 10
    assert not [place for place in placed if place[1].split(".")[-1] not in _names(REPO / place[2])]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("42-short.md", WHOLE),
        ("0042-Short.md", WHOLE),
        ("0042-short.md", WHOLE.replace("Area: Gold\n", "")),
        ("0042-short.md", WHOLE.replace("## Evidence", "## Proof")),
        ("0042-short.md", WHOLE.replace("## Context\n\nText of `gold/exact.py`.", "## Context\n\n")),
    ],
    ids=["number", "capitals", "no area", "another heading", "nothing under a heading"],
)
def test_another_form_is_refused(name: str, content: str) -> None:
    with pytest.raises(ValueError, match=r"legal"):
        parsed(Path(name), content)


def test_a_record_is_read() -> None:
    record = parsed(Path("0042-short.md"), WHOLE.replace("Text of", "`exact` in"))

    assert (record.number, record.title, record.area) == ("0042", "A title", "Gold")
    assert list(record.files()) == ["gold/exact.py"]
    assert list(record.names()) == [("exact", "gold/exact.py")]


def _names(file: Path) -> set[str]:
    """The functions, classes and constants that a Python file defines."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
    return found
