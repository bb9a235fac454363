"""The records of docs/decisions: their form, their evidence, and the index made from them.

After a change of the records: `python -m tests.support.decision_records`.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.architecture.sources import REPO

FOLDER = REPO / "docs" / "decisions"
INDEX = FOLDER / "README.md"
HEADS = ("Context", "Decision", "Consequences", "Evidence")
_NAME = re.compile(r"(\d{4})-[a-z0-9]+(?:-[a-z0-9]+)*\.md")
_FORM = re.compile(
    r"# (?P<title>[^\n]+)\n\nArea: (?P<area>[^\n]+)\n"
    + "".join(rf"\n## {head}\n\n(?P<{head}>.+?)\n" for head in HEADS),
    re.DOTALL,
)
_FILE = re.compile(r"[\w./-]+\.(?:py|md|toml|txt|sh|lock|json)")
_CODE = re.compile(r"`([^`]+)`")
_WITHIN = re.compile(r"`([\w.]+)`\s+in\s+`([^`]+\.py)`")
_INTRODUCTION = """# Decisions

What a reviewer would question: one record each, with its context, the decision, its consequences and its evidence.
*Measured* means run on the pinned stack on Debian 12 with 2 cores, Java 17 and Python 3.11, in November 2026.
Times were taken on a shared machine, so read their ratios.
Where you find something better, build it and change the record, with your evidence.

A new record has the next free number and the four headings of the others. A test compares this page with the records;
`python -m tests.support.decision_records` writes it.
"""


@dataclass(frozen=True, slots=True)
class Record:
    """One decision: its file, what it is about, and the text under each of `HEADS`."""

    path: Path
    number: str
    title: str
    area: str
    texts: tuple[str, ...]

    @property
    def evidence(self) -> str:
        """What the decision rests on."""
        return self.texts[HEADS.index("Evidence")]

    def files(self) -> Iterator[str]:
        """Every file that the evidence names, relative to the root."""
        yield from (code for code in _CODE.findall(self.evidence) if _FILE.fullmatch(code))

    def names(self) -> Iterator[tuple[str, str]]:
        """Every name that the evidence places within a Python file, with that file."""
        yield from _WITHIN.findall(self.evidence)


def parsed(path: Path, text: str) -> Record:
    """The record in a file.

    Raises:
        ValueError: The file's name or its text has another form.
    """
    name, form = _NAME.fullmatch(path.name), _FORM.fullmatch(text)
    if not name:
        raise ValueError(f"{path.name}: not the name of a record; legal: 0042-short-name.md")
    if not form or not all(form[head].strip() for head in HEADS):
        raise ValueError(
            f"{path.name}: legal is a title, a line 'Area: ...' and the headings {', '.join(HEADS)}, in order"
        )
    return Record(path, name[1], form["title"], form["area"], tuple(form[head] for head in HEADS))


def records() -> list[Record]:
    """Every record, by number."""
    return [parsed(path, path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.md")) if path != INDEX]


def index(found: Sequence[Record]) -> str:
    """The page that lists the records by area, areas in the order of their first record."""
    lines = [_INTRODUCTION]
    for area in dict.fromkeys(record.area for record in found):
        lines.append(f"## {area}\n")
        lines += [f"- [{one.number}]({one.path.name}) {one.title}" for one in found if one.area == area]
        lines.append("")
    return "\n".join(lines)


if __name__ == "__main__":
    INDEX.write_text(index(records()), encoding="utf-8")
