"""What a person names to `assay lineage`, and who answers."""

import re
from datetime import UTC, datetime

from jobs.lineage.answer import Answer, report_of
from jobs.lineage.of_file import of_file
from jobs.lineage.of_model import BUNDLE_NAMES, model_rows, of_bundle, of_model
from jobs.lineage.of_score import of_score
from jobs.lineage.of_table import of_table
from jobs.runtime.load_plant import load_plant
from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings
from lakehouse.errors import UsageError
from report.lake_view import LakeView, open_view

_TABLE = re.compile(r"(bronze|silver|gold)\.(\w+)(?:@(\d+))?")
_SCORE = re.compile(r"(.+\S)\s+at\s+(\S+)")
_LINE = re.compile(r"(.+):(\d+)")
_LEAST = 4
"""Hex digits that the begin of a model's version has at least, so that no file's name is taken for one."""


def asked(settings: Settings, what: str) -> RunReport:
    """The lineage of what is named. Raises: UsageError, as the one that answers."""
    with open_view(load_plant(settings), settings.cores) as view:
        return report_of(_answer(view, what.strip()))


def _answer(view: LakeView, what: str) -> Answer:
    if match := _TABLE.fullmatch(what):
        return _of_table(view, f"{match[1]}.{match[2]}", match[3])
    if match := _SCORE.fullmatch(what):
        return of_score(view, match[1], _instant(match[2]))
    if what in {row["bundle"] for row in view.rows(BUNDLE_NAMES)}:
        return of_bundle(view, what)
    if models := [row for row in model_rows(view) if len(what) >= _LEAST and row["version"].startswith(what)]:
        if len(models) > 1:
            raise UsageError(
                f"got {what!r}, the begin of {', '.join(row['version'] for row in models)}; give more of one"
            )
        return of_model(view, models[0])
    if match := _LINE.fullmatch(what):
        return of_file(view, match[1], int(match[2]))
    return of_file(view, what, None)


def _of_table(view: LakeView, name: str, version: str | None) -> Answer:
    if name not in view.plant.tables:
        raise UsageError(f"got table {name!r}; legal: {', '.join(view.plant.tables)}")
    return of_table(view, name, None if version is None else int(version))


def _instant(text: str) -> datetime:
    """A time; UTC where it names no zone.

    Raises:
        UsageError: It is none.
    """
    try:
        at = datetime.fromisoformat(text)
    except ValueError as exc:
        raise UsageError(f"got time {text!r}; legal: ISO 8601, as 2026-03-01T12:00:00Z") from exc
    return at if at.tzinfo else at.replace(tzinfo=UTC)
