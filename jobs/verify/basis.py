"""By which code and rules a build was made, where these are others than today's."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import date

from expectations.tables.contract import Table
from jobs.verify.then import Build
from lakehouse.code_revision import code_revision
from lakehouse.commit_metadata import CommitMetadata
from lakehouse.lake import Lake
from lakehouse.publish.built_again import BuildRecipe
from lakehouse.publish.reaches import Built
from lakehouse.publish.recipe import KeyedRecipe, Recipe

_RULES = (
    "alert_share",
    "safety",
    "work",
    "costs",
    "drift",
    "sensors",
    "rules",
    "counters",
    "vibration",
    "delays",
    "labels",
)
"""Fields of commit metadata that say by which rules of profile, policy and code rows were built."""


def other_code(lake: Lake, table: Table, version: int, dates: Sequence[date | None]) -> list[str]:
    """Revisions of the code, but not the running one, that wrote these dates of a version (None: the whole)."""
    commits = [one.metadata for one in lake.commits(table) if one.version <= version and one.metadata.audit]
    found = set[str]()
    for day in dates:
        wrote = [one for one in commits if day is None or one.dates is None or day in one.dates]
        code = wrote[-1].audit.code if wrote and wrote[-1].audit else None
        found.add(code or "that its commit does not name")
    return sorted(found - {code_revision()})


def code_note(code: Sequence[str], *, is_equal: bool) -> list[str]:
    """A sentence on other code that wrote a version; none where there is none."""
    if not code:
        return []
    effect = "it comes out the same" if is_equal else "the difference may be the code's"
    return [f"built by code {', '.join(code)}, computed again by code {code_revision()}: {effect}"]


def other_rules(then: Lake, recipe: BuildRecipe, build: Build) -> list[str]:
    """What of the rules that a build recorded is other today."""
    now = _rules_now(then, recipe, build)
    return [
        field.name
        for field in fields(now)
        if field.name in _RULES and getattr(now, field.name) != getattr(build.metadata, field.name)
    ]


def _rules_now(then: Lake, recipe: BuildRecipe, build: Build) -> CommitMetadata:
    if isinstance(recipe, KeyedRecipe):
        return CommitMetadata()
    if isinstance(recipe, Recipe):
        return recipe.values.now(Built(then, build.metadata, set))
    return recipe.values
