"""A version of a table: the tables and files it was built from, and what was built from it."""

from jobs.lineage.answer import Answer, table_stops
from jobs.lineage.files_behind import files_of
from jobs.lineage.of_model import learnt_from
from lakehouse.errors import UsageError
from lakehouse.table_lineage import sources, users, version_of
from report.lake_view import LakeView


def of_table(view: LakeView, name: str, version: int | None) -> Answer:
    """The lineage of a table's version, of its newest where none is given.

    Raises:
        UsageError: The table is not in the lake, or has no such version in its log.
    """
    lake, table = view.plant.lake, view.plant.tables[name]
    numbers = [commit.version for commit in lake.commits(table)]
    if not numbers:
        raise UsageError(f"{name} is not in the lake {lake.storage.place} yet: its job has not run")
    asked = numbers[-1] if version is None else version
    if asked not in numbers:
        raise UsageError(
            f"got {name}@{asked}; legal: {name}@{numbers[0]} to {name}@{numbers[-1]}, as its log goes back"
        )
    subject = version_of(lake, table, asked, "as asked" if version is not None else "its newest version")
    before = sources(lake, view.plant.tables, name, asked)
    after = users(lake, view.plant.tables, {name: subject})[1:]
    made = learnt_from(view, {each.table: each.version for each in (subject, *after)})
    return Answer(
        table_stops([subject]),
        (*table_stops(before), *files_of(view, (subject, *before))),
        (*table_stops(after), *made),
    )
