"""Words on the lake's tables."""

from collections.abc import Iterator
from datetime import datetime

from jobs.alerts.condition import Severity
from jobs.runtime.makers import maker
from jobs.status.facts import LakeState
from jobs.status.item import Item, ago, few


def table_items(lake: LakeState, folder: str, now: datetime) -> Iterator[Item]:
    """What is damaged, missing or old, and the newest commit of each layer."""
    if lake.holder:
        yield Item("lake", f"held by {lake.holder}; other jobs wait for it")
    for name, why in lake.damaged.items():
        yield Item("lake", f"{name} cannot be read: {why}", Severity.CRITICAL,
                   f"restore the table from a backup, or move its folder away and run `assay {maker(name)}` again",
                   f"table_damaged/{name}")  # fmt: skip
    if lake.why_empty:
        where = f"{folder} holds no readings" if lake.is_there else f"{folder} is not there yet"
        yield Item("lake", f"{where}: {lake.why_empty}", Severity.WARNING, "do what the sentence says")
    if lake.missing:
        yield Item("lake", f"not there yet, the next job makes them: {few(lake.missing)}", Severity.INFO)
    for name, sentence in lake.stale.items():
        step = f"look whether files still land and `assay {maker(name)}` ends well"
        yield Item("late", sentence, Severity.WARNING, step, f"table_stale/{name}")
    for commit in lake.commits:
        text = f"{commit.layer}: last commit {ago(commit.at, now)}, version {commit.version} of {commit.table}"
        yield Item("lake", text)
