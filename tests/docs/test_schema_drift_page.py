"""Each row of `docs/schema_drift.md` is a field case that runs, and says what the case means."""

import re
from pathlib import Path

from tests.architecture.sources import text
from tests.field_cases.case import cases

PAGE = Path("docs/schema_drift.md")
ROW = re.compile(r"^\| (.+?) \| (.+?) \| (.+?) \| `(\w+)` \|$", re.MULTILINE)
LINE = re.compile(r"^\|(?! ?-|.* \| case \|$).*$", re.MULTILINE)


def test_each_change_is_a_case_and_each_case_a_row() -> None:
    meanings = {case.folder.name: case.expected.meaning for case in cases()}
    rows = ROW.findall(text(PAGE))

    assert {case: meaning for _, meaning, _, case in rows} == {
        name: meanings.get(name)
        for name in {name for name in meanings if name.startswith("drift_")} | {r[3] for r in rows}
    }
    assert len(rows) == len(set(rows)) == len(LINE.findall(text(PAGE))) > 30
